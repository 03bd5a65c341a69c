// SPDX-License-Identifier: GPL-2.0-only
#include "softirq_output.h"

#include <errno.h>
#include <stdlib.h>

#include "format.h"
#include "histogram.h"
#include "irq_device.h"
#include "softirq_parts.h"
#include "text_style.h"

bool irq_of_network(const struct softirq_snapshot *s, const struct softirq_run *run, unsigned line)
{
	return hist_n(&s->lines[line].raise) || (line && run->irqs.list[line - 1].dev[0]);
}

int irq_text_start(FILE *f, const struct softirq_run *run)
{
	return text_header(f, &run->ri, &run->text);
}

static void put_name(FILE *f, const struct irq_info *irq, bool any, const struct text_opts *o)
{
	char name[sizeof(irq->name)], dev[sizeof(irq->dev)];

	fputs(text_style(o, TS_HEAD), f);
	if (irq)
		fprintf(f, "irq %u %s%s%s", irq->irq,
			fmt_clean(name, sizeof(name), irq->name, sizeof(irq->name), o->utf8),
			irq->dev[0] ? " of " : "",
			fmt_clean(dev, sizeof(dev), irq->dev, sizeof(irq->dev), o->utf8));
	else
		fprintf(f, "interrupts that were set up after the start");
	fprintf(f, "%s%s\n", text_style(o, TS_RESET), any ? "" : ": none came");
}

/* counts: of a line or a device on CPU 0; that on the next CPU is `step` further. */
static void put_places(FILE *f, const struct softirq_snapshot *s, const struct irq_count *counts,
		       size_t step)
{
	const char *sep = "  on ";

	for (unsigned cpu = 0; cpu < s->n_cpus; cpu++) {
		const struct irq_count *c = &counts[cpu * step];

		if (!c->n)
			continue;
		fprintf(f, "%scpu %u: %s/s, mean %s, max %s", sep, cpu,
			fmt_rate(c->n, s->interval_ns).s, fmt_ns(c->ns / c->n).s,
			fmt_ns(c->max_ns).s);
		sep = "; ";
	}
	if (sep[0] == ';')
		fputc('\n', f);
}

static void put_affinity(FILE *f, const struct irq_info *irq)
{
	fprintf(f, "  affinity %s, effective %s\n",
		irq && irq->affinity[0] ? irq->affinity : "not told",
		irq && irq->effective[0] ? irq->effective : "not told");
}

static void put_coalescing(FILE *f, const struct irq_info *irq)
{
	const struct coalescing *c = &irq->coalescing;

	if (!irq->dev[0])
		return;
	if (!c->told)
		fprintf(f, "  coalescing not told by the driver\n");
	else
		fprintf(f, "  coalescing: rx %uus, %u frames%s; tx %uus, %u frames%s\n",
			c->rx_usecs, c->rx_frames, c->adaptive_rx ? ", adaptive" : "", c->tx_usecs,
			c->tx_frames, c->adaptive_tx ? ", adaptive" : "");
}

static void put_times(FILE *f, const struct softirq_snapshot *s, const struct irq_line *l)
{
	__u64 n = hist_n(&l->handler);

	if (!n)
		return;
	fprintf(f, "  %6s%6s", fmt_count(n).s, fmt_rate(n, s->interval_ns).s);
	text_three(f, &l->handler, fmt_ns);
	text_three(f, &l->raise, fmt_ns);
	text_three(f, &l->entry, fmt_ns);
	fputc('\n', f);
}

static void put_line(FILE *f, const struct softirq_snapshot *s, const struct softirq_run *run,
		     unsigned line)
{
	const struct irq_info *irq = line ? &run->irqs.list[line - 1] : NULL;
	const struct irq_line *l = &s->lines[line];
	__u64 n = hist_n(&l->handler);
	char title[100];

	put_name(f, irq, n, &run->text);
	put_times(f, s, l);
	put_places(f, s, &s->counts[line], s->n_lines);
	put_affinity(f, irq);
	if (irq)
		put_coalescing(f, irq);
	if (!n || !run->text.histogram)
		return;
	snprintf(title, sizeof(title), "irq %u handler", irq ? irq->irq : 0);
	text_histogram(f, &l->handler, title, &run->text);
	text_histogram(f, &l->raise, "handler's entry to raise", &run->text);
	text_histogram(f, &l->entry, "raise to entry of NET_RX", &run->text);
}

/* Those with several lines: of one alone all has been said. */
static int put_devices(FILE *f, const struct softirq_snapshot *s, const struct softirq_run *run)
{
	const struct text_opts *o = &run->text;
	char dev[sizeof(run->irqs.list->dev)];
	struct irq_device *list;
	size_t n;

	list = irq_devices(s, &run->irqs, &n);
	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct irq_device *d = &list[i];

		if (d->n_lines < 2)
			continue;
		fprintf(f, "%s%s, %u lines together%s%s\n", text_style(o, TS_HEAD),
			fmt_clean(dev, sizeof(dev), d->first->dev, sizeof(dev), o->utf8),
			d->n_lines, text_style(o, TS_RESET),
			hist_n(&d->sum.handler) ? "" : ": none came");
		put_times(f, s, &d->sum);
		put_places(f, s, d->counts, 1);
	}
	irq_devices_free(list, n);
	return 0;
}

int irq_text(FILE *f, const struct softirq_snapshot *s, const struct softirq_run *run)
{
	const struct text_opts *o = &run->text;
	unsigned hidden = 0, shown = 0;
	int err = 0;

	text_interval(f, &run->ri, s->mono_ns, s->interval_ns, s->final, o);
	fprintf(f, "%s%35s%21s%21s\n", text_style(o, TS_HEAD), "handler's run",
		"its entry to raise", "raise to NET_RX");
	fprintf(f, "  %6s%6s%7s%7s%7s%7s%7s%7s%7s%7s%7s%s\n", "calls", "/s", "p50", "p99", "max",
		"p50", "p99", "max", "p50", "p99", "max", text_style(o, TS_RESET));
	for (unsigned i = 0; i < s->n_lines; i++) {
		bool any = hist_n(&s->lines[i].handler);

		if (irq_of_network(s, run, i) || (run->all && any)) {
			put_line(f, s, run, i);
			shown++;
		} else {
			hidden += any;
		}
	}
	err = put_devices(f, s, run);
	if (!shown)
		fprintf(f, "no interrupt of a network device, and none raised NET_RX\n");
	if (hidden)
		fprintf(f, "%u others came; --all shows them\n", hidden);
	fputc('\n', f);
	if (fflush(f) && !err)
		err = -errno;
	return err ? err : text_status(f);
}
