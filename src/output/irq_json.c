// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "histogram.h"
#include "json_parts.h"
#include "softirq_parts.h"

static json_t *cpus(const struct softirq_snapshot *s, unsigned line)
{
	json_t *list = json_array();

	for (unsigned cpu = 0; list && cpu < s->n_cpus; cpu++) {
		const struct irq_count *c = &s->counts[cpu * s->n_lines + line];
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
	failed |= json_object_set_new(line, "cpus", cpus(s, i));
	failed |= json_object_set_new(line, "affinity", text_or_null(irq->affinity));
	failed |= json_object_set_new(line, "effective_affinity", text_or_null(irq->effective));
	failed |= json_object_set_new(line, "coalescing", coalescing(&irq->coalescing));
	return json_line(f, line, failed);
}

int irq_json(FILE *f, const struct softirq_snapshot *s, const struct softirq_run *run)
{
	int err = 0;

	for (unsigned i = 0; !err && i < s->n_lines; i++)
		if (irq_of_network(s, run, i) || (run->all && hist_n(&s->lines[i].handler)))
			err = put_line(f, s, run, i);
	return err ? err : json_flush(f);
}
