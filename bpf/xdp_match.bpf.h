/* SPDX-License-Identifier: GPL-2.0-only */
/* The stamp of XDP (xdp.bpf.c) finds its packet. All of it only with --xdp. */
#ifndef NS_XDP_MATCH_BPF_H
#define NS_XDP_MATCH_BPF_H

#include "common.bpf.h"
#include "arrival.bpf.h"
#include "stats.bpf.h"
#include "xdp.h"
#include "xdp_tag.bpf.h"
#include "xdp_set.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE); /* which aligns it */
	__uint(max_entries, 1);		   /* XDP_SETS, if shape.n_xdps */
	__type(key, u32);
	__type(value, struct xdp_set);
} xdp_stamps SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* the number of possible CPUs, if shape.n_xdps */
	__type(key, u32);
	__type(value, struct xdp_now);
} xdp_nows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* XDP_SETS, if shape.n_xdps and shape.n_hws */
	__type(key, u32);
	__type(value, struct xdp_hw);
} xdp_hws SEC(".maps");

/* Which of cfg.xdps run generic XDP: a bit mask, known when they are attached. */
volatile __u32 xdp_generic;

/* Generic XDP on this CPU is to stamp that slot; 0: none. */
ALWAYS_INLINE void xdp_announce(u32 place)
{
	u32 cpu = bpf_get_smp_processor_id();
	struct xdp_now *now = bpf_map_lookup_elem(&xdp_nows, &cpu);

	if (now)
		now->place = place;
}

/* The stamp that XDP left of this packet, or 0; *hw: the device's own. One that should have a stamp
 * is counted. */
ALWAYS_INLINE u64 xdp_take(struct sk_buff *skb, u64 now, u64 *hw)
{
	struct headers h = {skb->data, NULL};
	u64 tag, t = 0;
	enum tagged tagged = tag_packet(&h, skb->dev->ifindex, skb->protocol, &tag, false);

	if (tagged == TAG_OK) {
		u32 place = xdp_set_of(tag);
		struct xdp_set *set = bpf_map_lookup_elem(&xdp_stamps, &place);
		struct xdp_hw *hws = shape.n_hws ? bpf_map_lookup_elem(&xdp_hws, &place) : NULL;

		if (set && (!shape.n_hws || hws))
			t = xdp_find(set, hws, tag, now, hw);
	}
	if (!t && tagged != TAG_NONE)
		count_loss(LOSS_NO_XDP);
	return t;
}

/* `stack`: the stamp of native XDP goes to what else led to the packet. Generic XDP comes later,
 * and puts its own there itself. now: when the packet came to the stack. Returns the device's
 * stamp, if XDP was told of one, or 0. */
ALWAYS_INLINE u64 xdp_match(struct sk_buff *skb, u64 now)
{
	struct arrival *a = arrival_of(skb);
	u32 ifindex = skb->dev->ifindex;
	u64 t = 0, hw = 0;

	if (!a)
		return 0;
	a->t[RXP_XDP] = 0;
	if (skb->dev->nd_net.net->ns.inum != cfg.xdp_netns)
		return 0;
	for (u32 i = 0; i < FILTER_MAX; i++) {
		if (i >= shape.n_xdps)
			break;
		if (cfg.xdps[i] != ifindex)
			continue;
		if (xdp_generic & 1 << i)
			xdp_announce(rx_place_of(skb) + 1);
		else
			t = xdp_take(skb, now, &hw);
		break;
	}
	if (!t)
		return 0;
	a->t[RXP_XDP] = t;
	/* passed on to this CPU (RPS): its softirq came after XDP, and is part of the way from
	 * there */
	if (points_of(NS_RX, NS_TCP) & 1 << RXP_SOFTIRQ && a->t[RXP_SOFTIRQ] > t)
		a->t[RXP_IRQ] = a->t[RXP_RAISE] = a->t[RXP_SOFTIRQ] = 0;
	return hw;
}

#endif
