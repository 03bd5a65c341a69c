// SPDX-License-Identifier: GPL-2.0-only
/* A program of a cgroup that adds an option to each TCP header, and takes SLOW_NS for it where data
 * follows. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "burn.h"

#define SLOW_NS 2000000
#define HEADER 60 /* the longest */

char LICENSE[] SEC("license") = "GPL";

static const __u8 option[] = {254, 4, 0x6e, 0x73}; /* experimental: "ns" */

SEC("sockops")
int a_slow_header(struct bpf_sock_ops *ops)
{
	switch (ops->op) {
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
		bpf_sock_ops_cb_flags_set(ops, BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG);
		break;
	case BPF_SOCK_OPS_HDR_OPT_LEN_CB:
		bpf_reserve_hdr_opt(ops, sizeof(option), 0);
		break;
	case BPF_SOCK_OPS_WRITE_HDR_OPT_CB:
		if (ops->skb_len > HEADER)
			burn(SLOW_NS);
		bpf_store_hdr_opt(ops, option, sizeof(option), 0);
		break;
	}
	return 1;
}
