/* SPDX-License-Identifier: GPL-2.0-only */
/* A round trip of `netstrata ping`, divided into stages, and sums over many. Pure functions. */
#ifndef NS_ROUNDTRIP_H
#define NS_ROUNDTRIP_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "histogram.h"
#include "ping.h"

enum ping_stage {
	PS_SEND,    /* the call of send, to the device's queue */
	PS_RESOLVE, /* where that is after the call: the neighbour's address was asked for */
	PS_QDISC,   /* in the queue */
	PS_DRIVER,  /* in the driver */
	PS_NETWORK, /* to the peer and back, and the peer unless it has a stage of its own */
	PS_PEER,    /* the peer, where it is on this kernel: a part cut out of the network */
	PS_STACK,   /* entry into the network stack, to IP input */
	PS_IP,	    /* to the wake-up of the reader */
	PS_WAKEUP,  /* to the return of recv */
	PS_COUNT
};

extern const char *const ping_stage_names[PS_COUNT];
extern const char *const ping_point_names[PP_COUNT];

struct roundtrip {
	__u64 sent, received; /* before send, after recv; CLOCK_MONOTONIC, ns */
	__u64 rtt_ns;
	__u64 ns[PS_COUNT];	/* their sum is rtt_ns */
	__u32 covers[PS_COUNT]; /* bit mask of the stages that ns[i] stands for; 0: not there */
	__u64 kernel_ns;	/* the share of this host */
	bool kernel_whole;	/* false: a stage of this host is measured with the network */
	bool forwarded;		/* another namespace of this kernel passed it on */
	unsigned again;		/* SYNs sent again */
	__u64 t[PP_COUNT];	/* the stamps that were of use */
};

/*
 * Divide the time from sent to received at the stamps of t; returned is when the call of send was
 * over. A stage whose end was not seen is measured as part of the next one; a stamp that lies
 * after its successor counts as not seen.
 */
void roundtrip_split(const struct ping_try *t, __u64 sent, __u64 returned, __u64 received,
		     struct roundtrip *out);

/* The name of what ns[i] stands for, such as "stack+ip". Returns buf. */
const char *roundtrip_label(__u32 covers, char *buf, size_t size);

struct ping_series {
	struct hist hist;
	__u64 min;
	__u32 covers; /* of all of them together */
};

struct ping_stats {
	__u64 sent;
	__u64 received; /* of these */
	__u64 refused;	/* received: a port that is closed */
	__u64 lost;	/* no answer in time, or an error */
	__u64 late;	/* lost, but answered after all */
	__u64 errors;	/* lost: an ICMP error, or not sent at all */
	__u64 duplicates;
	__u64 again; /* SYNs sent again */
	__u64 peer;  /* received from a peer on this kernel */
	struct ping_series rtt, kernel, stages[PS_COUNT];
};

/* Add an answer that came in time. */
void ping_stats_add(struct ping_stats *s, const struct roundtrip *r);

#endif
