/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs of `netstrata ping` and user space share: a record for each try. */
#ifndef NS_PING_H
#define NS_PING_H

#include <linux/types.h>

#define PING_TRIES 256 /* that can be under way at once; a power of two */

/* Where a stamp is taken, in the order in which a round trip passes. */
enum ping_point {
	PP_QUEUE,      /* request: handed to the device's queue */
	PP_START,      /* request: taken out of it, given to the driver */
	PP_SENT,       /* request: the driver has taken it */
	PP_PEER_IN,    /* request: received, by a peer on this kernel */
	PP_PEER_START, /* reply: the same peer gives it to its driver ... */
	PP_PEER_OUT,   /* ... which has taken it */
	PP_STACK,      /* reply: enters the network stack */
	PP_IP,	       /* reply: IP input */
	PP_READY,      /* reply: the reader is told */
	PP_COUNT
};

/*
 * One try. User space clears it, sets key and PING_LIVE, and then sends; the programs fill in the
 * rest. It stands at its key modulo PING_TRIES.
 */
struct ping_try {
	__u64 t[PP_COUNT]; /* bpf_ktime_get_ns(); 0: not seen */
	__u32 isn;	   /* sequence number of the SYN, with PING_ISN */
	__u32 ifindex;	   /* of PP_QUEUE */
	__u32 peer_netns;  /* of PP_PEER_IN */
	__u16 key;	   /* ICMP: sequence number; TCP: local port; host order */
	__u8 flags;
	__u8 again; /* how often TCP sent its SYN again */
};

#define PING_LIVE 1	/* waits for its reply */
#define PING_ISN 2	/* isn is known */
#define PING_PEER 4	/* the reply was made on this kernel */
#define PING_REPLY_IN 8 /* the reply has been received, in any network namespace */
#define PING_FORWARD 16 /* another namespace of this kernel passed the request on */

/* A packet of ours inside a driver. Only the programs use it, but the skeleton names it. */
#define PING_UNDER_WAY 16
struct under_way {
	__u32 skb; /* its address; 0: none */
	__u16 key;
	__u16 point; /* PP_SENT or PP_PEER_OUT */
};

/* Set before load. */
struct ping_config {
	__u32 netns;   /* inode number of the namespace that sends */
	__u32 len_min; /* skb->len of requests and replies, link-layer header included or not */
	__u32 len_max;
	__be16 ethertype;
	__be16 id;    /* ICMP: the identifier of our requests */
	__u8 l4;      /* IPPROTO_ICMP, IPPROTO_ICMPV6 or IPPROTO_TCP */
	__u8 request; /* ICMP types */
	__u8 reply;
	__u64 inode; /* ICMP: of our socket */
};

#endif
