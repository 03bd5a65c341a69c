/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TCP from the send to the segment, and the ACK. All of it runs under the socket's lock. What a
 * segment holds is found by its sequence numbers: the first byte of a segment says whose call of
 * send it waited for, however many calls one segment takes, or segments one call.
 */
#ifndef NS_SEND_BPF_H
#define NS_SEND_BPF_H

#include "common.bpf.h"
#include "filter.bpf.h"
#include "stats.bpf.h"
#include "slot.bpf.h"
#include "sock.bpf.h"
#include "deliver.bpf.h"
#include "cause.bpf.h"
#include "sent.bpf.h"

#define TCP_SYN 2
#define MSG_MORE 0x8000

#define for_each_place(i, n) for (u32 i = 0; i < (n); i++)

/* The round-trip time that TCP holds, of all ACKs before this. */
ALWAYS_INLINE void note_srtt(struct conn *c, struct tcp_sock *tp, bool direct)
{
	u32 srtt = RD(direct, tp, srtt_us) >> 3;

	if (srtt)
		c->srtt_ns = srtt * 1000ULL;
}

/* The state of the socket of a segment or send; what has one, has passed the filter. NULL: left
 * out, or (*full) there is no room. */
ALWAYS_INLINE struct sock_state *tx_state(struct sock *sk, bool *full, bool direct)
{
	struct sock_state *st = state_find(sk);

	*full = false;
	if (st || (cfg.filters_sockets && !match_socket(sk, direct)))
		return st;
	st = state_new(sk, direct);
	*full = !st;
	return st;
}

/*
 * The application gives data to the socket (tcp_sendmsg_locked, or a page of sendfile up to 6.4).
 * more: is any going to follow (MSG_MORE)?
 */
ALWAYS_INLINE void tcp_send_at(struct sock *sk, struct sock_state *st, u32 size, bool more, u64 now,
			       bool direct)
{
	struct tcp_sock *tp = tcp_of(sk, direct);
	struct tx_sock *x;
	struct send *e;
	struct conn *c;
	u8 nonagle;

	if (!tp)
		return;
	x = &st->tx;
	if (x->send_head != x->send_tail)
		waited(sk, st, now, direct);
	c = bpf_map_lookup_elem(&conns, &st->row);
	if (c) {
		note_user(c, now);
		note_srtt(c, tp, direct);
	}
	if (x->send_head - x->send_tail >= SENDS) { /* its segments will find no send */
		x->missed = RD(direct, tp, write_seq) + size;
		return;
	}
	e = &x->sends[x->send_head % SENDS];
	nonagle = nonagle_of(tp, direct);
	e->t = e->queued = now;
	e->start = RD(direct, tp, write_seq);
	e->end = e->start + size;
	e->flags = (nonagle ? 0 : SEND_NAGLE) | (nonagle & NAGLE_CORK ? SEND_CORK : 0) |
		   (more ? SEND_MORE : 0);
	if (shape.filters_readers && !match_process())
		e->flags |= SEND_FILTERED;
	x->send_head++;
}

ALWAYS_INLINE void tcp_send(struct sock *sk, u32 size, bool more, bool direct)
{
	bool full;
	struct sock_state *st = tx_state(sk, &full, direct);

	if (st) /* or it is counted when a segment leaves */
		tcp_send_at(sk, st, size, more, bpf_ktime_get_ns(), direct);
}

/* The rest of the current call's data gets room only now. */
ALWAYS_INLINE void got_room(struct sock_state *st, u32 write_seq, u64 since, u64 now)
{
	struct tx_sock *x = &st->tx;
	struct send *last = &x->sends[(x->send_head - 1) % SENDS], *e;

	if (x->send_head == x->send_tail)
		return;
	ns_charge(st->row, since, now, CAUSE_SNDBUF);
	if (last->start == write_seq) { /* nothing of it had room before */
		last->queued = now;
		return;
	}
	if (!before(write_seq, last->end) || x->send_head - x->send_tail >= SENDS)
		return;
	e = &x->sends[x->send_head % SENDS];
	e->t = last->t;
	e->queued = now;
	e->start = write_seq;
	e->end = last->end;
	e->flags = last->flags;
	last->end = write_seq;
	x->send_head++;
}

/* sk_stream_wait_memory: the sender is blocked; and, at its return, goes on. */
ALWAYS_INLINE void send_blocked(struct sock *sk)
{
	struct sock_state *st = state_find(sk);

	if (st)
		st->tx.blocked = bpf_ktime_get_ns();
}

ALWAYS_INLINE void send_unblocked(struct sock *sk, bool direct)
{
	struct sock_state *st = state_find(sk);
	struct tcp_sock *tp;
	u64 since;

	if (!st || !st->tx.blocked)
		return;
	since = st->tx.blocked;
	st->tx.blocked = 0;
	tp = tcp_of(sk, direct);
	if (tp)
		got_room(st, RD(direct, tp, write_seq), since, bpf_ktime_get_ns());
}

/* Data between these numbers is sent once more: note it at the marks that wait for its ACK. */
ALWAYS_INLINE void sent_again(struct tx_sock *x, u32 seq, u32 end, u64 now)
{
	for_each_place(i, ACKS)
	{
		u32 n = x->ack_tail + i;
		struct ack_mark *m = &x->acks[n % ACKS];

		if ((s32)(x->ack_head - n) <= 0)
			break;
		if (!before(seq, m->end)) /* the mark lies before */
			continue;
		if (!before(m->seq, end)) /* or after: not every segment has one */
			break;
		m->last = now;
		m->sends++;
		x->flags |= TX_FOLLOWED;
	}
}

/* The send that the first byte of a segment came by, which waited until now; NULL: not known. */
ALWAYS_INLINE struct send *send_of(struct tx_sock *x, u32 seq)
{
	struct send *e;

	for_each_place(i, SENDS)
	{
		if (x->send_tail == x->send_head)
			return NULL;
		e = &x->sends[x->send_tail % SENDS];
		if (before(seq, e->end))
			return before(seq, e->start) ? NULL : e;
		x->send_tail++;
	}
	return NULL;
}

/* All data before `end` is sent. */
ALWAYS_INLINE void sends_done(struct tx_sock *x, u32 end)
{
	for_each_place(i, SENDS)
	{
		if (x->send_tail == x->send_head || before(end, x->sends[x->send_tail % SENDS].end))
			return;
		x->send_tail++;
	}
}

#define TX_WHY(why) (TX_UNDER_WAY | TX_SKIP | (why) << 16)

/* A segment with data leaves the socket; `qdisc` comes next, in the same call. */
ALWAYS_INLINE void segment(struct sock *sk, struct sock_state *st, u32 seq, u32 end, u64 now,
			   bool direct)
{
	struct tx_sock *x = &st->tx;
	struct send *e;

	if (!x->known) {
		struct tcp_sock *tp = tcp_of(sk, direct);

		x->known = 1;
		x->sent = tp ? RD(direct, tp, snd_nxt) : seq;
	}
	x->seq = seq;
	x->end = end;
	x->t[TXP_SEGMENT] = now;
	x->t[TXP_IP] = 0;
	x->flags = TX_UNDER_WAY;
	if (before(seq, x->sent)) {
		x->flags |= TX_RESENT;
		sent_again(x, seq, end, now);
		return;
	}
	x->sent = end;
	if (!(points_of(NS_TX, NS_TCP) & (1 << TXP_SEND))) {
		if (shape.filters_readers) /* who sent it is not known */
			x->flags = TX_WHY(LOSS_FILTERED);
		else if (shape.traces)
			note_segment(st, NULL, seq, end, now);
		return;
	}
	e = send_of(x, seq);
	if (!e) {
		x->flags = TX_WHY(x->missed && before(seq, x->missed) ? LOSS_SENDS_FULL
								      : LOSS_UNMATCHED);
		return;
	}
	x->t[TXP_SEND] = e->t;
	released(sk, st, e, now, end - seq, direct);
	if (shape.traces)
		note_segment(st, e, seq, end, now);
	else if (shape.events && now - e->t >= cfg.slower_ns / WAITED_PART &&
		 !ns_note_cause(st->row, e->t, e->queued, now))
		x->flags |= TX_WAITED;
	if (e->flags & SEND_FILTERED)
		x->flags = TX_WHY(LOSS_FILTERED);
	sends_done(x, end);
}

/* A segment leaves a socket that no row was free for. */
ALWAYS_INLINE void count_no_room(void)
{
	struct cpu_dir *cpu = this_cpu(NS_TX);

	if (cpu)
		ADD(&cpu->seen, 1);
	count_tx_loss(LOSS_MAP_FULL);
}

/* __tcp_transmit_skb: every segment, pure ACKs and those that are sent again too. */
ALWAYS_INLINE void tcp_transmit(struct sock *sk, struct sk_buff *skb, bool direct)
{
	struct tcp_skb_cb *cb = (void *)&skb->cb;
	u32 seq = RD(direct, cb, seq), end = RD(direct, cb, end_seq);
	u8 flags = RD(direct, cb, tcp_flags);
	struct sock_state *st;
	bool full;

	end -= flags & TCP_FIN;
	if (!before(seq, end) || flags & TCP_SYN)
		return;
	st = tx_state(sk, &full, direct);
	if (st)
		segment(sk, st, seq, end, bpf_ktime_get_ns(), direct);
	else if (full)
		count_no_room();
}

/* ip_queue_xmit, inet6_csk_xmit */
ALWAYS_INLINE void tcp_ip(struct sock *sk)
{
	struct sock_state *st = state_find(sk);

	if (st && st->tx.flags & TX_UNDER_WAY)
		st->tx.t[TXP_IP] = bpf_ktime_get_ns();
}

/* A segment that was sent more than once: from the last time to its ACK. */
ALWAYS_INLINE void file_resent(struct cpu_dir *cpu, struct conn *c, u64 ns)
{
	c->resent.n++;
	c->resent.sum += ns;
	raise_max(&c->resent.max, ns);
	hist_count(&cpu->hist[NS_TCP][TXH_RESENT], ns, WRITE_SHARED);
}

/* What the ACK says of one segment: file it. ack_in: when the ACK entered the stack; 0: not known.
 * closing: 0 or 1. */
__attribute__((noinline)) int ns_acked(u32 row, u32 number, u64 ack_in, u64 now, u32 closing)
{
	struct sock_state *st = bpf_map_lookup_elem(&socks, &row);
	struct conn *c = bpf_map_lookup_elem(&conns, &row);
	struct cpu_dir *cpu = this_cpu(NS_TX);
	struct ack_mark *m;
	u64 first, last, until = ack_in ? ack_in : now;
	struct file f = {.on_cpu = ONE_PROGRAM, .on_conn = WRITE_ALONE};

	if (!st || !c || !cpu)
		return 0;
	m = &st->tx.acks[number % ACKS];
	first = m->first;
	last = m->last;
	if (!first) { /* dropped on its way here, and counted so: only that it was sent again counts
		       */
		if (last && (s64)(now - last) >= 0)
			file_resent(cpu, c, now - last);
		return 0;
	}
	if ((s64)(until - first) < 0) {
		/* merged with an ACK that came before, in the backlog of the locked socket */
		ack_in = 0;
		until = now;
		if ((s64)(until - first) < 0) {
			ns_unacked(1);
			return 0;
		}
	}
	f.h = &cpu->hist[NS_TCP][(closing & 1) * TXH_CLOSING(0)];
	f.c = &c->dir[NS_TX];
	f.c->stages[TXS_NETWORK].n++;
	file_stage(&f, TXS_NETWORK, until - first);
	if (ack_in) {
		f.c->stages[TXS_ACK].n++;
		file_stage(&f, TXS_ACK, now - ack_in);
	}
	if (last && (s64)(now - last) >= 0)
		file_resent(cpu, c, now - last);
	return 0;
}

/* Is anything of the socket under way, which an ACK can tell of? */
ALWAYS_INLINE bool tcp_awaits(const struct tx_sock *x)
{
	return x->ack_head != x->ack_tail || x->send_head != x->send_tail;
}

/* An ACK, before TCP looks at it: the state is still that of the wait, if data waits. closing: by
 * tcp_rcv_state_process. */
ALWAYS_INLINE void tcp_acked_at(struct sock *sk, struct sock_state *st, struct sk_buff *skb,
				u32 ack, u64 now, bool closing, bool direct)
{
	struct tx_sock *x = &st->tx;
	struct slot *s;
	u64 ack_in = 0;

	if (x->send_head != x->send_tail)
		waited(sk, st, now, direct);
	s = slot_of(skb);
	if (s->skb == (u64)skb && !(s->flags & SLOT_SKIP))
		ack_in = AT(s, RXP_STACK);
	for_each_place(i, ACKS)
	{
		u32 n = x->ack_tail;

		if (n == x->ack_head || before(ack, x->acks[n % ACKS].end) ||
		    before(x->sent + 1, ack))
			break;
		ns_acked(st->row, n, ack_in, now, closing);
		if (shape.traces)
			ns_report_acked(st->row, n, ack_in, now);
		x->ack_tail = n + 1;
	}
}

ALWAYS_INLINE void tcp_acked(struct sock *sk, struct sk_buff *skb, u32 ack, bool closing,
			     bool direct)
{
	struct sock_state *st = state_find(sk);

	if (st && tcp_awaits(&st->tx))
		tcp_acked_at(sk, st, skb, ack, bpf_ktime_get_ns(), closing, direct);
}

#endif
