// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delays of known size before the stack, for tests/vm/prestack.t and causes.t: what raises NET_RX,
 * and the softirq that begins, take so much longer, but only in the sending process of the test.
 * Attached after netstrata, so that its stamps come first.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "burn.h"

#define NET_RX 3
#define RAISE_NS 300000
#define SOFTIRQ_NS 200000

/* attach.py can set it to 1: the raise takes ten times as long, and the softirq nothing more */
const volatile __u32 raise_only;

char LICENSE[] SEC("license") = "GPL";

static bool in_test(void)
{
	char comm[16] = {};

	bpf_get_current_comm(comm, sizeof(comm));
	return comm[0] == 'l' && comm[1] == 'a' && comm[2] == 't' && comm[3] == 'e' &&
	       comm[4] == 'r';
}

SEC("tp_btf/softirq_raise")
int BPF_PROG(delay_raise, unsigned int vec)
{
	if (vec != NET_RX || !in_test())
		return 0;
	for (int i = 0; i < 9 && raise_only; i++)
		burn(RAISE_NS);
	return burn(RAISE_NS);
}

SEC("tp_btf/softirq_entry")
int BPF_PROG(delay_softirq, unsigned int vec)
{
	return vec == NET_RX && !raise_only && in_test() ? burn(SOFTIRQ_NS) : 0;
}
