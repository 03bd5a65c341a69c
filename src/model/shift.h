/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Has a quantile changed from one run to another? Each run is a list of histograms, one for each
 * block of its intervals: what differs from block to block is the noise that a change has to stand
 * out from. Pure functions; equal input gives equal results.
 *
 * All is done on the logarithm of the quantile. Its standard error is that of a bootstrap over
 * stretches of neighbouring blocks, each run by itself; the interval is Student's, widened by what
 * the buckets cannot tell. The noise floor is how far halves of the first run are from each other:
 * its first half from its second, or, if that is more, 95 % of random halves.
 */
#ifndef NS_SHIFT_H
#define NS_SHIFT_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "record.h"

#define SHIFT_BLOCKS_MIN 12
#define SHIFT_QUANTILES 3

extern const double shift_quantiles[SHIFT_QUANTILES]; /* 0.5, 0.9, 0.99 */

enum shift_verdict {
	SHIFT_FEW_SAMPLES, /* too few packets for this quantile, in one of the runs */
	SHIFT_FEW_BLOCKS,  /* too few blocks that have packets */
	SHIFT_NONE,	   /* no change that stands out */
	SHIFT_SLOWER,
	SHIFT_FASTER,
};

struct shift {
	enum shift_verdict verdict;
	/* the rest only from SHIFT_NONE on */
	double before, after; /* ns, interpolated inside the bucket */
	double change;	      /* after / before - 1 */
	double low, high;     /* its interval; by shift_judge() */
	double noise;	      /* the floor, in the same measure */

	double error, freedom, resolution; /* of the logarithm */
};

/* Compare the runs a and b, block by block. Verdicts are SHIFT_NONE or why there is none. */
void shift_compare(const struct hist *const *a, size_t n_a, const struct hist *const *b, size_t n_b,
		   struct shift out[SHIFT_QUANTILES]);

/*
 * The interval and the verdict, where `comparisons` were made in all: at most one time in twenty is
 * any of their intervals wrong.
 */
void shift_judge(struct shift *s, unsigned comparisons);

#endif
