/* SPDX-License-Identifier: GPL-2.0-only */
/* Sums over CPUs, and over many connections: what their rows know beside the histograms. */
#ifndef NS_TOTALS_H
#define NS_TOTALS_H

#include <linux/types.h>

#include "record.h"
#include "snapshot.h"

struct totals {
	struct conn_stage stages[NS_DIRS][NS_PROTOS][STAGES_MAX];
	struct conn_stage resent[NS_PROTOS];
	struct cause_time causes[CAUSE_COUNT];
};

void totals_add(struct totals *t, const struct conn *c);

/* The histograms' sums and maxima from them, the causes, and how many packets were taken. */
void totals_put(const struct totals *t, struct snapshot *s);

/* What the programs counted on one CPU. */
void snapshot_add_cpu(struct snapshot *s, const struct cpu_row *row);

#endif
