/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of hooks: data only. */
#ifndef NS_PROBE_LADDER_H
#define NS_PROBE_LADDER_H

#include <linux/types.h>
#include <stdbool.h>

#include "record.h"

enum hook_kind {
	HOOK_TP_BTF,
	HOOK_FENTRY,
	HOOK_KPROBE,
};

/* Points of no packet, in the "direction" NS_DIRS. */
enum aux_point {
	AUX_CLOSE,   /* a socket ends */
	AUX_CLOSING, /* an ACK while a connection is opened or closed */
	AUX_BLOCKED, /* a sender waits for room in its socket */
	AUX_ENQUEUE, /* a packet goes into a queueing discipline, and not past it */
	AUX_DROP,
	AUX_COUNT
};

#define HOOK_PROGS 2
#define MAX_CANDIDATES 64

/* One way to serve a point: programs that work together. The table lists the better way first. */
struct candidate {
	unsigned dir;	 /* enum ns_dir, or NS_DIRS */
	unsigned point;	 /* enum rx_point, tx_point or aux_point */
	unsigned protos; /* bit mask of 1 << enum ns_proto */
	enum hook_kind kind;
	bool counted;  /* RX with tracepoints alone: only with the other counted ones */
	unsigned args; /* tracepoint: how many arguments it must have at least */
	const char *targets[HOOK_PROGS]; /* the second may be absent on some kernels */
	const char *progs[HOOK_PROGS];
};

extern const struct candidate hook_ladder[];
extern const unsigned n_hook_ladder;

/* "(close)" */
const char *aux_name(unsigned point);

#endif
