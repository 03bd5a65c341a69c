/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a TCP socket holds data back. The kernel decides anew whenever something happens: the
 * application sends, an ACK comes, a timer or a tasklet runs. So we ask the same questions as
 * tcp_write_xmit(), in its order, of the state that held until then, at the next such moment, and
 * charge the time since the last one. While nothing waits none of this runs.
 */
#ifndef NS_CAUSE_BPF_H
#define NS_CAUSE_BPF_H

#include "common.bpf.h"
#include "sock.bpf.h"

#define SK_PACING_NEEDED 1 /* TCP paces itself, without fq */
#define SK_PACING_FQ 2

#define TSQF_THROTTLED 1 /* until tcp_wfree ... */
#define TSQF_QUEUED 2	 /* ... which leaves the sending to a tasklet */

#define NAGLE_CORK 2

/* A wait shorter than this, which only the sending call itself has seen, is not asked about: it is
 * the copying. */
#define PROMPT_NS 100000

ALWAYS_INLINE u8 nonagle_of(struct tcp_sock *tp, bool direct)
{
	if (direct)
		return BPF_CORE_READ_BITFIELD(tp, nonagle);
	return BPF_CORE_READ_BITFIELD_PROBED(tp, nonagle);
}

/*
 * Time in which the connection held data back. Consecutive waits for one cause are one wait.
 * A global function: one check by the verifier for all its callers.
 */
__attribute__((noinline)) int ns_charge(u32 row, u64 from, u64 to, u32 cause)
{
	struct sock_state *st = bpf_map_lookup_elem(&socks, &row);
	struct conn *c = bpf_map_lookup_elem(&conns, &row);
	struct tx_sock *x;
	struct wait *w;

	if (!st || !c || cause >= CAUSE_COUNT || (s64)(to - from) <= 0)
		return 0;
	x = &st->tx;
	c->causes[cause].sum += to - from;
	w = &x->waits[(x->wait_head - 1) % WAITS];
	if (x->wait_head && w->cause == cause && w->to == from) {
		w->to = to;
		return 0;
	}
	c->causes[cause].n++;
	w = &x->waits[x->wait_head % WAITS];
	w->from = from;
	w->to = to;
	w->cause = cause;
	x->wait_head++;
	return 0;
}

/* Small queues or autocork: both wait for the device to send what it has of this socket, autocork
 * with a segment that could still grow. */
ALWAYS_INLINE u32 throttle_cause(struct sock *sk, u32 unsent, u32 mss)
{
	if (unsent >= mss)
		return CAUSE_TSQ;
	return BPF_CORE_READ(sk, __sk_common.skc_net.net, ipv4.sysctl_tcp_autocorking)
		       ? CAUSE_AUTOCORK
		       : CAUSE_TSQ;
}

/* The cause of the wait from `from` until now. e: the oldest send that is not sent. */
ALWAYS_INLINE u32 why_waiting(struct sock *sk, struct tcp_sock *tp, const struct send *e,
			      const struct sock_state *st, u64 from, u64 now, bool direct)
{
	u32 unsent = RD(direct, tp, write_seq) - RD(direct, tp, snd_nxt),
	    mss = RD(direct, tp, mss_cache);
	u32 left_out = RD(direct, tp, sacked_out) + RD(direct, tp, lost_out);
	u32 packets_out = RD(direct, tp, packets_out), cwnd = RD(direct, tp, snd_cwnd);
	u32 in_flight = packets_out - left_out + RD(direct, tp, retrans_out);
	u32 wnd = RD(direct, tp, snd_wnd),
	    room = RD(direct, tp, snd_una) + wnd - RD(direct, tp, snd_nxt);
	u32 next = unsent < mss ? unsent : mss;
	u8 nonagle = nonagle_of(tp, direct);

	if (RD(direct, sk, sk_pacing_status) == SK_PACING_NEEDED &&
	    (s64)(RD(direct, tp, tcp_wstamp_ns) - now) > 0)
		return CAUSE_PACING;
	if (in_flight >= cwnd)
		return CAUSE_CWND;
	if ((s32)room < (s32)next)
		return wnd ? CAUSE_RWND : CAUSE_ZERO_WINDOW;
	if (unsent < mss) {
		if (nonagle & NAGLE_CORK)
			return CAUSE_CORK;
		if (e->flags & SEND_MORE)
			return CAUSE_MSG_MORE;
		if (!nonagle && packets_out)
			return CAUSE_NAGLE;
	}
	if (RD(direct, sk, sk_tsq_flags) & (TSQF_THROTTLED | TSQF_QUEUED) ||
	    (s64)(st->throttled - from) > 0)
		return throttle_cause(sk, unsent, mss);
	if (unsent >= mss && packets_out) /* tcp_tso_should_defer: for the ACK of what is out */
		return (cwnd - in_flight) * mss < room ? CAUSE_CWND : CAUSE_RWND;
	return CAUSE_OTHER;
}

/* Before the application's next send, or an ACK, changes anything: charge the wait until now. */
ALWAYS_INLINE void waited(struct sock *sk, struct sock_state *st, u64 now, bool direct)
{
	struct tx_sock *x = &st->tx;
	const struct send *e = &x->sends[x->send_tail % SENDS];
	u64 from = e->queued > x->charged ? e->queued : x->charged;
	struct tcp_sock *tp = tcp_of(sk, direct);

	if (!tp || (s64)(now - from) <= 0)
		return;
	x->charged = now;
	/* All that there was room for is sent: what the call still has waits for room alone, which
	 * is charged when it has it (got_room). */
	if (RD(direct, tp, write_seq) == RD(direct, tp, snd_nxt))
		return;
	ns_charge(st->row, from, now, why_waiting(sk, tp, e, st, from, now, direct));
}

/*
 * A segment leaves that waited, and neither a send nor an ACK has just set it free: a timer, the
 * tasklet of the small queues, or setsockopt did. By then the state has changed, so what each of
 * them leaves behind tells which it was.
 */
ALWAYS_INLINE u32 why_released(struct sock *sk, struct tcp_sock *tp, const struct send *e,
			       const struct sock_state *st, u64 from, u32 len, bool direct)
{
	u32 mss = RD(direct, tp, mss_cache), packets_out = RD(direct, tp, packets_out);

	if ((s64)(st->throttled - from) > 0)
		return throttle_cause(sk, len, mss);
	if (len < mss) {
		if (e->flags & SEND_CORK)
			return CAUSE_CORK;
		if (e->flags & SEND_MORE)
			return CAUSE_MSG_MORE;
		if (e->flags & SEND_NAGLE && packets_out)
			return CAUSE_NAGLE;
	}
	if (!RD(direct, tp, snd_wnd))
		return CAUSE_ZERO_WINDOW;
	/* not sent by the device yet: something that came in set free what tcp_push() held back */
	if (RD(direct, sk, sk_tsq_flags) & (TSQF_THROTTLED | TSQF_QUEUED))
		return throttle_cause(sk, len, mss);
	/* no hook sees the small queues with tracepoints alone: nothing else is left that could
	 * hold back full segments while others are out */
	if (len >= mss && packets_out && !(points_of(NS_TX, NS_TCP) & (1 << TXP_COMPLETED)))
		return CAUSE_TSQ;
	return CAUSE_OTHER;
}

/*
 * Until when pacing forbade to send, as of now that a segment leaves. At __tcp_transmit_skb TCP
 * still says so itself; at net_dev_queue it has moved on, and what the segment before this one made
 * of it is all there is (paced_after).
 */
ALWAYS_INLINE u64 paced_until(struct sock *sk, struct tcp_sock *tp, const struct tx_sock *x,
			      bool direct)
{
	if (RD(direct, sk, sk_pacing_status) != SK_PACING_NEEDED)
		return 0;
	if (points_of(NS_TX, NS_TCP) & (1 << TXP_SEGMENT))
		return RD(direct, tp, tcp_wstamp_ns);
	return x->paced;
}

/* As tcp_update_skb_after_send() will, but for its credit. */
ALWAYS_INLINE u64 paced_after(struct sock *sk, u64 now, u32 len)
{
	u64 rate = sk->sk_pacing_rate;

	if (sk->sk_pacing_status != SK_PACING_NEEDED || !rate || rate == ~0ULL)
		return 0;
	return now + len * 1000000000ULL / rate;
}

/* The segment that leaves now: charge what is left of its wait. */
ALWAYS_INLINE void released(struct sock *sk, struct sock_state *st, const struct send *e, u64 now,
			    u32 len, bool direct)
{
	struct tx_sock *x = &st->tx;
	u64 from = e->queued > x->charged ? e->queued : x->charged, paced;
	struct tcp_sock *tp;

	if ((s64)(now - from) <= PROMPT_NS)
		return;
	tp = tcp_of(sk, direct);
	if (!tp)
		return;
	x->charged = now;
	paced = paced_until(sk, tp, x, direct);
	if ((s64)(paced - from) > 0) {
		if ((s64)(now - paced) <= PROMPT_NS) /* the timer's own lateness */
			paced = now;
		ns_charge(st->row, from, paced, CAUSE_PACING);
		from = paced;
	}
	if ((s64)(now - from) > 0)
		ns_charge(st->row, from, now, why_released(sk, tp, e, st, from, len, direct));
}

/* How a segment's time in the socket divides up; the causes add up to it exactly. */
ALWAYS_INLINE void split_causes(const struct tx_sock *x, const struct send *e, u64 segment,
				u64 *causes)
{
	u64 rest = segment - e->t;

	for (int i = 0; i < CAUSE_COUNT; i++)
		causes[i] = 0;
	if (e->queued > e->t && e->queued <= segment) {
		causes[CAUSE_SNDBUF] = e->queued - e->t;
		rest -= e->queued - e->t;
	}
	for (int i = 0; i < WAITS; i++) {
		const struct wait *w = &x->waits[i];
		u64 from = w->from > e->queued ? w->from : e->queued;
		u64 to = w->to < segment ? w->to : segment;
		u32 cause = w->cause;
		u64 ns = to - from;

		/* room that the call waited for after `queued` was for later data, and meanwhile
		 * TCP can have held this back for a reason of its own */
		if ((s64)ns <= 0 || cause >= CAUSE_COUNT || cause == CAUSE_SNDBUF)
			continue;
		if (ns > rest)
			ns = rest;
		causes[cause] += ns;
		rest -= ns;
	}
	causes[CAUSE_OTHER] += rest;
}

/* Only a wait that is this part of the threshold, or more, can make most of a slow packet. */
#define WAITED_PART 4

/*
 * The cause that held a segment back the longest, for a record without a trace. t and queued: of
 * its struct send. Not 0: none did.
 */
__attribute__((noinline)) int ns_note_cause(u32 row, u64 t, u64 queued, u64 segment)
{
	struct sock_state *st = bpf_map_lookup_elem(&socks, &row);
	const struct send e = {.t = t, .queued = queued};
	u64 causes[CAUSE_COUNT];
	u32 most = 0;

	if (!st)
		return -1;
	split_causes(&st->tx, &e, segment, causes);
	for (u32 i = 1; i < CAUSE_COUNT; i++)
		if (causes[i] > causes[most])
			most = i;
	st->tx.cause = most;
	st->tx.cause_ns = causes[most];
	return causes[most] ? 0 : -1;
}

#endif
