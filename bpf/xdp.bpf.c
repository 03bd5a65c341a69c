// SPDX-License-Identifier: GPL-2.0-only
/*
 * --xdp: the earliest stamp that software can take. Loaded once for each device, with the table of
 * stamps and what else path.bpf.c notes before the stack. Passes every packet.
 */
#include "xdp_leave.bpf.h"

char LICENSE[] SEC("license") = "GPL";

SEC("xdp")
int ns_xdp(struct xdp_md *ctx)
{
	struct headers h = {(void *)(long)ctx->data, (void *)(long)ctx->data_end};
	u64 now = bpf_ktime_get_ns();

	if (cfg.generic)
		stamp_arrival(now);
	else
		leave_stamp(&h, now, 0, true);
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
		leave_stamp(&h, now, 0, false);
	return 0;
}
