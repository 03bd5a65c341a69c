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

/* This CPU's aggregates. An array with the CPU as its index: the look-up is inlined on every
 * kernel, that of a per-CPU array only since 6.10. */
ALWAYS_INLINE struct rx_cpu *this_cpu(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&rx_cpus, &cpu);
}

/*
 * Global functions, here and below: the verifier checks each once, where inlined copies would
 * multiply the paths through their callers.
 */

/* Count a packet that reached a socket. */
__attribute__((noinline)) int ns_seen(void)
{
	struct rx_cpu *cpu = this_cpu();

	if (cpu)
		ADD(&cpu->seen, 1);
	return 0;
}

__attribute__((noinline)) int ns_lost(u32 why)
{
	struct rx_cpu *cpu = this_cpu();

	if (cpu && why < LOSS_COUNT)
		ADD(&cpu->lost[why], 1);
	return 0;
}

#define count_seen() ((void)ns_seen())
#define count_loss(why) ((void)ns_lost(why))

#define TWO(n) n, n
#define LOG4(n) TWO(n), TWO(n)
#define LOG8(n) LOG4(n), LOG4(n)
#define LOG16(n) LOG8(n), LOG8(n)
#define LOG32(n) LOG16(n), LOG16(n)
#define LOG64(n) LOG32(n), LOG32(n)

/* Position of the highest bit of a byte. */
const __u8 log2_table[256] = {0,	      0,	TWO(1),	  LOG4(2),  LOG8(3),
			    LOG16(4), LOG32(5), LOG64(6), LOG64(7), LOG64(7)};

/* hist_bucket() by table, for the range that latencies have; the same result. */
__attribute__((noinline)) u32 ns_bucket(u64 v)
{
	u64 u = v - 1;
	u32 e;

	if (u < 256) { /* v = 0 too is not: it goes on, and hist_bucket() knows */
		if (u < 2 * HIST_SUB)
			return u;
		e = log2_table[u];
	} else if (u < 1 << 16) {
		e = 8 + log2_table[u >> 8 & 255];
	} else if (u < 1 << 24) {
		e = 16 + log2_table[u >> 16 & 255];
	} else {
		return hist_bucket(v);
	}
	return (e - HIST_SUB_BITS) * HIST_SUB + (u32)(u >> (e - HIST_SUB_BITS));
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

/* Returns the bucket. */
ALWAYS_INLINE u32 hist_add(struct hist *h, u64 v)
{
	u32 b = ns_bucket(v);

	if (b >= HIST_BUCKETS) /* cannot be; the verifier does not know */
		return 0;
	ADD(&h->count[b], 1);
	ADD(&h->sum, v);
	raise_max(&h->max, v);
	return b;
}

/* A TCP socket is locked here; datagrams of one socket can be read on several CPUs. */
ALWAYS_INLINE void conn_add(struct conn_stage *s, u64 v)
{
	ADD(&s->sum, v);
	raise_max(&s->max, v);
}

#endif
