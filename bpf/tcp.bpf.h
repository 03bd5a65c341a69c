/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TCP from the segment to the read. All of it runs under the socket's lock, so a socket's marks
 * have one writer at a time.
 */
#ifndef NS_TCP_BPF_H
#define NS_TCP_BPF_H

#include "common.bpf.h"
#include "slot.bpf.h"
#include "sock.bpf.h"
#include "deliver.bpf.h"

#define TCP_FIN 1

#define before(a, b) ((s32)((a) - (b)) < 0)

/* A field of struct tcp_sock. Kprobes may not use the cast helper, and 5.10's verifier does not
 * let it be used on every pointer, so those read by address. */
#define TCP_FIELD(sk, field)                                                                       \
	({                                                                                         \
		u32 __f = 0;                                                                       \
		if (cfg.sock_map) {                                                                \
			__f = BPF_CORE_READ((struct tcp_sock *)(sk), field);                       \
		} else {                                                                           \
			struct tcp_sock *__tp = bpf_skc_to_tcp_sock(sk);                           \
			if (__tp)                                                                  \
				__f = __tp->field;                                                 \
		}                                                                                  \
		__f;                                                                               \
	})

/* Is this very segment already waiting out of order? Then the kernel drops the copy. */
ALWAYS_INLINE bool ooo_duplicate(struct sock_state *st, u32 seq, u32 end)
{
	for (u32 i = 0; i < MARKS; i++) {
		u32 n = st->tail + i;
		const struct mark *m = &st->marks[n % MARKS];

		if ((s32)(st->head - n) <= 0)
			break;
		if (m->flags & PKT_OOO && !m->t[RXP_READY] && !before(seq, m->seq) &&
		    !before(m->end, end))
			return true;
	}
	return false;
}

/*
 * A segment with data is put on the socket's receive queue, or (ooo) on its out-of-order queue.
 * point: the stamp taken here, QUEUED, or TRANSPORT where tcp_probe is all there is.
 */
ALWAYS_INLINE void tcp_segment(struct sock *sk, struct sk_buff *skb, enum rx_point point, bool ooo,
			       bool direct)
{
	struct tcp_skb_cb *cb = (void *)&skb->cb;
	struct slot *s = slot_of(skb);
	u32 seq = RD(direct, cb, seq), end = RD(direct, cb, end_seq);
	bool ours = s->skb == (u64)skb;
	struct sock_state *st;
	struct rx_cpu *row;
	struct mark *m;

	end -= RD(direct, cb, tcp_flags) & TCP_FIN;
	if (!before(seq, end)) /* no data: `stack` will count the slot as undelivered */
		return;
	if (ours && s->flags & SLOT_FILTERED)
		return;
	row = this_row();
	if (!row)
		return;
	if (!ours) {
		/* with a filter nobody knows whether it was asked for, unless its socket was */
		if (cfg.n_netns | cfg.n_devs | cfg.n_hosts | cfg.n_ports | cfg.n_local_ports |
			    cfg.protos | cfg.families &&
		    !state_find(sk))
			return;
		ADD(&row->seen, 1);
		count_loss(row, LOSS_UNMATCHED);
		return;
	}
	s->skb = 0; /* from here on the socket keeps the stamps */
	if (s->flags & SLOT_SAMPLED) {
		ADD(&row->seen, 1);
		count_loss(row, LOSS_SAMPLED);
		return;
	}
	st = state_get(sk, direct);
	if (ooo && st && st->n_ooo && ooo_duplicate(st, seq, end)) {
		ADD(&row->undelivered, 1);
		return;
	}
	ADD(&row->seen, 1);
	if (!st) {
		count_loss(row, LOSS_MAP_FULL);
		return;
	}
	if (st->head - st->tail >= MARKS) {
		count_loss(row, LOSS_MARK_FULL);
		return;
	}
	m = &st->marks[st->head % MARKS];
	m->t[RXP_STACK] = s->t[RXP_STACK];
	m->t[RXP_IP] = s->t[RXP_IP];
	m->t[RXP_TRANSPORT] = s->t[RXP_TRANSPORT];
	m->t[point] = bpf_ktime_get_ns();
	m->t[RXP_READY] = 0;
	m->seq = seq;
	m->end = end;
	m->ifindex = s->ifindex;
	m->cpu = s->cpu;
	m->flags = ooo ? PKT_OOO : 0;
	if (ooo) {
		st->n_ooo++;
		st->disorder = 1;
	}
	st->head++;
}

/* sk_data_ready: the reader is told of all data that is in order. */
ALWAYS_INLINE void tcp_ready(struct sock *sk, struct sock_state *st)
{
	u64 now = bpf_ktime_get_ns();
	u32 rcv_nxt, first = st->ready;

	if (!st->n_ooo) {
		for (u32 i = 0; i < MARKS; i++) {
			u32 n = first + i;

			if ((s32)(st->head - n) <= 0)
				break;
			st->marks[n % MARKS].t[RXP_READY] = now;
		}
		st->ready = st->head;
		return;
	}
	rcv_nxt = TCP_FIELD(sk, rcv_nxt);
	for (u32 i = 0; i < MARKS; i++) {
		u32 n = st->tail + i;
		struct mark *m = &st->marks[n % MARKS];

		if ((s32)(st->head - n) <= 0)
			break;
		if (m->t[RXP_READY] || before(rcv_nxt, m->end))
			continue;
		m->t[RXP_READY] = now;
		if (m->flags & PKT_OOO)
			st->n_ooo--;
	}
	if (!st->n_ooo)
		st->ready = st->head;
}

/* tcp_rcv_space_adjust: copied_seq has moved on, by recv, splice or an in-kernel reader. A
 * MSG_PEEK comes here too and has not moved it. */
ALWAYS_INLINE void tcp_read(struct sock *sk, bool direct)
{
	struct sock_state *st = state_find(sk);
	u64 now, last_wait = 0;
	bool wanted, several = false, gap = false;
	struct rx_cpu *row;
	u32 copied, tail, conn;

	if (!st || st->head == st->tail)
		return;
	row = this_row();
	if (!row)
		return;
	copied = TCP_FIELD(sk, copied_seq);
	now = bpf_ktime_get_ns();
	wanted = match_process();
	conn = conn_of(sk, st, direct);
	tail = st->tail;
	for (u32 i = 0; i < MARKS; i++) {
		u32 n = tail + i;
		struct mark *m = &st->marks[n % MARKS];
		struct packet p;
		u64 wait;

		if ((s32)(st->head - n) <= 0)
			break;
		if (m->flags & MARK_DONE)
			goto done;
		if (before(copied, m->end)) {
			if (before(m->seq, copied) && !(m->flags & PKT_PARTIAL)) {
				m->flags |= PKT_PARTIAL;
				st->first_read = now;
			}
			if (!st->disorder)
				break; /* so are all that follow */
			gap = true;
			continue;
		}
		m->flags |= MARK_DONE;
		if (!wanted) {
			count_loss(row, LOSS_FILTERED);
			goto done;
		}
		if (m->flags & PKT_OOO && !m->t[RXP_READY]) {
			count_loss(row, LOSS_UNMATCHED); /* how long it was held cannot be told */
			goto done;
		}
		p.t[RXP_STACK] = m->t[RXP_STACK];
		p.t[RXP_IP] = m->t[RXP_IP];
		p.t[RXP_TRANSPORT] = m->t[RXP_TRANSPORT];
		p.t[RXP_QUEUED] = m->t[RXP_QUEUED];
		p.t[RXP_READY] = m->t[RXP_READY];
		p.t[RXP_READ] = now;
		p.first_read = st->first_read;
		p.seq = m->seq;
		p.len = m->end - m->seq;
		p.ifindex = m->ifindex;
		p.cpu = m->cpu;
		p.flags = (m->flags & ~MARK_DONE) | (m->t[RXP_READY] ? 0 : PKT_UNNOTIFIED);
		if (deliver(sk, conn, &p, row, NS_TCP, &wait, direct)) {
			if (several)
				ns_file_pair(last_wait, wait);
			several = true;
			last_wait = wait;
		}
done:
		if (!gap)
			st->tail = n + 1;
	}
	if (before(st->ready, st->tail))
		st->ready = st->tail;
	if (st->head == st->tail)
		st->disorder = 0;
}

#endif
