// SPDX-License-Identifier: GPL-2.0-only
/* Series of what is a table: queueing disciplines, drops, connections. Each has a bound. */
#include "prometheus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conns.h"
#include "format.h"
#include "names.h"
#include "prom_write.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define OTHER "other"

/*
 * By kind, not by device: devices of containers come and go, and there may be thousands. (Each one
 * is in the JSON lines.)
 */
struct kinds {
	unsigned n;
	struct qdisc sum[PROM_QDISCS + 1]; /* and one for the others */
};

/* The place among the known ones; n_kinds: none. */
static unsigned kind_of(const struct prom_known *known, const struct qdisc *q)
{
	unsigned i = 0;

	while (i < known->n_kinds && memcmp(known->kinds[i], q->kind, KIND_LEN))
		i++;
	return i;
}

static void add_kinds(struct kinds *k, const struct snapshot *s, const struct prom_known *known)
{
	*k = (struct kinds){.n = known->n_kinds};
	for (unsigned i = 0; i < known->n_kinds; i++)
		memcpy(k->sum[i].kind, known->kinds[i], KIND_LEN);
	for (size_t i = 0; i < s->n_qdiscs; i++) {
		unsigned at = kind_of(known, &s->qdiscs[i]);
		struct qdisc *sum = &k->sum[at];

		if (at == known->n_kinds) {
			memcpy(sum->kind, OTHER, sizeof(OTHER));
			k->n = at + 1;
		}

		sum->n += s->qdiscs[i].n;
		sum->bypassed += s->qdiscs[i].bypassed;
		sum->requeues += s->qdiscs[i].requeues;
		if (!qdisc_tells(&s->qdiscs[i]))
			sum->backlog_packets = QDISC_NONE;
		sum->sum += s->qdiscs[i].sum;
		sum->edt += s->qdiscs[i].edt;
	}
}

void prometheus_qdiscs(struct prom *p, const struct snapshot *total, const struct prom_known *known)
{
	static const struct {
		struct prom_family family;
		size_t offset;
	} families[] = {
		{{"netstrata_", "qdisc_packets", PROM_COUNTER, NULL,
		  "Packets that waited in a queueing discipline of this kind"},
		 offsetof(struct qdisc, n)},
		{{"netstrata_", "qdisc_bypassed_packets", PROM_COUNTER, NULL,
		  "Packets that went past it"},
		 offsetof(struct qdisc, bypassed)},
		{{"netstrata_", "qdisc_requeues", PROM_COUNTER, NULL,
		  "Packets that were put back because the driver was busy; lockless queueing "
		  "disciplines (pfifo_fast) do not tell"},
		 offsetof(struct qdisc, requeues)},
		{{"netstrata_", "qdisc_wait_seconds", PROM_COUNTER, "seconds",
		  "Time that packets waited in it"},
		 offsetof(struct qdisc, sum)},
		{{"netstrata_", "qdisc_paced_seconds", PROM_COUNTER, "seconds",
		  "Of that, until the departure time that pacing had set"},
		 offsetof(struct qdisc, edt)},
	};
	struct kinds k;

	add_kinds(&k, total, known);
	for (size_t i = 0; i < COUNT_OF(families); i++) {
		prom_family(p, &families[i].family, NULL);
		for (unsigned q = 0; q < k.n; q++) {
			struct prom_labels l =
				prom_label(PROM_NONE, "kind", k.sum[q].kind, KIND_LEN);
			const size_t at = families[i].offset;
			__u64 v = *(const __u64 *)((const char *)&k.sum[q] + at);

			if (at == offsetof(struct qdisc, requeues) && !qdisc_tells(&k.sum[q]))
				continue;
			if (families[i].family.unit)
				prom_seconds(p, &l, v);
			else
				prom_count(p, &l, v);
		}
	}
}

/* Not by device. */
static int compare(const struct drop_key *x, const struct drop_key *y)
{
	if (x->dir != y->dir)
		return x->dir < y->dir ? -1 : 1;
	if (x->stage != y->stage)
		return x->stage < y->stage ? -1 : 1;
	return (x->reason > y->reason) - (x->reason < y->reason);
}

static int by_reason(const void *a, const void *b)
{
	return compare(&(*(const struct drop_count *const *)a)->key,
		       &(*(const struct drop_count *const *)b)->key);
}

static bool knows_drop(const struct prom_known *known, const struct drop_key *key)
{
	unsigned i = 0;

	while (i < known->n_drops && compare(&known->drops[i], key))
		i++;
	return i < known->n_drops;
}

void prom_know(struct prom_known *k, const struct snapshot *total)
{
	for (size_t i = 0; i < total->n_drops && k->n_drops < PROM_DROPS; i++)
		if (!knows_drop(k, &total->drops[i].key))
			k->drops[k->n_drops++] = total->drops[i].key;
	for (size_t i = 0; i < total->n_qdiscs && k->n_kinds < PROM_QDISCS; i++)
		if (kind_of(k, &total->qdiscs[i]) == k->n_kinds)
			memcpy(k->kinds[k->n_kinds++], total->qdiscs[i].kind, KIND_LEN);
}

static void put_drops(struct prom *p, const struct drop_key *k, __u64 n, const struct run_info *ri)
{
	char buf[32];
	const char *stage = k->dir < NS_DIRS && k->stage < dirs[k->dir].n_stages
				    ? dirs[k->dir].stages[k->stage]
				    : OTHER;
	const char *reason = drop_reason_name(ri, k->reason, buf, sizeof(buf));
	struct prom_labels l = PROM_NONE;

	l = prom_label(l, "dir", dirs[k->dir == NS_TX].name, DEV_LEN);
	l = prom_label(l, "stage", stage, strlen(stage));
	l = prom_label(l, "reason", reason, strlen(reason));
	prom_count(p, &l, n);
}

int prometheus_drops(struct prom *p, const struct snapshot *total, const struct run_info *ri,
		     const struct prom_known *known)
{
	static const struct prom_family family = {
		"netstrata_", "dropped_packets", PROM_COUNTER, NULL,
		"Packets that the kernel dropped, by stage and its own reason"};
	const struct drop_count **rows = calloc(total->n_drops + 1, sizeof(const void *));
	struct prom_labels other = prom_label(PROM_NONE, "reason", OTHER, strlen(OTHER));
	__u64 n = 0, rest = 0;

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < total->n_drops; i++)
		rows[i] = &total->drops[i];
	qsort(rows, total->n_drops, sizeof(*rows), by_reason);
	prom_family(p, &family, NULL);
	for (size_t i = 0; i < total->n_drops; i++) {
		n += rows[i]->drop.n;
		if (rows[i + 1] && !by_reason(&rows[i], &rows[i + 1]))
			continue; /* the same reason at another device */
		if (knows_drop(known, &rows[i]->key))
			put_drops(p, &rows[i]->key, n, ri);
		else
			rest += n;
		n = 0;
	}
	if (rest)
		prom_count(p, &other, rest);
	free(rows);
	return 0;
}

static struct prom_labels conn_labels(const struct conn *c, unsigned dir)
{
	struct prom_labels l = prom_label(PROM_NONE, "proto", proto_name(c->flow.proto), 8);
	struct fmt_line local = fmt_endpoint(c->flow.local, c->flow.local_port),
			remote = fmt_endpoint(c->flow.remote, c->flow.remote_port);
	char netns[16], row[32];

	snprintf(netns, sizeof(netns), "%u", c->flow.netns);
	snprintf(row, sizeof(row), "%u-%u", c->row, c->gen); /* equal flows: SO_REUSEPORT */
	l = prom_label(l, "local", local.s, sizeof(local.s));
	l = prom_label(l, "remote", remote.s, sizeof(remote.s));
	l = prom_label(l, "netns", netns, sizeof(netns));
	l = prom_label(l, "comm", c->comm, sizeof(c->comm));
	l = prom_label(l, "id", row, sizeof(row));
	return dir < NS_DIRS ? prom_label(l, "dir", dirs[dir].name, 8) : l;
}

static int by_packets(const void *a, const void *b)
{
	const struct conn *x = *(const struct conn *const *)a, *y = *(const struct conn *const *)b;
	__u64 nx = x->dir[NS_RX].n + x->dir[NS_TX].n, ny = y->dir[NS_RX].n + y->dir[NS_TX].n;

	if (nx != ny)
		return nx > ny ? -1 : 1;
	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return (x->gen > y->gen) - (x->gen < y->gen);
}

int prometheus_connections(struct prom *p, const struct snapshot *total, unsigned n)
{
	static const struct prom_family packets = {"netstrata_", "connection_packets", PROM_COUNTER,
						   NULL, "Packets of a connection"},
					time = {"netstrata_", "connection_duration_seconds",
						PROM_COUNTER, "seconds", "Sum of their durations"},
					resent = {"netstrata_", "connection_resent_segments",
						  PROM_COUNTER, NULL,
						  "Segments of a connection sent more than once"},
					srtt = {"netstrata_", "connection_srtt_seconds", PROM_GAUGE,
						"seconds", "TCP's own smoothed round-trip time"};
	const struct conn **top = calloc(total->n_conns + 1, sizeof(const void *));
	struct prom_labels l;

	if (!top)
		return -ENOMEM;
	for (size_t i = 0; i < total->n_conns; i++)
		top[i] = &total->conns[i];
	qsort(top, total->n_conns, sizeof(*top), by_packets);
	if (n > total->n_conns)
		n = total->n_conns;
	for (int sums = 0; sums < 2; sums++) {
		prom_family(p, sums ? &time : &packets, NULL);
		for (unsigned i = 0; i < n * NS_DIRS; i++) {
			const struct conn_dir *d = &top[i / NS_DIRS]->dir[i % NS_DIRS];

			l = conn_labels(top[i / NS_DIRS], i % NS_DIRS);
			if (sums)
				prom_seconds(p, &l, d->stages[dirs[i % NS_DIRS].total].sum);
			else
				prom_count(p, &l, d->n);
		}
	}
	prom_family(p, &resent, NULL);
	for (unsigned i = 0; i < n; i++) {
		l = conn_labels(top[i], NS_DIRS);
		prom_count(p, &l, top[i]->resent.n);
	}
	prom_family(p, &srtt, NULL);
	for (unsigned i = 0; i < n; i++) {
		l = conn_labels(top[i], NS_DIRS);
		if (top[i]->srtt_ns)
			prom_seconds(p, &l, top[i]->srtt_ns);
	}
	free(top);
	return 0;
}
