/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where an skb has its stamps: a direct-mapped table, found by its address alone. No map look-up,
 * no allocation, nothing to delete. A slot belongs to the packet whose address it holds.
 *
 * Packets under way at one time can want one place: hundreds in a queueing discipline or in a
 * socket, or two on two CPUs. So each has three other places; they are looked at only where
 * `passed` says that one was needed lately.
 */
#ifndef NS_PLACE_BPF_H
#define NS_PLACE_BPF_H

#include "common.bpf.h"

#define PLACES_EACH 4 /* for each packet */

/* What entered the stack that lately is still on its way to its socket. Of most packets nothing
 * tells that they are gone (ACKs, what is forwarded), and each would keep a place from others. */
#define RX_UNDER_WAY_NS 1000000

struct place places[SLOTS];

ALWAYS_INLINE struct place *place_at(u32 place)
{
	return PLACE_IN(places, place & (SLOTS - 1));
}

/* What a packet takes if nobody else has it. */
ALWAYS_INLINE u32 first_place(const void *skb)
{
	return address_of(skb) >> 8 & (SLOTS - 1);
}

/* Its stamp of a point, or a mark's; what is before the stack stands in arrival.bpf.h. */
#define AT(s, point) ((s)->t[(point)-RXP_STACK])

/* Does a packet that is on its way have it? `now` can be a little before its stamp. */
ALWAYS_INLINE bool rx_busy(const struct slot *s, u64 now)
{
	return s->skb && !(s->flags & (SLOT_SKIP | SLOT_TAKEN)) &&
	       (s->flags & SLOT_QUEUED || (s64)(now - AT(s, RXP_STACK)) < RX_UNDER_WAY_NS);
}

ALWAYS_INLINE bool tx_busy(const struct tx_slot *s)
{
	return s->skb && s->t_qdisc && !(s->flags & TX_SLOT_DONE);
}

enum seek {
	RX_OF,	 /* the slot that the packet has ... */
	RX_FREE, /* ... or one that it can have */
	TX_OF,
	TX_FREE,
};

/* Whose slot is it, of the half that is sought in? */
ALWAYS_INLINE u64 owner(const struct place *p, u32 seek)
{
	return seek < TX_OF ? p->rx.skb : p->tx.skb;
}

/* Of a packet's other places the one that is sought; else its first. skb: the low half of its
 * address. A global function takes numbers only, and is checked once. */
__attribute__((noinline)) u32 ns_elsewhere(u32 skb, u32 seek)
{
	u32 first = skb >> 8, step = (first * 0x9e3779b1U >> 16) | 1;
	u64 now = seek == RX_FREE ? bpf_ktime_get_ns() : 0;

	for (u32 i = 1; i < PLACES_EACH; i++) {
		const struct place *p = place_at(first + i * step);

		if ((u32)owner(p, seek) == skb || (seek == RX_FREE && !rx_busy(&p->rx, now)) ||
		    (seek == TX_FREE && !tx_busy(&p->tx)))
			return (first + i * step) & (SLOTS - 1);
	}
	return first & (SLOTS - 1);
}

/* Where a packet has its slot (RX_OF, TX_OF); if it has none, its first place. number: NULL, or
 * where to put that of the place. */
ALWAYS_INLINE struct place *place_of(const void *skb, enum seek of, u32 *number)
{
	u32 n = first_place(skb);
	struct place *p = place_at(n);

	if (owner(p, of) != (u64)skb && p->tx.passed) {
		n = ns_elsewhere(address_of(skb), of);
		p = place_at(n);
	}
	if (number)
		*number = n;
	return p;
}

ALWAYS_INLINE struct place *rx_place(const void *skb, u32 *number)
{
	return place_of(skb, RX_OF, number);
}

ALWAYS_INLINE struct place *tx_place(const void *skb, u32 *number)
{
	return place_of(skb, TX_OF, number);
}

ALWAYS_INLINE u32 rx_place_of(const void *skb)
{
	u32 number;

	rx_place(skb, &number);
	return number;
}

/* rx_place() for loops, of which the verifier would follow either way in each turn. skb: the low
 * half of its address. */
__attribute__((noinline)) u32 ns_rx_place_of(u32 skb)
{
	const struct place *p = place_at(skb >> 8);

	return (u32)p->rx.skb != skb && p->tx.passed ? ns_elsewhere(skb, RX_OF) : skb >> 8;
}

#define RX_PLACE_IN_LOOP(skb) place_at(ns_rx_place_of(address_of(skb)))

/* Its first place is taken. When, in steps of about two seconds; never 0. */
ALWAYS_INLINE u8 passed_at(u64 now)
{
	return now >> 30 | 1;
}

/* A newcomer takes a place that others have passed: is it long ago? Or in time all who have not the
 * place that they look at first would look at four. What waits elsewhere for longer is lost, and
 * counted. */
#define PASSED_FOR 64 /* of `passed` */

ALWAYS_INLINE void forget_passed(struct place *p, u64 now)
{
	if (p->tx.passed && (u8)(passed_at(now) - p->tx.passed) > PASSED_FOR)
		p->tx.passed = 0;
}

/* Where a packet that enters the stack is to have its slot. now: 0 if it is not known, which only
 * filters make so. */
ALWAYS_INLINE struct place *rx_place_for(const void *skb, u64 now)
{
	struct place *p = rx_place(skb, NULL);

	if (p->rx.skb == (u64)skb)
		return p;
	if (cfg.filters_packets && !now)
		now = bpf_ktime_get_ns();
	if (!rx_busy(&p->rx, now)) {
		forget_passed(p, now);
		return p;
	}
	p->tx.passed = passed_at(now);
	return place_at(ns_elsewhere(address_of(skb), RX_FREE));
}

/* The same of one that is sent, as a number. */
ALWAYS_INLINE u32 tx_place_for(const void *skb)
{
	u32 place = first_place(skb);
	struct place *p = place_at(place);

	if (p->tx.skb == (u64)skb)
		return place;
	if (!tx_busy(&p->tx)) {
		if (p->tx.passed)
			forget_passed(p, bpf_ktime_get_ns());
		return place;
	}
	p->tx.passed = passed_at(bpf_ktime_get_ns());
	return ns_elsewhere(address_of(skb), TX_FREE);
}

#endif
