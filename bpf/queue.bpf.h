/* SPDX-License-Identifier: GPL-2.0-only */
/* `qdisc` of a TCP segment: the socket hands the stamps over to the skb's slot. */
#ifndef NS_QUEUE_BPF_H
#define NS_QUEUE_BPF_H

#include "common.bpf.h"
#include "filter.bpf.h"
#include "sock.bpf.h"
#include "send.bpf.h"
#include "tx_slot.bpf.h"

#define MIN_CUT 500 /* bytes: no segment is cut to smaller ones */

/* The skb at `qdisc` is that of the segment under way: the slot takes over what the socket knows.
 * early: it is dropped before `qdisc`. Returns the slot; NULL: it is not followed. */
ALWAYS_INLINE struct tx_slot *tcp_queue(struct sock *sk, struct sock_state *st, struct sk_buff *skb,
					u64 now, bool early)
{
	struct cpu_dir *cpu = this_cpu(NS_TX);
	struct tx_sock *x = &st->tx;
	u32 flags = x->flags, place;
	struct tx_slot *s;

	x->flags = 0;
	if (!cpu || (shape.n_devs && !ONE_OF(ifindex_out(skb, early), cfg.devs, shape.n_devs)))
		return NULL;
	if (flags & TX_SKIP) {
		if (closing)
			return NULL;
		seen_by_one(cpu);
		count_tx_loss(flags >> 16);
		return NULL;
	}
	if (flags & TX_RESENT) { /* seen before; its marks know already */
		if (flags & TX_FOLLOWED)
			return tx_slot_again(skb, now);
		if (!closing)
			count_tx_loss(LOSS_UNFOLLOWED);
		return NULL;
	}
	if (tx_left_out(cpu))
		return NULL;
	place = tx_slot_take(skb, 0);
	s = tx_slot_at(place);
	s->t_send = x->t[TXP_SEND];
	if (points_of(NS_TX, NS_TCP) & (1 << TXP_SEGMENT))
		s->t_segment = x->t[TXP_SEGMENT];
	if (points_of(NS_TX, NS_TCP) & (1 << TXP_IP))
		s->t_ip = x->t[TXP_IP];
	s->t_qdisc = now;
	s->row = st->row;
	s->gen = st->gen;
	s->end = x->end;
	s->dev = address_of(skb->dev);
	if (shape.traces) {
		s->ifindex = ifindex_out(skb, early);
		s->len = x->end - x->seq;
	}
	if (flags & TX_WAITED) {
		s->cause = x->cause;
		s->cause_ns = x->cause_ns;
		s->flags = TX_SLOT_WAITED;
	}
	if (sk->sk_pacing_status == SK_PACING_FQ && skb->tstamp > (s64)now) {
		s->edt = skb->tstamp;
		s->flags |= TX_SLOT_EDT;
	}
	if (!(points_of(NS_TX, NS_TCP) & (1 << TXP_ACKED)))
		return s;
	if (x->ack_head - x->acked >= ACKS)
		x->acked = st->ack_tail;
	if (x->ack_head - x->acked >= ACKS) {
		count_tx_loss(LOSS_ACKS_FULL);
	} else {
		struct ack_mark *m = &x->acks[x->ack_head % ACKS];

		m->first = m->last = 0;
		m->seq = x->seq;
		m->end = x->end;
		m->sends = 1;
		m->place = place;
		if (x->end - x->seq > MIN_CUT && !st->cuttable)
			st->cuttable = 1;
		s->number = x->ack_head;
		s->flags |= TX_SLOT_MARK;
		x->ack_head++;
	}
	return s;
}

/* TCP with tracepoints alone: the segment shows first here, with its headers. */
ALWAYS_INLINE bool tcp_headers(struct sk_buff *skb, u32 *seq, u32 *end)
{
	unsigned char *tcp = skb->head + skb->transport_header;
	u32 before_data;
#ifdef CAST
	const struct tcphdr *h = CAST(struct tcphdr, tcp);
	u32 doff = BPF_CORE_READ_BITFIELD(h, doff);
	__be32 first = h->seq;

	if (BPF_CORE_READ_BITFIELD(h, syn))
		return false;
#else
	struct {
		__be16 ports[2];
		__be32 seq, ack;
		u8 doff, flags;
	} h;
	u32 doff;
	__be32 first;

	if (bpf_probe_read_kernel(&h, 14, tcp) || h.flags & TCP_SYN)
		return false;
	doff = h.doff >> 4;
	first = h.seq;
#endif
	before_data = address_of(tcp) - address_of(skb->data) + doff * 4;
	*seq = bpf_ntohl(first);
	*end = *seq + skb->len - before_data;
	return skb->len > before_data;
}

/* What the IP header says of what follows it; 0: not known. */
ALWAYS_INLINE u8 protocol_of(struct sk_buff *skb)
{
	u8 next = 0, at = skb->protocol == bpf_htons(ETH_P_IPV6) ? 6 : 9;

	bpf_probe_read_kernel(&next, 1, skb->head + skb->network_header + at);
	return next;
}

/*
 * Is the skb that of the segment under way? IP output can have put that aside, and this is an ACK,
 * or one that was put aside before. TCP's clone has the memory of the segment itself, until IP
 * output needs more room in front of it; then the headers tell, unless they are encrypted.
 */
ALWAYS_INLINE bool is_under_way(const struct tx_sock *x, struct sk_buff *skb)
{
	u32 seq, end;

	if (!(x->flags & TX_UNDER_WAY))
		return false;
	if (x->data == address_of(skb->head) || protocol_of(skb) != IPPROTO_TCP)
		return true;
	return tcp_headers(skb, &seq, &end) && end == x->end;
}

ALWAYS_INLINE struct tx_slot *tcp_at_qdisc(struct sock *sk, struct sk_buff *skb, bool early)
{
	struct sock_state *st;
	u32 seq, end;
	bool full;
	u64 now;

	if (skb->skb_iif) /* forwarded */
		return NULL;
	if (points_of(NS_TX, NS_TCP) & (1 << TXP_SEGMENT)) {
		st = state_find(sk);
		if (st && is_under_way(&st->tx, skb))
			return tcp_queue(sk, st, skb, bpf_ktime_get_ns(), early);
		return NULL;
	}
	if (!tcp_headers(skb, &seq, &end))
		return NULL;
	st = tx_state(sk, &full, true);
	if (st) {
		now = bpf_ktime_get_ns();
		segment(sk, st, seq, end, now, false);
		st->tx.paced = paced_after(sk, now, skb->len);
		return tcp_queue(sk, st, skb, now, early);
	}
	if (full)
		count_no_room();
	return NULL;
}

#endif
