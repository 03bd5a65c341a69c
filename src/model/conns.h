/* SPDX-License-Identifier: GPL-2.0-only */
/* Which connections matter most. Pure functions. */
#ifndef NS_CONNS_H
#define NS_CONNS_H

#include <linux/types.h>
#include <stddef.h>

#include "record.h"

enum conn_sort_key { SORT_P99, SORT_MAX, SORT_SUM, SORT_N };

/*
 * What connections are ranked by. The 99th percentile is known for the total only, and there
 * only with enough samples: otherwise the maximum stands in for it.
 */
__u64 conn_rank(const struct conn *c, enum conn_sort_key key, enum rx_stage stage);

/* Sort in place, largest first; equal ones in a fixed order. Returns 0 or -ENOMEM (unsorted). */
int conns_sort(struct conn *c, size_t n, enum conn_sort_key key, enum rx_stage stage);

/*
 * The same without touching c: an array of pointers, largest first, to be freed by the caller.
 * NULL when out of memory; never NULL for n = 0.
 */
const struct conn **conns_ranked(const struct conn *c, size_t n, enum conn_sort_key key,
				 enum rx_stage stage);

/* The stage with the largest share of the connection's time; never RXS_TOTAL. */
enum rx_stage conn_worst_stage(const struct conn *c);

#endif
