// SPDX-License-Identifier: GPL-2.0-only
/* The programs find a bucket by a small table (bpf/hist.bpf.h): the same one as hist_bucket(). */
#define NS_KERNEL_BPF_H

#include <linux/types.h>

typedef __u64 u64;
typedef __u32 u32;
typedef __s64 s64;

#define ALWAYS_INLINE static inline __attribute__((always_inline, unused))
#define ADD(p, v) ((void)__sync_fetch_and_add(p, v))
#define barrier_var(v) asm volatile("" : "+r"(v))

#define const /* the table is a constant to a BPF object; here the test writes it */
#include "hist.bpf.h"
#undef const

#include "histogram.h"
#include "tap.h"

int main(void)
{
	__u64 wrong = 0;

	hist_fill_table((__u8 *)bucket_of_byte);
	for (__u64 v = 1; v <= 1 << 20; v++)
		wrong += bucket_of(v) != hist_bucket(v);
	is_u64(wrong, 0, "every value up to 2^20");
	wrong = 0;
	for (__u32 b = 0; b < HIST_OVERFLOW; b++)
		for (__u64 v = hist_upper(b) - 1; v <= hist_upper(b) + 1; v++)
			wrong += v && bucket_of(v) != hist_bucket(v);
	is_u64(wrong, 0, "the bounds of all buckets, and their neighbours");
	is_u64(bucket_of(0), 0, "0");
	return done();
}
