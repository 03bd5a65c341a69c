/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs of `netstrata softirq` and `netstrata irq` count, shared by both sides.
 *
 * Each CPU has a row. Its counters and histograms only grow, so that user space reads them without
 * a system call and subtracts; the tables in it never move an entry, for the same reason.
 */
#ifndef NS_SOFTIRQ_H
#define NS_SOFTIRQ_H

#include <linux/types.h>

#include "hist.h"

/* The kernel's numbers of softirq vectors. */
enum { VEC_NET_TX = 2, VEC_NET_RX = 3, VEC_COUNT = 10 };

/* The two that this is about. */
enum si_vec { SI_RX, SI_TX, SI_VECS };

/* Of each of the two. */
#define VEC_COUNTERS(X)                                                                            \
	X(raises, "raised, also while it was pending")                                             \
	X(runs, "runs; what /proc/softirqs counts")                                                \
	X(unraised, "runs without a raise of their own: an earlier run had served it")             \
	X(ksoftirqd, "runs in ksoftirqd, not at the end of an interrupt or of a system call")      \
	X(blamed, "delays that were long enough to be divided among those who caused them")        \
	X(blamed_ns, "the sum of these delays")

#define VEC_HISTS(X)                                                                               \
	X(delay, "from the oldest raise not yet served to the entry")                              \
	X(run, "from the entry to the exit")

/* Of NET_RX. A NAPI instance is polled by NET_RX, by a thread of its own, or by a reader that is
 * busy polling. */
#define RX_COUNTERS(X)                                                                             \
	X(polls, "polls in NET_RX")                                                                \
	X(packets, "packets that these took")                                                      \
	X(threaded_polls, "polls by a NAPI thread")                                                \
	X(threaded_packets, "packets that these took")                                             \
	X(busy_polls, "polls by a reader that polls busily, or by netpoll")                        \
	X(busy_packets, "packets that these took")                                                 \
	X(backlog_polls, "of the polls in NET_RX and by a thread: of the CPU's backlog")           \
	X(backlog_packets, "packets that these took")                                              \
	X(full_polls, "polls that took as many packets as they might")                             \
	X(full_in_row, "of these: the poll before of the same NAPI instance did so too")           \
	X(squeezed_budget, "runs that ended because netdev_budget was used up")

#define RX_HISTS(X)                                                                                \
	X(run_packets, "packets of a run")                                                         \
	X(poll_packets, "packets of a poll")                                                       \
	X(burst, "from the first entry to the last exit of runs in close succession")              \
	X(burst_packets, "packets of a burst")

#define SI_FIELD_U64(name, doc) __u64 name;
#define SI_FIELD_HIST(name, doc) struct hist name;

struct vec_counts {
	VEC_COUNTERS(SI_FIELD_U64)
	VEC_HISTS(SI_FIELD_HIST)
};

struct rx_counts {
	RX_COUNTERS(SI_FIELD_U64)
	RX_HISTS(SI_FIELD_HIST)
};

/* A NAPI instance as one CPU sees it. */
struct napi_count {
	__u64 key;    /* 0: the place is free */
	char dev[16]; /* empty: a backlog */
	__u32 id;
	__u32 streak;  /* full polls in a row up to now ... */
	__u32 longest; /* ... and at most so far */
	__u32 pad;
	__u64 polls, packets, full;
};

#define NAPI_PLACES 32 /* for each CPU; instances that find none are only in the totals */
#define NAPI_PROBES 4

/* Who had the CPU while a vector waited for it. */
enum holder_kind { HOLD_NONE, HOLD_TASK, HOLD_SOFTIRQ, HOLD_IRQ, HOLD_OTHERS };

struct holder {
	__u64 comm[2]; /* tasks: their name, padded with zeros */
	__u32 kind;    /* enum holder_kind */
	__u32 id;      /* thread ID, vector or interrupt number */
};

/* What a holder had of the delays of one vector. Tasks of one name are one entry, and who.id is the
 * thread that had most at once. */
struct delayer {
	struct holder who;
	__u32 vec; /* enum si_vec */
	__u32 pad;
	__u64 n, ns, max_ns; /* delays, time in them, the most in one */
};

#define DELAYERS 64
#define DELAYERS_ALL (DELAYERS + SI_VECS) /* one of each vector for all that find no place */
#define DELAYER_PROBES 8

/* One wait, from raise to entry, while it lasts. */
#define HELD_MAX 8 /* holders; the last takes what comes after */

struct held {
	struct holder who;
	__u64 ns;
};

struct softirq_wait {
	__u64 raised; /* 0: none */
	__u64 mark;   /* up to here the time has been charged */
	__u32 n;      /* of held[] */
	__u32 line;   /* of the interrupt that raised it, 0: none */
	struct held held[HELD_MAX];
};

/* What is needed at every switch of tasks and at every softirq and interrupt: a cache line. */
struct softirq_now {
	union {
		__u8 waits[SI_VECS]; /* the vector is raised; kept with blame only */
		__u16 any_waits;
	};
	__u8 charging;	   /* entry or exit divides up a wait; an interrupt can come */
	__u32 running;	   /* softirq vector + 1; 0: none */
	__u32 irq;	   /* interrupt number + 1; 0: none */
	__u32 interrupted; /* the one that came while charging; 0: none */
	__u64 task;	   /* that the softirq runs in; kept with blame only */
} __attribute__((aligned(64)));

#define CPUS_MAX 8192 /* as many as Linux can have */

struct softirq_row {
	struct vec_counts vec[SI_VECS];
	struct rx_counts rx;
	struct napi_count napi[NAPI_PLACES];
	__u64 napi_lost; /* polls of instances without a place */
	struct delayer delayers[DELAYERS_ALL];

	/* from here on the programs' own: what is going on now */
	struct softirq_wait wait[SI_VECS]
				[2]; /* the one that is filled, and the one that is being counted */
	__u32 filled[SI_VECS];
	__u32 irq_line;	  /* of the interrupt whose handler runs */
	__u32 irq_raised; /* it has raised NET_RX */
	__u32 rx_runs;	  /* NET_RX is running */
	__u32 run_polls;
	__u64 irq_entry; /* 0: none runs, or its entry was not measured */
	__u64 entry;	 /* of the vector that is running */
	__u64 run_packets;
	__u64 burst_entry, burst_exit, burst_packets; /* burst_exit 0: no burst yet */
};

/* ---- netstrata irq ---- */

#define IRQ_MAX 4096 /* interrupt numbers; higher ones are counted as line 0 */

/* An interrupt line, on all CPUs: they do not run its handlers at the same time. */
#define LINE_HISTS(X)                                                                              \
	X(handler, "a handler's run time")                                                         \
	X(raise, "from the handler's entry to the raise of NET_RX")                                \
	X(entry, "from that raise to the entry of NET_RX")

struct irq_line {
	LINE_HISTS(SI_FIELD_HIST)
};

/* The same on one CPU. */
struct irq_count {
	__u64 n, ns, max_ns;
	__u64 raised; /* handlers that raised NET_RX */
};

struct softirq_config {
	__u8 softirqs; /* netstrata softirq */
	__u8 blame;    /* who delayed it */
	__u32 lines;   /* netstrata irq: number of lines, line 0 among them */
	__u64 blame_min_ns;
	__u64 burst_gap_ns;
};

#endif
