// SPDX-License-Identifier: GPL-2.0-only
#include "irq_device.h"

#include <stdlib.h>
#include <string.h>

#include "histogram.h"

#define ADD_HIST(name, doc) hist_merge(&d->sum.name, &l->name);

static void add_line(struct irq_device *d, const struct softirq_snapshot *s, unsigned line)
{
	const struct irq_line *l = &s->lines[line];

	d->n_lines++;
	LINE_HISTS(ADD_HIST)
	for (unsigned cpu = 0; cpu < s->n_cpus; cpu++) {
		const struct irq_count *c = &s->counts[cpu * s->n_lines + line];
		struct irq_count *to = &d->counts[cpu];

		to->n += c->n;
		to->ns += c->ns;
		to->raised += c->raised;
		if (c->max_ns > to->max_ns)
			to->max_ns = c->max_ns;
	}
}

/* The device of this line, a new one at the end of the list if it is none's so far; NULL: out of
 * memory. */
static struct irq_device *device_of(struct irq_device *list, size_t *n, const struct irq_info *irq,
				    unsigned n_cpus)
{
	size_t i = 0;

	while (i < *n && strcmp(list[i].first->dev, irq->dev))
		i++;
	if (i < *n)
		return &list[i];
	list[i] =
		(struct irq_device){.first = irq, .counts = calloc(n_cpus, sizeof(*list->counts))};
	if (!list[i].counts)
		return NULL;
	(*n)++;
	return &list[i];
}

struct irq_device *irq_devices(const struct softirq_snapshot *s, const struct irq_infos *irqs,
			       size_t *n)
{
	struct irq_device *list = calloc(irqs->n + 1, sizeof(*list)); /* + 1: never nothing */

	*n = 0;
	for (unsigned line = 1; list && line < s->n_lines; line++) {
		const struct irq_info *irq = &irqs->list[line - 1];
		struct irq_device *d;

		if (!irq->dev[0])
			continue;
		d = device_of(list, n, irq, s->n_cpus);
		if (!d) {
			irq_devices_free(list, *n);
			return NULL;
		}
		add_line(d, s, line);
	}
	return list;
}

void irq_devices_free(struct irq_device *list, size_t n)
{
	for (size_t i = 0; list && i < n; i++)
		free(list[i].counts);
	free(list);
}
