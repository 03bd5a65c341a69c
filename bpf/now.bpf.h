/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens on this CPU just now. */
#ifndef NS_NOW_BPF_H
#define NS_NOW_BPF_H

#include "common.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* set to the number of possible CPUs before load */
	__type(key, u32);
	__type(value, struct cpu_now);
} cpus_now SEC(".maps");

ALWAYS_INLINE struct cpu_now *cpu_now(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&cpus_now, &cpu);
}

#endif
