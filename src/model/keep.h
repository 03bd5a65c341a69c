/* SPDX-License-Identifier: GPL-2.0-only */
/* What is worth keeping of an interval where there is no room for all. Pure functions. */
#ifndef NS_KEEP_H
#define NS_KEEP_H

#include "query.h"
#include "snapshot.h"

/*
 * Keep, of each direction, the n connections that rank highest: in the direction of `by` as
 * that says, in the other by the same of the total. *left_out: how many are gone. Returns 0 or
 * -ENOMEM (all kept).
 */
int keep_connections(struct snapshot *s, size_t n, const struct conn_query *by, __u64 *left_out);

/* The slowest packets since the last keep_reset(). */
struct keep_packets {
	struct ns_event *list; /* in the order in which they came, but for those that gave way */
	__u64 *total_ns;
	size_t n, max;
	__u64 left_out;
};

int keep_init(struct keep_packets *k, size_t max); /* 0 or -ENOMEM */
void keep_free(struct keep_packets *k);
void keep_packet(struct keep_packets *k, const struct ns_event *e, __u64 total_ns);
void keep_reset(struct keep_packets *k);

#endif
