// SPDX-License-Identifier: GPL-2.0-only
/* bpf/hist.h, the coarse histogram of bpf/record.h, and src/model/histogram.c */
#include <linux/types.h>
#include <math.h>
#include <stdlib.h>

#include "histogram.h"
#include "rnd.h"
#include "tap.h"

static void test_bounds(void)
{
	unsigned wrong = 0, wide = 0;
	__u64 lo = 0;

	for (unsigned b = 0; b < HIST_OVERFLOW; b++) {
		__u64 hi = hist_upper(b);

		/* contiguous, right-inclusive: lo belongs to the bucket before, lo + 1 to b */
		wrong += hi <= lo || hist_bucket(lo + 1) != b || hist_bucket(hi) != b;
		wrong += hist_bucket(hi + 1) != b + 1;
		wide += hi - lo > 1 && (hi - lo) * 8 > lo; /* 12.5 % of the lower bound */
		lo = hi;
	}
	is_u64(wrong, 0, "every bucket is (lo, hi], and follows the one before");
	is_u64(wide, 0, "no bucket is wider than 12.5 %");
	is_u64(lo, 1ULL << HIST_TOP, "the last bound is 2^36");
	is_u64(hist_upper(HIST_OVERFLOW), ~0ULL, "the overflow bucket has no bound");
	is_u64(hist_upper(~0U), ~0ULL, "neither has a bucket that is none");
	is_u64(hist_bucket(0), 0, "0 is in the first bucket");
	is_u64(hist_bucket(1ULL << HIST_TOP), HIST_OVERFLOW - 1, "2^36 is in the last one");
	is_u64(hist_bucket((1ULL << HIST_TOP) + 1), HIST_OVERFLOW, "2^36 + 1 is over");
	is_u64(hist_bucket(~0ULL), HIST_OVERFLOW, "2^64 - 1 is over");

	wrong = 0;
	for (unsigned bit = 0; bit < 64; bit++)
		wrong += hist_log2(1ULL << bit) != bit || hist_log2(~0ULL >> (63 - bit)) != bit;
	is_u64(wrong, 0, "hist_log2 of every bit");

	wrong = 0;
	for (unsigned e = 0; e < HIST_TOP; e++)
		wrong += hist_upper(hist_bucket(1ULL << e)) != 1ULL << e;
	is_u64(wrong, 0, "every power of two is a bound");
}

static void test_coarse_bounds(void)
{
	unsigned wrong = 0, wide = 0;
	__u64 lo = 0;

	for (unsigned b = 0; b < COARSE_BUCKETS - 1; b++) {
		__u64 hi = coarse_upper(b);

		wrong += hi <= lo || coarse_bucket(lo + 1) != b || coarse_bucket(hi) != b;
		wrong += coarse_bucket(hi + 1) != b + 1;
		wide += b > 0 && (hi - lo) * 4 > lo;
		lo = hi;
	}
	is_u64(wrong, 0, "coarse: every bucket is (lo, hi], and follows the one before");
	is_u64(wide, 0, "coarse: no bucket but the first is wider than 25 %");
	is_u64(lo, 1ULL << COARSE_LAST, "coarse: the last bound is 2^33");
	is_u64(coarse_bucket(0), 0, "coarse: 0");
	is_u64(coarse_bucket(~0ULL), COARSE_BUCKETS - 1, "coarse: 2^64 - 1 is over");
	is_u64(coarse_upper(COARSE_BUCKETS - 1), ~0ULL, "coarse: the last bucket has no bound");
}

static void add(struct hist *h, __u64 v)
{
	h->count[hist_bucket(v)]++;
	h->sum += v;
	h->max = v > h->max ? v : h->max;
}

static int by_value(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return (x > y) - (x < y);
}

/* q as a fraction, so that the reference needs no floating point: rank = ceil(n * num / den) */
static const struct {
	double q;
	unsigned num, den, min_n;
} quantiles[] = {
	{0.5, 1, 2, 20},	   {0.9, 9, 10, 100},  {0.99, 99, 100, 1000},
	{0.999, 999, 1000, 10000}, {0.07, 7, 100, 11}, {0.75, 3, 4, 40},
};

#define N_QUANTILES (sizeof(quantiles) / sizeof(quantiles[0]))

/* Against all values sorted: the bound of the bucket of the value of that rank. */
static void test_quantiles(void)
{
	enum { ROUNDS = 300, MAX_N = 12000 };
	static __u64 v[MAX_N];
	unsigned wrong = 0, refused = 0, given = 0, coarse_wrong = 0;

	for (unsigned round = 0; round < ROUNDS; round++) {
		struct hist h = {0};
		struct conn_dir c = {0};
		unsigned n = 1 + (unsigned)(rnd() % (round % 2 ? 150 : MAX_N));
		unsigned bits = 1 + (unsigned)(rnd() % 40);

		for (unsigned i = 0; i < n; i++) {
			v[i] = rnd_log(bits);
			add(&h, v[i]);
			c.coarse[coarse_bucket(v[i])]++;
		}
		qsort(v, n, sizeof(v[0]), by_value);
		for (unsigned k = 0; k < N_QUANTILES; k++) {
			unsigned rank =
				(n * quantiles[k].num + quantiles[k].den - 1) / quantiles[k].den;
			__u64 exact = v[rank - 1], got = 77, coarse = 77, want, want_coarse;
			bool has = hist_quantile(&h, quantiles[k].q, &got);
			bool has_coarse = coarse_quantile(c.coarse, h.max, quantiles[k].q, &coarse);

			if (n < quantiles[k].min_n) {
				wrong += has || got != 77;
				coarse_wrong += has_coarse || coarse != 77;
				refused++;
				continue;
			}
			given++;
			want = hist_upper(hist_bucket(exact));
			want = want < h.max ? want : h.max;
			wrong += !has || got != want;
			want_coarse = coarse_upper(coarse_bucket(exact));
			want_coarse = want_coarse < h.max ? want_coarse : h.max;
			coarse_wrong += !has_coarse || coarse != want_coarse;
		}
	}
	ok(given > 300 && refused > 300, "%u quantiles given, %u refused", given, refused);
	is_u64(wrong, 0, "each is the bound of the bucket of ceil(q * n), or refused");
	is_u64(coarse_wrong, 0, "coarse: the same rule");
	for (unsigned k = 0; k < N_QUANTILES; k++)
		is_u64(hist_quantile_min_n(quantiles[k].q), quantiles[k].min_n,
		       "samples needed for a quantile");
}

static void test_merge_sub(void)
{
	unsigned wrong_merge = 0, wrong_sub = 0, wrong_max = 0, wrong_mean = 0;

	for (unsigned round = 0; round < 200; round++) {
		struct hist a = {0}, b = {0}, both = {0}, sum, diff;
		__u64 max_b = 0;

		for (unsigned i = 0; i < 1 + rnd() % 50; i++) {
			__u64 v = rnd_log(40);

			add(&a, v);
			add(&both, v);
		}
		for (unsigned i = 0; i < rnd() % 50; i++) {
			__u64 v = rnd_log(40);

			add(&b, v);
			add(&both, v);
			max_b = v > max_b ? v : max_b;
		}
		sum = a;
		hist_merge(&sum, &b);
		wrong_merge += memcmp(&sum, &both, sizeof(sum)) != 0;
		hist_sub(&both, &a, &diff);
		wrong_sub += memcmp(diff.count, b.count, sizeof(b.count)) != 0 || diff.sum != b.sum;
		/* exact if the maximum moved, else a bound from above that its bucket allows */
		if (max_b > a.max)
			wrong_max += diff.max != max_b;
		else
			wrong_max += diff.max < max_b || diff.max > a.max ||
				     (max_b && diff.max > hist_upper(hist_bucket(max_b)));
		wrong_mean +=
			fabs(hist_mean(&both) - (double)both.sum / (double)hist_n(&both)) > 1e-9;
	}
	is_u64(wrong_merge, 0, "merge is the histogram of all values");
	is_u64(wrong_sub, 0, "sub takes away what merge added");
	is_u64(wrong_max, 0, "sub: exact maximum where it grew, else the bound of its bucket");
	is_u64(wrong_mean, 0, "mean");
}

/* 0.07 * 100 is 7.000000000000001 in floating point: still the 7th of 100 samples. */
static void test_rank_rounding(void)
{
	struct hist h = {0};
	__u64 v = 0;

	for (unsigned i = 1; i <= 10; i++)
		for (unsigned k = 0; k < 10; k++)
			add(&h, k < 7 && i == 1 ? 1 : 10 * i);
	ok(hist_quantile(&h, 0.07, &v), "a quantile whose rank is a whole number");
	is_u64(v, 1, "is not rounded up to the next sample");
}

static void test_sub_never_negative(void)
{
	struct hist a = {0}, b = {0}, out;

	add(&a, 5);
	add(&b, 5);
	add(&b, 7);
	hist_sub(&a, &b, &out);
	ok(hist_n(&out) == 0 && out.sum == 0 && out.max == 0, "sub never goes below 0");
	hist_sub(&b, &a, &b);
	ok(hist_n(&b) == 1 && b.sum == 7 && b.max == 7, "sub into its own operand");
	ok(hist_mean(&out) == 0, "no mean without samples");
}

int main(void)
{
	test_bounds();
	test_coarse_bounds();
	test_quantiles();
	test_merge_sub();
	test_rank_rounding();
	test_sub_never_negative();
	return done();
}
