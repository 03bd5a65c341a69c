/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the BPF programs and user space share: configuration, records, and how a packet's
 * stamps become stages. Only fixed-width types, explicit padding, no pointers.
 */
#ifndef NS_RECORD_H
#define NS_RECORD_H

#include "stages.h"
#include "hist.h"

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

/*
 * Read-only to the programs, so that the verifier removes what is off. Lists combine with
 * OR inside, AND between them; a count of 0 means "any".
 */
struct rx_config {
	__u32 points[NS_PROTOS]; /* bit mask of enum rx_point: which have a hook, by protocol */
	/*
	 * Each test of a field of this costs two instructions in every run, even where the
	 * verifier knows the answer. These two say whether there is anything to test.
	 */
	__u32 filters_packets; /* any filter that is decided at the entry to the stack */
	__u32 filters_readers; /* any that is decided at the read */
	__u32 by_address;      /* a kprobe is among the hooks: no casts by helper */
	__u32 sample;	       /* take 1 packet in this many; 0 and 1 take all */
	__u32 events;	       /* write a record for each packet taken ... */
	__u32 slot_mask;       /* number of skb slots minus 1 */
	__u64 slower_ns;       /* ... whose total is at least this */
	__u32 protos;	       /* bit mask of 1 << enum ns_proto; 0 = all */
	__u32 families;	       /* bit 0: IPv4, bit 1: IPv6; 0 = both */
	__u32 n_ports, n_local_ports, n_hosts, n_devs, n_netns, n_pids, n_comms, n_cgroups;
	__u16 ports[FILTER_MAX];	     /* host order; either end */
	__u16 local_ports[FILTER_MAX];	     /* host order */
	struct host_match hosts[FILTER_MAX]; /* either end */
	__u32 devs[FILTER_MAX];		     /* ifindex */
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
#define PKT_FLAGS 7

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

/* One packet in the event ring. Stamps are CLOCK_MONOTONIC ns, 0 = no such point. */
struct rx_event {
	__u64 t[RXP_COUNT];
	__u64 first_read; /* when its first byte was read, if PKT_PARTIAL */
	struct flow flow;
	__u32 ifindex;
	__u32 seq; /* TCP: sequence number of its first byte */
	__u32 len; /* payload bytes */
	__u32 pid; /* reader's thread group */
	__u16 cpu; /* where it entered the stack */
	__u16 flags;
	char comm[COMM_LEN];
	__u32 pad;
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
	__u64 n;     /* packets read */
	__u64 n_hol; /* of which held out of order */
	struct conn_stage stages[RXS_COUNT];
	__u32 coarse[COARSE_BUCKETS]; /* of the total */
	struct flow flow;
	__u32 pid; /* of its latest reader */
	char comm[COMM_LEN];
	__u32 row; /* its own number */
};

#define MARKS 64 /* packets queued at one socket that are followed at once; a power of two */

struct mark {
	__u64 t[RXP_READ];
	__u32 seq;
	__u32 end; /* TCP: sequence number after the last byte. UDP: length */
	__u32 ifindex;
	__u16 cpu;
	__u16 flags; /* PKT_... and MARK_... */
};

#define MARK_LIVE 0x8000 /* holds the stamps of a packet that has not been read */

/* head, ready and tail count packets and only grow; a mark's place is its number % MARKS. */
struct sock_state {
	__u64 sk; /* whose this is; 0: free */
	__u64 id; /* UDP by counting: port and namespace; tells the socket from a later one ... */
	__u64 inode; /* ... at the same address, and its inode from one of the same port */
	__u32 row;
	__u32 head;	  /* next to be queued */
	__u32 ready;	  /* next to be told to the reader */
	__u32 tail;	  /* next to be read */
	__u32 n_ooo;	  /* marks between tail and head that still wait for a missing segment */
	__u32 disorder;	  /* marks between tail and head are not all in sequence */
	__u64 first_read; /* of the mark that has been read in part: there is one at most */
	struct mark marks[MARKS];
};

/* An entry of the cache in front of the hash of sockets. */
struct sock_ref {
	__u64 sk;
	__u32 row;
	__u32 pad;
};

/* The stamps of a packet on its way to the socket (slot.bpf.h); here because the skeleton names
 * the programs' variables. */
struct slot {
	__u64 skb; /* 0: free */
	__u64 t[RXP_READ];
	__u32 ifindex;
	__u16 cpu;
	__u16 flags;
	__u32 len;
	__u32 pad;
};

/*
 * Per-CPU row of aggregates. What can be had elsewhere is not counted twice: packets taken are
 * the samples of the total's histogram; of a stage's histogram, sum and max stay 0 here, for the
 * connections hold them (user space adds those up, ended ones too).
 */
struct rx_cpu {
	__u64 seen;	   /* packets with data that reached a socket */
	__u64 undelivered; /* passed `stack` and never reached a socket: ACKs, forwarded, dropped */
	__u64 lost[LOSS_COUNT];
	struct hist hist[NS_PROTOS][RXH_COUNT];
};

/*
 * Split a packet's stamps (t, and read for the last of them) into stages: d[stage], and
 * d[RXS_TOTAL] as their exact sum. points: which points have a hook (bit mask). A stage whose first
 * point has none is merged into the stage that ends its interval; d of a stage that is not there is
 * left at 0. Returns 0, or -1 if a stamp lies before its predecessor.
 */
static inline __attribute__((always_inline)) int rx_split(const __u64 *t, __u64 read, __u32 points,
							  __u32 flags, __u64 *d)
{
	__u64 last = t[RXP_STACK], ready = t[RXP_READY], bad;

	d[RXS_STACK] = d[RXS_IP] = d[RXS_HOL] = 0;
	if (points & (1 << RXP_IP)) {
		d[RXS_STACK] = t[RXP_IP] - last;
		last = t[RXP_IP];
	}
	if (points & (1 << RXP_TRANSPORT)) {
		d[RXS_IP] = t[RXP_TRANSPORT] - last;
		last = t[RXP_TRANSPORT];
	}
	if (flags & (PKT_OOO | PKT_UNNOTIFIED)) {
		__u64 queued = points & (1 << RXP_QUEUED) && t[RXP_QUEUED] ? t[RXP_QUEUED] : last;

		if (flags & PKT_UNNOTIFIED)
			ready = queued;
		else
			d[RXS_HOL] = ready - queued;
	}
	d[RXS_TRANSPORT] = ready - last - d[RXS_HOL];
	d[RXS_APPLICATION] = read - ready;
	d[RXS_TOTAL] = read - t[RXP_STACK];
	bad = d[RXS_STACK] | d[RXS_IP] | d[RXS_TRANSPORT] | d[RXS_HOL] | d[RXS_APPLICATION];
	return (__s64)bad < 0 ? -1 : 0;
}

/* Which stages exist when only these points have a hook: a bit mask of enum rx_stage. */
static inline __u32 rx_stages_present(__u32 points)
{
	__u32 m = 1 << RXS_TRANSPORT | 1 << RXS_APPLICATION | 1 << RXS_TOTAL;

	if (points & (1 << RXP_IP))
		m |= 1 << RXS_STACK;
	if (points & (1 << RXP_TRANSPORT))
		m |= 1 << RXS_IP;
	return m;
}

#endif
