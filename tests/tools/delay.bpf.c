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

/* attach.py can set it. 1: the raise takes ten times as long, and nothing else; 2: the softirq */
const volatile __u32 only;

char LICENSE[] SEC("license") = "GPL";

static int delay(__u32 which, __u64 ns)
{
	if (!only)
		return burn(ns);
	for (int i = 0; i < 10 && only == which; i++)
		burn(ns);
	return 0;
}

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
	return vec == NET_RX && in_test() ? delay(1, RAISE_NS) : 0;
}

SEC("tp_btf/softirq_entry")
int BPF_PROG(delay_softirq, unsigned int vec)
{
	return vec == NET_RX && in_test() ? delay(2, SOFTIRQ_NS) : 0;
}
