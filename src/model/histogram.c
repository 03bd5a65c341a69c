// SPDX-License-Identifier: GPL-2.0-only
#include "histogram.h"

#include <math.h>
#include <string.h>

/* Slack against the rounding of q * n: without it ceil(0.07 * 100) is 8. */
#define RANK_SLACK 1e-12
/* Samples that must lie above a quantile before it is more than the outlier of the day. */
#define SAMPLES_ABOVE 10

__u64 hist_n(const struct hist *h)
{
	__u64 n = 0;

	for (unsigned i = 0; i < HIST_BUCKETS; i++)
		n += h->count[i];
	return n;
}

__u64 hist_quantile_min_n(double q)
{
	return (__u64)ceil(SAMPLES_ABOVE / (1 - q) - 1e-6);
}

static __u64 rank_of(double q, __u64 n)
{
	double r = ceil(q * (double)n * (1 - RANK_SLACK));

	if (r < 1)
		return 1;
	return r < (double)n ? (__u64)r : n;
}

bool hist_quantile(const struct hist *h, double q, __u64 *out)
{
	__u64 n = hist_n(h), rank, below = 0, upper;
	unsigned i;

	if (n == 0 || n < hist_quantile_min_n(q))
		return false;
	rank = rank_of(q, n);
	for (i = 0; i < HIST_OVERFLOW; i++) {
		below += h->count[i];
		if (below >= rank)
			break;
	}
	upper = hist_upper(i);
	*out = upper < h->max ? upper : h->max;
	return true;
}

double hist_mean(const struct hist *h)
{
	__u64 n = hist_n(h);

	return n ? (double)h->sum / (double)n : 0;
}

void hist_merge(struct hist *a, const struct hist *b)
{
	for (unsigned i = 0; i < HIST_BUCKETS; i++)
		a->count[i] += b->count[i];
	a->sum += b->sum;
	if (b->max > a->max)
		a->max = b->max;
}

void hist_sub(const struct hist *a, const struct hist *b, struct hist *out)
{
	__u64 max_a = a->max, max_b = b->max; /* out may be a or b */
	int top = -1;

	for (int i = 0; i < HIST_BUCKETS; i++) {
		out->count[i] = a->count[i] > b->count[i] ? a->count[i] - b->count[i] : 0;
		if (out->count[i])
			top = i;
	}
	out->sum = a->sum > b->sum ? a->sum - b->sum : 0;
	if (top < 0)
		out->max = 0;
	else if (max_a > max_b || hist_upper(top) > max_a)
		out->max = max_a;
	else
		out->max = hist_upper(top);
}

void hist_fill_table(__u8 bucket_of_byte[256])
{
	for (unsigned i = 0; i < 256; i++)
		bucket_of_byte[i] = hist_bucket(i + 1);
}

bool coarse_quantile(const __u32 coarse[COARSE_BUCKETS], __u64 max, double q, __u64 *out)
{
	__u64 n = 0, rank, below = 0, upper;
	unsigned i;

	for (i = 0; i < COARSE_BUCKETS; i++)
		n += coarse[i];
	if (n == 0 || n < hist_quantile_min_n(q))
		return false;
	rank = rank_of(q, n);
	for (i = 0; i < COARSE_BUCKETS - 1; i++) {
		below += coarse[i];
		if (below >= rank)
			break;
	}
	upper = coarse_upper(i);
	*out = upper < max ? upper : max;
	return true;
}
