/* SPDX-License-Identifier: GPL-2.0-only */
/* From the maps of the softirq programs, and from /proc, to a snapshot. */
#ifndef NS_SOFTIRQ_COLLECT_H
#define NS_SOFTIRQ_COLLECT_H

#include "softirq_load.h"
#include "softirq_model.h"

struct softirq_collector {
	struct softirq_programs *programs;
	unsigned n_cpus, n_lines;
	__u64 burst_gap_ns;
	const struct softirq_row *rows; /* mapped */
	const struct irq_line *lines;
	const struct irq_count *counts;
	size_t rows_bytes, lines_bytes, counts_bytes;
	struct softnet_account *accounts; /* of each CPU */
	__u64 start_ns;
};

/* Map the tables and begin to measure. 0 or -errno, logged; softirq_collect_close in any case. */
int softirq_collect_open(struct softirq_collector *c, struct softirq_programs *programs,
			 const struct kernel *k, const struct softirq_config *config);
void softirq_collect_close(struct softirq_collector *c);

/* Everything since the start, into a new snapshot that the caller frees; last: measure no longer.
 * NULL: out of memory. */
struct softirq_snapshot *softirq_collect(struct softirq_collector *c, bool last);

/* The sysctls, read now. */
struct softirq_limits softirq_limits(void);

#endif
