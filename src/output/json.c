// SPDX-License-Identifier: GPL-2.0-only
#include "json.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>

#include "format.h"
#include "histogram.h"
#include "names.h"
#include "packet.h"

#define SCHEMA_VERSION 1
#define RX "rx"

/* JSON integers are signed in jansson, and no sum of real durations comes near 2^63 ns. */
static json_t *jint(__u64 v)
{
	return json_integer(v > LLONG_MAX ? LLONG_MAX : (json_int_t)v);
}

static json_t *jtext(const char *text, size_t len)
{
	char buf[1024]; /* the longest is run_info.options */

	return json_string(fmt_clean(buf, sizeof(buf), text, len, true));
}

static json_t *object(const char *type)
{
	return json_pack("{s:i,s:s}", "v", SCHEMA_VERSION, "type", type);
}

/*
 * Write the line and let go of the object. Members are set without checks on the way: jansson
 * refuses a NULL member and goes on, and `failed` collects what was refused.
 */
static int put_line(FILE *f, json_t *line, int failed)
{
	int err = 0;

	if (!line || failed) {
		err = -ENOMEM;
	} else {
		errno = 0;
		if (json_dumpf(line, f, JSON_COMPACT) || fputc('\n', f) == EOF)
			err = errno ? -errno : -EIO;
	}
	json_decref(line);
	return err;
}

static int flush(FILE *f)
{
	if (fflush(f))
		return -errno;
	return ferror(f) ? -EIO : 0;
}

static json_t *hooks_of(const struct run_info *ri, unsigned proto)
{
	json_t *hooks = json_object();

	for (unsigned i = 0; hooks && i < RXP_COUNT; i++) {
		const char *hook = ri->hooks[proto][i];

		if (json_object_set_new(hooks, rx_point_names[i],
					hook ? json_string(hook) : json_null())) {
			json_decref(hooks);
			hooks = NULL;
		}
	}
	return hooks;
}

int json_start(FILE *f, const struct run_info *ri)
{
	json_t *line = object("start"), *protos = json_object();
	int failed = 0, err;

	for (unsigned p = 0; p < NS_PROTOS; p++)
		if (ri->points[p])
			failed |= json_object_set_new(protos, proto_name(p), hooks_of(ri, p));
	failed |= json_object_set_new(line, "version", jtext(ri->version, sizeof(ri->version)));
	failed |= json_object_set_new(line, "kernel", jtext(ri->kernel, sizeof(ri->kernel)));
	failed |= json_object_set_new(line, "options", jtext(ri->options, sizeof(ri->options)));
	failed |= json_object_set_new(line, "hooks", json_pack("{s:o}", RX, protos));
	failed |= json_object_set_new(
		line, "clock",
		json_pack("{s:o,s:o}", "mono_ns", jint(ri->mono_ns), "real_ns", jint(ri->real_ns)));
	err = put_line(f, line, failed);
	return err ? err : flush(f);
}

static json_t *quantile(const struct hist *h, double q)
{
	__u64 v;

	return hist_quantile(h, q, &v) ? jint(v) : json_null();
}

/* [[le_ns, count], ...] without the empty buckets; the overflow bucket's le_ns is null. */
static json_t *buckets(const struct hist *h)
{
	json_t *list = json_array();

	for (unsigned i = 0; list && i < HIST_BUCKETS; i++) {
		json_t *le = i == HIST_OVERFLOW ? json_null() : jint(hist_upper(i));

		if (!h->count[i]) {
			json_decref(le);
			continue;
		}
		if (json_array_append_new(list, json_pack("[o,o]", le, jint(h->count[i])))) {
			json_decref(list);
			list = NULL;
		}
	}
	return list;
}

static json_t *covers(__u32 points, enum rx_stage stage)
{
	__u32 mask = rx_stage_covers(points, stage);
	json_t *list = json_array();

	for (unsigned i = 0; i < RXS_COUNT; i++)
		if (mask & 1U << i)
			json_array_append_new(list, json_string(rx_stage_names[i]));
	return list;
}

static int put_stage(FILE *f, const struct snapshot *s, unsigned proto, const char *name,
		     const struct hist *h, json_t *covered)
{
	json_t *line = object("stage");
	int failed = 0;

	failed |= json_object_set_new(line, "dir", json_string(RX));
	failed |= json_object_set_new(line, "proto", json_string(proto_name(proto)));
	failed |= json_object_set_new(line, "stage", json_string(name));
	failed |= json_object_set_new(line, "covers", covered);
	failed |= json_object_set_new(line, "interval_ns", jint(s->interval_ns));
	failed |= json_object_set_new(line, "n", jint(hist_n(h)));
	failed |= json_object_set_new(line, "sum_ns", jint(h->sum));
	failed |= json_object_set_new(line, "max_ns", jint(h->max));
	failed |= json_object_set_new(line, "p50_ns", quantile(h, 0.5));
	failed |= json_object_set_new(line, "p90_ns", quantile(h, 0.9));
	failed |= json_object_set_new(line, "p99_ns", quantile(h, 0.99));
	failed |= json_object_set_new(line, "p999_ns", quantile(h, 0.999));
	failed |= json_object_set_new(line, "buckets", buckets(h));
	if (s->final)
		failed |= json_object_set_new(line, "final", json_true());
	return put_line(f, line, failed);
}

/* The oldest or the newest byte's wait in each copy out of the receive queue. */
static int put_copies(FILE *f, const struct snapshot *s, const char *name, enum rx_series without)
{
	struct hist h;

	hist_sub(&s->rx[NS_TCP][RXS_APPLICATION], &s->rx[NS_TCP][without], &h);
	return put_stage(f, s, NS_TCP, name, &h, json_pack("[s]", rx_stage_names[RXS_APPLICATION]));
}

static int put_stages(FILE *f, const struct snapshot *s, const struct run_info *ri, unsigned proto)
{
	__u32 points = ri->points[proto];
	__u32 stages = rx_stages_present(points) | 1U << RXS_HOL;
	int err = 0;

	for (unsigned i = 0; !err && i < RXS_COUNT; i++)
		if (stages & 1U << i)
			err = put_stage(f, s, proto, rx_stage_names[i], &s->rx[proto][i],
					covers(points, i));
	if (!err && proto == NS_TCP)
		err = put_copies(f, s, "read_oldest", RXH_NOT_FIRST);
	if (!err && proto == NS_TCP)
		err = put_copies(f, s, "read_newest", RXH_NOT_LAST);
	return err;
}

/* The members that say which flow, in this order, in packets and connections. */
static int set_flow(json_t *line, const struct flow *flow, __u32 pid, const char *comm)
{
	int failed = 0;

	failed |= json_object_set_new(line, "proto", json_string(proto_name(flow->proto)));
	failed |= json_object_set_new(line, "local", json_string(fmt_addr(flow->local).s));
	failed |= json_object_set_new(line, "local_port", jint(flow->local_port));
	failed |= json_object_set_new(line, "remote", json_string(fmt_addr(flow->remote).s));
	failed |= json_object_set_new(line, "remote_port", jint(flow->remote_port));
	failed |= json_object_set_new(line, "netns", jint(flow->netns));
	failed |= json_object_set_new(line, "pid", jint(pid));
	failed |= json_object_set_new(line, "comm", jtext(comm, COMM_LEN));
	return failed;
}

static json_t *conn_quantile(const struct conn *c, double q)
{
	__u64 v;

	return coarse_quantile(c, q, &v) ? jint(v) : json_null();
}

static int put_connection(FILE *f, const struct conn *c, const struct run_info *ri, bool final)
{
	unsigned proto = c->flow.proto;
	__u32 stages = rx_stages_present(proto < NS_PROTOS ? ri->points[proto] : 0);
	const struct conn_stage *total = &c->stages[RXS_TOTAL];
	json_t *line = object("connection"), *list = json_object(), *rx = json_object();
	int failed = set_flow(line, &c->flow, c->pid, c->comm);

	stages |= 1U << RXS_HOL;
	for (unsigned i = 0; i < RXS_TOTAL; i++) {
		json_t *stage;

		if (!(stages & 1U << i))
			continue;
		stage = json_pack("{s:o,s:o,s:o}", "n", jint(i == RXS_HOL ? c->n_hol : c->n),
				  "sum_ns", jint(c->stages[i].sum), "max_ns",
				  jint(c->stages[i].max));
		failed |= json_object_set_new(list, rx_stage_names[i], stage);
	}
	failed |= json_object_set_new(rx, "n", jint(c->n));
	failed |= json_object_set_new(rx, "sum_ns", jint(total->sum));
	failed |= json_object_set_new(rx, "max_ns", jint(total->max));
	failed |= json_object_set_new(rx, "p50_ns", conn_quantile(c, 0.5));
	failed |= json_object_set_new(rx, "p99_ns", conn_quantile(c, 0.99));
	failed |= json_object_set_new(rx, "stages", list);
	failed |= json_object_set_new(line, RX, rx);
	if (final)
		failed |= json_object_set_new(line, "final", json_true());
	return put_line(f, line, failed);
}

static int put_connections(FILE *f, const struct snapshot *s, const struct run_info *ri,
			   const struct text_opts *o)
{
	const struct conn **top = conns_ranked(s->conns, s->n_conns, o->sort_key, o->sort_stage);
	int err = 0;

	if (!top)
		return -ENOMEM;
	for (size_t i = 0; !err && i < s->n_conns && i < o->connections; i++)
		err = put_connection(f, top[i], ri, s->final);
	free(top);
	return err;
}

static int set_ledger(json_t *line, const struct ledger *l)
{
	json_t *lost = json_object();
	int failed = 0;

	failed |= json_object_set_new(line, "seen", jint(l->seen));
	failed |= json_object_set_new(line, "taken", jint(l->taken));
	failed |= json_object_set_new(line, "pending", jint(ledger_pending(l)));
	failed |= json_object_set_new(line, "undelivered", jint(l->undelivered));
	for (unsigned i = 0; i < LOSS_COUNT; i++)
		failed |= json_object_set_new(lost, loss_infos[i].name, jint(l->lost[i]));
	return failed | json_object_set_new(line, "lost", lost);
}

int json_snapshot(FILE *f, const struct snapshot *s, const struct run_info *ri,
		  const struct text_opts *o)
{
	json_t *line;
	int err = 0, failed;

	for (unsigned p = 0; !err && p < NS_PROTOS; p++)
		if (ri->points[p])
			err = put_stages(f, s, ri, p);
	if (!err && o->connections)
		err = put_connections(f, s, ri, o);
	if (err)
		return err;
	line = object("ledger");
	failed = set_ledger(line, &s->ledger);
	if (s->final)
		failed |= json_object_set_new(line, "final", json_true());
	err = put_line(f, line, failed);
	return err ? err : flush(f);
}

static json_t *packet_points(const struct rx_event *e, __u32 points)
{
	json_t *list = json_object();

	if (e->flags &
	    PKT_UNNOTIFIED) /* nobody was told: the stamp, if any, is not of this packet */
		points &= ~(1U << RXP_READY);
	for (unsigned i = 0; i < RXP_COUNT; i++)
		if (e->t[i] && points & 1U << i)
			json_object_set_new(list, rx_point_names[i], jint(e->t[i]));
	if (e->flags & PKT_PARTIAL)
		json_object_set_new(list, "first_read", jint(e->first_read));
	return list;
}

static json_t *packet_flags(const struct rx_event *e)
{
	json_t *list = json_array();
	const char *flag;

	for (unsigned i = 0; (flag = packet_flag(e, i)); i++)
		json_array_append_new(list, json_string(flag));
	return list;
}

int json_packet(FILE *f, const struct rx_event *e, const struct run_info *ri)
{
	json_t *line = object("packet"), *stages = json_object();
	struct packet p;
	int failed;

	packet_read(e, ri->points, &p);
	failed = json_object_set_new(line, "dir", json_string(RX));
	failed |= set_flow(line, &e->flow, e->pid, e->comm);
	failed |= json_object_set_new(line, "ifindex", jint(e->ifindex));
	failed |= json_object_set_new(line, "cpu", jint(e->cpu));
	if (e->flow.proto == NS_TCP)
		failed |= json_object_set_new(line, "seq", jint(e->seq));
	failed |= json_object_set_new(line, "len", jint(e->len));
	failed |= json_object_set_new(line, "points", packet_points(e, p.points));
	for (unsigned i = 0; p.valid && i < RXS_TOTAL; i++)
		if (p.stages & 1U << i)
			failed |= json_object_set_new(stages, rx_stage_names[i], jint(p.ns[i]));
	failed |= json_object_set_new(line, "stages", stages);
	/* stamps out of order have no stages, and no total that they could add up to */
	failed |= json_object_set_new(line, "total_ns",
				      p.valid ? jint(p.ns[RXS_TOTAL]) : json_null());
	failed |= json_object_set_new(line, "flags", packet_flags(e));
	return put_line(f, line, failed);
}

int json_end(FILE *f, const struct ledger *total, const char *reason)
{
	json_t *line = object("end");
	int failed, err;

	failed = json_object_set_new(line, "reason", jtext(reason, 256));
	failed |= set_ledger(line, total);
	err = put_line(f, line, failed);
	return err ? err : flush(f);
}
