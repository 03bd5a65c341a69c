/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The snapshots of consecutive intervals as one of all of them: what snapshot_delta() would have
 * given over the same time, but that the maximum of a connection's stage can be told closer.
 */
#ifndef NS_ACCUMULATE_H
#define NS_ACCUMULATE_H

#include "snapshot.h"

/* Distinct connections, and qdiscs or drops, that are kept; those that come later are counted. */
#define ACCUMULATE_CONNS (1 << 16)
#define ACCUMULATE_ROWS (1 << 12)

struct accumulator {
	struct snapshot *sum; /* the caller may set `final` */
	__u32 *index;	      /* hash of the connections: 1 + position; 0: free */
	size_t slots;
	__u64 left_out; /* items that there was no room for */
};

/* 0 or -ENOMEM. accumulator_free accepts one that is all 0. */
int accumulator_init(struct accumulator *a);
void accumulator_free(struct accumulator *a);

/* Add the next interval. 0 or -ENOMEM. */
int accumulator_add(struct accumulator *a, const struct snapshot *s);

#endif
