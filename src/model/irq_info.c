// SPDX-License-Identifier: GPL-2.0-only
#include "irq_info.h"

const struct irq_info *irq_find(const struct irq_infos *irqs, unsigned irq)
{
	for (size_t i = 0; i < irqs->n; i++)
		if (irqs->list[i].irq == irq)
			return &irqs->list[i];
	return NULL;
}
