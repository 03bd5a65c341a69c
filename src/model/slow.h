/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The slow packets of a running display: the latest of each connection, newest first, and what all
 * of them were slow for, in the latest interval and in total. Bounded: a connection has the place
 * of SLOW_EACH packets, which it may have to share with others. Pure data.
 */
#ifndef NS_SLOW_H
#define NS_SLOW_H

#include "ranking.h"

#define SLOW_SETS 256
#define SLOW_EACH 16

struct slow;

/* NULL: out of memory; slow_free accepts NULL. */
struct slow *slow_new(void);
void slow_free(struct slow *s);

/* The record of a slow packet that was delivered. */
void slow_keep(struct slow *s, const struct ns_event *e); /* as one of the latest */
void slow_rank(struct slow *s, const struct ns_event *e, const struct run_info *ri);

/* The ranking of many that were not kept singly; without rules it is empty. */
void slow_rank_all(struct slow *s, const struct ranking *r);

/* An interval has passed. */
void slow_step(struct slow *s);

/* Let the total begin now; the latest packets stay. */
void slow_reset(struct slow *s);

/* Make *to what *from is. */
void slow_copy(struct slow *to, const struct slow *from);

/* Of the latest interval, or the total with what came since. Valid until the next call. */
const struct ranking *slow_ranking(struct slow *s, bool total);

/* The latest of a connection, of both directions, newest first. Fills list (max places), returns
 * how many. */
unsigned slow_latest(const struct slow *s, const struct flow *flow, const struct ns_event **list,
		     unsigned max);

#endif
