// SPDX-License-Identifier: GPL-2.0-only
/* A tc program for the ingress of two devices, FIRST and FIRST + 1: what comes in by the one goes
 * to the other, as container networks do it: to be sent by it (redirect), or into the namespace
 * behind it at once (peer). */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define FIRST 770

char LICENSE[] SEC("license") = "GPL";

SEC("redirect")
int to_device(struct __sk_buff *skb)
{
	return bpf_redirect(2 * FIRST + 1 - skb->ifindex, 0);
}

SEC("peer")
int to_peer(struct __sk_buff *skb)
{
	return bpf_redirect_peer(2 * FIRST + 1 - skb->ifindex, 0);
}
