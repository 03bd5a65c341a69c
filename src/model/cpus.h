/* SPDX-License-Identifier: GPL-2.0-only */
/* Which CPUs of a softirq_snapshot a dashboard shows, and in which order. Pure data. */
#ifndef NS_CPUS_H
#define NS_CPUS_H

#include "softirq_model.h"

/* Was one of the two vectors raised on it, or run? */
bool cpu_ran(const struct softirq_row *row);

/* Is there something to show of it: is it online, or has it run something? */
bool cpu_there(const struct softirq_snapshot *s, unsigned cpu);

enum cpu_order {
	CPUS_BY_NUMBER,
	CPUS_WORST_FIRST, /* the longest delay of NET_RX first */
};

/* The numbers of the CPUs that are there, freed by the caller; *n is how many. NULL: out of memory.
 */
unsigned *cpus_list(const struct softirq_snapshot *s, enum cpu_order order, unsigned *n);

/* Time in runs of a vector that ended in the interval, ns; never more than the interval: a run can
 * have begun before it. */
__u64 cpu_run_ns(const struct softirq_snapshot *s, unsigned cpu, enum si_vec v);

#endif
