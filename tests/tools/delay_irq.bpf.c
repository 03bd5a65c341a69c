// SPDX-License-Identifier: GPL-2.0-only
/*
 * The handler of one interrupt takes SLOW_NS longer, for tests/vm/irq_delay.t. Attached after
 * netstrata, so that its stamp of the entry comes first.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "burn.h"

#define SLOW_NS 4000000

char LICENSE[] SEC("license") = "GPL";

const volatile __u32 number; /* of the interrupt; attach.py sets it */

SEC("tp_btf/irq_handler_entry")
int BPF_PROG(delay_irq, int irq)
{
	return (__u32)irq == number ? burn(SLOW_NS) : 0;
}
