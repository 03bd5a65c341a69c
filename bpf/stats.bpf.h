/* SPDX-License-Identifier: GPL-2.0-only */
/* Per-CPU aggregates, mapped into user space and read there without a system call. */
#ifndef NS_STATS_BPF_H
#define NS_STATS_BPF_H

#include "common.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set to the number of possible CPUs before load */
	__type(key, u32);
	__type(value, struct rx_cpu);
} rx_cpus SEC(".maps");

/* This CPU's row. An array with the CPU as its index: the look-up is inlined on every kernel,
 * that of a per-CPU array only since 6.10. */
ALWAYS_INLINE struct rx_cpu *this_row(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&rx_cpus, &cpu);
}

ALWAYS_INLINE void count_loss(struct rx_cpu *row, enum ns_loss why)
{
	ADD(&row->lost[why], 1);
}

/*
 * Functions of their own, not inlined: the verifier checks a global function once, where each
 * inlined copy would multiply the paths through its caller. They cost a call.
 */
__attribute__((noinline)) u32 ns_bucket(u64 v)
{
	return hist_bucket(v);
}

__attribute__((noinline)) u32 ns_coarse_bucket(u64 v)
{
	return coarse_bucket(v);
}

/* *max = v if that is larger, without a branch: each branch on a value that is used again doubles
 * the paths that the verifier follows. Both are below 2^63. */
ALWAYS_INLINE void raise_max(u64 *max, u64 v)
{
	u64 above = v - *max;
	s64 sign = (s64)above >> 63;

	barrier_var(sign); /* or clang makes it a branch again */
	*max += above & ~sign;
}

ALWAYS_INLINE void hist_add(struct hist *h, u64 v)
{
	u32 b = ns_bucket(v);

	if (b >= HIST_BUCKETS) /* cannot be; the verifier does not know */
		return;
	ADD(&h->count[b], 1);
	ADD(&h->sum, v);
	raise_max(&h->max, v);
}

#endif
