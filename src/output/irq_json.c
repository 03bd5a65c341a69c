// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "histogram.h"
#include "irq_device.h"
#include "json_parts.h"
#include "softirq_parts.h"

/* counts: of a line or a device on CPU 0; that on the next CPU is `step` further. */
static json_t *cpus(const struct softirq_snapshot *s, const struct irq_count *counts, size_t step)
{
	json_t *list = json_array();

	for (unsigned cpu = 0; list && cpu < s->n_cpus; cpu++) {
		const struct irq_count *c = &counts[cpu * step];
		json_t *o;

		if (!c->n)
			continue;
		o = json_pack("{s:i,s:o,s:o,s:o,s:o}", "cpu", (int)cpu, "n", json_u64(c->n),
			      "sum_ns", json_u64(c->ns), "max_ns", json_u64(c->max_ns), "raised",
			      json_u64(c->raised));
		if (json_array_append_new(list, o)) {
			json_decref(list);
			list = NULL;
		}
	}
	return list;
}

static json_t *coalescing(const struct coalescing *c)
{
	if (!c->told)
		return json_null();
	return json_pack("{s:o,s:o,s:b,s:o,s:o,s:b}", "rx_usecs", json_u64(c->rx_usecs),
			 "rx_frames", json_u64(c->rx_frames), "rx_adaptive", c->adaptive_rx,
			 "tx_usecs", json_u64(c->tx_usecs), "tx_frames", json_u64(c->tx_frames),
			 "tx_adaptive", c->adaptive_tx);
}

static json_t *text_or_null(const char *text)
{
	return text[0] ? json_text(text, strlen(text)) : json_null();
}

#define PUT_HIST(name, doc) failed |= json_object_set_new(line, #name, json_hist(&l->name, "_ns"));

static int put_line(FILE *f, const struct softirq_snapshot *s, const struct softirq_run *run,
		    unsigned i)
{
	static const struct irq_info unknown;
	const struct irq_info *irq = i ? &run->irqs.list[i - 1] : &unknown;
	const struct irq_line *l = &s->lines[i];
	int failed = 0;
	json_t *line = json_interval("irq", s, &failed);

	failed |= json_object_set_new(line, "irq", i ? json_u64(irq->irq) : json_null());
	failed |= json_object_set_new(line, "name", text_or_null(irq->name));
	failed |= json_object_set_new(line, "dev", text_or_null(irq->dev));
	LINE_HISTS(PUT_HIST)
	failed |= json_object_set_new(line, "cpus", cpus(s, &s->counts[i], s->n_lines));
	failed |= json_object_set_new(line, "affinity", text_or_null(irq->affinity));
	failed |= json_object_set_new(line, "effective_affinity", text_or_null(irq->effective));
	failed |= json_object_set_new(line, "coalescing", coalescing(&irq->coalescing));
	return json_line(f, line, failed);
}

static json_t *lines_of(const char *dev, const struct irq_infos *irqs)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < irqs->n; i++)
		if (!strcmp(irqs->list[i].dev, dev) &&
		    json_array_append_new(list, json_u64(irqs->list[i].irq))) {
			json_decref(list);
			list = NULL;
		}
	return list;
}

static int put_device(FILE *f, const struct softirq_snapshot *s, const struct softirq_run *run,
		      const struct irq_device *d)
{
	const struct irq_line *l = &d->sum;
	int failed = 0;
	json_t *line = json_interval("irq_device", s, &failed);

	failed |= json_object_set_new(line, "dev", text_or_null(d->first->dev));
	failed |= json_object_set_new(line, "irqs", lines_of(d->first->dev, &run->irqs));
	LINE_HISTS(PUT_HIST)
	failed |= json_object_set_new(line, "cpus", cpus(s, d->counts, 1));
	failed |= json_object_set_new(line, "coalescing", coalescing(&d->first->coalescing));
	return json_line(f, line, failed);
}

static int put_devices(FILE *f, const struct softirq_snapshot *s, const struct softirq_run *run)
{
	struct irq_device *list;
	int err = 0;
	size_t n;

	list = irq_devices(s, &run->irqs, &n);
	if (!list)
		return -ENOMEM;
	for (size_t i = 0; !err && i < n; i++)
		err = put_device(f, s, run, &list[i]);
	irq_devices_free(list, n);
	return err;
}

int irq_json(FILE *f, const struct softirq_snapshot *s, const struct softirq_run *run)
{
	int err = 0;

	for (unsigned i = 0; !err && i < s->n_lines; i++)
		if (irq_of_network(s, run, i) || (run->all && hist_n(&s->lines[i].handler)))
			err = put_line(f, s, run, i);
	if (!err)
		err = put_devices(f, s, run);
	return err ? err : json_flush(f);
}
