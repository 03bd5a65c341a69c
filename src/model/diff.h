/* SPDX-License-Identifier: GPL-2.0-only */
/* Two recordings, stage by stage. Pure functions. */
#ifndef NS_DIFF_H
#define NS_DIFF_H

#include "shift.h"
#include "snapshot.h"
#include "timeline.h"

#define DIFF_COLUMNS                                                                               \
	48 /* of the timelines: 24 blocks at least, where there are as many intervals */

struct diff_row {
	enum ns_dir dir;
	unsigned proto, stage;
	__u32 points; /* with a hook, in the first run: what the stage's label depends on */
	bool same;    /* measured alike in both: else there is no comparison */
	__u64 n[2];   /* packets */
	struct shift shifts[SHIFT_QUANTILES];
};

struct diff {
	struct diff_row rows[NS_DIRS * NS_PROTOS * STAGES_MAX];
	size_t n;
	unsigned comparisons;
};

/* All stages that have packets in either run. */
void diff_make(const struct timeline *before, const struct run_info *ri_before,
	       const struct timeline *after, const struct run_info *ri_after, struct diff *out);

#endif
