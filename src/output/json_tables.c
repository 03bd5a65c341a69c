// SPDX-License-Identifier: GPL-2.0-only
/* The `connection`, `cause`, `qdisc` and `drop` objects of an interval. */
#include "json_parts.h"

#include <errno.h>
#include <stdlib.h>

#include "conns.h"
#include "histogram.h"
#include "names.h"
#include "query.h"

static json_t *quantile(const struct conn_dir *d, __u64 max, double q)
{
	__u64 v;

	return coarse_quantile(d->coarse, max, q, &v) ? json_u64(v) : json_null();
}

static json_t *summary(__u64 n, const struct conn_stage *s)
{
	return json_pack("{s:o,s:o,s:o}", "n", json_u64(n), "sum_ns", json_u64(s->sum), "max_ns",
			 json_u64(s->max));
}

static json_t *conn_causes(const struct conn *c)
{
	json_t *list = json_object();

	for (unsigned i = 0; i < CAUSE_COUNT; i++)
		if (c->causes[i].n)
			json_object_set_new(list, cause_infos[i].name,
					    json_pack("{s:o,s:o}", "n", json_u64(c->causes[i].n),
						      "sum_ns", json_u64(c->causes[i].sum)));
	return list;
}

static json_t *round_trip(const struct conn *c)
{
	struct conn_rtt rtt;

	if (!conn_rtt(c, &rtt))
		return json_null();
	return json_pack("{s:o,s:o,s:o,s:o}", "mean_ns", json_u64(rtt.mean), "host_tx_ns",
			 json_u64(rtt.host_tx), "network_ns", json_u64(rtt.network), "host_rx_ns",
			 json_u64(rtt.host_rx));
}

static int set_tx(json_t *half, const struct conn *c)
{
	int failed = 0;

	failed |= json_object_set_new(half, "causes", conn_causes(c));
	failed |= json_object_set_new(half, "resent", summary(c->resent.n, &c->resent));
	failed |= json_object_set_new(half, "srtt_ns",
				      c->srtt_ns ? json_u64(c->srtt_ns) : json_null());
	return failed | json_object_set_new(half, "rtt", round_trip(c));
}

static int set_dir(json_t *line, const struct conn *c, enum ns_dir dir, const struct run_info *ri)
{
	const struct conn_dir *d = &c->dir[dir];
	const struct conn_stage *total = &d->stages[dirs[dir].total];
	unsigned proto = c->flow.proto;
	__u32 stages = stages_possible(dir, proto < NS_PROTOS ? ri->points[dir][proto] : 0);
	json_t *half = json_object(), *list = json_object();
	int failed = 0;

	stages &= ~(1U << dirs[dir].total);
	for (unsigned i = 0; i < dirs[dir].n_stages; i++)
		if (stages & 1U << i)
			failed |= json_object_set_new(
				list, dirs[dir].stages[i],
				summary(conn_stage_n(c, dir, i), &d->stages[i]));
	failed |= json_object_set_new(half, "n", json_u64(d->n));
	failed |= json_object_set_new(half, "sum_ns", json_u64(total->sum));
	failed |= json_object_set_new(half, "max_ns", json_u64(total->max));
	failed |= json_object_set_new(half, "p50_ns", quantile(d, total->max, 0.5));
	failed |= json_object_set_new(half, "p99_ns", quantile(d, total->max, 0.99));
	failed |= json_object_set_new(half, "stages", list);
	if (dir == NS_TX)
		failed |= set_tx(half, c);
	return failed | json_object_set_new(line, dirs[dir].name, half);
}

static int put_connection(FILE *f, const struct conn *c, const struct run_info *ri, bool final)
{
	json_t *line = json_object_of("connection");
	int failed = json_set_flow(line, &c->flow, c->pid, c->comm);

	for (unsigned d = 0; d < NS_DIRS; d++)
		if (conn_dir_moved(c, d))
			failed |= set_dir(line, c, d, ri);
	if (final)
		failed |= json_object_set_new(line, "final", json_true());
	return json_line(f, line, failed);
}

int json_connections(FILE *f, const struct snapshot *s, const struct run_info *ri,
		     const struct text_opts *o)
{
	const struct conn_query query = {
		.dir = o->sort_dir, .key = o->sort_key, .stage = o->sort_stage, .ri = ri};
	size_t all, n = s->n_conns < o->connections ? s->n_conns : o->connections;
	const struct conn **top = conns_select(s->conns, s->n_conns, &query, n, &all);
	int err = 0;

	if (!top)
		return -ENOMEM;
	for (size_t i = 0; !err && i < n; i++)
		err = put_connection(f, top[i], ri, s->final);
	free(top);
	return err;
}

/* What all of them begin and end with. */
static int put_row(FILE *f, const struct snapshot *s, json_t *line, int failed)
{
	failed |= json_object_set_new(line, "interval_ns", json_u64(s->interval_ns));
	if (s->final)
		failed |= json_object_set_new(line, "final", json_true());
	return json_line(f, line, failed);
}

int json_causes(FILE *f, const struct snapshot *s)
{
	int err = 0;

	for (unsigned i = 0; !err && i < CAUSE_COUNT; i++) {
		json_t *line;
		int failed = 0;

		if (!s->causes[i].n)
			continue;
		line = json_object_of("cause");
		failed |= json_object_set_new(line, "dir", json_string(dirs[NS_TX].name));
		failed |= json_object_set_new(line, "proto", json_string(proto_name(NS_TCP)));
		failed |= json_object_set_new(line, "cause", json_string(cause_infos[i].name));
		failed |= json_object_set_new(line, "n", json_u64(s->causes[i].n));
		failed |= json_object_set_new(line, "sum_ns", json_u64(s->causes[i].sum));
		err = put_row(f, s, line, failed);
	}
	return err;
}

static json_t *backlog(__u32 n)
{
	return n == QDISC_NONE ? json_null() : json_u64(n);
}

int json_qdiscs(FILE *f, const struct snapshot *s)
{
	int err = 0;

	for (size_t i = 0; !err && i < s->n_qdiscs; i++) {
		const struct qdisc *q = &s->qdiscs[i];
		json_t *line = json_object_of("qdisc");
		int failed = 0;

		failed |= json_object_set_new(line, "dev", json_text(q->dev, DEV_LEN));
		failed |= json_object_set_new(line, "ifindex", json_u64(q->ifindex));
		failed |= json_object_set_new(line, "netns", json_u64(q->netns));
		failed |= json_object_set_new(line, "kind", json_text(q->kind, KIND_LEN));
		failed |= json_object_set_new(line, "handle", json_sprintf("%x:", q->handle >> 16));
		failed |= json_object_set_new(line, "n", json_u64(q->n));
		failed |= json_object_set_new(line, "bypassed", json_u64(q->bypassed));
		failed |= json_object_set_new(line, "requeues",
					      qdisc_tells(q) ? json_u64(q->requeues) : json_null());
		failed |= json_object_set_new(line, "sum_ns", json_u64(q->sum));
		failed |= json_object_set_new(line, "max_ns", json_u64(q->max));
		failed |= json_object_set_new(line, "edt_ns", json_u64(q->edt));
		failed |= json_object_set_new(line, "backlog_packets", backlog(q->backlog_packets));
		failed |= json_object_set_new(line, "backlog_bytes", backlog(q->backlog_bytes));
		err = put_row(f, s, line, failed);
	}
	return err;
}

int json_drops(FILE *f, const struct snapshot *s, const struct run_info *ri)
{
	int err = 0;

	for (size_t i = 0; !err && i < s->n_drops; i++) {
		const struct drop_key *k = &s->drops[i].key;
		const struct drop *d = &s->drops[i].drop;
		json_t *line = json_object_of("drop");
		int failed = 0;

		failed |= json_object_set_new(line, "dir", json_string(dirs[k->dir == NS_TX].name));
		failed |=
			json_object_set_new(line, "stage",
					    json_stage(k->dir, stage_measured(ri, k->dir == NS_TX,
									      k->proto, k->stage)));
		failed |= json_object_set_new(line, "proto", json_string(proto_name(k->proto)));
		failed |= json_object_set_new(line, "reason", json_reason(ri, k->reason));
		failed |= json_object_set_new(line, "dev", json_text(d->dev, DEV_LEN));
		failed |= json_object_set_new(line, "ifindex", json_u64(k->ifindex));
		failed |= json_object_set_new(line, "netns", json_u64(k->netns));
		failed |= json_object_set_new(line, "n", json_u64(d->n));
		err = put_row(f, s, line, failed);
	}
	return err;
}
