/* SPDX-License-Identifier: GPL-2.0-only */
/* Which part of a recording is shown. */
#ifndef NS_RANGE_H
#define NS_RANGE_H

#include "options.h"
#include "reader.h"

/* Go to what --from and --to say. */
void recording_range(struct recording *r, const struct options *o);

/* Count an interval that is shown. */
void recording_part_add(struct recording_part *part, const struct recorded_interval *i);

#endif
