/* SPDX-License-Identifier: GPL-2.0-only */
/* Renderers of `netstrata softirq` and `netstrata irq`: pure functions. 0 or -errno. */
#ifndef NS_SOFTIRQ_OUTPUT_H
#define NS_SOFTIRQ_OUTPUT_H

#include <stdio.h>

#include "irq_info.h"
#include "softirq_model.h"
#include "text.h"

/* What does not change during a run. */
struct softirq_run {
	struct run_info ri;
	struct text_opts text;
	struct softirq_limits limits;
	struct softirq_config config;
	struct irq_infos irqs;
	bool all; /* irq: lines that are not the network's too */
};

int softirq_text_start(FILE *f, const struct softirq_run *run);
int softirq_text(FILE *f, const struct softirq_snapshot *s, const struct softirq_run *run);
int irq_text_start(FILE *f, const struct softirq_run *run);
int irq_text(FILE *f, const struct softirq_snapshot *s, const struct softirq_run *run);

/* What ends the text: events that were not seen. */
int softirq_text_end(FILE *f, __u64 misses, const struct softirq_run *run);

int softirq_json_start(FILE *f, const struct softirq_run *run);
int softirq_json(FILE *f, const struct softirq_snapshot *s, const struct softirq_run *run);
int irq_json(FILE *f, const struct softirq_snapshot *s, const struct softirq_run *run);
int softirq_json_end(FILE *f, __u64 misses, const char *reason);

/* Is this line one of the network's: of a device, or one that raised NET_RX? */
bool irq_of_network(const struct softirq_snapshot *s, const struct softirq_run *run, unsigned line);

#endif
