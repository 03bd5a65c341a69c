/* SPDX-License-Identifier: GPL-2.0-only */
/* Which hook serves which point on this kernel. */
#ifndef NS_PROBE_HOOKS_H
#define NS_PROBE_HOOKS_H

#include <stdbool.h>

#include "kernel.h"
#include "ladder.h"
#include "record.h"

enum hook_policy { /* which kinds of hook may be chosen */
		   HOOKS_AUTO,
		   HOOKS_TRACEPOINT, /* tracepoints only */
		   HOOKS_FENTRY,     /* tracepoints and fentry */
		   HOOKS_KPROBE,     /* tracepoints and kprobes */
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

struct hook_plan {
	struct hook_choice choices[MAX_CANDIDATES];
	unsigned n;
	__u32 want[NS_DIRS];		  /* bit mask of the points that are to have one */
	__u32 points[NS_DIRS][NS_PROTOS]; /* bit mask of the points, as path_config wants it */
};

/* The points that telling these stages apart needs, for hooks_choose(); dirs: bit mask of
 * 1 << enum ns_dir. */
void hooks_want(unsigned dirs, const __u32 stages[NS_DIRS], __u32 want[NS_DIRS]);

/*
 * Choose by probing; want: for each direction a bit mask of points, 0 for none at all. Returns 0,
 * or -EOPNOTSUPP when a point that nothing can replace has no hook for any protocol and direction.
 * *plan is filled in either case.
 */
int hooks_choose(const struct kernel *k, enum hook_policy policy, const __u32 *want,
		 struct hook_plan *plan);

/* The hook chosen for a point of a protocol, or NULL. dir may be NS_DIRS. */
const struct hook_choice *hooks_of(const struct hook_plan *plan, unsigned dir, unsigned point,
				   enum ns_proto pr);

/* The program number i (0, 1) of a choice: one program serves two points where it can. */
const char *hooks_program(const struct hook_plan *plan, const struct hook_choice *h, unsigned i);

const char *hook_kind_name(enum hook_kind kind);

#endif
