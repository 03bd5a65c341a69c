/* SPDX-License-Identifier: GPL-2.0-only */
/* The programs before the stack and after the socket. They happen to a CPU or a task, not to a
 * packet; included where RUN() is known. */
#ifndef NS_AROUND_BPF_H
#define NS_AROUND_BPF_H

#include "arrival.bpf.h"
#include "sched.bpf.h"

/* Before the stack. */
SEC("tp_btf/irq_handler_entry")
int BPF_PROG(ns_irq)
{
	RUN(irq_entered());
}

SEC("tp_btf/irq_handler_exit")
int BPF_PROG(ns_irq_end, int irq, struct irqaction *action)
{
	RUN(irq_left(irq, action));
}

SEC("tp_btf/softirq_raise")
int BPF_PROG(ns_raise, u32 vec)
{
	RUN(raised(vec));
}

SEC("tp_btf/netif_rx")
int BPF_PROG(ns_backlog, struct sk_buff *skb)
{
	RUN(backlogged(skb));
}

SEC("tp_btf/softirq_entry")
int BPF_PROG(ns_softirq, u32 vec)
{
	RUN(softirq_began(vec));
}

SEC("tp_btf/softirq_exit")
int BPF_PROG(ns_softirq_end, u32 vec)
{
	RUN(softirq_ended(vec));
}

/* After the socket. */
SEC("tp_btf/sched_waking")
int BPF_PROG(ns_waking, struct task_struct *p)
{
	RUN(waking(ctx, p));
}

SEC("tp_btf/sched_switch")
int BPF_PROG(ns_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	RUN(switched(prev, next));
}

#endif
