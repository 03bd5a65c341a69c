/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets that this kernel both sent and receives: the two halves are joined at `stack`. */
#ifndef NS_LOCAL_BPF_H
#define NS_LOCAL_BPF_H

#include "common.bpf.h"
#include "slot.bpf.h"
#include "tx_slot.bpf.h"
#include "deliver.bpf.h"

#define IFF_LOOPBACK 8

ALWAYS_INLINE bool is_veth(const struct net_device *dev)
{
	const char *kind = BPF_CORE_READ(dev, rtnl_link_ops, kind);
	char name[5] = {};

	bpf_probe_read_kernel_str(name, sizeof(name), kind);
	return name[0] == 'v' && name[1] == 'e' && name[2] == 't' && name[3] == 'h';
}

/*
 * When the sender of this skb sent it, or 0 if that was another host. The address alone would not
 * do: memory that was sent from is received into later. But only what was sent here still belongs
 * to a socket when it comes in, or comes in by loopback; and what came in here before, and was not
 * sent anew, can come in again only by a pair of veth. s: the slot that the skb had on its way
 * before this, if any.
 */
ALWAYS_INLINE u64 sent_here(struct sk_buff *skb, const struct slot *s)
{
	const struct tx_slot *t = tx_slot_of(skb);
	u64 sent;

	if (t->skb != (u64)skb || !t->t_driver)
		return 0;
	sent = t->t_send ? t->t_send : t->t_qdisc;
	if (skb->sk || skb->dev->flags & IFF_LOOPBACK ||
	    (s->skb == (u64)skb && !(s->flags & SLOT_TAKEN) && s->sent == sent &&
	     is_veth(skb->dev)))
		return sent;
	return 0;
}

/* A local packet enters the stack by a device: note where. The first time, the sender's half too.
 */
ALWAYS_INLINE void note_hop(struct sk_buff *skb)
{
	const struct tx_slot *t = tx_slot_of(skb);
	u64 sent = slot_of(skb)->sent;
	struct trail_slot *r;
	const struct conn *c;
	struct hop *hop;
	u32 n, row;

	if (t->skb != (u64)skb)
		return;
	r = trail_of(sent, t->end);
	if (!r)
		return;
	if (r->sent != sent || r->end != t->end) {
		r->sent = sent;
		r->end = t->end;
		tx_stamps(t, r->trail.t);
		if (!(t->flags & TX_SLOT_DONE))
			r->trail.t[TXP_HANDED] = 0;
		r->trail.ifindex = t->ifindex;
		r->trail.n_hops = 0;
		r->trail.pad = 0;
		row = t->row;
		c = bpf_map_lookup_elem(&conns, &row);
		r->trail.netns = c ? c->flow.netns : 0;
	}
	n = r->trail.n_hops++;
	if (n >= HOPS)
		return;
	hop = &r->trail.hops[n];
	hop->t = bpf_ktime_get_ns();
	hop->ifindex = skb->dev->ifindex;
	hop->netns = skb->dev->nd_net.net->ns.inum;
}

#endif
