/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the BPF programs and user space share: configuration, records, and how a packet's
 * stamps become stages. Only fixed-width types, explicit padding, no pointers.
 */
#ifndef NS_RECORD_H
#define NS_RECORD_H

#include "stages.h"
#include "hist.h"
#include "hw.h"

#define COMM_LEN 16
#define FILTER_MAX 16 /* values of one repeated option */

struct host_match { /* an address and its mask, IPv4 as ::ffff:a.b.c.d; network order */
	__u64 addr[2];
	__u64 mask[2];
};

struct cgroup_match {
	__u64 id;
	__u32 level; /* depth below the root, which is level 0 */
	__u32 pad;
};

/* What decides which of the programs' code runs at all (shape.h). */
struct path_shape {
	__u32 points[NS_DIRS]
		    [NS_PROTOS];    /* bit mask of enum rx_point or tx_point: which have a hook */
	__u32 tx_stages[NS_PROTOS]; /* tx_stages_present() of those */
	__u32 nests;		    /* a program of a tracepoint can interrupt itself */
	__u32 joins;		    /* both directions are measured: local packets are joined */
	__u32 events;		    /* write a record for each packet taken ... */
	__u32 traces;		    /* ... with all that a trace shows, which costs at each point */
	__u32 blame;		    /* with who held the CPU meanwhile */
	__u32 sample;		    /* take 1 packet in this many; 0 and 1 take all */
	__u32 filters_readers;	    /* any filter that is decided at the read, or the send */
	__u32 n_devs;		    /* filter: devs */
	__u32 n_xdps;		    /* devices with an XDP program of ours */
	__u32 n_hws;		    /* devices whose own stamps are used */
};

/*
 * Read-only to the programs, so that the verifier removes what is off. Lists combine with
 * OR inside, AND between them; a count of 0 means "any".
 */
struct path_config {
	struct path_shape shape;
	/*
	 * Each test of a field of this costs two instructions in every run, even where the
	 * verifier knows the answer. These say whether there is anything to test.
	 */
	__u32 filters_packets; /* any filter that is decided at the entry to the stack */
	__u32 filters_headers; /* any that is decided by addresses, ports or protocol */
	__u32 filters_sockets; /* any that is decided by the socket that sends */
	__u32 purge_reason;    /* of what a socket throws away when it closes; 0: none */
	__u32 xdp_netns;       /* of all of xdps */
	__u32 hw_netns;	       /* of all of hws */
	__u32 hw_enable;       /* they are to stamp all packets: user space only */
	__u32 cpus;	       /* how many are possible */
	__u64 slower_ns;       /* events: of packets whose total is at least this */
	__u32 protos;	       /* bit mask of 1 << enum ns_proto; 0 = all */
	__u32 families;	       /* bit 0: IPv4, bit 1: IPv6; 0 = both */
	__u32 n_ports, n_local_ports, n_hosts, n_netns, n_pids, n_comms, n_cgroups;
	__u16 ports[FILTER_MAX];	     /* host order; either end */
	__u16 local_ports[FILTER_MAX];	     /* host order */
	struct host_match hosts[FILTER_MAX]; /* either end */
	__u32 devs[FILTER_MAX];		     /* ifindex */
	__u32 xdps[FILTER_MAX];		     /* ifindex */
	__u32 hws[FILTER_MAX];		     /* ifindex */
	__u32 netns[FILTER_MAX];	     /* inode numbers */
	__u32 pids[FILTER_MAX];		     /* thread group ids */
	char comms[FILTER_MAX][COMM_LEN];
	struct cgroup_match cgroups[FILTER_MAX];
};

#define FAMILY_IPV4 1
#define FAMILY_IPV6 2

/* Flags of a packet. */
#define PKT_OOO 1	 /* arrived out of order: held until a missing segment came */
#define PKT_UNNOTIFIED 2 /* read without a wake-up: ready = queued */
#define PKT_PARTIAL 4	 /* read in several pieces: first_read is set */
#define PKT_RESENT 8	 /* sent more than once: last_sent is set */
#define PKT_DROPPED 16	 /* the kernel dropped it: drop_reason; it has no points after that */
#define PKT_QUEUED 32	 /* waited in a queueing discipline; without it, none or bypassed */
#define PKT_LOCAL 64	 /* sent by this kernel too: trail is set */
#define PKT_WAY(way) (128U << (way)) /* enum rx_way */
#define PKT_WAYS ((PKT_WAY(WAY_COUNT) - 1) & ~127U)
#define PKT_WAY_SET(flags) ((flags) / PKT_WAY(0) & (WAY_SETS - 1)) /* below WAY_SETS */
#define PKT_FLAGS (127 | PKT_WAYS)

_Static_assert(PKT_FLAGS <= 0x7fff, "a bit is left for the programs' own");

/* Addresses are in network order, IPv4 as ::ffff:a.b.c.d; ports in host order. */
struct flow {
	__u8 local[16];
	__u8 remote[16];
	__u16 local_port;
	__u16 remote_port; /* 0: an unconnected UDP socket, any peer */
	__u8 proto;	   /* enum ns_proto */
	__u8 ipv6;
	__u16 pad;
	__u32 netns; /* inode number */
};

#define DEV_LEN 16
#define KIND_LEN 16
#define HOPS 4

/* One device that a local packet came in by on its way from socket to socket. */
struct hop {
	__u64 t; /* when it entered the stack there */
	__u32 ifindex;
	__u32 netns;
};

/* The sender's half of a packet that is read on the same kernel. */
struct trail {
	__u64 t[TXP_HANDED + 1]; /* 0 = no such point, or not yet */
	__u32 ifindex;		 /* the first device, in the sender's namespace */
	__u32 netns;
	__u32 n_hops; /* may be more than there is room for */
	__u32 pad;
	struct hop hops[HOPS];
};

/* The values stand in recordings. IDLE: nobody held it, of all there is most of that. */
enum blame_kind { BLAME_NONE, BLAME_TASK, BLAME_SOFTIRQ, BLAME_IRQ, BLAME_IDLE, BLAME_KINDS };

/* Who held a CPU longest while a packet, or its reader, waited for it. */
struct blame {
	__u64 ns;  /* of that wait */
	__u32 pid; /* BLAME_TASK: of the thread. BLAME_SOFTIRQ: the vector. BLAME_IRQ: the number */
	__u8 kind; /* enum blame_kind */
	__u8 pad[3];
	char comm[COMM_LEN]; /* BLAME_IRQ: the name that its handler was asked for with */
};

/* One packet in the event ring. Stamps are CLOCK_MONOTONIC ns, 0 = no such point. */
struct ns_event {
	__u64 t[POINTS_MAX]; /* by enum rx_point or tx_point */
	struct flow flow;
	__u32 ifindex;
	__u32 seq; /* TCP: sequence number of its first byte */
	__u32 len; /* payload bytes */
	__u32 pid; /* reader's or sender's thread group */
	__u16 cpu; /* where it entered the stack, or left the socket */
	__u16 flags;
	char comm[COMM_LEN];
	__u8 dir;	    /* enum ns_dir */
	__u8 stage;	    /* PKT_DROPPED: the stage it was in */
	__u16 sends;	    /* TX: how many times it was sent */
	__u32 drop_reason;  /* of the kernel's enum skb_drop_reason; 0: it has none */
	struct hw_stamp hw; /* RX: the device's own, before `stack` */
	__u64 again;	    /* RX: when its first byte was read; TX: when it was sent last */
	union {
		struct trail trail; /* RX and PKT_LOCAL */
		struct {
			__u64 causes[CAUSE_COUNT]; /* ns; they add up to the stage `socket` */
			__u64 edt_ns; /* of `qdisc`: held until its departure time (pacing) */
			char qdisc[KIND_LEN];  /* PKT_QUEUED: its kind, ... */
			char dev[DEV_LEN];     /* ... its device, ... */
			__u32 backlog_packets; /* ... and what it held then, this packet too; */
			__u32 backlog_bytes;   /* ~0: not known */
		} tx;
	};
	/* RX, with --blame: of `softirq_wait` and of `runqueue` */
	struct blame softirq_blame;
	struct blame runqueue_blame;
};

/* A queueing discipline. */
struct qdisc {
	__u64 key; /* address; 0: free */
	char dev[DEV_LEN];
	char kind[KIND_LEN];
	__u32 ifindex;
	__u32 netns;
	__u32 handle;
	__u32 backlog_packets; /* the most that was seen; ~0: not known */
	__u32 backlog_bytes;
	__u32 requeues_before; /* in the kernel: what `requeues` was when it was seen first */
	/* Packets put back, since it was seen first; not known where the backlog is not. No
	 * tracepoint tells: a driver whose queue is full takes the first of a batch, and says
	 * nothing of the others. Hence the kernel's own count, of all packets; in the kernel with
	 * those from before. */
	__u64 requeues;
	/* In the kernel each CPU has its own: struct qdisc_use. */
	__u64 n;	/* packets that waited in it */
	__u64 bypassed; /* packets that did not */
	__u64 sum;	/* ns waited */
	__u64 max;
	__u64 edt; /* ns, of sum: held until their departure time (pacing) */
};

/* What a CPU has sent by a queueing discipline. Several can send by one: a counter that they shared
 * would take each of them longer than all else that is filed of a packet. */
struct qdisc_use {
	__u64 n;
	__u64 bypassed;
	__u64 sum;
	__u64 max;
	__u64 edt;
};

#define QDISCS 256
#define QDISC_NONE (~0U)

/* Packets that the kernel dropped. */
struct drop_key {
	__u8 dir;   /* enum ns_dir */
	__u8 stage; /* in which it was */
	__u8 proto;
	__u8 pad;
	__u32 reason; /* enum skb_drop_reason of this kernel; 0: it has none */
	__u32 ifindex;
	__u32 netns;
};

struct drop {
	__u64 n;
	char dev[DEV_LEN];
};

/* Coarse histogram of a connection's total: four buckets to each power of two from 2^10 ns. */
#define COARSE_SUB_BITS 2
#define COARSE_FIRST 10
#define COARSE_LAST 33
#define COARSE_BUCKETS (((COARSE_LAST - COARSE_FIRST) << COARSE_SUB_BITS) + 2)

/* The bucket of v (ns), right-inclusive; 0 takes everything up to 2^10 ns. */
static inline __attribute__((always_inline)) __u32 coarse_bucket(__u64 v)
{
	__u32 e;

	v -= v != 0;
	if (v < (1ULL << COARSE_FIRST))
		return 0;
	if (v >= (1ULL << COARSE_LAST))
		return COARSE_BUCKETS - 1;
	e = hist_log2(v);
	return ((e - COARSE_FIRST) << COARSE_SUB_BITS) + 1 +
	       ((__u32)(v >> (e - COARSE_SUB_BITS)) & ((1 << COARSE_SUB_BITS) - 1));
}

/* The same from the hist_bucket of v, whose every other bound is one of these. */
static inline __attribute__((always_inline)) __u32 coarse_of_bucket(__u32 bucket)
{
	const __u32 skip = (COARSE_FIRST - COARSE_SUB_BITS) << COARSE_SUB_BITS;

	bucket >>= HIST_SUB_BITS - COARSE_SUB_BITS;
	if (bucket < skip)
		return 0;
	bucket -= skip - 1;
	return bucket < COARSE_BUCKETS - 1 ? bucket : COARSE_BUCKETS - 1;
}

/* The inclusive upper bound in ns; ~0 for the last bucket. */
static inline __attribute__((always_inline)) __u64 coarse_upper(__u32 bucket)
{
	if (bucket == 0)
		return 1ULL << COARSE_FIRST;
	if (bucket >= COARSE_BUCKETS - 1)
		return ~0ULL;
	bucket--;
	return (__u64)((1 << COARSE_SUB_BITS) + (bucket & ((1 << COARSE_SUB_BITS) - 1)) + 1)
	       << ((bucket >> COARSE_SUB_BITS) + COARSE_FIRST - COARSE_SUB_BITS);
}

struct conn_stage {
	__u64 sum; /* ns */
	__u64 max; /* ns */
	__u64 n;   /* only of a stage that not every packet has */
};

/* One direction of a connection. */
struct conn_dir {
	struct conn_stage stages[STAGES_MAX];
	__u32 coarse[COARSE_BUCKETS]; /* of the total */
	__u64 n;		      /* packets in the totals */
	__u64 pad[4];		      /* see struct conn */
};

/* Time that a connection held data back for one cause. */
struct cause_time {
	__u64 sum; /* ns */
	__u64 n;   /* waits */
};

enum conn_state {
	CONN_FREE,
	CONN_LIVE,
	CONN_CLOSED, /* the socket is gone; user space returns the row to the free list */
};

/* One connection (or unconnected UDP socket) in the mapped table. */
struct conn {
	__u64 sk;    /* the socket's address while it lives */
	__u32 state; /* enum conn_state */
	__u32 gen;   /* which use of this row; only user space counts it */
	__u32 pid;   /* of its latest reader or sender */
	__u32 row;   /* its own number */
	struct conn_dir dir[NS_DIRS];
	struct conn_stage
		resent; /* TX: segments sent more than once, from the last time to the ACK */
	struct cause_time causes[CAUSE_COUNT];
	__u64 srtt_ns; /* what TCP holds for the round-trip time; 0: not known */
	struct flow flow;
	char comm[COMM_LEN]; /* of pid */
} __attribute__((aligned(128)));

/* What an ACK brings is filed where that comes in, the rest where it is sent: on different CPUs as
 * often as not, so no cache line may have both; nor may two that are fetched together (128 bytes).
 */
_Static_assert(__builtin_offsetof(struct conn, dir[NS_TX].stages[TXS_NETWORK]) % 128 == 0 &&
		       TXS_ACK == TXS_NETWORK + 1 && TXS_COUNT == TXS_ACK + 1 &&
		       __builtin_offsetof(struct conn, dir[NS_TX].coarse[2]) % 128 == 0,
	       "a pair of cache lines of their own");

/*
 * Per-CPU row of aggregates. What can be had elsewhere is not counted twice: packets taken are
 * the samples of the total's histogram; of a stage's histogram, sum and max stay 0 here, for the
 * connections hold them (user space adds those up, ended ones too).
 */
struct cpu_dir {
	__u64 seen; /* RX: packets with data that reached a socket; TX: that reached `qdisc` */
	__u64 seen_by_one; /* more of them: nearly all, counted by the one program that writes this
			    */
	__u64 undelivered; /* RX: passed `stack`, reached no socket: ACKs, forwarded, dropped */
	__u64 lost[LOSS_COUNT];
	struct hist hist[NS_PROTOS][HISTS_MAX];
};

struct cpu_row {
	struct cpu_dir dir[NS_DIRS];
	__u64 ways[NS_PROTOS][WAY_SETS]; /* packets in the totals, by how they came and were read */
	struct qdisc_use qdiscs[QDISCS]; /* by the rows of their table */
};

#endif
