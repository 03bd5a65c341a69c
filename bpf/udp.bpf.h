/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * UDP from the datagram to the read. Several CPUs can deliver to one socket, and several threads
 * read from it, without a lock. Where functions can be hooked the skb itself is the identity, and
 * its slot keeps the stamps until it is read. With tracepoints alone nothing shows the skb at the
 * read: there datagrams are counted in and out (a receive queue is first in, first out).
 */
#ifndef NS_UDP_BPF_H
#define NS_UDP_BPF_H

#include "common.bpf.h"
#include "slot.bpf.h"
#include "sock.bpf.h"
#include "deliver.bpf.h"
#include "arrival.bpf.h"
#include "sched.bpf.h"

#define MAX_BATCH 16 /* datagrams that one wake-up can announce */

/* A datagram is about to be put on the socket's queue (__udp_enqueue_schedule_skb). */
ALWAYS_INLINE void udp_queued(struct sk_buff *skb, bool direct)
{
	struct slot *s = slot_of(skb);

	if (s->skb != (u64)skb || (!(s->flags & SLOT_SKIP) && is_copy(s, skb, direct))) {
		if (!cfg.filters_packets && !closing) {
			count_seen();
			count_loss(LOSS_UNMATCHED);
		}
		return;
	}
	if (s->flags & SLOT_FILTERED)
		return;
	count_seen();
	if (s->flags & SLOT_SAMPLED) {
		count_loss(LOSS_SAMPLED);
		s->skb = 0;
		return;
	}
	AT(s, RXP_QUEUED) = bpf_ktime_get_ns();
	AT(s, RXP_READY) = 0;
	s->len = RD(direct, skb, len);
	s->flags = SLOT_QUEUED | (s->flags & PKT_WAYS);
}

/*
 * sk_data_ready: what was just queued stands at the end of the socket's queue. Since 6.18 one
 * wake-up can announce several (batched producers), so walk back over all not told of yet.
 */
ALWAYS_INLINE void udp_ready(struct sock *sk, bool direct)
{
	struct sk_buff *skb = RD(direct, sk, sk_receive_queue.prev);
	struct sock_state *st;
	u64 now = 0;

	for (int i = 0; i < MAX_BATCH; i++) {
		struct slot *s = &RX_PLACE_IN_LOOP(skb)->rx;

		if (!skb || s->skb != (u64)skb || !(s->flags & SLOT_QUEUED) || AT(s, RXP_READY))
			break;
		if (!now) {
			now = bpf_ktime_get_ns();
			/* none before the first datagram has been read */
			st = points_of(NS_RX, NS_UDP) & 1 << RXP_RUNNING ? state_find(sk) : NULL;
			telling(sk, NS_UDP, st ? st->row : ~0U, now, direct);
		}
		AT(s, RXP_READY) = now;
		skb = RD(direct, skb, prev);
	}
}

/* t: the stamps of a datagram that was read now. Its sender is in the headers (skb) or, without
 * them, in *peer. */
ALWAYS_INLINE void udp_deliver(struct sock *sk, struct sk_buff *skb, const u64 *t, u64 sent, u64 hw,
			       u32 len, u32 ifindex, u32 packed, struct peer *peer, bool direct)
{
	u32 flags = (packed & PKT_WAYS) | (t[RXP_READY] ? 0 : PKT_UNNOTIFIED);
	struct reading r = {.read = bpf_ktime_get_ns()};
	struct sock_state *st;
	u64 d[RXS_COUNT];

	if (!match_process()) {
		count_loss(LOSS_FILTERED);
		return;
	}
	st = state_get(sk, direct);
	if (!st) {
		count_loss(LOSS_MAP_FULL);
		return;
	}
	flags |= wake_of(NS_UDP, st->woken, t[RXP_READY], &r);
	if (rx_split(t, &r, points_of(NS_RX, NS_UDP), flags, d)) {
		count_loss(LOSS_NEGATIVE);
		return;
	}
	if (flags & WAKE_LOST)
		count_loss(LOSS_WAKE);
	file_read(st->row, NS_UDP, d, sent ? r.read - sent : 0, flags);
	if (shape.n_hws)
		ns_hw_file(NS_UDP, hw);
	if (!shape.events || d[RXS_TOTAL] < cfg.slower_ns)
		return;
	if (skb)
		fill_peer(skb, peer, direct);
	report(sk, st->row, t, sent, &r, 0, hw, 0, len, ifindex,
	       (packed & 0xffff0000) | (flags & 0xffff), peer, direct);
}

/* skb_consume_udp: the datagram has been copied; a peek still shares it with the queue. */
ALWAYS_INLINE void udp_read(struct sock *sk, struct sk_buff *skb, bool direct)
{
	struct place *place = rx_place(skb, NULL);
	struct slot *s = &place->rx;
	struct peer peer = {};
	u64 t[RX_STAMPS] = {}, sent, hw = 0;
	u32 len, packed, ifindex = 0;

	if (s->skb != (u64)skb || !(s->flags & SLOT_QUEUED))
		return;
	if (RD(direct, skb, users.refs.counter) != 1)
		return;
	copy_arrival(t, skb, NS_UDP);
	__builtin_memcpy(&t[RXP_STACK], s->t, sizeof(s->t));
	sent = WHEN_SENT(s);
	len = s->len;
	packed = (u32)s->cpu << 16 | s->flags;
	if (shape.traces)
		ifindex = place->tx.in_ifindex;
	if (shape.n_hws)
		hw = ns_hw_slotted(rx_place_of(skb));
	s->skb = 0;
	udp_deliver(sk, skb, t, sent, hw, len, ifindex, packed, &peer, direct);
}

/* Datagrams in the socket's two queues (the reader moves what it finds to its own). */
ALWAYS_INLINE u32 udp_unread(struct sock *sk)
{
	return BPF_CORE_READ(sk, sk_receive_queue.qlen) +
	       BPF_CORE_READ((struct udp_sock *)sk, reader_queue.qlen);
}

/* Whose slot it is while a CPU gives this datagram its number: no other one gives it a second. */
#define CLAIMED(skb) ((void *)(skb) + 1)

/* Put one datagram's stamps under its number. The sender takes the place of points that have no
 * hook here. */
ALWAYS_INLINE void udp_mark(struct sock_state *st, const struct place *place, struct sk_buff *skb,
			    u32 number, u64 now)
{
	const struct slot *s = &place->rx;
	struct mark *m = &st->marks[number % MARKS];
	struct peer peer = {};

	count_seen();
	if (s->flags & SLOT_SAMPLED) {
		count_loss(LOSS_SAMPLED);
		return;
	}
	if (number - st->tail >= MARKS) {
		count_loss(LOSS_MARK_FULL);
		return;
	}
	m->sent = WHEN_SENT(s);
	copy_arrival(st->before[number % MARKS].t, CLAIMED(skb), NS_UDP);
	if (shape.n_hws)
		ns_hw_queued(rx_place_of(CLAIMED(skb)), HW_MARK(st->row, number));
	AT(m, RXP_STACK) = AT(s, RXP_STACK);
	if (shape.traces) {
		fill_peer(skb, &peer, true);
		AT(m, RXP_IP) = peer.addr[0];
		AT(m, RXP_TRANSPORT) = peer.addr[1];
		AT(m, RXP_QUEUED) = peer.port;
	}
	AT(m, RXP_READY) = now;
	m->seq = number;
	m->end = s->len;
	if (shape.traces)
		m->ifindex = place->tx.in_ifindex;
	m->cpu = s->cpu;
	m->flags = MARK_LIVE | (s->flags & PKT_WAYS);
}

/* Tells a socket from a later one at the same address: no tracepoint shows that one was closed. */
ALWAYS_INLINE u64 udp_id(struct sock *sk)
{
	u64 net = (u64)address_of(sk->__sk_common.skc_net.net);

	return 1ULL << 63 | net << 16 | sk->__sk_common.skc_num;
}

ALWAYS_INLINE u64 udp_inode(struct sock *sk)
{
	struct socket_alloc *sa = (void *)BPF_CORE_READ(sk, sk_socket);

	return sa ? BPF_CORE_READ(sa, vfs_inode.i_ino) : 0;
}

/* Is this state of an earlier socket at the same address, that received or sent? */
ALWAYS_INLINE bool udp_of_earlier(const struct sock_state *st, u64 id)
{
	return (st->id && st->id != id) || (st->tx.id && st->tx.id != id);
}

/* The state, found to be st, of a socket whose queue has got `fresh` datagrams more. More marks
 * than the queue held before can mean a reader between taking a datagram and returning, or a new
 * socket. */
ALWAYS_INLINE struct sock_state *udp_state(struct sock *sk, struct sock_state *st, u32 fresh,
					   bool filtered)
{
	u64 id = udp_id(sk);
	u32 unread;

	if (st && (udp_of_earlier(st, id) ||
		   (st->id && st->head != st->tail &&
		    st->head - st->tail + fresh > udp_unread(sk) && st->inode != udp_inode(sk)))) {
		state_drop(sk);
		st = NULL;
	}
	if (!st) {
		st = filtered ? NULL : state_get(sk, true);
		if (!st)
			return NULL;
	}
	if (!st->id) { /* new to us: what it holds already has the numbers before */
		unread = udp_unread(sk);
		st->id = id;
		st->inode = udp_inode(sk);
		st->head = unread > fresh ? unread - fresh : 0;
		st->tail = 0;
		for (u32 i = 0; i < MARKS; i++) /* of whoever had the row before */
			st->marks[i].flags = 0;
	}
	return st;
}

/*
 * sk_data_ready with tracepoints alone: number what was just queued. Filtered datagrams get a
 * number too, or the count would be off at the read.
 */
ALWAYS_INLINE void udp_ready_counted(struct sock *sk)
{
	/* before the queue is looked at: from there to its number a reader cannot tell a datagram
	 * from one that never gets a number (udp_read_counted), so little may lie between */
	struct sock_state *st = state_find(sk);
	u64 now = bpf_ktime_get_ns();
	struct sk_buff *last = sk->sk_receive_queue.prev, *skb = last;
	u32 fresh = 0, base;
	bool filtered;

	if (skb && !(slot_of(skb)->flags & SLOT_SKIP) && is_copy(slot_of(skb), skb, true))
		skb = NULL;
	for (int i = 0; i < MAX_BATCH; i++) {
		struct slot *s = &RX_PLACE_IN_LOOP(skb)->rx;

		if (!skb) /* its reader took it just now, and unlinked it */
			break;
		/* ours now: another CPU can be walking back over the same ones */
		if (__sync_val_compare_and_swap(&s->skb, (u64)skb, (u64)CLAIMED(skb)) != (u64)skb)
			break;
		fresh++;
		s->len = skb->len;
		skb = skb->prev;
	}
	fresh = FORGET(fresh);
	if (!fresh && !st && !closing && !cfg.filters_packets && !state_find(sk)) {
		/* of a socket that is new to us, and its reader took it already; or a copy, of a
		 * multicast that others get too: it did not come by its address. (A state by now:
		 * another CPU, which delivers to it too, has given this one its number.) */
		count_seen();
		count_loss(LOSS_UNMATCHED);
	}
	if (!fresh || fresh > MAX_BATCH)
		return;
	filtered = slot_of(CLAIMED(last))->flags & SLOT_FILTERED;
	st = udp_state(sk, st, fresh, filtered);
	base = st ? __sync_fetch_and_add(&st->head, fresh) : 0;
	telling(sk, NS_UDP, st ? st->row : ~0U, now, true);
	if (!st && !filtered) {
		count_seen();
		count_loss(LOSS_MAP_FULL);
	}
	skb = last;
	for (int i = 0; i < MAX_BATCH; i++) {
		struct place *place = RX_PLACE_IN_LOOP(CLAIMED(skb));
		struct sk_buff *prev = skb->prev;

		if (i >= (int)fresh)
			break;
		if (place->rx.skb == (u64)CLAIMED(skb)) {
			if (st && !(place->rx.flags & SLOT_FILTERED))
				udp_mark(st, place, skb, base + fresh - 1 - i, now);
			place->rx.skb = 0;
		} else if (st && !filtered) { /* a reader has unlinked the one behind it */
			count_seen();
			count_loss(LOSS_UNMATCHED);
		}
		skb = prev;
	}
}

/*
 * A datagram was read (sock_recv_length). It is the one after the last that was read; and since
 * the queue holds what is left, at least head - unread have been: marks before that belong to
 * datagrams that went another way (a bad checksum, a reader whose return was not seen).
 */
ALWAYS_INLINE void udp_read_counted(struct sock *sk)
{
	struct sock_state *st = state_find(sk);
	u64 t[RX_STAMPS] = {};
	struct peer peer = {};
	struct mark *m;
	u32 number, left, packed;

	if (!st || !st->id)
		return;
	number = st->tail;
	/* in this order: what is queued and gets its number in between has not been read */
	left = *(volatile u32 *)&st->head;
	left -= udp_unread(sk);
	for (u32 i = 0; i < MARKS; i++) {
		if ((s32)(left - 1 - number) <= 0)
			break;
		m = &st->marks[number % MARKS];
		if (m->flags & MARK_LIVE && m->seq == number) {
			m->flags = 0;
			count_loss(LOSS_UNMATCHED);
		}
		number++;
	}
	if ((s32)(st->head - number) <= 0) {
		/*
		 * A busy reader took it before its wake-up, and it never got a number. (If it gets
		 * one right now, on the CPU that announces it, it is counted twice: at 300,000
		 * datagrams a second a few in a million.)
		 */
		if (closing)
			return;
		count_seen();
		count_loss(LOSS_UNMATCHED);
		return;
	}
	st->tail = number + 1;
	m = &st->marks[number % MARKS];
	if (!(m->flags & MARK_LIVE) || m->seq != number)
		return; /* counted when it found no room, or not asked for */
	packed = (u32)m->cpu << 16 | m->flags;
	m->flags = 0;
	for (int i = 0; i < RXP_STACK && points_of(NS_RX, NS_UDP) & RX_BEFORE; i++)
		t[i] = st->before[number % MARKS].t[i];
	t[RXP_STACK] = AT(m, RXP_STACK);
	t[RXP_READY] = AT(m, RXP_READY);
	if (shape.traces) {
		peer.addr[0] = AT(m, RXP_IP);
		peer.addr[1] = AT(m, RXP_TRANSPORT);
		peer.port = AT(m, RXP_QUEUED);
	}
	udp_deliver(sk, NULL, t, m->sent, shape.n_hws ? ns_hw_marked(HW_MARK(st->row, number)) : 0,
		    m->end, m->ifindex, packed, &peer, true);
}

#endif
