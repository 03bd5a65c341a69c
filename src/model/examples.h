/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Slow packets of the latest intervals, to show one where something has become slow: the slowest of
 * a connection, of a stage and of a queueing discipline, and of what came in on a CPU.
 * A fixed number of places; those of connections are found by hash: where two meet, the slower
 * packet stays. Pure data.
 */
#ifndef NS_EXAMPLES_H
#define NS_EXAMPLES_H

#include "packet.h"
#include "query.h"

#define EXAMPLES_PLACES 1024
#define EXAMPLES_CPUS 512
#define EXAMPLES_AGE 3 /* intervals that a packet is kept */

struct example {
	struct ns_event e;
	__u64 ns;
	__u64 interval; /* that it came in; 0: free */
};

struct examples {
	__u64 interval;
	struct example flows[EXAMPLES_PLACES];
	struct example stages[NS_DIRS][NS_PROTOS][STAGES_MAX]; /* the slowest in each */
	struct example cpus[EXAMPLES_CPUS];		       /* the one that was slowest there */
};

void examples_add(struct examples *x, const struct ns_event *e, const struct run_info *ri);

/* Another interval has passed. */
void examples_step(struct examples *x);

/* NULL where there is none. */
const struct ns_event *examples_of_flow(const struct examples *x, const struct flow *flow,
					enum ns_dir dir);
const struct ns_event *examples_of_port(const struct examples *x, enum ns_dir dir, unsigned proto,
					__u32 netns, __u16 port, bool local);
const struct ns_event *examples_of_stage(const struct examples *x, enum ns_dir dir, unsigned proto,
					 unsigned stage);
const struct ns_event *examples_of_qdisc(const struct examples *x, const struct qdisc *q);

/* One that came in there and waited for that CPU longer than is usual: what was slow for another
 * reason is none. Where the wait is not measured, the one that took longest up to its socket. */
const struct ns_event *examples_of_cpu(const struct examples *x, unsigned cpu, __u64 usual_ns,
				       const struct run_info *ri);

#endif
