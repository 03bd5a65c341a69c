// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delays of known size, for tests/vm/prestack.t and causes.t: what raises NET_RX, the softirq that
 * begins, and more, take so much longer, but only in the sending process of the test. Attached
 * after netstrata, so that its stamps come first.
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

/* attach.py can set it: nothing else, and that ten times as long. What is not before the stack is
 * delayed only so. */
enum { ALL, RAISE, SOFTIRQ, PROBE, QUEUE };
const volatile __u32 only;

char LICENSE[] SEC("license") = "GPL";

static __always_inline int delay(__u32 which, __u64 ns)
{
	return only == ALL ? burn(ns) : only == which ? burn(10 * ns) : 0;
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
	return vec == NET_RX && in_test() ? delay(RAISE, RAISE_NS) : 0;
}

SEC("tp_btf/softirq_entry")
int BPF_PROG(delay_softirq, unsigned int vec)
{
	return vec == NET_RX && in_test() ? delay(SOFTIRQ, SOFTIRQ_NS) : 0;
}

struct sk_buff {
	unsigned int len;
} __attribute__((preserve_access_index));

#define HEADER 60 /* the longest; the test's segments bring more, ACKs do not */

SEC("tp_btf/tcp_probe")
int BPF_PROG(delay_probe, void *sk, struct sk_buff *skb)
{
	return only == PROBE && skb->len > HEADER && in_test() ? delay(PROBE, SOFTIRQ_NS) : 0;
}

SEC("tp_btf/net_dev_queue")
int BPF_PROG(delay_queue)
{
	return only == QUEUE && in_test() ? delay(QUEUE, SOFTIRQ_NS) : 0;
}
