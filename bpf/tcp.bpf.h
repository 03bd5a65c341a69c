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
#include "arrival.bpf.h"
#include "sched.bpf.h"

#define TCP_FIN 1

/* Is this very segment already waiting out of order? Then the kernel drops the copy. */
ALWAYS_INLINE bool ooo_duplicate(struct sock_state *st, u32 seq, u32 end)
{
	for (u32 i = 0; i < MARKS; i++) {
		u32 n = st->tail + i;
		const struct mark *m = &st->marks[n % MARKS];

		if ((s32)(st->head - n) <= 0)
			break;
		if (m->flags & PKT_OOO && !AT(m, RXP_READY) && !before(seq, m->seq) &&
		    !before(m->end, end))
			return true;
	}
	return false;
}

/* One program sees all; or, of those where queues are, one all that are in order. */
ALWAYS_INLINE void count_segment(struct cpu_dir *cpu, enum rx_point point, bool ooo)
{
	if (ooo && point == RXP_QUEUED)
		ADD(&cpu->seen, 1);
	else
		seen_by_one(cpu);
}

/* The segment in this place goes on as a mark of its socket. */
ALWAYS_INLINE void tcp_mark(struct sock_state *st, const struct place *place, struct sk_buff *skb,
			    enum rx_point point, bool ooo, u32 seq, u32 end, u64 now)
{
	const struct slot *s = &place->rx;
	struct mark *m;

	if (ooo && st->n_ooo && ooo_duplicate(st, seq, end)) {
		count_loss(LOSS_DUPLICATE);
		return;
	}
	if (st->head - st->read >= MARKS)
		st->read = st->tail;
	if (st->head - st->read >= MARKS) {
		count_loss(LOSS_MARK_FULL);
		return;
	}
	m = &st->marks[st->head % MARKS];
	m->sent = WHEN_SENT(s);
	copy_arrival(st->before[st->head % MARKS].t, skb, NS_TCP);
	if (shape.n_hws)
		ns_hw_queued(rx_place_of(skb), HW_MARK(st->row, st->head));
	AT(m, RXP_STACK) = AT(s, RXP_STACK);
	AT(m, RXP_IP) = AT(s, RXP_IP);
	AT(m, RXP_TRANSPORT) = AT(s, RXP_TRANSPORT);
	/* in order, the wake-up follows at once, and only a trace shows this point */
	AT(m, point) = ooo || shape.traces || point != RXP_QUEUED ? now ?: bpf_ktime_get_ns() : 0;
	AT(m, RXP_READY) = 0;
	m->seq = seq;
	m->end = end;
	if (shape.traces) {
		m->ifindex = place->tx.in_ifindex;
		m->cpu = s->cpu;
	}
	m->flags = MARK_LIVE | (s->flags & PKT_WAYS) | (ooo ? PKT_OOO : 0);
	if (ooo) {
		st->n_ooo++;
		st->disorder = 1;
	}
	st->head++;
}

/*
 * A segment with data is put on the socket's receive queue, or (ooo) on its out-of-order queue.
 * place: that of its skb. point: the stamp taken here, QUEUED, or TRANSPORT where tcp_probe is all
 * there is. st and now: the socket's state and the time, from who has them already; NULL and 0
 * else.
 */
ALWAYS_INLINE void tcp_segment_at(struct sock *sk, struct sock_state *st, struct place *place,
				  struct sk_buff *skb, enum rx_point point, bool ooo, u64 now,
				  bool direct)
{
	struct tcp_skb_cb *cb = (void *)&skb->cb;
	struct slot *s = &place->rx;
	u32 seq = RD(direct, cb, seq), end = RD(direct, cb, end_seq);
	struct cpu_dir *cpu;

	end -= RD(direct, cb, tcp_flags) & TCP_FIN;
	if (!before(seq, end)) { /* no data, but a FIN: nothing is lost when it is freed */
		if (s->skb == (u64)skb && !(s->flags & (SLOT_SKIP | SLOT_TAKEN))) {
			slot_leftover(s, skb);
			s->flags = SLOT_TAKEN;
		}
		return;
	}
	if (s->skb != (u64)skb || s->flags & SLOT_TAKEN) {
		/* with a filter nobody knows whether it was asked for, unless its socket was */
		if (!closing && (!cfg.filters_packets || st || state_find(sk))) {
			count_seen();
			count_loss(LOSS_UNMATCHED);
		}
		return;
	}
	if (s->flags & SLOT_FILTERED)
		return;
	cpu = this_cpu(NS_RX);
	if (cpu)
		count_segment(cpu, point, ooo);
	if (s->flags & SLOT_SAMPLED) {
		count_loss(LOSS_SAMPLED);
		s->skb = 0;
		return;
	}
	if (!st)
		st = state_get(sk, direct);
	if (st)
		tcp_mark(st, place, skb, point, ooo, seq, end, now);
	else
		count_loss(LOSS_MAP_FULL);
	/* the socket has the stamps now, and who needs the place may take it; only tcp_ack, which
	 * can come later, looks again */
	s->flags = SLOT_TAKEN;
}

ALWAYS_INLINE void tcp_segment(struct sock *sk, struct sk_buff *skb, enum rx_point point, bool ooo,
			       bool direct)
{
	tcp_segment_at(sk, NULL, rx_place(skb, NULL), skb, point, ooo, 0, direct);
}

/* sk_data_ready: the reader is told of all data that is in order. */
ALWAYS_INLINE void tcp_ready(struct sock *sk, struct sock_state *st, bool direct)
{
	u64 now = bpf_ktime_get_ns();
	u32 rcv_nxt, first = st->ready; /* those from there on that are read were not told of */

	telling(sk, NS_TCP, st->row, now, direct);
	if (!st->n_ooo) {
		if (st->head - first == 1) { /* as nearly always */
			AT(&st->marks[first % MARKS], RXP_READY) = now;
			st->ready = st->head;
			return;
		}
		if (st->head - first > MARKS)
			first = st->head - MARKS;
		for (u32 i = 0; i < MARKS; i++) {
			u32 n = first + i;

			if ((s32)(st->head - n) <= 0)
				break;
			AT(&st->marks[n % MARKS], RXP_READY) = now;
		}
		st->ready = st->head;
		return;
	}
	rcv_nxt = TCP_FIELD(direct, sk, rcv_nxt);
	for (u32 i = 0; i < MARKS; i++) {
		u32 n = st->tail + i;
		struct mark *m = &st->marks[n % MARKS];

		if ((s32)(st->head - n) <= 0)
			break;
		if (AT(m, RXP_READY) || before(rcv_nxt, m->end))
			continue;
		AT(m, RXP_READY) = now;
		if (m->flags & PKT_OOO)
			st->n_ooo--;
	}
	if (!st->n_ooo)
		st->ready = st->head;
}

/* All stamps of a mark. */
ALWAYS_INLINE void mark_stamps(const struct sock_state *st, u32 number, u64 *t)
{
	const struct mark *m = &st->marks[number % MARKS];

	if (points_of(NS_RX, NS_TCP) & RX_BEFORE) /* else nobody asks */
		for (int p = 0; p < RXP_STACK; p++)
			t[p] = st->before[number % MARKS].t[p];
	for (int p = RXP_STACK; p < RX_STAMPS; p++)
		t[p] = AT(m, p);
}

/*
 * A segment was read now: file it. Returns its application wait in ns, or NO_WAIT if it cannot be
 * taken. A global function, so that the verifier checks it once and not for each mark of the loop
 * below; 5.10 lets those take numbers only.
 */
__attribute__((noinline)) u64 ns_tcp_take(u32 row, u32 number, u64 now)
{
	struct sock_state *st = bpf_map_lookup_elem(&socks, &row);
	struct reading r = {.read = now};
	u64 d[RXS_COUNT], t[RX_STAMPS];
	struct mark *m;
	u32 flags;

	if (!st)
		return NO_WAIT;
	m = &st->marks[number % MARKS];
	flags = m->flags;
	if (!AT(m, RXP_READY)) {
		if (flags & PKT_OOO) { /* how long it was held cannot be told */
			count_loss(LOSS_UNMATCHED);
			return NO_WAIT;
		}
		flags |= PKT_UNNOTIFIED;
	}
	flags |= wake_of(NS_TCP, st->woken, AT(m, RXP_READY), &r);
	mark_stamps(st, number, t);
	if (rx_split(t, &r, points_of(NS_RX, NS_TCP), flags, d)) {
		count_loss(LOSS_NEGATIVE);
		return NO_WAIT;
	}
	if (flags & WAKE_LOST)
		count_loss(LOSS_WAKE);
	file_read(row, NS_TCP, d, shape.joins && m->sent ? now - m->sent : 0, flags);
	if (shape.n_hws)
		ns_hw_file(NS_TCP, ns_hw_marked(HW_MARK(row, number)));
	if (shape.events && d[RXS_TOTAL] >= cfg.slower_ns) {
		u64 again[RX_STAMPS];

		barrier_var(st); /* read again, not kept from above: that would cost every packet */
		mark_stamps(st, number, again);
		report(NULL, row, again, m->sent, &r, st->first_read,
		       shape.n_hws ? ns_hw_marked(HW_MARK(row, number)) : 0, m->seq,
		       m->end - m->seq, m->ifindex, (u32)m->cpu << 16 | (flags & 0xffff), NULL,
		       true);
	}
	return d[RXS_APPLICATION];
}

/* tcp_rcv_space_adjust: copied_seq has moved on, by recv, splice or an in-kernel reader. A
 * MSG_PEEK comes here too and has not moved it. */
ALWAYS_INLINE void tcp_read(struct sock *sk, bool direct)
{
	struct sock_state *st = state_find(sk);
	u64 now, last_wait = NO_WAIT;
	bool wanted;
	u32 copied, tail;

	if (!st)
		return;
	/* before what the CPU that delivers wrote; not where most packets have no mark */
	now = shape.sample > 1 ? 0 : bpf_ktime_get_ns();
	tail = st->tail;
	if (!(st->marks[tail % MARKS].flags & MARK_LIVE) && !st->disorder)
		return;
	if (shape.sample > 1)
		now = bpf_ktime_get_ns();
	copied = TCP_FIELD(direct, sk, copied_seq);
	wanted = match_process();
	for (u32 i = 0; i < MARKS; i++) {
		u32 n = tail + i;
		struct mark *m = &st->marks[n % MARKS];
		u64 wait;

		if (!(m->flags & MARK_LIVE)) {
			if (!st->disorder || (s32)(st->head - n) <= 0)
				break;
			continue;
		}
		if (before(copied, m->end)) {
			if (before(m->seq, copied) && !(m->flags & PKT_PARTIAL)) {
				m->flags |= PKT_PARTIAL;
				st->first_read = now;
			}
			if (!st->disorder)
				break; /* so are all that follow */
			continue;
		}
		m->flags &= ~MARK_LIVE;
		if (!st->disorder)
			st->tail = n + 1;
		if (!wanted) {
			count_loss(LOSS_FILTERED);
			continue;
		}
		wait = ns_tcp_take(st->row, n, now);
		if (wait == NO_WAIT)
			continue;
		if (i)
			ns_file_pair(last_wait, wait);
		last_wait = wait;
	}
	for (u32 i = 0; i < MARKS && st->disorder; i++) {
		tail = st->tail;
		if (tail == st->head || st->marks[tail % MARKS].flags & MARK_LIVE)
			break;
		st->tail = tail + 1;
	}
	if (st->disorder && st->head == st->tail)
		st->disorder = st->n_ooo = 0;
}

#endif
