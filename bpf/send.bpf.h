/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TCP from the send to the segment. All of it runs under the socket's lock. What a segment holds is
 * found by its sequence numbers: the first byte of a segment says whose call of send it waited for,
 * however many calls one segment takes, or segments one call.
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

/* What calls before have brought ends here: the last one took less than it was given (EAGAIN, an
 * error), or its sender is still blocked. */
ALWAYS_INLINE void sends_cut(struct tx_sock *x, u32 write_seq)
{
	struct send *last;

	for_each_place(i, SENDS)
	{
		last = &x->sends[(x->send_head - 1) % SENDS];
		if (x->send_head == x->send_tail || !before(write_seq, last->end))
			return;
		if (before(last->start, write_seq)) {
			last->end = write_seq;
			return;
		}
		x->send_head--;
	}
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
	u32 write_seq;
	u8 nonagle;

	if (!tp)
		return;
	x = &st->tx;
	write_seq = RD(direct, tp, write_seq);
	if (x->send_head != x->send_tail) {
		waited(sk, st, now, direct);
		sends_cut(x, write_seq);
	}
	c = bpf_map_lookup_elem(&conns, &st->row);
	if (c) {
		note_user(c, now);
		note_srtt(c, tp, direct);
	}
	if (x->send_head - x->send_tail >= SENDS) { /* its segments will find no send */
		x->missed = write_seq + size;
		return;
	}
	e = &x->sends[x->send_head % SENDS];
	nonagle = nonagle_of(tp, direct);
	e->t = e->queued = now;
	e->start = write_seq;
	e->end = write_seq + size;
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

/*
 * sk_stream_wait_memory: the sender is blocked, and others can send meanwhile. What its call has
 * not brought yet is put aside.
 */
ALWAYS_INLINE void send_blocked(struct sock *sk)
{
	struct sock_state *st = state_find(sk);
	u32 write_seq = TCP_FIELD(true, sk, write_seq);
	const struct send *last;
	struct tx_sock *x;

	if (!st)
		return;
	x = &st->tx;
	x->blocked = bpf_ktime_get_ns();
	x->blocker = bpf_get_current_task();
	last = &x->sends[(x->send_head - 1) % SENDS];
	x->rest.end = x->rest.start = write_seq;
	if (x->send_head != x->send_tail && before(write_seq, last->end)) {
		x->rest.t = last->t;
		x->rest.end = last->end;
		x->rest.flags = last->flags;
		sends_cut(x, write_seq);
	}
}

#define FOREVER ((long)(~0UL >> 1)) /* MAX_SCHEDULE_TIMEOUT */
#define EAGAIN 11

/* A call of send gave up (err): had it waited? One that is not to wait is refused, however long it
 * was off its CPU meanwhile; a socket with SO_SNDTIMEO can have had calls of both kinds. */
ALWAYS_INLINE bool gave_up_waiting(struct sock *sk, int err, u64 took)
{
	return took > PROMPT_NS && !(err == -EAGAIN && sk->sk_sndtimeo == FOREVER);
}

/* It goes on, or (err) gives up: at once if it is not to wait. */
ALWAYS_INLINE void send_unblocked(struct sock *sk, int err)
{
	struct sock_state *st = state_find(sk);
	u32 write_seq = TCP_FIELD(true, sk, write_seq), left;
	u64 now, since;
	struct tx_sock *x;
	struct send *e;

	/* of two threads that are blocked the first has lost its place */
	if (!st || !st->tx.blocked || st->tx.blocker != bpf_get_current_task())
		return;
	x = &st->tx;
	since = x->blocked;
	x->blocked = 0;
	now = bpf_ktime_get_ns();
	if (!err || gave_up_waiting(sk, err, now - since))
		ns_charge(st->row, since, now, CAUSE_SNDBUF);
	left = x->rest.end - x->rest.start;
	if (err || !left)
		return;
	e = &x->sends[(x->send_head - 1) % SENDS];
	if (x->send_head - x->send_tail >= SENDS) {
		if (e->t == x->rest.t && e->end == write_seq)
			e->end +=
				left; /* the same call's: only its wait for room is not split off */
		else
			x->missed = write_seq + left;
		return;
	}
	e = &x->sends[x->send_head % SENDS];
	e->t = x->rest.t;
	e->queued = now;
	e->start = write_seq;
	e->end = write_seq + left;
	e->flags = x->rest.flags;
	x->send_head++;
}

/* Data between these numbers is sent once more: note it at the marks that wait for its ACK. */
ALWAYS_INLINE void sent_again(struct sock_state *st, u32 seq, u32 end, u64 now)
{
	struct tx_sock *x = &st->tx;

	for_each_place(i, ACKS)
	{
		u32 n = st->ack_tail + i;
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

/*
 * The segment under way did not come to the queueing discipline before the next one, or the end of
 * the socket: it waits for its neighbour's address, or was taken elsewhere (NFQUEUE, a
 * redirection). Should it come yet, nothing is known of it. It can be none of --dev.
 */
__attribute__((noinline)) int ns_left_behind(u32 flags)
{
	struct cpu_dir *cpu = this_cpu(NS_TX);

	if (!cpu || closing || shape.n_devs || flags & TX_RESENT)
		return 0;
	ADD(&cpu->seen, 1);
	count_tx_loss(flags & TX_SKIP ? flags >> 16 : LOSS_UNMATCHED);
	return 0;
}

/* A segment with data leaves the socket; `qdisc` comes next, most often in the same call. */
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
	if (x->flags & TX_UNDER_WAY)
		ns_left_behind(x->flags);
	x->seq = seq;
	x->end = end;
	x->t[TXP_SEGMENT] = now;
	x->t[TXP_IP] = 0;
	x->flags = TX_UNDER_WAY;
	if (before(seq, x->sent)) {
		x->flags |= TX_RESENT;
		sent_again(st, seq, end, now);
		if (!before(x->sent, end))
			return;
		/* It was dropped on this host, so TCP has kept it as unsent and put more data
		 * behind it: that is followed like any other segment. */
		if (!(x->flags & TX_FOLLOWED))
			count_tx_loss(LOSS_UNFOLLOWED);
		x->flags = TX_UNDER_WAY;
		x->seq = seq = x->sent;
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
	else if (shape.events &&
		 ((s64)(x->charged - e->t) > 0 || e->queued != e->t) && /* a cause */
		 now - e->t >= cfg.slower_ns / WAITED_PART &&
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
	if (st) {
		segment(sk, st, seq, end, bpf_ktime_get_ns(), direct);
		st->tx.data = address_of(RD(direct, skb, head));
	} else if (full) {
		count_no_room();
	}
}

/* ip_queue_xmit, inet6_csk_xmit */
ALWAYS_INLINE void tcp_ip(struct sock *sk)
{
	struct sock_state *st = state_find(sk);

	if (st && st->tx.flags & TX_UNDER_WAY)
		st->tx.t[TXP_IP] = bpf_ktime_get_ns();
}

#endif
