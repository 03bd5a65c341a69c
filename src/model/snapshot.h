/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One immutable snapshot per interval: everything that any output shows. Collectors fill it,
 * renderers read it; neither knows the other. Pure data, no BPF, no I/O.
 */
#ifndef NS_SNAPSHOT_H
#define NS_SNAPSHOT_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "record.h"

struct ledger {
	__u64 seen;
	__u64 taken;
	__u64 undelivered; /* RX only */
	__u64 lost[LOSS_COUNT];
	__u64 ways[WAY_COUNT]; /* RX: how many of `taken` came, or were read, in which way */
};

/* What a reason of loss means for its packet. */
enum loss_kind {
	LOST_PACKET, /* it is not in the totals */
	LOST_DETAIL, /* it is, and only something else of it is missing */
	LEFT_OUT,    /* it is not, as the user chose: no loss */
	LOSS_KINDS
};

#define CLOCK_LEN 32

/* A device that was asked for its own receive stamps. */
struct hw_info {
	char dev[DEV_LEN];
	const char *lacks; /* why they are not used; NULL: they are */
	char filter[24];   /* which packets it stamps; "not told" */
	bool changed;	   /* ... because we set it so */
};

/* The clock of one whose stamps are used. */
struct hw_state {
	char dev[DEV_LEN];
	char clock[CLOCK_LEN];	/* "/dev/ptp0" */
	char method[CLOCK_LEN]; /* how it is read */
	bool known;		/* it can be converted now */
	__u64 error_ns;		/* the largest error of a packet's stamp so far */
	__s64 rate_ppb;		/* CLOCK_MONOTONIC gains that on it */
	__u64 steps, changes;	/* so far: it was set; its rate changed */
};

#define HWS_MAX (2 * FILTER_MAX)

/* Facts that do not change during a run. */
struct run_info {
	char version[32];
	char kernel[128];
	char host[80];
	char options[512];		  /* the command line, for the reader */
	__u32 points[NS_DIRS][NS_PROTOS]; /* bit mask of the points; 0: not measured */
	/* e.g. "tp_btf/netif_receive_skb"; NULL = none */
	const char *hooks[NS_DIRS][NS_PROTOS][POINTS_MAX];
	const char *const *drop_reasons; /* by number, "NO_SOCKET"; entries may be NULL */
	unsigned n_drop_reasons;	 /* 0: this kernel tells no reasons */
	__u64 mono_ns, real_ns;		 /* the same moment on both clocks */
	__u32 sample;
	__u64 slower_ns;    /* trace: only packets whose total is at least this are listed */
	__u64 slow_ns;	    /* from this on a packet is slow, and its cause is told; 0: never */
	bool backlog_found; /* backlogs are what a packet found, not what it left in the queue */
	__u64 budget_bytes; /* kernel memory that the maps can take at most */
	struct hw_info hws[HWS_MAX];
	unsigned n_hws;
};

struct drop_count {
	struct drop_key key;
	struct drop drop;
};

struct softirq_snapshot;

struct snapshot {
	__u64 mono_ns; /* end of the interval */
	__u64 interval_ns;
	bool final; /* covers the whole run */
	struct hist hist[NS_DIRS][NS_PROTOS][HISTS_MAX];
	struct ledger ledger[NS_DIRS];
	struct cause_time causes[CAUSE_COUNT]; /* of all connections, ended ones too */
	struct hw_state hws[FILTER_MAX];       /* as they stand at the end of the interval */
	__u32 n_hws;
	struct qdisc *qdiscs; /* owned; those with n or bypassed > 0 */
	size_t n_qdiscs;
	struct drop_count *drops; /* owned */
	size_t n_drops;
	struct conn *conns; /* owned; live and closed ones, of an interval those that moved */
	size_t n_conns;
	struct softirq_snapshot *softirqs; /* owned; of each CPU; NULL: not measured */
};

/* Allocate an empty snapshot; NULL when out of memory. snapshot_free accepts NULL. */
struct snapshot *snapshot_new(void);
void snapshot_free(struct snapshot *s);

/*
 * cur - prev into *out (histograms, ledgers, causes, drops, qdiscs by key, and connections, matched
 * by row identity: flow and gen; softirqs by CPU). The maximum of an interval cannot be told from
 * cumulative maxima: where cur's max is larger than prev's it is exact, otherwise it is the upper
 * bound of the highest bucket that grew, capped by cur's max. prev may be NULL: all zeros. out
 * comes from snapshot_new() and is no other snapshot; it is never final. Returns 0 or -ENOMEM.
 */
int snapshot_delta(const struct snapshot *cur, const struct snapshot *prev, struct snapshot *out);

/* Anything to tell of a direction? Data can wait, be sent again or be acknowledged without a packet
 * in the totals. */
bool conn_dir_moved(const struct conn *c, enum ns_dir dir);

/* The same one in two snapshots? An address of a qdisc can come again, as another kind or device.
 */
bool conn_same(const struct conn *a, const struct conn *b);
bool qdisc_same(const struct qdisc *a, const struct qdisc *b);

/* Does the kernel tell its backlog and requeues? A lockless one has them spread over the CPUs. */
bool qdisc_tells(const struct qdisc *q);

/* The largest error of a device's stamp so far, ns; 0: none was used. */
__u64 snapshot_hw_error(const struct snapshot *s);

void ledger_add(struct ledger *to, const struct ledger *from);

/* The same of one connection, in place: c - prev. */
void conn_delta(struct conn *c, const struct conn *prev);

/* Of either direction. */
bool conn_moved(const struct conn *c);

/* seen - taken - the losses that are not in the totals: on their way, or in a socket's queue. Never
 * negative. */
__u64 ledger_pending(const struct ledger *l);

/* The sum of the reasons of a kind. */
__u64 ledger_lost(const struct ledger *l, enum loss_kind kind);

#endif
