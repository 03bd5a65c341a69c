// SPDX-License-Identifier: GPL-2.0-only
#include "softirq_output.h"

#include <errno.h>
#include <stdlib.h>

#include "format.h"
#include "histogram.h"
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

static void put_places(FILE *f, const struct softirq_snapshot *s, unsigned line,
		       const struct irq_info *irq)
{
	const char *sep = "  on ";

	for (unsigned cpu = 0; cpu < s->n_cpus; cpu++) {
		const struct irq_count *c = &s->counts[cpu * s->n_lines + line];

		if (!c->n)
			continue;
		fprintf(f, "%scpu %u: %s/s, mean %s, max %s", sep, cpu,
			fmt_rate(c->n, s->interval_ns).s, fmt_ns(c->ns / c->n).s,
			fmt_ns(c->max_ns).s);
		sep = "; ";
	}
	fprintf(f, "%saffinity %s, effective %s\n", sep[0] == ';' ? "\n  " : "  ",
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

static void put_line(FILE *f, const struct softirq_snapshot *s, const struct softirq_run *run,
		     unsigned line)
{
	const struct irq_info *irq = line ? &run->irqs.list[line - 1] : NULL;
	const struct irq_line *l = &s->lines[line];
	__u64 n = hist_n(&l->handler);
	char title[100];

	put_name(f, irq, n, &run->text);
	if (n) {
		fprintf(f, "  %6s%6s", fmt_count(n).s, fmt_rate(n, s->interval_ns).s);
		text_three(f, &l->handler, fmt_ns);
		text_three(f, &l->raise, fmt_ns);
		text_three(f, &l->entry, fmt_ns);
		fputc('\n', f);
	}
	put_places(f, s, line, irq);
	if (irq)
		put_coalescing(f, irq);
	if (!n || !run->text.histogram)
		return;
	snprintf(title, sizeof(title), "irq %u handler", irq ? irq->irq : 0);
	text_histogram(f, &l->handler, title, &run->text);
	text_histogram(f, &l->raise, "handler's entry to raise", &run->text);
	text_histogram(f, &l->entry, "raise to entry of NET_RX", &run->text);
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
	if (!shown)
		fprintf(f, "no interrupt of a network device, and none raised NET_RX\n");
	if (hidden)
		fprintf(f, "%u others came; --all shows them\n", hidden);
	fputc('\n', f);
	if (fflush(f))
		err = -errno;
	return err ? err : text_status(f);
}
