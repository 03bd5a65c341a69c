/* SPDX-License-Identifier: GPL-2.0-only */
/* For the programs here that make something slower by a known time. */
#ifndef NS_TOOLS_BURN_H
#define NS_TOOLS_BURN_H

#include <linux/types.h>
#include <bpf/bpf_helpers.h>

static char ashes[2][8192];

/* Until then, which is ONCE_NS away at most. A global function: the verifier follows its loop once,
 * and not for each call. Each turn copies, to take long, for turns are dear: some 6.12 take minutes
 * to follow tens of thousands (push_insn_history() clears what is left of a growing block, each
 * time). */
#define ONCE_NS 500000
__attribute__((noinline)) int burn_until(__u64 end)
{
	for (int i = 0; i < 2000; i++) {
		bpf_probe_read_kernel(ashes[0], sizeof(ashes[0]), ashes[1]);
		if (bpf_ktime_get_ns() >= end)
			break;
	}
	return 0;
}

/* ns: a constant */
static __always_inline int burn(__u64 ns)
{
	__u64 begin = bpf_ktime_get_ns();

	for (__u64 i = ONCE_NS; i < ns; i += ONCE_NS)
		burn_until(begin + i);
	return burn_until(begin + ns);
}

#endif
