/* SPDX-License-Identifier: GPL-2.0-only */
/* What sysfs, procfs and ethtool say of interrupt lines. */
#ifndef NS_IRQ_READ_H
#define NS_IRQ_READ_H

#include "irq_info.h"

/* The lines that have a handler, by number (below IRQ_MAX); devices are those of this network
 * namespace. What cannot be had stays empty. 0 or -ENOMEM; irqs_free accepts a zeroed *irqs. */
int irqs_read(struct irq_infos *irqs);
void irqs_free(struct irq_infos *irqs);

/* Read again what an administrator may have changed: affinities and coalescing. */
void irqs_refresh(struct irq_infos *irqs);

#endif
