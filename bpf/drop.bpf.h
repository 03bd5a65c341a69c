/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets that the kernel dropped: counted by where and why, and the end of their record. */
#ifndef NS_DROP_BPF_H
#define NS_DROP_BPF_H

#include "common.bpf.h"
#include "xmit.bpf.h"
#include "arrival.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct drop_key);
	__type(value, struct drop);
} drops SEC(".maps");

ALWAYS_INLINE void count_drop(struct net_device *dev, struct drop_key *key)
{
	struct drop fresh = {.n = 1}, *d;

	if (dev) {
		key->ifindex = BPF_CORE_READ(dev, ifindex);
		key->netns = BPF_CORE_READ(dev, nd_net.net, ns.inum);
	}
	d = bpf_map_lookup_elem(&drops, key);
	if (d) {
		ADD(&d->n, 1);
		return;
	}
	if (dev)
		BPF_CORE_READ_INTO(&fresh.dev, dev, name);
	if (!bpf_map_update_elem(&drops, key, &fresh, BPF_NOEXIST))
		return;
	d = bpf_map_lookup_elem(&drops, key); /* another CPU was first, or the table is full */
	if (d)
		ADD(&d->n, 1);
	else if (key->dir == NS_TX)
		count_tx_loss(LOSS_TABLE_FULL);
	else
		count_loss(LOSS_TABLE_FULL);
}

/* Addresses and ports from the headers; which end is local, the direction says. */
ALWAYS_INLINE void fill_dropped(struct ns_event *e, struct sk_buff *skb, const struct drop_key *key)
{
	const bool rx = key->dir == NS_RX;
	struct packet_key k;

	parse_packet(skb->head + skb->network_header, skb->protocol, &k);
	__builtin_memcpy(e->flow.local, rx ? k.dst : k.src, 16);
	__builtin_memcpy(e->flow.remote, rx ? k.src : k.dst, 16);
	e->flow.local_port = rx ? k.dport : k.sport;
	e->flow.remote_port = rx ? k.sport : k.dport;
	e->flow.proto = key->proto;
	e->flow.ipv6 = k.family == FAMILY_IPV6;
	e->flow.pad = 0;
	e->flow.netns = key->netns;
	e->len = skb->len;
	e->seq = 0;
	e->pid = 0;
	e->comm[0] = '\0';
	e->cpu = bpf_get_smp_processor_id();
	e->dir = key->dir;
	e->stage = key->stage;
	e->drop_reason = key->reason;
	e->flags |= PKT_DROPPED;
	e->ifindex = key->ifindex;
}

/* One that was on its way out. early: it had not reached `qdisc`. */
ALWAYS_INLINE void tx_dropped(struct sk_buff *skb, struct tx_slot *s, struct drop_key *key,
			      bool early)
{
	struct net_device *dev = way_out(skb, early);
	const struct conn *c;
	struct ns_event *e;
	u32 seq, end, row;

	key->dir = NS_TX;
	key->proto = s->flags & TX_SLOT_UDP ? NS_UDP : NS_TCP;
	key->stage = early ? TXS_IP : s->t_driver ? TXS_DRIVER : TXS_QDISC;
	if (s->flags & TX_SLOT_AGAIN) { /* its record is that of the first time */
		if (s->flags & TX_SLOT_TRIED)
			key->stage = TXS_DRIVER;
		s->skb = 0;
		count_drop(dev, key);
		return;
	}
	s->flags |= TX_SLOT_DONE;
	s->completed = TX_COMPLETED;
	count_tx_loss(LOSS_DROPPED);
	count_drop(dev, key);
	if (!shape.traces)
		return;
	s->t_handed = 0;
	if (early)
		s->t_qdisc = 0;
	if (s->flags & TX_SLOT_MARK) { /* TCP will send it again: its record waits for the ACK */
		struct sent *r = sent_of(s->row, s->number);

		if (r && r->number == s->number && r->end == s->end) {
			fill_sent(&r->e, s);
			r->e.flags |= PKT_DROPPED;
			r->e.stage = key->stage;
			r->e.drop_reason = key->reason;
			return;
		}
	}
	e = scratch_event();
	if (!e)
		return;
	fill_sent(e, s);
	__builtin_memset(e->tx.causes, 0, sizeof(e->tx.causes));
	if (s->flags & TX_SLOT_UDP)
		e->tx.causes[udp_cause(s)] = udp_wait(s);
	fill_dropped(e, skb, key);
	row = s->row;
	c = bpf_map_lookup_elem(&conns, &row);
	if (c && c->gen == s->gen) {
		e->pid = c->pid;
		__builtin_memcpy(e->comm, c->comm, COMM_LEN);
	}
	if (s->flags & TX_SLOT_UDP) {
		e->len = s->len;
	} else if (tcp_headers(skb, &seq, &end)) {
		e->seq = seq;
		e->len = end - seq;
	}
	put_sent(e, ~0ULL);
}

/* One that came in, and was on its way to a socket. */
ALWAYS_INLINE void rx_dropped(struct sk_buff *skb, struct slot *s, struct drop_key *key)
{
	struct ns_event *e;
	u64 hw, stack = AT(s, RXP_STACK);
	struct cpu_dir *cpu = this_cpu(NS_RX);
	bool ip = AT(s, RXP_IP) >= stack, transport = AT(s, RXP_TRANSPORT) >= stack;

	key->dir = NS_RX;
	key->stage = transport ? RXS_TRANSPORT : ip ? RXS_IP : RXS_STACK;
	if (s->flags & SLOT_QUEUED)
		count_loss(LOSS_DROPPED);
	else if (cpu)
		ADD(&cpu->undelivered, 1);
	count_drop(skb->dev, key);
	if (!shape.traces)
		return;
	e = scratch_event();
	if (!e)
		return;
	for (int i = 0; i < POINTS_MAX; i++)
		e->t[i] = 0;
	copy_arrival(e->t, skb, key->proto);
	e->t[RXP_STACK] = stack;
	e->t[RXP_IP] = ip ? AT(s, RXP_IP) : 0;
	e->t[RXP_TRANSPORT] = transport ? AT(s, RXP_TRANSPORT) : 0;
	hw = shape.n_hws ? ns_hw_slotted(rx_place_of(skb)) : 0;
	e->hw.ago = (u32)hw;
	e->hw.error = hw >> 32;
	e->flags = 0;
	e->sends = 0;
	e->again = 0;
	fill_dropped(e, skb, key);
	put_sent(e, ~0ULL);
}

/*
 * Between `segment` and `qdisc`: in IP output, by netfilter, or for want of a neighbour. It is
 * counted as if it had come to the queue. NULL: it is none of ours, or left out. Without the hooks
 * of `segment` nothing tells it from one that is done with.
 */
ALWAYS_INLINE struct tx_slot *dropped_before_qdisc(struct sk_buff *skb)
{
	struct tx_slot *s = tx_slot_of(skb);
	struct sock *sk = skb->sk;

	if (!sk || skb->skb_iif || sk->__sk_common.skc_state == TCP_TIME_WAIT ||
	    sk->__sk_common.skc_state == TCP_NEW_SYN_RECV)
		return NULL;
	if (sk->sk_protocol == IPPROTO_TCP && points_of(NS_TX, NS_TCP) & (1 << TXP_SEGMENT))
		return tcp_at_qdisc(sk, skb, true);
	if (sk->sk_protocol == IPPROTO_UDP && points_of(NS_TX, NS_UDP) & (1 << TXP_SEGMENT) &&
	    s->skb == (u64)skb && s->flags & TX_SLOT_UDP && !s->t_qdisc)
		return udp_at_qdisc(sk, skb, true);
	return NULL;
}

/* Nobody is told of a datagram for which there was no room in the socket (udp_queued comes before
 * it is known). */
ALWAYS_INLINE bool in_queue(const struct slot *s)
{
	return s->flags & SLOT_QUEUED && AT(s, RXP_READY);
}

/* kfree_skb: also of packets that are none of ours. */
ALWAYS_INLINE void dropped(struct sk_buff *skb, u32 reason)
{
	struct tx_slot *under_way = tx_slot_under_way(skb),
		       *tx = under_way ? under_way : tx_slot_again_of(skb);
	struct slot *rx = slot_of(skb);
	const bool purged = reason && reason == cfg.purge_reason;
	struct drop_key key = {.reason = reason};

	forget_backlog(skb); /* it may have been full */
	if (rx->skb == (u64)skb && skb->skb_iif &&
	    (in_queue(rx) || (purged && rx->flags & SLOT_QUEUED))) {
		/* its socket is closed; it would keep its place from others for ever */
		count_loss(LOSS_UNREAD);
		rx->skb = 0;
		return;
	}
	if (purged) /* a FIN that nobody will read; a segment is counted with its socket */
		return;
	if (tx) {
		tx_dropped(skb, tx, &key, false);
	} else if (rx->skb == (u64)skb && skb->skb_iif && !(rx->flags & (SLOT_SKIP | SLOT_TAKEN))) {
		struct packet_key k;

		parse_packet(skb->head + skb->network_header, skb->protocol, &k);
		if (k.l4 != IPPROTO_TCP && k.l4 != IPPROTO_UDP)
			return;
		key.proto = k.l4 == IPPROTO_TCP ? NS_TCP : NS_UDP;
		if (!points_of(NS_RX, key.proto))
			return;
		rx_dropped(skb, rx, &key);
		rx->skb = 0;
	} else {
		tx = dropped_before_qdisc(skb);
		if (tx)
			tx_dropped(skb, tx, &key, true);
	}
}

#endif
