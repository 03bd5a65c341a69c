/* SPDX-License-Identifier: GPL-2.0-only */
/* What `netstrata softirq` and `netstrata irq` show of one interval. Pure data, no BPF, no I/O. */
#ifndef NS_SOFTIRQ_MODEL_H
#define NS_SOFTIRQ_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "softirq.h"

/* The kernel's own account of a CPU, from /proc/net/softnet_stat; it wraps at 2^32. */
struct softnet {
	__u32 processed, dropped, time_squeeze, received_rps, flow_limit;
	__u32 by_time; /* of time_squeeze, what was not the budget; see softnet_by_time() */
	bool told;     /* there is one: the CPU is online, and the file can be read */
};

/* Of a run: as it was at the start, or when the CPU came online first, and when it was told last.
 */
struct softnet_account {
	struct softnet base, last;
	__u32 by_time; /* for softnet_by_time() */
};

struct softirq_snapshot {
	__u64 mono_ns; /* end of the interval */
	__u64 interval_ns;
	bool final;		  /* covers the whole run */
	__u64 misses;		  /* events that no program saw */
	unsigned n_cpus, n_lines; /* lines: of interrupts, line 0 among them; 0: not measured */
	struct softirq_row *rows; /* one for each possible CPU */
	struct softnet *softnet;  /* the same; zeros where the kernel tells nothing */
	struct irq_line *lines;
	struct irq_count *counts; /* of a CPU and a line: [cpu * n_lines + line] */
};

/* Facts that do not change during a run; what was not to be had is -1. */
struct softirq_limits {
	int budget, budget_usecs, weight; /* net.core.netdev_budget, ..._usecs, dev_weight */
};

/* An empty snapshot; NULL when out of memory. softirq_free accepts NULL. */
struct softirq_snapshot *softirq_new(unsigned n_cpus, unsigned n_lines);
void softirq_free(struct softirq_snapshot *s);

/* NULL when out of memory. */
struct softirq_snapshot *softirq_copy(const struct softirq_snapshot *s);

/* cur -= prev, which is of the same run and older. A maximum is exact where it grew, else the upper
 * bound of the highest bucket that did (of what has no buckets: its sum, if that is smaller). */
void softirq_subtract(struct softirq_snapshot *cur, const struct softirq_snapshot *prev);

/*
 * Add an interval to those before it in *sum, which begins as NULL: what each CPU counted, not its
 * NAPI instances and delayers, which have names. 0 or -ENOMEM.
 */
int softirq_add(struct softirq_snapshot **sum, const struct softirq_snapshot *s);

/* Counters and histograms of all CPUs together. */
void softirq_total(const struct softirq_snapshot *s, struct softirq_row *total);

/* The burst that stands in a row's state has ended if nothing ran for `gap` ns: count it. */
void softirq_end_burst(struct softirq_row *row, __u64 now, __u64 gap);

/* Runs that ended because their time was over, as many as are certain. cpu -1: of all. */
__u64 softirq_time_squeezes(const struct softirq_snapshot *s, int cpu);

/* A NAPI instance, or a delayer, of all CPUs. The lists are sorted, most packets or time first, and
 * freed by the caller; *n is their length. NULL with *n = 0: none, or (*n = 1) out of memory. */
struct softirq_delayer {
	struct delayer d;
	int worst_cpu; /* where it had most at once */
};
struct napi_count *softirq_napis(const struct softirq_snapshot *s, size_t *n);
struct softirq_delayer *softirq_delayers(const struct softirq_snapshot *s, enum si_vec vec,
					 size_t *n);

/* A line of /proc/net/softnet_stat. Returns the CPU it is of (`position`, the number of the line,
 * where the kernel does not say), or -EINVAL. */
int softnet_parse(const char *line, unsigned position, struct softnet *out);

/* What the kernel told, or not, becomes the growth since the base: while it tells nothing, as when
 * it last did. */
void softnet_since_base(struct softnet *now, struct softnet_account *a);

/*
 * s->by_time: the kernel's count less the row's squeezed_budget. The count has to be read before
 * the row, so that what comes between the two makes it too small, never too large; *most, the
 * largest so far, makes up for that at the first quiet moment.
 */
void softnet_by_time(struct softnet *s, __u64 squeezed_budget, __u32 *most);

/* "net_rx" and so on, of a vector's number in the kernel; NULL if there is none. */
const char *softirq_vec_name(unsigned nr);
/* of enum si_vec */
const char *si_vec_name(enum si_vec v);

#endif
