/* SPDX-License-Identifier: GPL-2.0-only */
/* What `diff` prints. Each returns 0 or -errno (the stream's). */
#ifndef NS_DIFF_OUTPUT_H
#define NS_DIFF_OUTPUT_H

#include "diff.h"
#include "recording.h"
#include "text.h"

/* One of the two recordings. */
struct diff_side {
	const struct run_info *ri;
	struct recording_part part;
	struct ledger ledger[NS_DIRS]; /* of the part */
	size_t blocks;
};

int text_diff(FILE *f, const struct diff *d, const struct diff_side sides[2],
	      const struct text_opts *o);
int json_diff(FILE *f, const struct diff *d, const struct diff_side sides[2]);

#endif
