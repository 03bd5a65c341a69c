/* SPDX-License-Identifier: GPL-2.0-only */
/* Two recordings, stage by stage, and CPU by CPU. Pure functions. */
#ifndef NS_DIFF_H
#define NS_DIFF_H

#include "shift.h"
#include "snapshot.h"
#include "timeline.h"

#define DIFF_COLUMNS                                                                               \
	48 /* of the timelines: 24 blocks at least, where there are as many intervals */

struct diff_row {
	bool softirq; /* the delay of NET_RX on `cpu`; else a stage, by the next three */
	unsigned cpu;
	enum ns_dir dir;
	unsigned proto, stage;
	__u32 points; /* with a hook, in the first run: what the stage's label depends on */
	bool same;    /* measured alike in both: else there is no comparison */
	__u64 n[2];   /* packets, or delays */
	struct shift shifts[SHIFT_QUANTILES];
};

struct diff {
	struct diff_row rows[NS_DIRS * NS_PROTOS * STAGES_MAX + TIMELINE_CPUS];
	size_t n;
	unsigned comparisons;
	bool one_has_cpus; /* and the other has not */
};

/* All stages that have packets in either run, then the CPUs (below TIMELINE_CPUS) where NET_RX was
 * raised in either, if both have recorded that. */
void diff_make(const struct timeline *before, const struct run_info *ri_before,
	       const struct timeline *after, const struct run_info *ri_after, struct diff *out);

#endif
