/* SPDX-License-Identifier: GPL-2.0-only */
/* The interrupts of a device: its lines together. Pure data. */
#ifndef NS_IRQ_DEVICE_H
#define NS_IRQ_DEVICE_H

#include "irq_info.h"
#include "softirq_model.h"

struct irq_device {
	const struct irq_info *first; /* of its lines: it has its name and coalescing */
	unsigned n_lines;
	struct irq_line sum;
	struct irq_count *counts; /* by CPU */
};

/* A list that irq_devices_free takes, by the number of the first line; *n is its length. NULL: out
 * of memory. */
struct irq_device *irq_devices(const struct softirq_snapshot *s, const struct irq_infos *irqs,
			       size_t *n);
void irq_devices_free(struct irq_device *list, size_t n);

#endif
