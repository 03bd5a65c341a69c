/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any number of intervals as a bounded number of columns of about equal length: when all are in
 * use, neighbours become one.
 */
#ifndef NS_TIMELINE_H
#define NS_TIMELINE_H

#include "snapshot.h"

struct column {
	__u64 start_ns, end_ns; /* CLOCK_MONOTONIC */
	__u64 intervals;
	struct ledger ledger[NS_DIRS];
	struct hist hist[NS_DIRS][NS_PROTOS][HISTS_MAX];
};

#define TIMELINE_CPUS 64 /* the first of them */

struct timeline {
	struct column *columns;
	struct hist *delays; /* of NET_RX, on each CPU: timeline_delay() */
	unsigned n_cpus;     /* that can have any; 0: not in these snapshots */
	size_t n, max;
	__u64 intervals;  /* of all */
	__u64 per_column; /* how many intervals make a full one */
};

/* max: even, 2 at least. 0 or -ENOMEM. */
int timeline_init(struct timeline *t, size_t max);
void timeline_free(struct timeline *t);

/* The delays of NET_RX on a CPU, below n_cpus and TIMELINE_CPUS, in a column. */
struct hist *timeline_delay(const struct timeline *t, size_t column, unsigned cpu);

void timeline_add(struct timeline *t, const struct snapshot *s);

/* A last column that is not half full becomes part of the one before. */
void timeline_end(struct timeline *t);

#endif
