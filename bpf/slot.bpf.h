/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stamps of packets on their way from the device to the socket: a direct-mapped table,
 * found by the skb's address alone. No map look-up, no allocation, nothing to delete.
 *
 * A per-CPU record would not do: drivers hand the stack whole lists (netif_receive_skb_list),
 * of which every packet passes `stack` before the first passes `ip`, and a packet for a socket
 * that its reader holds locked goes on later, on the reader's CPU.
 *
 * A slot belongs to the packet whose address it holds. Two packets under way can want the same
 * one: the later takes it, and the earlier one's loss is counted.
 */
#ifndef NS_SLOT_BPF_H
#define NS_SLOT_BPF_H

#include "common.bpf.h"
#include "stats.bpf.h"

#define SLOT_FILTERED 1 /* this packet is not asked for */
#define SLOT_SAMPLED 2	/* left out by --sample */
#define SLOT_SKIP (SLOT_FILTERED | SLOT_SAMPLED)
#define SLOT_QUEUED 4 /* a datagram in its socket's queue */
#define SLOT_TAKEN 8  /* a segment that its socket has taken: nothing is left to be counted */
/* and PKT_WAYS */

struct place places[SLOTS];

/* Its stamp of a point, or a mark's; what is before the stack stands in arrival.bpf.h. */
#define AT(s, point) ((s)->t[(point)-RXP_STACK])

ALWAYS_INLINE struct place *place_at(u32 place)
{
	return PLACE_IN(places, place & (SLOTS - 1));
}

ALWAYS_INLINE struct place *place_of(const void *skb)
{
	return place_at(address_of(skb) >> 8);
}

ALWAYS_INLINE struct slot *slot_of(const void *skb)
{
	return &place_of(skb)->rx;
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

/* ip and transport in softirq: only a stamp. */
ALWAYS_INLINE void stamp(const struct sk_buff *skb, enum rx_point point)
{
	struct slot *s = slot_of(skb);

	if (s->skb == (u64)skb && !(s->flags & SLOT_SKIP))
		AT(s, point) = bpf_ktime_get_ns();
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
