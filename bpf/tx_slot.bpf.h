/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets from the queueing discipline to the device, by the address of their skb: TCP has made its
 * clone by then, and nobody changes it until the driver has it. In the same place as what is
 * received at that address (slot.bpf.h): a packet that comes back in on this kernel (veth,
 * loopback) finds both there.
 *
 * Hundreds can wait in a queueing discipline, and of those some will want one place. So each has
 * three others; they are looked at only where `passed` says that one was needed.
 */
#ifndef NS_TX_SLOT_BPF_H
#define NS_TX_SLOT_BPF_H

#include "common.bpf.h"
#include "stats.bpf.h"
#include "slot.bpf.h"
#include "qdisc.bpf.h"

#define TX_PLACES 4 /* for each packet */

ALWAYS_INLINE struct tx_slot *tx_slot_at(u32 place)
{
	return &place_at(place)->tx;
}

/* Is it another's, which is still on its way? */
ALWAYS_INLINE bool tx_slot_busy(const struct tx_slot *s, u32 skb)
{
	return s->t_qdisc && s->skb && (u32)s->skb != skb && !(s->flags & TX_SLOT_DONE);
}

/* Of a packet's other places the one that it has, or (!has) that is not busy; else its first. skb:
 * the low half of its address. */
__attribute__((noinline)) u32 ns_tx_elsewhere(u32 skb, u32 has)
{
	u32 first = skb >> 8, step = (first * 0x9e3779b1U >> 16) | 1;

	for (u32 i = 1; i < TX_PLACES; i++) {
		const struct tx_slot *s = tx_slot_at(first + i * step);

		if (has ? (u32)s->skb == skb : !tx_slot_busy(s, skb))
			return (first + i * step) & (SLOTS - 1);
	}
	return first & (SLOTS - 1);
}

/* Where a packet has its slot; if it has none, its first place. */
ALWAYS_INLINE u32 tx_place_of(const void *skb)
{
	u32 place = address_of(skb) >> 8 & (SLOTS - 1);
	const struct tx_slot *s = tx_slot_at(place);

	return s->passed && s->skb != (u64)skb ? ns_tx_elsewhere(address_of(skb), 1) : place;
}

ALWAYS_INLINE struct tx_slot *tx_slot_of(const void *skb)
{
	return tx_slot_at(tx_place_of(skb));
}

int ns_report_sent(u32 place, u64 completed);

/* A datagram that was built has not come to `qdisc`: it was cut into fragments, or waits for its
 * neighbour's address. Whether a filter leaves it out is not known. */
__attribute__((noinline)) int ns_never_queued(u32 why)
{
	struct cpu_dir *cpu = this_cpu(NS_TX);

	if (!cpu || closing || shape.n_devs || cfg.filters_sockets)
		return 0;
	ADD(&cpu->seen, 1);
	return ns_tx_lost(why);
}

/* A new packet takes a slot: what left its stamps there and was not handed on is lost. The record
 * of one that still waits for its completion is written without. Returns its place. */
ALWAYS_INLINE u32 tx_slot_take(const void *skb, u32 flags)
{
	u32 place = address_of(skb) >> 8 & (SLOTS - 1), why;
	struct tx_slot *s = tx_slot_at(place);

	if (tx_slot_busy(s, address_of(skb))) {
		s->passed = 1;
		place = ns_tx_elsewhere(address_of(skb), 0);
		s = tx_slot_at(place);
	}
	why = s->skb == (u64)skb ? LOSS_UNMATCHED : LOSS_PUSHED_OUT;

	if (s->skb && s->t_qdisc && !(s->flags & TX_SLOT_DONE))
		count_tx_loss(why);
	else if (s->skb && !s->t_qdisc && !(s->flags & TX_SLOT_DONE))
		ns_never_queued(s->why ? s->why - 1 : why);
	else if (s->flags & TX_SLOT_OWED && s->completed != TX_REPORTED)
		ns_report_sent(place, 0);
	s->skb = (u64)skb;
	s->flags = flags;
	s->completed = 0;
	s->t_qdisc = s->t_driver = 0;
	s->why = 0;
	s->end = 0;
	return place;
}

/* A segment that is sent again: for all but tx_slot_again_of() the slot is one that is done with.
 */
ALWAYS_INLINE struct tx_slot *tx_slot_again(const void *skb, u64 now)
{
	struct tx_slot *s = tx_slot_at(tx_slot_take(skb, TX_SLOT_AGAIN | TX_SLOT_DONE));

	s->completed = TX_COMPLETED;
	s->t_qdisc = now;
	return s;
}

/* Until the driver has it, or it has come in again on this kernel. */
ALWAYS_INLINE struct tx_slot *tx_slot_again_of(const struct sk_buff *skb)
{
	struct tx_slot *s = tx_slot_of(skb);

	return s->skb == (u64)skb && s->flags & TX_SLOT_AGAIN && !skb->skb_iif ? s : NULL;
}

/* A packet is seen at `qdisc`: is it left out by --sample? */
ALWAYS_INLINE bool tx_left_out(struct cpu_dir *cpu)
{
	seen_by_one(cpu);
	if (shape.sample > 1 && bpf_get_prandom_u32() % shape.sample) {
		count_tx_loss(LOSS_SAMPLED);
		return true;
	}
	return false;
}

ALWAYS_INLINE bool tx_under_way(const struct tx_slot *s, const struct sk_buff *skb)
{
	return s->skb == (u64)skb && !(s->flags & TX_SLOT_DONE) && s->t_qdisc;
}

ALWAYS_INLINE struct tx_slot *tx_slot_under_way(const struct sk_buff *skb)
{
	struct tx_slot *s = tx_slot_of(skb);

	return tx_under_way(s, skb) ? s : NULL;
}

#endif
