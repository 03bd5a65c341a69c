/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of `netstrata softirq` and `netstrata irq`. */
#ifndef NS_OPTIONS_SOFTIRQ_H
#define NS_OPTIONS_SOFTIRQ_H

#include <linux/types.h>
#include <stdbool.h>

struct softirq_options {
	bool json, color, histogram;
	int verbose;
	__u64 interval_ns; /* 0: only the summary at the end */
	__u64 count;	   /* intervals; 0 = no limit */
	__u64 duration_ns; /* 0 = until Ctrl-C */

	/* softirq */
	bool blame;
	__u64 blame_min_ns, burst_gap_ns;

	/* irq */
	bool all;
};

/* As options_stat() in options.h. */
int options_softirq(int argc, char **argv, struct softirq_options *o);
int options_irq(int argc, char **argv, struct softirq_options *o);
void options_softirq_dump(void);
void options_irq_dump(void);

#endif
