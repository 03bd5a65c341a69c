/* SPDX-License-Identifier: GPL-2.0-only */
/* What an XDP program of ours does: leave stamps, with the maps that path.bpf.c finds them in. */
#ifndef NS_XDP_LEAVE_BPF_H
#define NS_XDP_LEAVE_BPF_H

#include "kernel.bpf.h"
#include "xdp.h"
#include "xdp_tag.bpf.h"
#include "xdp_set.bpf.h"
#include "state.h"

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

struct { /* the same; its max_entries is 1 without --hw */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct xdp_hw);
} xdp_hws SEC(".maps");

/* Native: there is no skb yet. Leave the stamp under the packet's tag, and the device's own (hw),
 * 0: none. */
ALWAYS_INLINE void leave_stamp(struct headers *h, u64 now, u64 hw, bool direct)
{
	struct xdp_hw *hws = NULL;
	struct xdp_set *set;
	struct eth_hdr eth;
	u32 place;
	u64 tag;

	if (!TAKE(eth, h, direct))
		return;
	h->at += sizeof(eth);
	if (tag_packet(h, cfg.ifindex, eth.protocol, &tag, direct) != TAG_OK)
		return;
	place = xdp_set_of(tag);
	set = bpf_map_lookup_elem(&xdp_stamps, &place);
	if (cfg.hw)
		hws = bpf_map_lookup_elem(&xdp_hws, &place);
	if (set && (!cfg.hw || hws))
		xdp_put(set, hws, tag, now, hw);
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

#endif
