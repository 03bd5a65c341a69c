/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stamps that are taken before there is an skb (xdp.bpf.c), on their way to the packet's record
 * (path.bpf.c). Shared with user space.
 */
#ifndef NS_XDP_H
#define NS_XDP_H

#include <linux/types.h>

#define XDP_STAMPS 65536 /* a power of two; 1 MiB, only with --xdp */

/*
 * What XDP has seen and the stack not yet, by the upper bits of the packet's tag. check is the
 * exclusive or of the tag and the stamps: an entry that two CPUs wrote at once, or one that was
 * taken, is nobody's.
 */
struct xdp_stamp {
	__u64 check;
	__u64 t; /* bit 0: a second packet of this tag came before the first was taken */
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
	__u32 pad;
};

#endif
