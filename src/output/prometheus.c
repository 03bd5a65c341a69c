// SPDX-License-Identifier: GPL-2.0-only
/* Which series there are. Names of stages, causes and reasons come from the tables of stages.h. */
#include "prometheus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "prom_examples.h"
#include "prom_write.h"

#define OURS "netstrata_"
#define ONE_PACKET_IN(ri) ((ri)->sample ? (ri)->sample : 1)

/* The exemplars of a run are made once and handed down. */
struct page {
	struct prom p;
	const struct snapshot *s;
	const struct run_info *ri;
	const struct prom_opts *o;
	struct prom_examples *examples; /* NULL: none */
};

static struct prom_labels label(struct prom_labels l, const char *name, const char *value)
{
	return prom_label(l, name, value, strlen(value));
}

static void put_histogram(struct page *g, enum ns_dir dir, unsigned proto, unsigned stage,
			  const struct prom_labels *l)
{
	struct prom_exemplars x;

	if (g->examples)
		prom_examples_of(g->examples, dir, proto, stage, &x);
	prom_histogram(&g->p, l, &g->s->hist[dir][proto][stage], g->examples ? &x : NULL);
}

/* One family of the stages from first to below end, of all protocols. */
static void put_stages(struct page *g, enum ns_dir dir, const struct prom_family *family,
		       unsigned first, unsigned end)
{
	prom_family(&g->p, family, dirs[dir].name);
	for (unsigned proto = 0; proto < NS_PROTOS; proto++) {
		struct prom_labels l = label(PROM_NONE, "proto", proto_name(proto));
		__u32 there = g->ri->points[dir][proto];

		there = there ? stages_possible(dir, there) : 0;
		for (unsigned i = first; i < end; i++) {
			struct prom_labels with = label(l, "stage", dirs[dir].stages[i]);

			if (there & 1U << i)
				put_histogram(g, dir, proto, i, &with);
		}
	}
}

/* One family with a histogram for each protocol: not of a stage, but of `series`. */
static void put_series(struct page *g, enum ns_dir dir, const struct prom_family *family,
		       unsigned series, __u32 needs)
{
	prom_family(&g->p, family, dirs[dir].name);
	for (unsigned proto = 0; proto < NS_PROTOS; proto++) {
		struct prom_labels l = label(PROM_NONE, "proto", proto_name(proto));
		__u32 there = g->ri->points[dir][proto];

		if (there && (stages_possible(dir, there) & needs) == needs)
			put_histogram(g, dir, proto, series, &l);
	}
}

static const struct prom_family stage_family = {
	OURS, "stage_duration_seconds", PROM_HISTOGRAM, "seconds",
	"Time of packets in one stage; the stages of a direction add up to its duration"};
static const struct prom_family total_family = {
	OURS, "duration_seconds", PROM_HISTOGRAM, "seconds",
	"Time of packets from the first point to the last of a direction"};
static const struct prom_family after_family = {
	OURS, "after_duration_seconds", PROM_HISTOGRAM, "seconds",
	"Time of packets in what follows the total and is no part of it"};
static const struct prom_family local_family = {
	OURS, "local_duration_seconds", PROM_HISTOGRAM, "seconds",
	"Time from send to read of packets that this kernel sent itself"};
static const struct prom_family hw_family = {
	OURS, "hw_to_stack_duration_seconds", PROM_HISTOGRAM, "seconds",
	"Time of received packets from the device's own stamp to the network stack"};
static const struct prom_family resent_family = {
	OURS, "resent_duration_seconds", PROM_HISTOGRAM, "seconds",
	"Time from the last transmission to the ACK, of segments sent more than once"};

/* How far off the devices' own stamps can be. */
static void put_hw_errors(struct page *g)
{
	static const struct prom_family family = {
		OURS, "hw_error_seconds", PROM_GAUGE, "seconds",
		"The largest error of a device's own stamp so far"};

	prom_family(&g->p, &family, NULL);
	for (__u32 i = 0; i < g->s->n_hws; i++) {
		const struct hw_state *h = &g->s->hws[i];
		struct prom_labels l = prom_label(PROM_NONE, "dev", h->dev, sizeof(h->dev));

		prom_seconds(&g->p, &l, h->error_ns);
	}
}

static void put_latencies(struct page *g, enum ns_dir dir)
{
	put_stages(g, dir, &stage_family, 0, dirs[dir].total);
	put_series(g, dir, &total_family, dirs[dir].total, 0);
	if (dirs[dir].n_stages > dirs[dir].total + 1)
		put_stages(g, dir, &after_family, dirs[dir].total + 1, dirs[dir].n_stages);
	if (dir == NS_RX && dir_measured(g->ri, NS_TX))
		put_series(g, dir, &local_family, RXH_LOCAL, 0);
	if (dir == NS_RX && g->s->n_hws) {
		put_series(g, dir, &hw_family, RXH_HW, 0);
		put_hw_errors(g);
	}
	if (dir == NS_TX)
		put_series(g, dir, &resent_family, TXH_RESENT, 1U << TXS_NETWORK);
}

static void put_one(struct page *g, const struct prom_family *family, const char *dir, __u64 n)
{
	prom_family(&g->p, family, dir);
	prom_count(&g->p, &PROM_NONE, n);
}

/* Reasons of loss: those that keep a packet out of the totals, or those that do not. */
static void put_losses(struct page *g, enum ns_dir dir, const struct prom_family *family,
		       bool in_totals)
{
	prom_family(&g->p, family, dirs[dir].name);
	for (unsigned i = 0; i < LOSS_COUNT; i++) {
		struct prom_labels l = label(PROM_NONE, "reason", loss_infos[i].name);

		if ((loss_kind(i) == LOST_DETAIL) == in_totals)
			prom_count(&g->p, &l, g->s->ledger[dir].lost[i]);
	}
}

static void put_ledger(struct page *g, enum ns_dir dir)
{
	static const struct prom_family seen = {OURS, "packets_seen", PROM_COUNTER, NULL,
						"Packets with data that came by"};
	static const struct prom_family taken = {OURS, "packets_taken", PROM_COUNTER, NULL,
						 "Packets in the totals"};
	static const struct prom_family pending = {
		OURS, "packets_pending", PROM_GAUGE, NULL,
		"Packets on their way, or in a socket's queue, now"};
	static const struct prom_family lost = {OURS, "packets_lost", PROM_COUNTER, NULL,
						"Packets seen that are not in the totals"};
	static const struct prom_family details = {
		OURS, "details_lost", PROM_COUNTER, NULL,
		"What is missing of packets that are in the totals"};
	static const struct prom_family other = {
		OURS, "packets_undelivered", PROM_COUNTER, NULL,
		"Packets that were not data for a socket here: ACKs, forwarded, dropped"};
	const struct ledger *l = &g->s->ledger[dir];

	put_one(g, &seen, dirs[dir].name, l->seen);
	put_one(g, &taken, dirs[dir].name, l->taken);
	put_one(g, &pending, dirs[dir].name, ledger_pending(l));
	if (dir == NS_RX)
		put_one(g, &other, dirs[dir].name, l->undelivered);
	put_losses(g, dir, &lost, false);
	put_losses(g, dir, &details, true);
}

static void put_causes(struct page *g)
{
	static const struct prom_family waits = {
		OURS, "cause_waits", PROM_COUNTER, NULL,
		"Times that TCP held data of a connection back for this cause"};
	static const struct prom_family time = {OURS, "cause_seconds", PROM_COUNTER, "seconds",
						"Time that TCP held data back for this cause"};

	prom_family(&g->p, &waits, dirs[NS_TX].name);
	for (unsigned i = 0; i < CAUSE_COUNT; i++) {
		struct prom_labels l = label(PROM_NONE, "cause", cause_infos[i].name);

		prom_count(&g->p, &l, g->s->causes[i].n);
	}
	prom_family(&g->p, &time, dirs[NS_TX].name);
	for (unsigned i = 0; i < CAUSE_COUNT; i++) {
		struct prom_labels l = label(PROM_NONE, "cause", cause_infos[i].name);

		prom_seconds(&g->p, &l, g->s->causes[i].sum);
	}
}

static void put_info(struct page *g)
{
	static const struct prom_family family = {OURS, "build_info", PROM_GAUGE, NULL,
						  "Always 1: which netstrata on which kernel"};
	struct prom_labels l = label(PROM_NONE, "version", g->ri->version);

	l = label(l, "kernel", g->ri->kernel);
	prom_family(&g->p, &family, NULL);
	prom_count(&g->p, &l, 1);
}

static struct prom_labels dir_proto(unsigned dir, unsigned proto)
{
	return label(label(PROM_NONE, "dir", dirs[dir].name), "proto", proto_name(proto));
}

/* Which hook serves each point, and which stages a measured stage stands for. */
static void put_hooks(struct page *g)
{
	static const struct prom_family hook = {OURS, "hook_info", PROM_GAUGE, NULL,
						"Always 1: the hook that serves a point"};
	static const struct prom_family stage = {
		OURS, "stage_info", PROM_GAUGE, NULL,
		"Always 1: the stages that are measured as one under the name of the last"};
	char covers[64];

	prom_family(&g->p, &hook, NULL);
	for (unsigned i = 0; i < NS_DIRS * NS_PROTOS; i++) {
		unsigned dir = i / NS_PROTOS, proto = i % NS_PROTOS;

		for (unsigned point = 0; point < dirs[dir].n_points; point++) {
			const char *name = g->ri->hooks[dir][proto][point];
			struct prom_labels l = dir_proto(dir, proto);

			l = label(l, "point", dirs[dir].points[point]);
			l = label(l, "hook", name ? name : "");
			if (name)
				prom_count(&g->p, &l, 1);
		}
	}
	prom_family(&g->p, &stage, NULL);
	for (unsigned i = 0; i < NS_DIRS * NS_PROTOS; i++) {
		unsigned dir = i / NS_PROTOS, proto = i % NS_PROTOS;
		__u32 points = g->ri->points[dir][proto];

		for (unsigned k = 0; points && k < dirs[dir].n_stages; k++) {
			struct prom_labels l = dir_proto(dir, proto);

			l = label(l, "stage", dirs[dir].stages[k]);
			l = label(l, "covers", stage_label(dir, points, k, covers, sizeof(covers)));
			if (k != dirs[dir].total && stages_possible(dir, points) & 1U << k)
				prom_count(&g->p, &l, 1);
		}
	}
}

static void put_state(struct page *g)
{
	static const struct prom_family start = {OURS, "start_time_seconds", PROM_GAUGE, "seconds",
						 "When measuring began, as a Unix time"};
	static const struct prom_family when = {
		OURS, "snapshot_time_seconds", PROM_GAUGE, "seconds",
		"When the numbers of this page were taken, as a Unix time"};
	static const struct prom_family sample = {
		OURS, "sample_packets", PROM_GAUGE, NULL,
		"One packet in this many is taken: 1 is all of them"};
	static const struct prom_family conns = {OURS, "connections", PROM_GAUGE, NULL,
						 "Connections that have a row now"};
	static const struct prom_family memory = {OURS, "kernel_memory_limit_bytes", PROM_GAUGE,
						  "bytes",
						  "Kernel memory that the tables can take at most"};
	static const struct prom_family cpu = {
		"", "process_cpu_seconds", PROM_COUNTER, "seconds",
		"CPU time of the process in user space and in the kernel"};
	static const struct prom_family resident = {"", "process_resident_memory_bytes", PROM_GAUGE,
						    "bytes", "Memory of the process"};
	const struct run_info *ri = g->ri;
	__u64 live = 0;

	for (size_t i = 0; i < g->s->n_conns; i++)
		live += g->s->conns[i].state == CONN_LIVE;
	prom_family(&g->p, &start, NULL);
	prom_seconds(&g->p, &PROM_NONE, ri->real_ns);
	prom_family(&g->p, &when, NULL);
	prom_seconds(&g->p, &PROM_NONE, ri->real_ns + (g->s->mono_ns - ri->mono_ns));
	put_one(g, &sample, NULL, ONE_PACKET_IN(ri));
	put_one(g, &conns, NULL, live);
	put_one(g, &memory, NULL, ri->budget_bytes);
	prom_family(&g->p, &cpu, NULL);
	prom_seconds(&g->p, &PROM_NONE, g->o->self.cpu_ns);
	put_one(g, &resident, NULL, g->o->self.resident_bytes);
}

int prometheus_write(FILE *f, const struct snapshot *total, const struct run_info *ri,
		     const struct prom_opts *o)
{
	struct page *g = calloc(1, sizeof(*g));
	struct prom_known now = {.n_drops = 0};
	const struct prom_known *known = o->known ? o->known : &now;
	int err = -ENOMEM;

	if (!g)
		return -ENOMEM;
	g->s = total;
	g->ri = ri;
	g->o = o;
	if (o->openmetrics && o->n_packets) {
		g->examples = prom_examples_new(o->packets, o->n_packets, ri);
		if (!g->examples)
			goto out;
	}
	if (!o->known)
		prom_know(&now, total);
	prom_begin(&g->p, f, o->openmetrics);
	put_info(g);
	put_hooks(g);
	put_state(g);
	for (unsigned dir = 0; dir < NS_DIRS; dir++) {
		if (!dir_measured(ri, dir))
			continue;
		put_latencies(g, dir);
		put_ledger(g, dir);
	}
	if (dir_measured(ri, NS_TX)) {
		put_causes(g);
		prometheus_qdiscs(&g->p, total, known);
	}
	if (total->softirqs)
		prometheus_cpus(&g->p, total->softirqs);
	if (o->anomalies)
		prometheus_anomalies(&g->p, o->anomalies);
	err = prometheus_drops(&g->p, total, ri, known);
	if (!err && o->connections)
		err = prometheus_connections(&g->p, total, o->connections);
	if (o->netstacklat)
		prometheus_netstacklat(&g->p, total, ri);
	if (!err)
		err = prom_end(&g->p);
out:
	prom_examples_free(g->examples);
	free(g);
	return err;
}
