/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device's own stamp (--hw), beside the stages: taken at `stack`, where the driver has put it
 * into the skb, or from XDP, kept with the packet's other stamps, and filed when that is read.
 */
#ifndef NS_HW_BPF_H
#define NS_HW_BPF_H

#include "common.bpf.h"
#include "slot.bpf.h"
#include "stats.bpf.h"
#include "hw.h"

/* By number of cfg.hws. */
struct hw_dev hw_devs[FILTER_MAX];

/* Of packets on their way to the socket, by the same place as their slots. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* SLOTS, if shape.n_hws */
	__type(key, u32);
	__type(value, struct hw_stamp);
} hw_slots SEC(".maps");

/* Of packets that wait for their reader, by row * MARKS + number % MARKS: not in the mark, which
 * would be larger for everybody. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* a socket's MARKS for each connection, if shape.n_hws */
	__type(key, u32);
	__type(value, struct hw_stamp);
} hw_marks SEC(".maps");

#define HW_MARK(row, number) ((row)*MARKS + (number) % MARKS)

/* Which of cfg.hws this is; FILTER_MAX: none. */
ALWAYS_INLINE u32 hw_device(const struct net_device *dev)
{
	u32 ifindex = dev->ifindex, found = FILTER_MAX;

	for (u32 i = 0; i < FILTER_MAX; i++) {
		if (i >= shape.n_hws)
			break;
		if (cfg.hws[i] == ifindex)
			found = i;
	}
	if (found < FILTER_MAX && dev->nd_net.net->ns.inum != cfg.hw_netns)
		found = FILTER_MAX;
	return found;
}

/* A driver that tells its stamp only when asked (netdev_data, 6.0) has a pointer there: no time. */
ALWAYS_INLINE u64 hw_of_skb(struct sk_buff *skb)
{
	struct skb_shared_info *shared = (void *)(skb->head + skb->end);

	return BPF_CORE_READ(shared, hwtstamps.hwtstamp);
}

/* raw: the device's clock, 0: no stamp. stack: when the packet came there. */
ALWAYS_INLINE struct hw_stamp hw_before(struct hw_dev *dev, u64 raw, u64 stack)
{
	const struct hw_clock *clock = &dev->clocks[*(volatile u32 *)&dev->current & 1];
	struct hw_stamp s = {.error = HW_MISSING};
	u64 mono = 0;
	u32 error = 0;
	s64 ago;

	if (!raw)
		return s;
	s.error = HW_UNUSABLE;
	if (hw_convert(clock, raw, &mono, &error) || error > HW_ERROR_MAX)
		return s;
	ago = stack - mono;
	if (ago > 0x7fffffff || ago < -(s64)error)
		return s;
	s.ago = ago;
	s.error = error ? error : 1;
	if (s.error > dev->worst) /* a lost race is made good by the next such packet */
		dev->worst = s.error;
	return s;
}

/* `stack`. from_xdp: the device's clock as XDP had it, or 0. */
ALWAYS_INLINE void hw_stamped(struct sk_buff *skb, u64 from_xdp, u64 stack)
{
	u32 place = rx_place_of(skb), n = hw_device(skb->dev);
	struct hw_stamp *kept = bpf_map_lookup_elem(&hw_slots, &place);
	struct hw_stamp none = {};

	if (!kept)
		return;
	if (n < FILTER_MAX)
		*kept = hw_before(&hw_devs[n], from_xdp ? from_xdp : hw_of_skb(skb), stack);
	else
		*kept = none;
}

/* Global functions: numbers only, checked once. */

/* A packet that was at this place waits for its reader now, as that mark. */
__attribute__((noinline)) int ns_hw_queued(u32 place, u32 mark)
{
	const struct hw_stamp *from = bpf_map_lookup_elem(&hw_slots, &place);
	struct hw_stamp *to = bpf_map_lookup_elem(&hw_marks, &mark);

	if (from && to)
		*to = *from;
	return 0;
}

/* File a packet that was read. kept: its struct hw_stamp. */
__attribute__((noinline)) int ns_hw_file(u32 proto, u64 kept)
{
	struct cpu_dir *cpu = this_cpu(NS_RX);
	struct hw_stamp s = {.ago = (s32)kept, .error = kept >> 32};

	if (!cpu || proto >= NS_PROTOS || !s.error)
		return 0;
	if (hw_known(s))
		hist_add(&cpu->hist[proto][RXH_HW], s.ago > 0 ? s.ago : 0);
	else
		ADD(&cpu->lost[s.error == HW_MISSING ? LOSS_HW_MISSING : LOSS_HW_UNUSABLE], 1);
	return 0;
}

/* A struct hw_stamp as a number: what global functions take, and return. */
ALWAYS_INLINE u64 hw_packed(const struct hw_stamp *s)
{
	return s ? (u64)s->error << 32 | (u32)s->ago : 0;
}

/* What the mark of a packet has. */
__attribute__((noinline)) u64 ns_hw_marked(u32 mark)
{
	return hw_packed(bpf_map_lookup_elem(&hw_marks, &mark));
}

/* What the slot of an skb has. */
__attribute__((noinline)) u64 ns_hw_slotted(u32 place)
{
	return hw_packed(bpf_map_lookup_elem(&hw_slots, &place));
}

#endif
