/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The latency histogram, compiled by both sides.
 *
 * Log-linear: eight equal buckets to each power of two, so a bucket is at most 12.5 % wide.
 * Bounds are right-inclusive, (lo, hi], as Prometheus' `le` wants them: the value v is filed
 * by v - 1. Buckets 0..15 are 1 ns wide; then bucket (e - 2) * 8 + m holds the values whose
 * v - 1 has its highest bit at e and the next three bits m. The last bucket takes everything
 * over 2^36 ns (68.7 s).
 *
 *   bucket 0: [0, 1]   bucket 1: (1, 2]   ...   bucket 16: (16, 18]   ...   (lo, lo * 9/8]
 */
#ifndef NS_HIST_H
#define NS_HIST_H

#include <linux/types.h>

#define HIST_SUB_BITS 3
#define HIST_SUB (1 << HIST_SUB_BITS)
#define HIST_TOP 36 /* values over 2^HIST_TOP ns go to the overflow bucket */
#define HIST_OVERFLOW ((HIST_TOP - HIST_SUB_BITS) * HIST_SUB + HIST_SUB)
#define HIST_BUCKETS (HIST_OVERFLOW + 1)

struct hist {
	__u64 sum; /* ns; exact */
	__u64 max; /* ns; exact */
	__u64 count[HIST_BUCKETS];
};

/* Position of the highest set bit; v must not be 0. BPF has no such instruction. */
static inline __attribute__((always_inline)) __u32 hist_log2(__u64 v)
{
	__u32 r = 0;

	if (v >> 32) {
		v >>= 32;
		r = 32;
	}
	if (v >> 16) {
		v >>= 16;
		r += 16;
	}
	if (v >> 8) {
		v >>= 8;
		r += 8;
	}
	if (v >> 4) {
		v >>= 4;
		r += 4;
	}
	if (v >> 2) {
		v >>= 2;
		r += 2;
	}
	return r + (__u32)(v >> 1);
}

/* The bucket that holds v (ns); always below HIST_BUCKETS. */
static inline __attribute__((always_inline)) __u32 hist_bucket(__u64 v)
{
	__u32 e;

	v -= v != 0;
	if (v < 2 * HIST_SUB)
		return (__u32)v;
	e = hist_log2(v);
	if (e >= HIST_TOP)
		return HIST_OVERFLOW;
	return (e - HIST_SUB_BITS) * HIST_SUB + (__u32)(v >> (e - HIST_SUB_BITS));
}

/* The inclusive upper bound of a bucket in ns; ~0 for the overflow bucket. */
static inline __attribute__((always_inline)) __u64 hist_upper(__u32 bucket)
{
	__u32 e;

	if (bucket >= HIST_OVERFLOW)
		return ~0ULL;
	if (bucket < 2 * HIST_SUB)
		return bucket + 1;
	e = bucket / HIST_SUB - 1; /* = exponent - HIST_SUB_BITS */
	return (__u64)(HIST_SUB + bucket % HIST_SUB + 1) << e;
}

#endif
