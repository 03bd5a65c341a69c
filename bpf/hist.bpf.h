/* SPDX-License-Identifier: GPL-2.0-only */
/* Counting into histograms, for every BPF object. Its tables are filled before it is loaded. */
#ifndef NS_HIST_BPF_H
#define NS_HIST_BPF_H

#include "hist.h"
#include "kernel.bpf.h"

/*
 * hist_bucket() by table. The scale is the same in every power of two, and from 8 on no bucket is
 * narrower than 1: so (v - 1) / 2^k has, if it is at least 8, the bucket of v, k powers of two
 * earlier. One small table serves all of them (four cache lines, for it is cold where an
 * application copies much); user space fills it before load, from hist_bucket() itself.
 */
const volatile __u8 bucket_of_byte[256] = {};

#define BUCKET_BY(u, k) (bucket_of_byte[(u) >> (k)&255] + (k)*HIST_SUB)

__attribute__((noinline)) u32 ns_bucket_far(u64 v)
{
	return hist_bucket(v);
}

ALWAYS_INLINE u32 bucket_of(u64 v)
{
	u64 u = v - 1;

	barrier_var(u); /* or clang 19 asks v, and the verifier of 6.1 does not know u */
	if (u < 1 << 8)
		return BUCKET_BY(u, 0);
	if (u < 1 << 13)
		return BUCKET_BY(u, 5);
	if (u < 1 << 18)
		return BUCKET_BY(u, 10);
	if (u < 1 << 23)
		return BUCKET_BY(u, 15);
	return ns_bucket_far(v);
}

/* *max = v if that is larger. By the difference, so that the verifier learns nothing new of v:
 * each branch on a value that is used again would double the paths that it follows. Both are
 * below 2^63. */
ALWAYS_INLINE void raise_max(u64 *max, u64 v)
{
	s64 above = v - *max;

	if (above > 0)
		*max = v;
}

/*
 * Who else can write to a counter while a program does? WRITE_ALONE: nobody, so that it needs no
 * atomic addition, which natively takes as long as ten other instructions.
 */
enum writers { WRITE_ALONE, WRITE_SHARED };

#define ADD_AS(writers, p, v)                                                                      \
	do {                                                                                       \
		if ((writers) == WRITE_ALONE)                                                      \
			*(p) += (v);                                                               \
		else                                                                               \
			ADD(p, v);                                                                 \
	} while (0)

/* Count v; its sum and maximum are the connection's to keep. Returns the bucket. */
ALWAYS_INLINE u32 hist_count(struct hist *h, u64 v, enum writers w)
{
	u32 b = bucket_of(v);

	if (b >= HIST_BUCKETS) /* cannot be; the verifier does not know */
		return 0;
	ADD_AS(w, &h->count[b], 1);
	return b;
}

ALWAYS_INLINE void hist_add_as(struct hist *h, u64 v, enum writers w)
{
	hist_count(h, v, w);
	ADD_AS(w, &h->sum, v);
	raise_max(&h->max, v);
}

ALWAYS_INLINE void hist_add(struct hist *h, u64 v)
{
	hist_add_as(h, v, WRITE_SHARED);
}

#endif
