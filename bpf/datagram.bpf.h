/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * UDP from the send to the queueing discipline. Threads can send on one socket at once without its
 * lock, so between udp_sendmsg and udp_send_skb the task is the identity; from then on the skb is.
 */
#ifndef NS_DATAGRAM_BPF_H
#define NS_DATAGRAM_BPF_H

#include "common.bpf.h"
#include "filter.bpf.h"
#include "sock.bpf.h"
#include "deliver.bpf.h"
#include "tx_slot.bpf.h"
#include "udp.bpf.h"

#define UDP_SENDS 4096

struct udp_send udp_sends[UDP_SENDS];

ALWAYS_INLINE struct udp_send *udp_send_of(u64 task)
{
	u32 a = task, h = a >> 6 ^ a >> 14;

	barrier_var(h);
	return &udp_sends[h & (UDP_SENDS - 1)];
}

/* Is the socket corked? Set from the first call until the datagram has gone
 * (udp_push_pending_frames). */
ALWAYS_INLINE bool udp_pending(u64 sk)
{
	return BPF_CORE_READ((struct udp_sock *)sk, pending);
}

/* udp_sendmsg, udpv6_sendmsg. A corked socket collects several calls: the first counts. */
ALWAYS_INLINE void udp_send(struct sock *sk, bool direct)
{
	u64 task = bpf_get_current_task();
	struct udp_send *u = udp_send_of(task);

	if (u->task == task && u->sk == (u64)sk && udp_pending(u->sk)) /* not built yet */
		return;
	u->task = task;
	u->sk = (u64)sk;
	u->flags = shape.filters_readers && !match_process() ? SEND_FILTERED : 0;
	if (RD(direct, sk, sk_wmem_alloc.refs.counter) > RD(direct, sk, sk_sndbuf))
		u->flags |= SEND_BLOCKED;
	u->t = bpf_ktime_get_ns();
}

/* udp_send_skb, udp_v6_send_skb: the datagram is complete but for its header. */
ALWAYS_INLINE void udp_built(struct sk_buff *skb, bool direct)
{
	u64 task = bpf_get_current_task(), sk = (u64)RD(direct, skb, sk);
	struct udp_send *u = udp_send_of(task);
	struct tx_slot *s = tx_slot_at(tx_slot_take(skb, TX_SLOT_UDP));

	if (u->task != task || u->sk != sk) {
		s->why = 1 + LOSS_UNMATCHED;
		return;
	}
	if (u->flags & SEND_FILTERED)
		s->why = 1 + LOSS_FILTERED;
	if (udp_pending(sk))
		s->flags |= TX_SLOT_CORKED;
	else if (u->flags & SEND_BLOCKED)
		s->flags |= TX_SLOT_BLOCKED;
	u->task = 0; /* it was this call's, or these calls' */
	s->t_send = u->t;
	s->t_segment = bpf_ktime_get_ns();
	s->t_ip = s->t_segment;
}

/* ip_send_skb, ip6_send_skb */
ALWAYS_INLINE void udp_ip(struct sk_buff *skb)
{
	struct tx_slot *s = tx_slot_of(skb);

	if (s->skb == (u64)skb && s->flags & TX_SLOT_UDP && !s->t_qdisc)
		s->t_ip = bpf_ktime_get_ns();
}

/* The row of a socket that sends. Where nothing tells that a socket was closed, a later one can
 * have its address. */
ALWAYS_INLINE struct sock_state *udp_sender(struct sock *sk)
{
	struct sock_state *st = state_find(sk);

	if (!(points_of(NS_RX, NS_UDP) & (1 << RXP_QUEUED))) {
		u64 id = udp_id(sk);

		if (st && udp_of_earlier(st, id)) {
			state_drop(sk);
			st = NULL;
		}
		if (!st)
			st = state_get(sk, true);
		if (st)
			st->tx.id = id;
		return st;
	}
	return st ? st : state_get(sk, true);
}

ALWAYS_INLINE u32 udp_cause(const struct tx_slot *s)
{
	if (s->flags & TX_SLOT_CORKED)
		return CAUSE_CORK;
	return s->flags & TX_SLOT_BLOCKED ? CAUSE_SNDBUF : CAUSE_OTHER;
}

/* What a datagram waited for that in its socket, where there is a hook of the send. */
ALWAYS_INLINE u64 udp_wait(const struct tx_slot *s)
{
	return s->t_send ? s->t_segment - s->t_send : 0;
}

/* Where a datagram goes, from its headers. */
ALWAYS_INLINE void fill_destination(struct sk_buff *skb, struct tx_slot *s)
{
	unsigned char *head = skb->head, *ip = head + skb->network_header;
	__be16 udp[4] = {};
	__be32 v4 = 0;

	if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		bpf_probe_read_kernel(s->peer, 16, ip + 24);
	} else {
		bpf_probe_read_kernel(&v4, 4, ip + 16);
		v4_mapped(s->peer, v4);
	}
	bpf_probe_read_kernel(udp, 8, head + skb->transport_header);
	s->peer_port = bpf_ntohs(udp[1]);
	s->len = bpf_ntohs(udp[2]) - 8;
}

/* early: it is dropped before that. Returns the slot; NULL: it is not followed. */
ALWAYS_INLINE struct tx_slot *udp_at_qdisc(struct sock *sk, struct sk_buff *skb, bool early)
{
	const bool built = points_of(NS_TX, NS_UDP) & (1 << TXP_SEGMENT);
	struct cpu_dir *cpu = this_cpu(NS_TX);
	struct tx_slot *s = tx_slot_of(skb);
	struct sock_state *st;
	struct conn *c;

	if (!cpu || skb->skb_iif || (built && (s->skb != (u64)skb || !(s->flags & TX_SLOT_UDP))))
		return NULL;
	if ((built && s->why && closing) || /* no loss: its other hooks are not there */
	    (shape.n_devs && !ONE_OF(ifindex_out(skb, early), cfg.devs, shape.n_devs)) ||
	    (cfg.filters_sockets && !match_sent(skb, early)) || tx_left_out(cpu))
		goto free;
	if (!built && shape.filters_readers && !match_process()) {
		count_tx_loss(LOSS_FILTERED);
		goto free;
	}
	st = udp_sender(sk);
	if (!st || (built && s->why)) {
		count_tx_loss(st ? s->why - 1 : LOSS_MAP_FULL);
		goto free;
	}
	if (!built) {
		s = tx_slot_at(tx_slot_take(skb, TX_SLOT_UDP));
		s->t_send = 0; /* not that of a segment before it here (sent_here) */
	}
	s->t_qdisc = bpf_ktime_get_ns();
	s->row = st->row;
	s->dev = address_of(skb->dev);
	s->gen = st->gen;
	c = bpf_map_lookup_elem(&conns, &st->row);
	if (c) {
		note_user(c, s->t_qdisc);
		if (built && s->flags & (TX_SLOT_CORKED | TX_SLOT_BLOCKED)) {
			u32 cause = udp_cause(s);

			ADD(&c->causes[cause].n, 1);
			ADD(&c->causes[cause].sum, s->t_segment - s->t_send);
		}
	}
	if (shape.traces) {
		s->ifindex = ifindex_out(skb, early);
		fill_destination(skb, s);
	}
	return s;
free:
	if (s->skb == (u64)skb)
		s->skb = 0;
	return NULL;
}

#endif
