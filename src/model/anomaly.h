/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which connections have become slow: each one's latency in an interval against its own past. Pure
 * computation; one series for each connection and direction, at most as many as asked for.
 *
 * An interval's latency is the mean of log2 of its packets' totals. That is as steady where packets
 * are of two kinds, fast and slow, of which a median would take now one and now the other; and a
 * few outliers, a thousand times as slow, do not move it far.
 *
 * The past is the latest 32 intervals that were not far off: their median, and the median of the
 * distances to it (MAD), so that odd intervals do not matter. An interval is far off if it lies 3.5
 * deviations above the median, where a deviation is 0.4 octaves at least, the noise of 20 packets
 * that are widely spread: so it must be 2.6 times as slow. Two in a row raise an alarm, and three
 * in a row below half of that end it. Nothing is said before 16 intervals of a series (the
 * warm-up), and an interval with fewer than 20 packets is passed over.
 */
#ifndef NS_ANOMALY_H
#define NS_ANOMALY_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "snapshot.h"

#define ANOMALY_WARMUP 16  /* intervals */
#define ANOMALY_HISTORY 32 /* intervals */

struct anomaly_change {
	struct flow flow;
	enum ns_dir dir;
	bool raised;	/* false: it is over */
	__u64 usual_ns; /* of its past: geometric means of the intervals, their median */
	__u64 now_ns;	/* of this interval: geometric mean of its packets */
	__u64 since_ns; /* end of the first interval that was far off (CLOCK_MONOTONIC) */
};

struct anomaly;

/* Room for this many series; all memory is taken here. NULL: out of memory. anomaly_free accepts
 * NULL. */
struct anomaly *anomaly_new(size_t series);
void anomaly_free(struct anomaly *a);

/*
 * Take in one interval (what snapshot_delta() made). Fills `out` with up to max changes and returns
 * how many there were, which can be more.
 */
size_t anomaly_interval(struct anomaly *a, const struct snapshot *delta, struct anomaly_change *out,
			size_t max);

/* Series that found no room so far. Those not seen for 32 intervals make room. */
__u64 anomaly_untracked(const struct anomaly *a);

#endif
