// SPDX-License-Identifier: GPL-2.0-only
#include "json_parts.h"

#include <errno.h>

#include "histogram.h"
#include "names.h"

static json_t *hooks_of(const struct run_info *ri, enum ns_dir dir, unsigned proto)
{
	json_t *hooks = json_object();

	for (unsigned i = 0; hooks && i < dirs[dir].n_points; i++) {
		const char *hook = ri->hooks[dir][proto][i];

		if (!(proto_points(dir, proto) & 1U << i))
			continue;
		if (json_object_set_new(hooks, dirs[dir].points[i],
					hook ? json_string(hook) : json_null())) {
			json_decref(hooks);
			hooks = NULL;
		}
	}
	return hooks;
}

/* What each reason of the ledgers means for its packet. */
static json_t *losses(int *failed)
{
	static const char *const kinds[LOSS_KINDS] = {
		[LOST_PACKET] = "lost", [LOST_DETAIL] = "detail", [LEFT_OUT] = "left_out"};
	json_t *o = json_object();

	for (unsigned i = 0; i < LOSS_COUNT; i++)
		*failed |= json_object_set_new(o, loss_infos[i].name,
					       json_string(kinds[loss_kind(i)]));
	return o;
}

int json_start(FILE *f, const struct run_info *ri)
{
	json_t *line = json_object_of("start"), *hooks = json_object();
	int failed = 0, err;

	for (unsigned d = 0; d < NS_DIRS; d++) {
		json_t *protos = json_object();

		for (unsigned p = 0; p < NS_PROTOS; p++)
			if (ri->points[d][p])
				failed |= json_object_set_new(protos, proto_name(p),
							      hooks_of(ri, d, p));
		failed |= json_object_set_new(hooks, dirs[d].name, protos);
	}
	failed |= json_object_set_new(line, "version", json_text(ri->version, sizeof(ri->version)));
	failed |= json_object_set_new(line, "kernel", json_text(ri->kernel, sizeof(ri->kernel)));
	failed |= json_object_set_new(line, "options", json_text(ri->options, sizeof(ri->options)));
	failed |= json_object_set_new(line, "hooks", hooks);
	failed |= json_object_set_new(line, "clock",
				      json_pack("{s:o,s:o}", "mono_ns", json_u64(ri->mono_ns),
						"real_ns", json_u64(ri->real_ns)));
	failed |= json_object_set_new(line, "hw", json_hw_infos(ri->hws, ri->n_hws));
	failed |= json_object_set_new(line, "slow_ns",
				      ri->slow_ns ? json_u64(ri->slow_ns) : json_null());
	failed |= json_object_set_new(line, "losses", losses(&failed));
	err = json_line(f, line, failed);
	return err ? err : json_flush(f);
}

static json_t *covers(enum ns_dir dir, __u32 points, unsigned stage)
{
	__u32 mask = stage_covers(dir, points, stage);
	json_t *list = json_array();

	for (unsigned i = 0; i < dirs[dir].n_stages; i++)
		if (mask & 1U << i)
			json_array_append_new(list, json_string(dirs[dir].stages[i]));
	return list;
}

/* A histogram under a name, and the stage that it is about. */
struct row {
	enum ns_dir dir;
	unsigned proto;
	unsigned stage;
	__u32 points;
	const char *name;
};

static int put_stage(FILE *f, const struct snapshot *s, const struct row *r, const struct hist *h)
{
	json_t *line = json_object_of("stage");
	int failed = 0;

	failed |= json_object_set_new(line, "dir", json_string(dirs[r->dir].name));
	failed |= json_object_set_new(line, "proto", json_string(proto_name(r->proto)));
	failed |= json_object_set_new(line, "stage", json_string(r->name));
	failed |= json_object_set_new(line, "covers", covers(r->dir, r->points, r->stage));
	failed |= json_object_set_new(line, "interval_ns", json_u64(s->interval_ns));
	failed |= json_object_set_new(line, "n", json_u64(hist_n(h)));
	failed |= json_object_set_new(line, "sum_ns", json_u64(h->sum));
	failed |= json_object_set_new(line, "max_ns", json_u64(h->max));
	failed |= json_object_set_new(line, "p50_ns", json_quantile(h, 0.5));
	failed |= json_object_set_new(line, "p90_ns", json_quantile(h, 0.9));
	failed |= json_object_set_new(line, "p99_ns", json_quantile(h, 0.99));
	failed |= json_object_set_new(line, "p999_ns", json_quantile(h, 0.999));
	failed |= json_object_set_new(line, "buckets", json_buckets(h));
	if (h == &s->hist[NS_RX][r->proto][RXH_HW])
		failed |= json_object_set_new(line, "error_ns", json_u64(snapshot_hw_error(s)));
	if (s->final)
		failed |= json_object_set_new(line, "final", json_true());
	return json_line(f, line, failed);
}

/* The oldest or the newest byte's wait in each copy out of the receive queue. */
static int put_copies(FILE *f, const struct snapshot *s, struct row r, const char *name,
		      enum rx_series without)
{
	const struct hist *rx = s->hist[NS_RX][r.proto];
	struct hist h;

	r.stage = RXS_APPLICATION;
	r.name = name;
	hist_sub(&rx[RXS_APPLICATION], &rx[without], &h);
	return put_stage(f, s, &r, &h);
}

static int put_series(FILE *f, const struct snapshot *s, struct row r, const char *name,
		      unsigned series, unsigned stage)
{
	r.stage = stage;
	r.name = name;
	return put_stage(f, s, &r, &s->hist[r.dir][r.proto][series]);
}

static int put_stages(FILE *f, const struct snapshot *s, const struct run_info *ri, enum ns_dir dir,
		      unsigned proto)
{
	struct row r = {.dir = dir, .proto = proto, .points = ri->points[dir][proto]};
	__u32 stages = stages_possible(dir, r.points);
	int err = 0;

	for (unsigned i = 0; !err && i < dirs[dir].n_stages; i++)
		if (stages & 1U << i)
			err = put_series(f, s, r, dirs[dir].stages[i], i, i);
	if (!err && dir == NS_RX && proto == NS_TCP)
		err = put_copies(f, s, r, "read_oldest", RXH_NOT_FIRST);
	if (!err && dir == NS_RX && proto == NS_TCP)
		err = put_copies(f, s, r, "read_newest", RXH_NOT_LAST);
	if (!err && dir == NS_RX && ri->points[NS_TX][proto])
		err = put_series(f, s, r, "local", RXH_LOCAL, RXS_TOTAL);
	if (!err && dir == NS_RX && s->n_hws)
		err = put_series(f, s, r, "hw_to_stack", RXH_HW, RXS_TOTAL);
	if (!err && dir == NS_TX && stages & 1U << TXS_NETWORK)
		err = put_series(f, s, r, "resent", TXH_RESENT, TXS_NETWORK);
	return err;
}

static int set_ledger(json_t *line, const struct ledger *l, enum ns_dir dir)
{
	json_t *lost = json_object(), *ways = json_object();
	int failed = 0;

	failed |= json_object_set_new(line, "seen", json_u64(l->seen));
	failed |= json_object_set_new(line, "taken", json_u64(l->taken));
	failed |= json_object_set_new(line, "pending", json_u64(ledger_pending(l)));
	if (dir == NS_RX)
		failed |= json_object_set_new(line, "undelivered", json_u64(l->undelivered));
	for (unsigned i = 0; i < LOSS_COUNT; i++)
		failed |= json_object_set_new(lost, loss_infos[i].name, json_u64(l->lost[i]));
	for (unsigned i = 0; dir == NS_RX && i < WAY_COUNT; i++)
		failed |= json_object_set_new(ways, way_infos[i].name, json_u64(l->ways[i]));
	if (dir == NS_RX)
		failed |= json_object_set(line, "ways", ways);
	json_decref(ways);
	return failed | json_object_set_new(line, "lost", lost);
}

static int put_ledger(FILE *f, const struct snapshot *s, enum ns_dir dir)
{
	json_t *line = json_object_of("ledger");
	int failed = json_object_set_new(line, "dir", json_string(dirs[dir].name));

	failed |= set_ledger(line, &s->ledger[dir], dir);
	if (s->final)
		failed |= json_object_set_new(line, "final", json_true());
	return json_line(f, line, failed);
}

int json_snapshot(FILE *f, const struct snapshot *s, const struct run_info *ri,
		  const struct text_opts *o)
{
	int err = 0;

	for (unsigned d = 0; d < NS_DIRS; d++)
		for (unsigned p = 0; !err && p < NS_PROTOS; p++)
			if (ri->points[d][p])
				err = put_stages(f, s, ri, d, p);
	if (!err)
		err = json_hws(f, s);
	if (!err)
		err = json_causes(f, s);
	if (!err)
		err = json_qdiscs(f, s);
	if (!err)
		err = json_drops(f, s, ri);
	if (!err)
		err = json_cpus(f, s);
	if (!err && o->connections)
		err = json_connections(f, s, ri, o);
	for (unsigned d = 0; !err && d < NS_DIRS; d++)
		if (dir_measured(ri, d))
			err = put_ledger(f, s, d);
	return err ? err : json_flush(f);
}

int json_end(FILE *f, const struct snapshot *total, const struct run_info *ri, const char *reason)
{
	json_t *line = json_object_of("end"), *tx;
	int failed, err;

	failed = json_object_set_new(line, "reason", json_text(reason, 256));
	failed |= set_ledger(line, &total->ledger[NS_RX], NS_RX);
	if (dir_measured(ri, NS_TX)) {
		tx = json_object();
		failed |= set_ledger(tx, &total->ledger[NS_TX], NS_TX);
		failed |= json_object_set_new(line, dirs[NS_TX].name, tx);
	}
	err = json_line(f, line, failed);
	return err ? err : json_flush(f);
}
