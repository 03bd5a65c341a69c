/* SPDX-License-Identifier: GPL-2.0-only */
/* The programs of `netstrata softirq` and `netstrata irq`, loaded and attached. */
#ifndef NS_SOFTIRQ_LOAD_H
#define NS_SOFTIRQ_LOAD_H

#include "kernel.h"
#include "softirq.h"

struct softirq_bpf;
struct bpf_link;

#define SOFTIRQ_PROGRAMS 7

struct softirq_programs {
	struct softirq_bpf *skel;
	struct bpf_link *links[SOFTIRQ_PROGRAMS];
	unsigned n_links;
	__u64 budget_bytes; /* kernel memory that the maps take; 0: the kernel does not say */
};

/*
 * Load and attach those programs that *config wants; nothing is counted before softirq_measure().
 * lines: for each interrupt number below IRQ_MAX its line, or NULL. On failure logs why and what to
 * do, and returns -EPERM (a capability is missing), -EOPNOTSUPP (the kernel lacks something) or
 * another -errno, with nothing left attached.
 */
int softirq_load(struct softirq_programs *p, const struct kernel *k,
		 const struct softirq_config *config, const __u16 *lines);

/* Detaches and frees; accepts a zeroed *p. */
void softirq_unload(struct softirq_programs *p);

/* Count from now on, or no more, on all CPUs at once. */
void softirq_measure(struct softirq_programs *p, bool on);

/* What decides whether a run has used up its budget. */
void softirq_set_budget(struct softirq_programs *p, __u32 budget);

/* Events that no program saw, because it was running already (told by kernels since 5.12). */
__u64 softirq_misses(const struct softirq_programs *p);

#endif
