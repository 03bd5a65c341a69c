/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Before the stack: the interrupt, the raise of NET_RX and the softirq that led to a packet. They
 * happen to a CPU and not to a packet, so the latest of each is noted, and copied when a packet
 * enters the stack: all packets of one softirq have the same three. A packet that came in while its
 * softirq ran already was polled for from then on, and has its stamps too, for nothing tells when a
 * device got it. What goes through the backlog of a CPU (veth, loopback) does tell: netif_rx is its
 * own `raise`.
 */
#ifndef NS_ARRIVAL_BPF_H
#define NS_ARRIVAL_BPF_H

#include "common.bpf.h"
#include "blame.bpf.h"
#include "now.bpf.h"
#include "slot.bpf.h"

#define NET_RX_SOFTIRQ 3

/* Only said where interrupts are looked at. */
#define NO_IRQ (points_of(NS_RX, NS_TCP) & 1 << RXP_IRQ ? PKT_WAY(WAY_NO_IRQ) : 0)

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* SLOTS, if there is a point before the stack */
	__type(key, u32);
	__type(value, struct arrival);
} arrivals SEC(".maps");

/* From then on no softirq is still at work that had begun before the hooks were there. 0: they are
 * not yet. */
volatile __u64 known_from;

ALWAYS_INLINE struct arrival *arrival_of(const void *skb)
{
	u32 i = rx_place_of(skb);

	return bpf_map_lookup_elem(&arrivals, &i);
}

/* Before it enters the stack it has no slot yet: what is known is at its first place. */
ALWAYS_INLINE struct arrival *backlog_of(const void *skb)
{
	u32 i = first_place(skb);

	return bpf_map_lookup_elem(&arrivals, &i);
}

/* irq_handler_entry, irq_handler_exit: of devices; timers and calls between CPUs have others */
ALWAYS_INLINE void irq_entered(void)
{
	struct cpu_now *c = cpu_now();

	if (c)
		c->irq = bpf_ktime_get_ns();
}

ALWAYS_INLINE void irq_left(u32 irq, struct irqaction *action)
{
	struct cpu_now *c = cpu_now();

	if (!c || !c->irq) /* it began before our hooks were there */
		return;
	if (shape.blame && c->raise)
		irq_took(c->irq > c->raise ? c->irq : c->raise, irq, action);
	c->irq = 0;
}

/* softirq_raise */
ALWAYS_INLINE void raised(u32 vec)
{
	struct cpu_now *c;

	if (vec != NET_RX_SOFTIRQ)
		return;
	c = cpu_now();
	if (!c || c->raise)
		return;
	c->raise_irq = c->irq;
	c->raise = bpf_ktime_get_ns();
	if (shape.blame)
		forget_hindrances(c->softirq, c->raise);
}

/* netif_rx: into the backlog of a CPU */
ALWAYS_INLINE void backlogged(struct sk_buff *skb)
{
	struct arrival *a = backlog_of(skb);

	if (!a)
		return;
	a->skb = (u64)skb;
	a->backlog = bpf_ktime_get_ns();
}

/* Nothing is asked about this packet: what its backlog noted must not be taken for that of the next
 * packet at its address, which may come by another way. */
ALWAYS_INLINE void forget_backlog(const void *skb)
{
	struct arrival *a;

	if (!(points_of(NS_RX, NS_TCP) & 1 << RXP_SOFTIRQ))
		return;
	a = backlog_of(skb);
	if (a && a->skb == (u64)skb)
		a->skb = 0;
}

/* The same, of a packet that NET_RX took. */
ALWAYS_INLINE void pass_backlog(const void *skb)
{
	const struct arrival *a;

	if (shape.blame && (points_of(NS_RX, NS_TCP) & 1 << RXP_SOFTIRQ) != 0) {
		a = backlog_of(skb);
		if (a && a->skb == (u64)skb)
			backlog_taken(a->backlog);
	}
	forget_backlog(skb);
}

/* word: a literal */
#define BEGINS(comm, word)                                                                         \
	({                                                                                         \
		bool __same = true;                                                                \
		_Pragma("unroll") for (u32 __i = 0; __i < sizeof(word) - 1; __i++) __same &=       \
			(comm)[__i] == (word)[__i];                                                \
		__same;                                                                            \
	})

#define PF_KTHREAD 0x00200000

ALWAYS_INLINE bool in_ksoftirqd(void)
{
	char comm[16] = {};

	/* nearly always a process or, with pid 0, nobody was interrupted: no need to ask its name
	 */
	if (HAS_CURRENT_TASK_BTF) {
		const struct task_struct *task = bpf_get_current_task_btf();

		if (!(task->flags & PF_KTHREAD) || !task->pid)
			return false;
	}
	bpf_get_current_comm(comm, sizeof(comm));
	return BEGINS(comm, "ksoftirqd/");
}

/* softirq_entry */
ALWAYS_INLINE void softirq_began(u32 vec)
{
	struct cpu_now *c;

	if (vec != NET_RX_SOFTIRQ) {
		if (shape.blame)
			vec_began(bpf_ktime_get_ns());
		return;
	}
	c = cpu_now();
	if (!c)
		return;
	c->run_raise = c->raise;
	c->run_irq = c->raise ? c->raise_irq : 0;
	c->raise = 0;
	c->ways = in_ksoftirqd() ? PKT_WAY(WAY_KSOFTIRQD) : 0;
	if (!c->run_irq)
		c->ways |= NO_IRQ;
	c->known = 1;
	c->softirq = bpf_ktime_get_ns();
	if (shape.blame) {
		blame_softirq(c->run_raise, c->softirq, c->ways & PKT_WAY(WAY_KSOFTIRQD));
		vec_began(c->softirq);
	}
}

/* softirq_exit */
ALWAYS_INLINE void softirq_ended(u32 vec)
{
	struct cpu_now *c;

	if (!shape.blame && vec != NET_RX_SOFTIRQ)
		return;
	c = cpu_now();
	if (!c)
		return;
	if (shape.blame) {
		vec_ended(vec, c->raise);
		if (vec == NET_RX_SOFTIRQ && c->raise)
			turn_hindrances();
	}
	if (vec == NET_RX_SOFTIRQ)
		c->softirq = 0;
}

/* Who gives a packet to the stack outside of NET_RX: a thread of NAPI, a process that polls the
 * device, or one that is the device (tun). */
__attribute__((noinline)) u32 ns_polled_by(u32 napi_id)
{
	char comm[16] = {};

	bpf_get_current_comm(comm, sizeof(comm));
	if (BEGINS(comm, "napi/") || BEGINS(comm, "backlog_napi/"))
		return PKT_WAY(WAY_THREADED);
	/* below that it is the number of a CPU */
	return napi_id > cfg.cpus ? PKT_WAY(WAY_BUSY_POLL) : PKT_WAY(WAY_NO_SOFTIRQ);
}

/* RPS is set for the queue that this packet came by: another CPU took it from there, or may have.
 */
ALWAYS_INLINE bool steered(struct sk_buff *skb)
{
	u32 queue = skb->queue_mapping; /* 1 + its number, or 0: the first */
	const struct netdev_rx_queue *q = (void *)BPF_CORE_READ(skb->dev, _rx);
	const struct netdev_rx_queue___tagged *tagged;
	bool is = false;

	q = (void *)q + (queue ? queue - 1 : 0) * bpf_core_type_size(struct netdev_rx_queue);
	if (bpf_core_field_exists(q->rps_map))
		is |= !!BPF_CORE_READ(q, rps_map);
	if (bpf_core_field_exists(q->rps_flow_table))
		is |= !!BPF_CORE_READ(q, rps_flow_table);
	tagged = (void *)q;
	if (bpf_core_field_exists(tagged->rps_flow_table))
		is |= !!BPF_CORE_READ(tagged, rps_flow_table);
	return is;
}

/* A packet enters the stack: what led to it. sent: when this kernel sent it, or 0. Returns
 * PKT_WAY(...) flags. */
ALWAYS_INLINE u32 arrived(struct sk_buff *skb, u64 sent)
{
	u32 first = first_place(skb), at = rx_place_of(skb);
	struct arrival *a = bpf_map_lookup_elem(&arrivals, &at), *b;
	struct cpu_now *c = cpu_now();
	bool backlog;

	b = at == first ? a : bpf_map_lookup_elem(&arrivals, &first);
	if (!a || !b || !c)
		return 0;
	backlog = b->skb == (u64)skb;
	if (backlog)
		b->skb = 0;
	a->t[RXP_IRQ] = a->t[RXP_RAISE] = a->t[RXP_SOFTIRQ] = a->t[RXP_XDP] = 0;
	if (!c->known) { /* NET_RX can have begun before our hooks were there ... */
		if (!known_from || bpf_ktime_get_ns() < known_from)
			return 0;
		c->known = 1; /* ... but no longer be at it */
	}
	if (!c->softirq)
		return ns_polled_by(skb->napi_id);
	if (backlog) {
		a->t[RXP_RAISE] = b->backlog;
		if (b->backlog <= c->softirq)
			a->t[RXP_SOFTIRQ] = c->softirq;
		if (shape.blame) {
			backlog_taken(b->backlog);
			blame_backlog(b->backlog, c->softirq, c->ways & PKT_WAY(WAY_KSOFTIRQD));
		}
	} else {
		/* veth with NAPI: it was sent after that raise, or while the softirq ran */
		a->t[RXP_RAISE] = c->run_raise >= sent ? c->run_raise : 0;
		a->t[RXP_SOFTIRQ] = c->softirq >= sent ? c->softirq : 0;
	}
	/* the interrupt that led to this softirq has nothing to do with it */
	if (backlog || sent || (c->run_irq && steered(skb)))
		return (c->ways & PKT_WAY(WAY_KSOFTIRQD)) | NO_IRQ;
	a->t[RXP_IRQ] = c->run_irq;
	return c->ways;
}

/* What `arrived` noted, to where a packet waits for its reader. */
ALWAYS_INLINE void copy_arrival(u64 *to, struct sk_buff *skb, enum ns_proto proto)
{
	const struct arrival *a;

	if (!(points_of(NS_RX, proto) & (1 << RXP_SOFTIRQ | 1 << RXP_XDP)))
		return;
	a = arrival_of(skb);
	if (!a)
		return;
	for (int p = RXP_IRQ; p < RXP_STACK; p++)
		to[p] = a->t[p];
}

#endif
