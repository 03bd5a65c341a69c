// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "histogram.h"
#include "softirq_parts.h"
#include "text_style.h"

#define ROWS_MAX 20 /* of instances and delayers; JSON has them all */

static struct fmt quantile(const struct hist *h, double q, fmt_fn fmt)
{
	struct fmt none = {"-"};
	__u64 v;

	return hist_quantile(h, q, &v) ? fmt(v) : none;
}

static struct fmt maximum(const struct hist *h, fmt_fn fmt)
{
	struct fmt none = {"-"};

	return hist_n(h) ? fmt(h->max) : none;
}

void text_three(FILE *f, const struct hist *h, fmt_fn fmt)
{
	fprintf(f, "%7s%7s%7s", quantile(h, 0.5, fmt).s, quantile(h, 0.99, fmt).s,
		maximum(h, fmt).s);
}

static struct fmt cpu_name(int cpu)
{
	struct fmt out;

	if (cpu < 0)
		snprintf(out.s, sizeof(out.s), "total");
	else
		snprintf(out.s, sizeof(out.s), "cpu %d", cpu);
	return out;
}

int softirq_text_start(FILE *f, const struct softirq_run *run)
{
	const struct softirq_limits *l = &run->limits;
	const struct {
		const char *name;
		int value;
	} limits[] = {{"netdev_budget", l->budget},
		      {"netdev_budget_usecs", l->budget_usecs},
		      {"dev_weight", l->weight}};
	const char *sep = "";
	int err = text_header(f, &run->ri, &run->text);

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		if (limits[i].value < 0)
			fprintf(f, "%s%s not told", sep, limits[i].name);
		else
			fprintf(f, "%s%s %d", sep, limits[i].name, limits[i].value);
		sep = ", ";
	}
	fputc('\n', f);
	return err ? err : text_status(f);
}

/* ---- runs ---- */

static void put_runs(FILE *f, const struct vec_counts *c, const struct rx_counts *rx, int cpu,
		     __u64 ns)
{
	fprintf(f, "%-8s%7s%7s", cpu_name(cpu).s, fmt_count(c->runs).s, fmt_rate(c->runs, ns).s);
	text_three(f, &c->delay, fmt_ns);
	text_three(f, &c->run, fmt_ns);
	fprintf(f, "%7s", fmt_percent(c->ksoftirqd, c->runs).s);
	if (rx)
		fprintf(f, "%8s", fmt_ratio(rx->packets, c->runs).s);
	fputc('\n', f);
}

static void text_runs(FILE *f, const struct softirq_snapshot *s, const struct softirq_row *total,
		      enum si_vec v, const struct text_opts *o)
{
	bool rx = v == SI_RX;

	if (!total->vec[v].runs) {
		fprintf(f, "%s: no runs\n", si_vec_name(v));
		return;
	}
	fprintf(f, "%s%43s%21s%7s%s%s\n", text_style(o, TS_HEAD), "raise to entry", "entry to exit",
		"ksoft", rx ? " packets" : "", text_style(o, TS_RESET));
	fprintf(f, "%s%-8s%7s%7s%7s%7s%7s%7s%7s%7s%7s%s%s\n", text_style(o, TS_HEAD),
		si_vec_name(v), "runs", "/s", "p50", "p99", "max", "p50", "p99", "max", "irqd",
		rx ? "    /run" : "", text_style(o, TS_RESET));
	for (unsigned cpu = 0; s->n_cpus > 1 && cpu < s->n_cpus; cpu++)
		if (s->rows[cpu].vec[v].runs)
			put_runs(f, &s->rows[cpu].vec[v], rx ? &s->rows[cpu].rx : NULL, (int)cpu,
				 s->interval_ns);
	put_runs(f, &total->vec[v], rx ? &total->rx : NULL, -1, s->interval_ns);
	if (total->vec[v].unraised)
		fprintf(f,
			"%s runs had no raise of their own: what they were raised for was served "
			"before\n",
			fmt_count(total->vec[v].unraised).s);
}

/* ---- polls ---- */

static void put_polls(FILE *f, const struct softirq_snapshot *s, const struct rx_counts *rx,
		      int cpu)
{
	__u64 rps = 0, dropped = 0, time = softirq_time_squeezes(s, cpu);

	for (unsigned i = 0; i < s->n_cpus; i++) {
		if (cpu >= 0 && (unsigned)cpu != i)
			continue;
		rps += s->softnet[i].received_rps;
		dropped += s->softnet[i].dropped;
	}
	fprintf(f, "%-8s%7s%8s%7s%7s%7s%7s%7s%8s%7s%7s\n", cpu_name(cpu).s,
		fmt_count(rx->polls + rx->threaded_polls).s,
		fmt_count(rx->packets + rx->threaded_packets).s,
		fmt_ratio(rx->packets + rx->threaded_packets, rx->polls + rx->threaded_polls).s,
		fmt_count(rx->full_polls).s, fmt_count(rx->full_in_row).s,
		fmt_count(rx->squeezed_budget).s, fmt_count(time).s,
		fmt_count(rx->backlog_packets).s, fmt_count(rps).s, fmt_count(dropped).s);
}

static void text_polls(FILE *f, const struct softirq_snapshot *s, const struct softirq_row *total,
		       const struct text_opts *o)
{
	const struct rx_counts *rx = &total->rx;

	if (!rx->polls && !rx->threaded_polls && !rx->busy_polls)
		return;
	fprintf(f, "%s%30s%14s%14s%22s%s\n", text_style(o, TS_HEAD), "packets", "full polls",
		"squeezed by", "backlog", text_style(o, TS_RESET));
	fprintf(f, "%s%-8s%7s%8s%7s%7s%7s%7s%7s%8s%7s%7s%s\n", text_style(o, TS_HEAD), "napi",
		"polls", "packets", "/poll", "all", "in row", "budget", "time", "packets", "rps",
		"drops", text_style(o, TS_RESET));
	for (unsigned cpu = 0; s->n_cpus > 1 && cpu < s->n_cpus; cpu++)
		if (s->rows[cpu].rx.polls || s->rows[cpu].rx.threaded_polls)
			put_polls(f, s, &s->rows[cpu].rx, (int)cpu);
	put_polls(f, s, rx, -1);
	if (rx->threaded_polls)
		fprintf(f, "of these by NAPI threads: %s polls, %s packets\n",
			fmt_count(rx->threaded_polls).s, fmt_count(rx->threaded_packets).s);
	if (rx->busy_polls)
		fprintf(f, "beside these, busy polling by readers: %s polls, %s packets\n",
			fmt_count(rx->busy_polls).s, fmt_count(rx->busy_packets).s);
}

static void text_bursts(FILE *f, const struct rx_counts *rx, const struct softirq_run *run)
{
	const struct text_opts *o = &run->text;
	__u64 n = hist_n(&rx->burst);

	if (!n)
		return;
	fprintf(f, "%s%36s%21s%s\n", text_style(o, TS_HEAD), "length", "packets",
		text_style(o, TS_RESET));
	fprintf(f, "%s%-8s%7s%7s%7s%7s%7s%7s%7s%s   gaps up to %s\n", text_style(o, TS_HEAD),
		"bursts", "n", "p50", "p99", "max", "p50", "p99", "max", text_style(o, TS_RESET),
		fmt_ns(run->config.burst_gap_ns).s);
	fprintf(f, "%-8s%7s", cpu_name(-1).s, fmt_count(n).s);
	text_three(f, &rx->burst, fmt_ns);
	text_three(f, &rx->burst_packets, fmt_count);
	fputc('\n', f);
}

static int text_napis(FILE *f, const struct softirq_snapshot *s, const struct softirq_row *total,
		      const struct text_opts *o)
{
	struct napi_count *list;
	size_t n;

	list = softirq_napis(s, &n);
	if (!list)
		return n ? -ENOMEM : 0;
	if (n)
		fprintf(f, "%s%-24s%7s%8s%7s%7s%14s%s\n", text_style(o, TS_HEAD), "instance",
			"polls", "packets", "/poll", "full", "most in a row",
			text_style(o, TS_RESET));
	for (size_t i = 0; i < n && i < ROWS_MAX; i++) {
		char dev[sizeof(list[i].dev) + 1], name[64];

		fmt_clean(dev, sizeof(dev), list[i].dev, sizeof(list[i].dev), o->utf8);
		if (!dev[0])
			snprintf(name, sizeof(name), "backlog");
		else if (list[i].id)
			snprintf(name, sizeof(name), "%s napi %u", dev, list[i].id);
		else
			snprintf(name, sizeof(name), "%s", dev);
		fprintf(f, "%-24s%7s%8s%7s%7s%14u\n", name, fmt_count(list[i].polls).s,
			fmt_count(list[i].packets).s, fmt_ratio(list[i].packets, list[i].polls).s,
			fmt_count(list[i].full).s, list[i].longest);
	}
	if (n > ROWS_MAX)
		fprintf(f, "%zu more instances\n", n - ROWS_MAX);
	if (total->napi_lost)
		fprintf(f, "%s polls were of instances for which there was no room here\n",
			fmt_count(total->napi_lost).s);
	free(list);
	return 0;
}

/* ---- who delayed it ---- */

static void holder_name(char *buf, size_t size, const struct holder *who,
			const struct softirq_run *run)
{
	const struct irq_info *irq;
	const char *vec;
	char comm[sizeof(who->comm)];

	memcpy(comm, who->comm, sizeof(comm));
	switch (who->kind) {
	case HOLD_TASK:
		if (!who->id)
			snprintf(buf, size, "idle");
		else
			snprintf(buf, size, "%s/%u", fmt_comm(comm, run->text.utf8).s, who->id);
		return;
	case HOLD_SOFTIRQ:
		vec = softirq_vec_name(who->id);
		snprintf(buf, size, "softirq %s", vec ? vec : "?");
		return;
	case HOLD_IRQ:
		irq = irq_find(&run->irqs, who->id);
		snprintf(buf, size, "irq %u %s", who->id, irq ? irq->name : "");
		return;
	default:
		snprintf(buf, size, "others");
	}
}

static int text_delayers(FILE *f, const struct softirq_snapshot *s, const struct softirq_row *total,
			 enum si_vec v, const struct softirq_run *run)
{
	const struct vec_counts *c = &total->vec[v];
	const struct text_opts *o = &run->text;
	struct softirq_delayer *list;
	char title[40], name[96];
	size_t n;

	if (!run->config.blame || !c->blamed)
		return 0;
	list = softirq_delayers(s, v, &n);
	if (!list)
		return -ENOMEM;
	fprintf(f, "%s of %s runs of %s were delayed by %s or longer, %s together\n",
		fmt_count(c->blamed).s, fmt_count(c->runs).s, si_vec_name(v),
		fmt_ns(run->config.blame_min_ns).s, fmt_ns(c->blamed_ns).s);
	snprintf(title, sizeof(title), "who had the CPU meanwhile");
	fprintf(f, "%s%-36s%8s%8s%7s%8s%8s%s\n", text_style(o, TS_HEAD), title, "delays", "time",
		"share", "worst", "on", text_style(o, TS_RESET));
	for (size_t i = 0; i < n && i < ROWS_MAX; i++) {
		const struct delayer *d = &list[i].d;

		holder_name(name, sizeof(name), &d->who, run);
		text_label(f, name, 36);
		fprintf(f, "%8s%8s%7s%8s%8s\n", fmt_count(d->n).s, fmt_ns(d->ns).s,
			fmt_percent(d->ns, c->blamed_ns).s, fmt_ns(d->max_ns).s,
			cpu_name(list[i].worst_cpu).s);
	}
	if (n > ROWS_MAX)
		fprintf(f, "%zu more\n", n - ROWS_MAX);
	free(list);
	return 0;
}

static void text_histograms(FILE *f, const struct softirq_row *total, const struct text_opts *o)
{
	for (int v = 0; v < SI_VECS; v++) {
		const char *name = si_vec_name(v);
		char title[40];

		snprintf(title, sizeof(title), "%s delay, raise to entry", name);
		text_histogram(f, &total->vec[v].delay, title, o);
		snprintf(title, sizeof(title), "%s run, entry to exit", name);
		text_histogram(f, &total->vec[v].run, title, o);
	}
	text_histogram_of(f, &total->rx.run_packets, "packets of a run", fmt_count, o);
	text_histogram_of(f, &total->rx.poll_packets, "packets of a poll", fmt_count, o);
	text_histogram(f, &total->rx.burst, "length of a burst", o);
	text_histogram_of(f, &total->rx.burst_packets, "packets of a burst", fmt_count, o);
}

int softirq_text(FILE *f, const struct softirq_snapshot *s, const struct softirq_run *run)
{
	const struct text_opts *o = &run->text;
	struct softirq_row *total = malloc(sizeof(*total));
	int err = 0;

	if (!total)
		return -ENOMEM;
	softirq_total(s, total);
	text_interval(f, &run->ri, s->mono_ns, s->interval_ns, s->final, o);
	for (int v = 0; v < SI_VECS; v++)
		text_runs(f, s, total, v, o);
	text_polls(f, s, total, o);
	err = text_napis(f, s, total, o);
	text_bursts(f, &total->rx, run);
	for (int v = 0; !err && v < SI_VECS; v++)
		err = text_delayers(f, s, total, v, run);
	if (o->histogram)
		text_histograms(f, total, o);
	free(total);
	fputc('\n', f);
	if (fflush(f) && !err)
		err = -errno;
	return err ? err : text_status(f);
}

int softirq_text_end(FILE *f, __u64 misses, const struct softirq_run *run)
{
	if (misses)
		fprintf(f, "%s%s events were not seen: their program was running already%s\n",
			text_style(&run->text, TS_WARN), fmt_count(misses).s,
			text_style(&run->text, TS_RESET));
	return text_status(f);
}
