/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stamps of packets on their way from the device to the socket, by the address of their skb
 * (place.bpf.h).
 *
 * A per-CPU record would not do: drivers hand the stack whole lists (netif_receive_skb_list),
 * of which every packet passes `stack` before the first passes `ip`, and a packet for a socket
 * that its reader holds locked goes on later, on the reader's CPU.
 */
#ifndef NS_SLOT_BPF_H
#define NS_SLOT_BPF_H

#include "common.bpf.h"
#include "stats.bpf.h"
#include "place.bpf.h"

/* Of a packet that has none, its first place's: somebody else's. */
ALWAYS_INLINE struct slot *slot_of(const void *skb)
{
	return &rx_place(skb, NULL)->rx;
}

/* When the sender on this kernel sent it; not used where only one direction is measured. */
#define WHEN_SENT(s) (shape.joins ? (s)->sent : 0)

/*
 * A copy, of a multicast for one more socket, at the address of a packet that is gone: it never
 * entered the stack itself, and the stamps are not its own. s: the slot of that address, of a
 * packet that is not skipped. A copy has somebody else's memory. So has a packet that was given
 * other memory on its way, but it shares it with nobody; and one put together from fragments has
 * that of the first, and the address of the one that came last.
 */
#define BIT_FIELD(direct, p, field)                                                                \
	((direct) ? BPF_CORE_READ_BITFIELD(p, field) : BPF_CORE_READ_BITFIELD_PROBED(p, field))

ALWAYS_INLINE bool is_copy(const struct slot *s, struct sk_buff *skb, bool direct)
{
	return s->head != address_of(RD(direct, skb, head)) && BIT_FIELD(direct, skb, pkt_type) &&
	       BIT_FIELD(direct, skb, cloned);
}

/* stamp() of a packet that has not its first place: out of the way of all others. skb: the low half
 * of its address. */
__attribute__((noinline)) int ns_stamp_elsewhere(u32 skb, u32 point)
{
	struct slot *s = &place_at(ns_elsewhere(skb, RX_OF))->rx;

	if ((u32)s->skb != skb || s->flags & SLOT_SKIP)
		return 0;
	if (point == RXP_IP)
		AT(s, RXP_IP) = bpf_ktime_get_ns();
	else
		AT(s, RXP_TRANSPORT) = bpf_ktime_get_ns();
	return 0;
}

/* ip and transport in softirq: only a stamp. */
ALWAYS_INLINE void stamp(const struct sk_buff *skb, enum rx_point point)
{
	struct place *p = place_at(first_place(skb));

	if (p->rx.skb != (u64)skb) {
		if (p->tx.passed)
			ns_stamp_elsewhere(address_of(skb), point);
		return;
	}
	if (!(p->rx.flags & SLOT_SKIP))
		AT(&p->rx, point) = bpf_ktime_get_ns();
}

/* A new packet takes the slot: say what became of the one that left its stamps there. */
ALWAYS_INLINE void slot_leftover(const struct slot *s, const void *skb)
{
	struct cpu_dir *cpu;

	if (s->flags & (SLOT_SKIP | SLOT_TAKEN))
		return;
	if (s->flags & SLOT_QUEUED) {
		/* its memory is in use again: it was freed, not read */
		if (s->skb == (u64)skb)
			count_loss(LOSS_UNREAD);
		else
			count_loss(LOSS_PUSHED_OUT);
		return;
	}
	cpu = this_cpu(NS_RX);
	if (cpu)
		ADD(&cpu->undelivered, 1);
}

#endif
