/* SPDX-License-Identifier: GPL-2.0-only */
/* TCP where tracepoints are all there is (6.16 and later): they come at other places than functions
 * do. */
#ifndef NS_TRACED_BPF_H
#define NS_TRACED_BPF_H

#include "common.bpf.h"
#include "tcp.bpf.h"
#include "send.bpf.h"
#include "ack.bpf.h"

/* Nothing new: an ACK, or data sent again, which TCP is about to drop; then in which stage it was.
 */
ALWAYS_INLINE void nothing_new(const struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = (const void *)&skb->cb;

	if (cb->seq != cb->end_seq)
		stamp(skb, RXP_TRANSPORT);
}

/* TCP with tracepoints alone: tcp_rcv_established, before it looks at the segment. */
ALWAYS_INLINE void established(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = (void *)&skb->cb;
	u32 rcv_nxt = TCP_FIELD(true, sk, rcv_nxt);

	if (!before(rcv_nxt, cb->end_seq))
		nothing_new(skb);
	else
		tcp_segment(sk, skb, RXP_TRANSPORT, before(rcv_nxt, cb->seq), true);
}

/* The same, and the ACK that it has: one look for the socket, and at the clock. */
ALWAYS_INLINE void established_both(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = (void *)&skb->cb;
	u32 rcv_nxt = TCP_FIELD(true, sk, rcv_nxt);
	struct sock_state *st = state_find(sk);
	bool brings = before(rcv_nxt, cb->end_seq);
	struct place *place;
	u64 now;

	if (!brings)
		nothing_new(skb);
	if (!st && !brings)
		return;
	place = rx_place(skb, NULL);
	now = bpf_ktime_get_ns(); /* before what the sender's CPU wrote */
	if (st && tcp_awaits(sk, st))
		tcp_acked_at(sk, st, &place->rx, skb, cb->ack_seq, now, false, true);
	if (brings)
		tcp_segment_at(sk, st, place, skb, RXP_TRANSPORT, before(rcv_nxt, cb->seq), now,
			       true);
}

/* The rest of the current call's data gets room only now. */
ALWAYS_INLINE void got_room(struct sock_state *st, u32 write_seq, u64 since, u64 now)
{
	struct tx_sock *x = &st->tx;
	struct send *last = &x->sends[(x->send_head - 1) % SENDS], *e;

	ns_charge(st->row, since, now, CAUSE_SNDBUF);
	if (last->start == write_seq) { /* nothing of it had room before */
		last->queued = now;
		return;
	}
	if (!before(write_seq, last->end) || x->send_head - x->send_tail >= SENDS)
		return;
	e = &x->sends[x->send_head % SENDS];
	*e = *last;
	e->queued = now;
	e->start = last->end = write_seq;
	x->send_head++;
}

/*
 * With tracepoints alone. tcp_sendmsg_locked (6.16 and later) comes before each piece that the call
 * copies; what is left of the message says whether it is the same call: then the sender may have
 * been blocked since the piece before.
 */
ALWAYS_INLINE void send_piece(struct sock *sk, struct msghdr *msg)
{
	u32 left = msg->msg_iter.count;
	struct sock_state *st;
	u64 now, piece_before;
	bool full;

	st = tx_state(sk, &full, true);
	if (!st) /* counted when a segment leaves */
		return;
	now = bpf_ktime_get_ns();
	piece_before = st->tx.blocked;
	st->tx.blocked = now;
	if (st->tx.send_head != st->tx.send_tail && msg->msg_iter.iov_offset) {
		const struct send *last = &st->tx.sends[(st->tx.send_head - 1) % SENDS];
		u32 write_seq = TCP_FIELD(true, sk, write_seq);

		if (last->end == write_seq + left) {
			if (piece_before && now - piece_before > PROMPT_NS)
				got_room(st, write_seq, piece_before, now);
			return;
		}
	}
	tcp_send_at(sk, st, left, msg->msg_flags & MSG_MORE, now, true);
}

#endif
