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

struct timeline {
	struct column *columns;
	size_t n, max;
	__u64 intervals;  /* of all */
	__u64 per_column; /* how many intervals make a full one */
};

/* max: even, 2 at least. 0 or -ENOMEM. */
int timeline_init(struct timeline *t, size_t max);
void timeline_free(struct timeline *t);

void timeline_add(struct timeline *t, const struct snapshot *s);

/* A last column that is not half full becomes part of the one before. */
void timeline_end(struct timeline *t);

#endif
