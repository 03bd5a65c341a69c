/* SPDX-License-Identifier: GPL-2.0-only */
/* For the programs here that make something slower by a known time. */
#ifndef NS_TOOLS_BURN_H
#define NS_TOOLS_BURN_H

#include <linux/types.h>
#include <bpf/bpf_helpers.h>

/* A global function: the verifier follows its loop once, and not for each call. */
__attribute__((noinline)) int burn(__u64 ns)
{
	__u64 end = bpf_ktime_get_ns() + ns;

	/* the verifier follows 8192 turns at most: eight looks at the clock in each */
	for (int i = 0; i < 4000; i++) {
		_Pragma("unroll") for (int k = 0; k < 7; k++) bpf_ktime_get_ns();
		if (bpf_ktime_get_ns() >= end)
			break;
	}
	return 0;
}

#define ONCE_NS 500000 /* a burn has an end */

/* The same, longer than one burn can be; ns: a constant. */
static __always_inline void burn_on(__u64 ns)
{
	for (__u64 i = 0; i < ns / ONCE_NS; i++)
		burn(ONCE_NS);
}

#endif
