/* SPDX-License-Identifier: GPL-2.0-only */
/* What `netstrata softirq` and `netstrata irq` have in common: measure until something says stop.
 */
#ifndef NS_SOFTIRQ_SESSION_H
#define NS_SOFTIRQ_SESSION_H

#include "options.h"
#include "softirq_output.h"

/* What makes one of the two. */
struct softirq_command {
	bool lines; /* measure interrupt lines; else softirqs */
	int (*start)(FILE *f, const struct softirq_run *run);
	int (*text)(FILE *f, const struct softirq_snapshot *s, const struct softirq_run *run);
	int (*json)(FILE *f, const struct softirq_snapshot *s, const struct softirq_run *run);
};

/* All of it; returns an enum exit_status. */
int softirq_session(const struct softirq_command *command, const struct options *o, int argc,
		    char **argv);

#endif
