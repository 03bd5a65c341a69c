/* SPDX-License-Identifier: GPL-2.0-only */
/* What the softirq programs share: configuration, the rows of the CPUs, and what goes on on them.
 */
#ifndef NS_SOFTIRQ_STATE_BPF_H
#define NS_SOFTIRQ_STATE_BPF_H

#include "hist.bpf.h"
#include "softirq.h"

const volatile struct softirq_config cfg = {};

volatile __u32 measuring; /* 0 while programs are attached and taken off, one by one */
volatile __u32 netdev_budget;
struct softirq_now nows[CPUS_MAX];
volatile __u16 line_of_irq[IRQ_MAX]; /* 0: a line that was not there at the start */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set to the number of possible CPUs before load */
	__type(key, u32);
	__type(value, struct softirq_row);
} rows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* cfg.lines */
	__type(key, u32);
	__type(value, struct irq_line);
} lines SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* CPUs times cfg.lines */
	__type(key, u32);
	__type(value, struct irq_count);
} irq_counts SEC(".maps");

/* NULL while nothing is to be measured. */
ALWAYS_INLINE struct softirq_row *this_row(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return measuring ? bpf_map_lookup_elem(&rows, &cpu) : NULL;
}

ALWAYS_INLINE struct softirq_now *this_now(void)
{
	return &nows[bpf_get_smp_processor_id() & (CPUS_MAX - 1)];
}

ALWAYS_INLINE bool is_net(u32 nr)
{
	return nr == VEC_NET_RX || nr == VEC_NET_TX;
}

ALWAYS_INLINE u32 vec_of(u32 nr)
{
	return nr == VEC_NET_RX ? SI_RX : SI_TX;
}

#endif
