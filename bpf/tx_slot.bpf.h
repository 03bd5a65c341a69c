/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets from the queueing discipline to the device, by the address of their skb: TCP has made its
 * clone by then, and nobody changes it until the driver has it. In the same place as what is
 * received at that address (slot.bpf.h): a packet that comes back in on this kernel (veth,
 * loopback) finds both there.
 */
#ifndef NS_TX_SLOT_BPF_H
#define NS_TX_SLOT_BPF_H

#include "common.bpf.h"
#include "stats.bpf.h"
#include "slot.bpf.h"
#include "qdisc.bpf.h"

ALWAYS_INLINE struct tx_slot *tx_slot_at(u32 place)
{
	return &place_at(place)->tx;
}

ALWAYS_INLINE struct tx_slot *tx_slot_of(const void *skb)
{
	return &tx_place(skb, NULL)->tx;
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
	u32 place = tx_place_for(skb), why;
	struct tx_slot *s = tx_slot_at(place);

	why = s->skb == (u64)skb ? LOSS_UNMATCHED : LOSS_PUSHED_OUT;
	if (tx_busy(s))
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
