/* SPDX-License-Identifier: GPL-2.0-only */
/* Which hook serves which point on this kernel. */
#ifndef NS_PROBE_HOOKS_H
#define NS_PROBE_HOOKS_H

#include <stdbool.h>

#include "kernel.h"
#include "record.h"

enum hook_policy { /* which kinds of hook may be chosen */
		   HOOKS_AUTO,
		   HOOKS_TRACEPOINT, /* tracepoints only */
		   HOOKS_FENTRY,     /* tracepoints and fentry */
		   HOOKS_KPROBE,     /* tracepoints and kprobes */
};

enum hook_kind {
	HOOK_TP_BTF,
	HOOK_FENTRY,
	HOOK_KPROBE,
};

#define HOOK_PROGS 2

/* One way to serve a point: programs that work together. The tables list the better way first. */
struct candidate {
	enum rx_point point; /* RXP_COUNT: no point, but the end of a socket */
	unsigned protos;     /* bit mask of 1 << enum ns_proto */
	enum hook_kind kind;
	bool counted; /* UDP by counting datagrams: only with the other counted ones */
	const char *targets[HOOK_PROGS]; /* the second may be absent (IPv6 as a module) */
	const char *progs[HOOK_PROGS];
};

enum verdict {
	HOOK_CHOSEN,
	HOOK_NOT_NEEDED, /* a better one was chosen */
	HOOK_EXCLUDED,	 /* by --hooks */
	HOOK_FAILED,
};

struct hook_choice {
	const struct candidate *c;
	enum verdict verdict;
	int error;	/* HOOK_FAILED: negative errno */
	bool second;	/* the second target is there too */
	char name[128]; /* "fentry/ip_rcv, fentry/ipv6_rcv" */
};

#define MAX_CANDIDATES 32

struct hook_plan {
	struct hook_choice choices[MAX_CANDIDATES];
	unsigned n;
	__u32 points[NS_PROTOS]; /* bit mask of enum rx_point, as rx_config wants it */
	bool by_address;	 /* as rx_config wants it */
};

/* Choose by probing. Returns 0, or -EOPNOTSUPP when a receive point that nothing can replace
 * (stack, ready, read) has no hook for any protocol. *plan is filled in either case. */
int hooks_choose(const struct kernel *k, enum hook_policy policy, struct hook_plan *plan);

/* The hook chosen for a point of a protocol, or NULL. */
const struct hook_choice *hooks_of(const struct hook_plan *plan, enum rx_point p, enum ns_proto pr);

const char *hook_kind_name(enum hook_kind kind);

#endif
