// SPDX-License-Identifier: GPL-2.0-only
/* A tc program, for ingress or egress: passes every IP packet SLOW_NS late. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "burn.h"

#define SLOW_NS 2000000

char LICENSE[] SEC("license") = "GPL";

SEC("tc")
int a_slow_filter(struct __sk_buff *skb)
{
	burn(SLOW_NS);
	return TC_ACT_OK;
}
