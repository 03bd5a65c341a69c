/* SPDX-License-Identifier: GPL-2.0-only */
/* The ACK of what TCP has sent: under the socket's lock, like the sending (send.bpf.h). */
#ifndef NS_ACK_BPF_H
#define NS_ACK_BPF_H

#include "common.bpf.h"
#include "stats.bpf.h"
#include "slot.bpf.h"
#include "sock.bpf.h"
#include "cause.bpf.h"
#include "sent.bpf.h"

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

/*
 * Does data wait in the socket? With tracepoints alone the kernel's queue, which it is about to
 * look at itself, tells first that none does. Not while a call of send has the socket: that can
 * have sent all it has copied, and copy more.
 */
ALWAYS_INLINE bool tcp_holds(struct sock *sk, const struct sock_state *st)
{
#ifdef CAST
	if (!sk->sk_write_queue.qlen && !sk->sk_lock.owned)
		return false;
#endif
	return st->tx.send_head != st->tx.send_tail;
}

/* Can an ACK be of what was sent? (It may cover a FIN, which is no data.) */
ALWAYS_INLINE bool tcp_sent(struct sock *sk, const struct sock_state *st, u32 ack)
{
#ifdef CAST
	return !before(CAST(struct tcp_sock, sk)->snd_nxt, ack);
#endif
	return !before(st->tx.sent + 1, ack);
}

/* Is anything of the socket under way, which an ACK can tell of? */
ALWAYS_INLINE bool tcp_awaits(struct sock *sk, const struct sock_state *st)
{
	return st->tx.acks[st->ack_tail % ACKS].sends || tcp_holds(sk, st);
}

/* An ACK, before TCP looks at it: the state is still that of the wait, if data waits. s: the
 * slot of its skb. closing: by tcp_rcv_state_process. */
ALWAYS_INLINE void tcp_acked_at(struct sock *sk, struct sock_state *st, const struct slot *s,
				struct sk_buff *skb, u32 ack, u64 now, bool closing, bool direct)
{
	struct tx_sock *x = &st->tx;
	u64 ack_in = 0;

	if (tcp_holds(sk, st))
		waited(sk, st, now, direct);
	if (s->skb == (u64)skb && !(s->flags & SLOT_SKIP))
		ack_in = AT(s, RXP_STACK);
	for_each_place(i, ACKS)
	{
		u32 n = st->ack_tail;
		struct ack_mark *m = &x->acks[n % ACKS];

		if (!m->sends || before(ack, m->end) || !tcp_sent(sk, st, ack))
			break;
		ns_acked(st->row, n, ack_in, now, closing);
		if (shape.traces)
			ns_report_acked(st->row, n, ack_in, now);
		m->sends = 0;
		st->ack_tail = n + 1;
	}
}

ALWAYS_INLINE void tcp_acked(struct sock *sk, struct sk_buff *skb, u32 ack, bool closing,
			     bool direct)
{
	struct sock_state *st = state_find(sk);

	if (st && tcp_awaits(sk, st))
		tcp_acked_at(sk, st, slot_of(skb), skb, ack, bpf_ktime_get_ns(), closing, direct);
}

#endif
