// SPDX-License-Identifier: GPL-2.0-only
/*
 * --xdp: the earliest stamp that software can take. Loaded once for each device, with the table of
 * stamps and what else path.bpf.c notes before the stack. Passes every packet.
 */
#include "kernel.bpf.h"
#include "xdp.h"
#include "xdp_tag.bpf.h"
#include "state.h"

char LICENSE[] SEC("license") = "GPL";

#define XDP_PASS 2

const volatile struct xdp_config cfg = {};

struct { /* as in xdp_match.bpf.h: user space puts that one in its place */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE); /* which aligns it */
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct xdp_set);
} xdp_stamps SEC(".maps");

struct { /* the same */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct xdp_now);
} xdp_nows SEC(".maps");

struct { /* the same, of arrival.bpf.h */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct arrival);
} arrivals SEC(".maps");

/* Native: there is no skb yet. Leave the stamp under the packet's tag. */
ALWAYS_INLINE void leave_stamp(struct headers *h, u64 now, bool direct)
{
	u64 tag = cfg.ifindex, t = now & ~XDP_TWICE, oldest = ~0ULL;
	struct xdp_stamp *victim = NULL;
	struct xdp_set *set;
	struct eth_hdr eth;
	u32 place;

	if (!TAKE(eth, h, direct))
		return;
	h->at += sizeof(eth);
	if (tag_packet(h, eth.protocol, &tag, direct) != TAG_OK)
		return;
	place = tag >> 32 & (XDP_SETS - 1);
	set = bpf_map_lookup_elem(&xdp_stamps, &place);
	if (!set)
		return;
	for (int i = 0; i < XDP_WAYS; i++) {
		struct xdp_stamp *s = &set->ways[i];

		if ((s->check ^ s->t) == tag && now - s->t < XDP_STALE_NS) {
			victim = s;
			t |= XDP_TWICE;
			break;
		}
		if (s->t < oldest) {
			oldest = s->t;
			victim = s;
		}
	}
	if (!victim)
		return;
	victim->t = t;
	victim->check = tag ^ t;
}

/* Generic: the stack has seen the packet, and its place is known. */
ALWAYS_INLINE void stamp_arrival(u64 now)
{
	u32 cpu = bpf_get_smp_processor_id(), place;
	struct xdp_now *on_cpu = bpf_map_lookup_elem(&xdp_nows, &cpu);
	struct arrival *a;

	if (!on_cpu || !on_cpu->place)
		return;
	place = on_cpu->place - 1;
	on_cpu->place = 0;
	a = bpf_map_lookup_elem(&arrivals, &place);
	if (a)
		a->t[RXP_XDP] = now;
}

struct xdp_md { /* ABI: the verifier knows these three by their offsets */
	u32 data;
	u32 data_end;
};

SEC("xdp")
int ns_xdp(struct xdp_md *ctx)
{
	struct headers h = {(void *)(long)ctx->data, (void *)(long)ctx->data_end};
	u64 now = bpf_ktime_get_ns();

	if (cfg.generic)
		stamp_arrival(now);
	else
		leave_stamp(&h, now, true);
	return XDP_PASS;
}

/* What any XDP program costs by itself: bench/ compares with it. */
SEC("xdp")
int ns_xdp_empty(struct xdp_md *ctx)
{
	return XDP_PASS;
}

/* Beside a program that is there already: at its entry, whatever it does then. */
SEC("fentry")
int BPF_PROG(ns_xdp_beside, struct xdp_buff *xdp)
{
	u64 now = bpf_ktime_get_ns();
	struct net_device *dev = xdp->rxq->dev;
	struct headers h = {xdp->data, xdp->data_end};

	if (dev->ifindex != (int)cfg.ifindex || dev->nd_net.net->ns.inum != cfg.netns)
		return 0;
	if (cfg.generic)
		stamp_arrival(now);
	else
		leave_stamp(&h, now, false);
	return 0;
}
