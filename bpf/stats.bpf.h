/* SPDX-License-Identifier: GPL-2.0-only */
/* Per-CPU aggregates, mapped into user space and read there without a system call. */
#ifndef NS_STATS_BPF_H
#define NS_STATS_BPF_H

#include "common.bpf.h"
#include "hist.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set to the number of possible CPUs before load */
	__type(key, u32);
	__type(value, struct cpu_row);
} cpus SEC(".maps");

/* This CPU's aggregates. An array with the CPU as its index: the look-up is inlined on every
 * kernel, that of a per-CPU array only since 6.10. */
ALWAYS_INLINE struct cpu_row *this_row(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&cpus, &cpu);
}

/* Those of a direction. */
ALWAYS_INLINE struct cpu_dir *this_cpu(enum ns_dir dir)
{
	struct cpu_row *row = this_row();

	return row ? &row->dir[dir] : NULL;
}

/*
 * Who else writes in this CPU's row what only one program does? Since 6.1 nobody: the kernel does
 * not run a program inside itself on the same CPU, but skips and counts it. Before, a softirq can
 * do so where the process below has softirqs enabled (a socket's backlog).
 */
#define ONE_PROGRAM (shape.nests ? WRITE_SHARED : WRITE_ALONE)

/* A packet is seen by the one program that sees nearly all. */
ALWAYS_INLINE void seen_by_one(struct cpu_dir *cpu)
{
	ADD_AS(ONE_PROGRAM, &cpu->seen_by_one, 1);
}

/* Set by user space before it takes the programs off, one by one: what the later ones miss then is
 * no loss. Read only where something is amiss. */
volatile __u32 closing;

/*
 * Global functions, here and below: the verifier checks each once, where inlined copies would
 * multiply the paths through their callers.
 */

/* Count a packet that reached a socket. */
__attribute__((noinline)) int ns_seen(void)
{
	struct cpu_dir *cpu = this_cpu(NS_RX);

	if (cpu)
		ADD(&cpu->seen, 1);
	return 0;
}

__attribute__((noinline)) int ns_lost(u32 why)
{
	struct cpu_dir *cpu = this_cpu(NS_RX);

	if (cpu && why < LOSS_COUNT)
		ADD(&cpu->lost[why], 1);
	return 0;
}

/* The same for the packets that are sent. */
__attribute__((noinline)) int ns_tx_lost(u32 why)
{
	struct cpu_dir *cpu = this_cpu(NS_TX);

	if (cpu && why < LOSS_COUNT)
		ADD(&cpu->lost[why], 1);
	return 0;
}

/* Segments in the totals whose ACK never came. */
__attribute__((noinline)) int ns_unacked(u32 n)
{
	struct cpu_dir *cpu = this_cpu(NS_TX);

	if (cpu && !closing)
		ADD(&cpu->lost[LOSS_UNACKED], n);
	return 0;
}

#define count_tx_loss(why) ((void)ns_tx_lost(why))
#define count_seen() ((void)ns_seen())
#define count_loss(why) ((void)ns_lost(why))

#endif
