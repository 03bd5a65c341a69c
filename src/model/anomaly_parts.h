/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the anomaly model share; anomaly.h is the face of it. */
#ifndef NS_ANOMALY_PARTS_H
#define NS_ANOMALY_PARTS_H

#include "anomaly.h"
#include "examples.h"
#include "peers.h"

#define SERVICES 512
#define QDISC_SERIES 512
#define CPU_SERIES EXAMPLES_CPUS

/* One thing that has a past. */
struct series {
	__u32 hash;   /* 0: free */
	__u16 record; /* 1 + number of the anomaly that is told of; 0: none */
	struct usual usual;
	struct hysteresis past, peers;
	__u16 raised_for; /* values */
	__u16 crest;	  /* the slowest level of the latest anomalies of it */
	__u8 times;	  /* how many there were, one after the other */
	__u32 last;	  /* interval in which it was far off */
	bool muted;	  /* far from its peers for so long that this is how it is */
	__u32 pend_n; /* packets that are waiting to make a value, and the sum of their levels */
	__u64 pend;
	__u64 seen; /* the latest interval that it had packets in */
	__u64 since_ns;
	__u16 stages[STAGES_MAX]; /* levels of their means, as they usually are; 0: not known */
};

struct conn_series {
	struct series s;
	struct conn_id id;
	enum ns_dir dir;
};

struct service_series {
	struct series s;
	struct peers_key key;
};

struct qdisc_series {
	struct series s;
	struct qdisc id; /* its name; no numbers */
};

/* A value of this interval, until all are in. */
struct value {
	struct conn_series *cs;
	const struct conn *c;
	struct peers_group *group; /* NULL: none */
	__u32 level;
};

struct anomalies {
	const struct run_info *ri;
	struct anomaly_counts counts;
	struct anomaly list[ANOMALY_MAX]; /* id 0: free */
	__u8 order[ANOMALY_MAX];	  /* as anomalies_at() tells them */
	unsigned n_order;
	struct series *owner[ANOMALY_MAX]; /* of those that go on */
	size_t places, n_values;	   /* of conns, and of values */
	struct conn_series *conns;
	struct value *values;
	struct service_series services[SERVICES];
	struct series stages[NS_DIRS][NS_PROTOS][STAGES_MAX];
	struct qdisc_series qdiscs[QDISC_SERIES];
	struct series cpus[CPU_SERIES];
	struct peers peers;
	struct examples examples;
};

/* The levels of the buckets of histograms, in their middle. */
struct levels {
	__u16 coarse[COARSE_BUCKETS], fine[HIST_BUCKETS];
};

const struct levels *levels(void);

/* The i-th place for a hash, among n; a division would be the dearest part of finding one. */
static inline struct series *series_place(const void *places, size_t n, size_t size, __u32 hash,
					  size_t i)
{
	size_t at = (size_t)((__u64)hash * n >> 32) + i;

	return (void *)((char *)places + (at < n ? at : at - n) * size);
}

/*
 * A free place among `n` of `size` bytes each, which begin with a struct series, or the one that is
 * `what` already (match says so); NULL: no room. Places that had no packets for long are free.
 */
struct series *series_find(struct anomalies *a, void *places, size_t n, size_t size, __u32 hash,
			   bool (*match)(const struct series *s, const void *what),
			   const void *what);

/* Put packets, and the sum of their levels, to those that wait for more. True: they are `enough`
 * for a value, which series_take() takes. */
bool series_collect(struct anomalies *a, struct series *s, __u64 n, __u64 sum, unsigned enough);
__u32 series_take(struct series *s);

/*
 * Judge a value by its past. *by: what its peers rose by, which is not its own doing. True: an
 * anomaly has begun or ended, and *end says how.
 */
struct verdict {
	bool changed;
	bool habit; /* it was far off, as it has been before */
	bool peers; /* it began by the peers' rule */
	enum anomaly_end end;
	__u32 usual; /* level */
};

struct verdict series_judge(struct series *s, const struct anomaly_rule *rule, __u32 level,
			    __u32 rise, const struct peers_group *g, __u64 now);

/* An anomaly begins: its record, with id, times and values filled in; NULL: no room, it is not told
 * of. Or it ends. */
struct anomaly *record_begin(struct anomalies *a, struct series *s, enum anomaly_scope scope,
			     __u32 usual, __u32 level, __u64 now);
void record_end(struct anomalies *a, struct series *s, enum anomaly_end end, __u64 now);

/* What is looked at in an interval. */
void scan_connections(struct anomalies *a, const struct snapshot *d, bool partial);
void scan_stages(struct anomalies *a, const struct snapshot *d);
void scan_cpus(struct anomalies *a, const struct snapshot *d);
void scan_qdiscs(struct anomalies *a, const struct snapshot *d);

#endif
