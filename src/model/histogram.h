/* SPDX-License-Identifier: GPL-2.0-only */
/* Statistics over the shared histogram. Pure functions. */
#ifndef NS_HISTOGRAM_H
#define NS_HISTOGRAM_H

#include <linux/types.h>
#include <stdbool.h>

#include "record.h"

/* Number of samples. */
__u64 hist_n(const struct hist *h);

/* Samples that a quantile needs to mean something: 10 / (1 - q). q in (0, 1). */
__u64 hist_quantile_min_n(double q);

/*
 * The q quantile in ns: the upper bound of the bucket that holds the sample of rank ceil(q * n),
 * or max if that is smaller. Returns false, *out untouched, when n < hist_quantile_min_n(q).
 */
bool hist_quantile(const struct hist *h, double q, __u64 *out);

/* Mean in ns; 0 without samples. */
double hist_mean(const struct hist *h);

/* a += b. The maximum is the larger one. */
void hist_merge(struct hist *a, const struct hist *b);

/* out = a - b, bucket by bucket, never below 0; the maximum as snapshot_delta says. */
void hist_sub(const struct hist *a, const struct hist *b, struct hist *out);

/* The table by which BPF programs find a bucket: what hist.bpf.h wants before it is loaded. */
void hist_fill_table(__u8 bucket_of_byte[256]);

/* The same rule over a connection's coarse histogram of the total, whose maximum is max; min_n is
 * 10 / (1 - q) too. */
bool coarse_quantile(const __u32 coarse[COARSE_BUCKETS], __u64 max, double q, __u64 *out);

#endif
