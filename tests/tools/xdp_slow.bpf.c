// SPDX-License-Identifier: GPL-2.0-only
/* Somebody else's XDP program: passes every packet, SLOW_NS late. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define SLOW_NS 300000

char LICENSE[] SEC("license") = "GPL";

SEC("xdp")
int a_slow_neighbour_of_ours(struct xdp_md *ctx)
{
	__u64 end = bpf_ktime_get_ns() + SLOW_NS;

	for (int i = 0; i < 8000; i++)
		if (bpf_ktime_get_ns() >= end)
			break;
	return XDP_PASS;
}
