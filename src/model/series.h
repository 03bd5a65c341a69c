/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the latest intervals were, for sparklines and heat maps: of each histogram its numbers and
 * its buckets, in a ring of fixed length. Pure data.
 */
#ifndef NS_SERIES_H
#define NS_SERIES_H

#include <linux/types.h>
#include <stdbool.h>

#include "record.h"
#include "snapshot.h"

enum series_quantile { SERIES_P50, SERIES_P90, SERIES_P99, SERIES_P999, SERIES_QUANTILES };
extern const double series_quantiles[SERIES_QUANTILES];

/* The slot beside the protocols: all of them together. */
#define SERIES_ALL NS_PROTOS
#define SERIES_PROTOS (NS_PROTOS + 1)

struct series_value {
	__u64 n, sum, max;
	__u64 q[SERIES_QUANTILES]; /* 0: too few samples to tell */
};

struct series;

/* Room for this many intervals. NULL when out of memory; series_free accepts NULL. */
struct series *series_new(unsigned capacity);
void series_free(struct series *s);

/*
 * Append an interval: a snapshot as snapshot_delta() makes it, whose connections are not looked
 * at. The oldest one gives way. 0 or -ENOMEM, nothing appended.
 */
int series_add(struct series *s, const struct snapshot *interval);

/* Intervals held now, and ever appended. */
unsigned series_len(const struct series *s);
__u64 series_count(const struct series *s);

/* Age 0 is the newest; age < series_len(). The end of the interval (CLOCK_MONOTONIC), and its
 * length. */
__u64 series_time(const struct series *s, unsigned age, __u64 *interval_ns);

/* h: index of a histogram, as in struct snapshot; proto: enum ns_proto, or SERIES_ALL. */
const struct series_value *series_at(const struct series *s, unsigned age, enum ns_dir dir,
				     unsigned proto, unsigned h);

/* The histogram itself, added to *out. */
void series_hist(const struct series *s, unsigned age, enum ns_dir dir, unsigned proto, unsigned h,
		 struct hist *out);

#endif
