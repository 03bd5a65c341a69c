/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stamps that are taken before there is an skb (xdp.bpf.c), on their way to the packet's record
 * (path.bpf.c). Shared with user space.
 */
#ifndef NS_XDP_H
#define NS_XDP_H

#include <linux/types.h>

/* A cache line for each set of four, and few enough of them to stay in a cache: a store into a
 * large table would cost more than all the rest. 32 KiB, only with --xdp. */
#define XDP_SETS 512 /* a power of two */
#define XDP_WAYS 4

/*
 * What XDP has seen and the stack not yet, in the set that the packet's tag names; the oldest gives
 * way. check is the exclusive or of the tag and the stamp: an entry that two CPUs wrote at once, or
 * one that was taken, is nobody's.
 */
struct xdp_stamp {
	__u64 check;
	__u64 t; /* 0: free; bit 0: a second packet of this tag came before the first was taken */
};

struct xdp_set {
	struct xdp_stamp ways[XDP_WAYS];
};

/* The device's own stamps, by the same places; only with --hw. Then they are part of the check. */
struct xdp_hw {
	__u64 stamps[XDP_WAYS]; /* in the device's clock; 0: none */
};

#define XDP_TWICE 1ULL
#define XDP_STALE_NS 1000000000ULL /* what lies longer was merged by GRO, or dropped */

/* Generic XDP runs inside the stack, at once after `stack` on the same CPU: its packet's place
 * among the arrivals. */
struct xdp_now {
	__u32 place; /* its number plus 1; 0: none that is asked for */
	__u32 pad;
};

struct xdp_config {
	__u32 ifindex;
	__u32 netns;   /* inode number */
	__u32 generic; /* the stamp goes where xdp_now says */
	__u32 hw;      /* there is a table of the device's own stamps */
};

#endif
