/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything that netstrata counts, as Prometheus and OpenMetrics want it: docs/metrics.md. A pure
 * function of a snapshot; all numbers but gauges are totals since the start.
 */
#ifndef NS_PROMETHEUS_H
#define NS_PROMETHEUS_H

#include <stdio.h>

#include "anomaly.h"
#include "snapshot.h"

/* Rows of drops and kinds of queueing disciplines that have series of their own; what does not fit
 * is summed up under "other". */
#define PROM_DROPS 64
#define PROM_QDISCS 16

/* Those that came first. Kept from one snapshot to the next: one that moved to "other" later would
 * bring its past with it, which reads as a sudden rate. */
struct prom_known {
	struct drop_key drops[PROM_DROPS]; /* of any device */
	unsigned n_drops;
	char kinds[PROM_QDISCS][KIND_LEN];
	unsigned n_kinds;
};

/* Take in those of a snapshot, as far as there is room. */
void prom_know(struct prom_known *k, const struct snapshot *total);

/* What the process itself has used up to the snapshot. */
struct self_use {
	__u64 cpu_ns;
	__u64 resident_bytes;
};

struct prom_opts {
	bool openmetrics;
	bool netstacklat;     /* and the series that netstacklat has */
	unsigned connections; /* series for that many connections, those with most packets */
	struct self_use self;
	const struct ns_event *packets; /* examples for OpenMetrics, the newest last */
	size_t n_packets;
	const struct anomaly_counts *anomalies; /* NULL: not looked for */
	const struct prom_known *known;		/* NULL: what this snapshot has first */
};

/* total: since the start of the run. Returns 0 or -errno (the stream's error, or -ENOMEM). */
int prometheus_write(FILE *f, const struct snapshot *total, const struct run_info *ri,
		     const struct prom_opts *o);

/* Parts with a file of their own. */
struct prom;
struct softirq_snapshot;
void prometheus_qdiscs(struct prom *p, const struct snapshot *total,
		       const struct prom_known *known);
void prometheus_cpus(struct prom *p, const struct softirq_snapshot *s);
void prometheus_anomalies(struct prom *p, const struct anomaly_counts *c);
int prometheus_drops(struct prom *p, const struct snapshot *total, const struct run_info *ri,
		     const struct prom_known *known);
int prometheus_connections(struct prom *p, const struct snapshot *total, unsigned n);
void prometheus_netstacklat(struct prom *p, const struct snapshot *total,
			    const struct run_info *ri);

/* CPUs with series of their own, those with the lowest numbers; the others are summed up. */
#define PROM_CPUS 32

#endif
