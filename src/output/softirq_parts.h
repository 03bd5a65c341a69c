/* SPDX-License-Identifier: GPL-2.0-only */
/* What the renderers of softirqs and interrupts share. */
#ifndef NS_SOFTIRQ_PARTS_H
#define NS_SOFTIRQ_PARTS_H

#include <jansson.h>

#include "format.h"
#include "softirq_output.h"

/* A histogram's median, 99th percentile and maximum, in 21 columns. */
void text_three(FILE *f, const struct hist *h, fmt_fn fmt);

/* A histogram; unit: what the names of its values end in, "_ns" or "". */
json_t *json_hist(const struct hist *h, const char *unit);

/* A line with the members that those of an interval have in common. */
json_t *json_interval(const char *type, const struct softirq_snapshot *s, int *failed);

#endif
