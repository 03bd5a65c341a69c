/* SPDX-License-Identifier: GPL-2.0-only */
/* The columns of a table of CPUs, the same on the screen of `top` and in text. */
#ifndef NS_CPU_COLUMNS_H
#define NS_CPU_COLUMNS_H

#include "cpus.h"
#include "format.h"

enum cpu_column {
	CPU_N,
	CPU_P50,
	CPU_P99,
	CPU_MAX,
	CPU_RX,
	CPU_TX,
	CPU_RUNS,
	CPU_PACKETS,
	CPU_SQUEEZED,
	CPU_KSOFTIRQD,
	CPU_BACKLOG,
	CPU_RPS,
	CPU_DROPS,
	CPU_COLUMNS
};

#define CPU_NUMBER 4 /* columns of a CPU's number, at the start of a row */

/* rank: where there is no room for all, those with the highest are left out. 60 columns: 0 only. */
struct cpu_column_info {
	const char *over, *head; /* the two lines of the heading */
	unsigned width, rank;
};

extern const struct cpu_column_info cpu_columns[CPU_COLUMNS];

/* The highest rank whose columns fit into `width`, with all below it. Returns the width of these.
 */
unsigned cpu_columns_fit(unsigned width, unsigned *rank);

struct fmt cpu_cell(const struct softirq_snapshot *s, unsigned cpu, enum cpu_column c,
		    enum fmt_unit unit);

#endif
