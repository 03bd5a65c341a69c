// SPDX-License-Identifier: GPL-2.0-only
#include "text.h"

#include <errno.h>
#include <string.h>

#include "format.h"
#include "histogram.h"
#include "names.h"
#include "text_style.h"

/* Widths that make a table of exactly 80 columns with a bar of BAR_MIN cells. */
#define LABEL_WIDTH 18 /* "stack+ip+transport" */
#define BAR_MIN 12
#define BAR_MAX 32

#define N_QUANTILES 4

static const double quantiles[N_QUANTILES] = {0.5, 0.9, 0.99, 0.999};
static const char *const quantile_names[N_QUANTILES] = {"p50", "p90", "p99", "p99.9"};

/* Which points have no hook, and which stages are one for that reason. */
static void print_missing(FILE *f, const struct run_info *ri, unsigned proto)
{
	__u32 points = ri->points[proto], present = rx_stages_present(points);
	const char *sep = "no hook for ";
	char label[64];

	fprintf(f, "%s: ", proto_name(proto));
	for (unsigned i = 0; i < RXP_COUNT; i++) {
		if (points & 1U << i)
			continue;
		fprintf(f, "%s%s", sep, rx_point_names[i]);
		sep = ", ";
	}
	sep = "; measured as one: ";
	for (unsigned i = 0; i < RXS_TOTAL; i++) {
		if (!(present & 1U << i) || rx_stage_covers(points, i) == 1U << i)
			continue;
		fprintf(f, "%s%s", sep, rx_stage_label(points, i, label, sizeof(label)));
		sep = ", ";
	}
	fputc('\n', f);
}

int text_header(FILE *f, const struct run_info *ri, const struct text_opts *o)
{
	char options[sizeof(ri->options)], host[sizeof(ri->host)], kernel[sizeof(ri->kernel)];

	fmt_clean(options, sizeof(options), ri->options, sizeof(ri->options), o->utf8);
	fmt_clean(host, sizeof(host), ri->host, sizeof(ri->host), o->utf8);
	fmt_clean(kernel, sizeof(kernel), ri->kernel, sizeof(ri->kernel), o->utf8);
	fprintf(f, "%snetstrata %.31s%s on %s, Linux %s", text_style(o, TS_HEAD), ri->version,
		text_style(o, TS_RESET), host, kernel);
	if (ri->budget_bytes)
		fprintf(f, ", maps of at most %s", fmt_bytes(ri->budget_bytes).s);
	fputc('\n', f);
	if (options[0])
		fprintf(f, "options: %s\n", options);
	if (ri->sample > 1)
		fprintf(f, "sampling: 1 packet in %u\n", ri->sample);
	if (ri->slower_ns)
		fprintf(f, "packets listed: those that took %s or longer\n",
			fmt_ns(ri->slower_ns).s);
	for (unsigned p = 0; p < NS_PROTOS; p++)
		if (ri->points[p] && ri->points[p] != (1U << RXP_COUNT) - 1)
			print_missing(f, ri, p);
	return text_status(f);
}

static void print_quantiles(FILE *f, const struct hist *h)
{
	__u64 v;

	for (unsigned i = 0; i < N_QUANTILES; i++)
		fprintf(f, " %6s", hist_quantile(h, quantiles[i], &v) ? fmt_ns(v).s : "-");
	fprintf(f, " %6s", hist_n(h) ? fmt_ns(h->max).s : "-");
}

static void print_row(FILE *f, const struct hist *h, unsigned stage, const char *label, __u64 total,
		      const struct text_opts *o)
{
	unsigned width = text_width(o) - (TEXT_MIN_WIDTH - BAR_MIN);
	const char *bold = stage == RXS_TOTAL ? text_style(o, TS_HEAD) : "";
	struct fmt_bar bar;

	if (width > BAR_MAX)
		width = BAR_MAX;
	fprintf(f, "%s%-*s %6s", bold, LABEL_WIDTH, label, fmt_count(hist_n(h)).s);
	print_quantiles(f, h);
	fprintf(f, " %6s", fmt_percent(h->sum, total).s);
	if (stage == RXS_TOTAL) {
		fputs(text_style(o, TS_RESET), f);
	} else {
		bar = fmt_bar(total ? (double)h->sum / (double)total : 0, width, o->utf8);
		bar.s[strcspn(bar.s, " ")] = '\0'; /* nothing follows that would need the blanks */
		fprintf(f, " %s%s%s", text_style(o, TS_STAGE + stage), bar.s,
			text_style(o, TS_RESET));
	}
	fputc('\n', f);
}

/* One row for each copy out of the receive queue, not for each packet. */
static void print_copies(FILE *f, const struct hist *rx, enum rx_series without, const char *label)
{
	struct hist h;

	hist_sub(&rx[RXS_APPLICATION], &rx[without], &h);
	fprintf(f, "%-*s %6s", LABEL_WIDTH, label, fmt_count(hist_n(&h)).s);
	print_quantiles(f, &h);
	fputc('\n', f);
}

static void print_proto(FILE *f, const struct snapshot *s, const struct run_info *ri,
			unsigned proto, const struct text_opts *o)
{
	const struct hist *rx = s->rx[proto];
	__u32 points = ri->points[proto], rows = rx_stages_present(points);
	__u64 total = rx[RXS_TOTAL].sum;
	char label[64], title[80];

	if (!points) {
		fprintf(f, "%s: not measured\n", proto_name(proto));
		return;
	}
	if (!hist_n(&rx[RXS_TOTAL])) {
		fprintf(f, "%s: no packets read\n", proto_name(proto));
		return;
	}
	if (hist_n(&rx[RXS_HOL]))
		rows |= 1U << RXS_HOL;

	fprintf(f, "%s%-*s %6s", text_style(o, TS_HEAD), LABEL_WIDTH, proto_name(proto), "n");
	for (unsigned i = 0; i < N_QUANTILES; i++)
		fprintf(f, " %6s", quantile_names[i]);
	fprintf(f, " %6s %6s%s\n", "max", "share", text_style(o, TS_RESET));
	for (unsigned i = 0; i < RXS_COUNT; i++)
		if (rows & 1U << i)
			print_row(f, &rx[i], i, rx_stage_label(points, i, label, sizeof(label)),
				  total, o);

	if (hist_n(&rx[RXH_NOT_FIRST]) || hist_n(&rx[RXH_NOT_LAST])) {
		fprintf(f, "%sper copy to the reader (n = copies), its bytes had waited:%s\n",
			text_style(o, TS_FAINT), text_style(o, TS_RESET));
		print_copies(f, rx, RXH_NOT_FIRST, "  oldest byte");
		print_copies(f, rx, RXH_NOT_LAST, "  newest byte");
	}
	if (!o->histogram)
		return;
	for (unsigned i = 0; i < RXS_COUNT; i++) {
		if (!(rows & 1U << i))
			continue;
		snprintf(title, sizeof(title), "%s %s", proto_name(proto),
			 rx_stage_label(points, i, label, sizeof(label)));
		text_histogram(f, &rx[i], title, o);
	}
}

int text_snapshot(FILE *f, const struct snapshot *s, const struct run_info *ri,
		  const struct text_opts *o)
{
	int err = 0;

	fputs(text_style(o, TS_HEAD), f);
	if (s->final)
		fprintf(f, "total of %s", fmt_ns(s->interval_ns).s);
	else
		fprintf(f, "%s  interval of %s", text_clock(ri, s->mono_ns, false).s,
			fmt_ns(s->interval_ns).s);
	fprintf(f, "%s\n", text_style(o, TS_RESET));
	for (unsigned p = 0; p < NS_PROTOS; p++)
		print_proto(f, s, ri, p, o);
	if (o->connections)
		err = text_connections(f, s, ri, o);
	text_ledger(f, &s->ledger, o);
	fputc('\n', f);
	if (fflush(f) && !err)
		err = -errno;
	return err ? err : text_status(f);
}
