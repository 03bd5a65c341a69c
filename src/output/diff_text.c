// SPDX-License-Identifier: GPL-2.0-only
#include "diff_output.h"

#include <errno.h>
#include <math.h>

#include "format.h"
#include "names.h"
#include "recording_output.h"
#include "text_style.h"

#define LABEL_WIDTH 19	/* "socket+transport+ip" */
#define LOSS_NOTED 0.01 /* of what was seen */

static const char *const side_names[2] = {"before", "after"};
static const char *const quantile_names[SHIFT_QUANTILES] = {"p50", "p90", "p99"};

static const char *const verdicts[] = {
	[SHIFT_FEW_SAMPLES] = "too few of them",
	[SHIFT_FEW_BLOCKS] = "too few intervals",
	[SHIFT_NONE] = "-",
	[SHIFT_SLOWER] = "slower",
	[SHIFT_FASTER] = "faster",
};

static void print_side(FILE *f, const struct diff_side *s, const char *name,
		       const struct text_opts *o)
{
	char options[sizeof(s->ri->options)], host[sizeof(s->ri->host)],
		kernel[sizeof(s->ri->kernel)];

	fmt_clean(options, sizeof(options), s->ri->options, sizeof(s->ri->options), o->utf8);
	fmt_clean(host, sizeof(host), s->ri->host, sizeof(s->ri->host), o->utf8);
	fmt_clean(kernel, sizeof(kernel), s->ri->kernel, sizeof(s->ri->kernel), o->utf8);
	fprintf(f, "%s%-6s%s %s, Linux %s, %s %s to %s: %s intervals in %zu blocks\n",
		text_style(o, TS_HEAD), name, text_style(o, TS_RESET), host, kernel,
		recording_date(s->ri, s->part.start_ns).s,
		text_clock(s->ri, s->part.start_ns, false).s,
		text_clock(s->ri, s->part.end_ns, false).s, fmt_count(s->part.intervals).s,
		s->blocks);
	fprintf(f, "       %s\n", options);
	for (unsigned d = 0; d < NS_DIRS; d++) {
		const struct ledger *l = &s->ledger[d];

		if ((double)(l->seen - l->taken) <= LOSS_NOTED * (double)l->seen ||
		    l->seen < l->taken)
			continue;
		fprintf(f, "       %s%s of what was %s is not in its figures: report tells why%s\n",
			text_style(o, TS_WARN), fmt_percent(l->seen - l->taken, l->seen).s,
			dirs[d].verb, text_style(o, TS_RESET));
	}
}

/* "+34%", "-0.4%", with a sign, for it is a change; where it is large, how many times as long. */
static struct fmt fmt_change(double v)
{
	struct fmt out;

	if (v < 9)
		snprintf(out.s, sizeof(out.s), fabs(v) < 0.0995 ? "%+.1f%%" : "%+.0f%%", v * 100);
	else if (v < 1e6)
		snprintf(out.s, sizeof(out.s), "x%.*f", v < 99 ? 1 : 0, v + 1);
	else
		snprintf(out.s, sizeof(out.s), ">x1e6");
	return out;
}

static void print_shift(FILE *f, const struct shift *s, const char *label, unsigned q,
			const struct text_opts *o)
{
	text_label(f, label, LABEL_WIDTH);
	fprintf(f, " %s", quantile_names[q]);
	if (s->verdict < SHIFT_NONE) {
		fprintf(f, " %s%s%s\n", text_style(o, TS_FAINT), verdicts[s->verdict],
			text_style(o, TS_RESET));
		return;
	}
	fprintf(f, " %6s %6s %7s", fmt_ns((__u64)s->before).s, fmt_ns((__u64)s->after).s,
		fmt_change(s->change).s);
	fprintf(f, " %7s to %-7s %6s", fmt_change(s->low).s, fmt_change(s->high).s,
		fmt_change(s->noise).s);
	fprintf(f, " %s%s%s\n", text_style(o, s->verdict == SHIFT_SLOWER ? TS_WARN : TS_RESET),
		verdicts[s->verdict], text_style(o, TS_RESET));
}

static void print_row(FILE *f, const struct diff_row *r, const struct text_opts *o)
{
	char label[64];

	if (r->softirq)
		snprintf(label, sizeof(label), "cpu %u", r->cpu);
	else
		stage_label(r->dir, r->points, r->stage, label, sizeof(label));
	if (!r->same) {
		text_label(f, label, LABEL_WIDTH);
		fprintf(f, " %snot measured alike in both%s\n", text_style(o, TS_FAINT),
			text_style(o, TS_RESET));
		return;
	}
	for (unsigned q = 0; q < SHIFT_QUANTILES; q++)
		print_shift(f, &r->shifts[q], q ? "" : label, q, o);
}

static void print_title(FILE *f, const struct diff_row *r, const struct text_opts *o)
{
	char title[40];

	if (r->softirq)
		snprintf(title, sizeof(title), "net_rx delay");
	else
		snprintf(title, sizeof(title), "%s %s", proto_name(r->proto), dirs[r->dir].verb);
	fprintf(f, "%s%-*s %3s %6s %6s %7s %-18s %6s verdict%s\n", text_style(o, TS_HEAD),
		LABEL_WIDTH, title, "", side_names[0], side_names[1], "change", " 95% interval",
		"noise", text_style(o, TS_RESET));
}

static void print_summary(FILE *f, const struct diff *d)
{
	unsigned slower = 0, faster = 0;

	for (size_t i = 0; i < d->n; i++) {
		for (unsigned q = 0; q < SHIFT_QUANTILES; q++) {
			slower += d->rows[i].shifts[q].verdict == SHIFT_SLOWER;
			faster += d->rows[i].shifts[q].verdict == SHIFT_FASTER;
		}
	}
	fprintf(f,
		"%u comparisons: %u slower, %u faster. The intervals hold for all of them\n"
		"together; noise is how far the first recording is from itself.\n",
		d->comparisons, slower, faster);
	if (!d->comparisons)
		fprintf(f,
			"To compare, both need %d intervals with packets, and for p99 1000 "
			"packets.\n",
			SHIFT_BLOCKS_MIN);
}

int text_diff(FILE *f, const struct diff *d, const struct diff_side sides[2],
	      const struct text_opts *o)
{
	for (unsigned i = 0; i < 2; i++)
		print_side(f, &sides[i], side_names[i], o);
	for (size_t i = 0; i < d->n; i++) {
		const struct diff_row *r = &d->rows[i];

		if (!i || r->softirq != r[-1].softirq || r->dir != r[-1].dir ||
		    r->proto != r[-1].proto)
			print_title(f, r, o);
		print_row(f, r, o);
	}
	if (d->one_has_cpus)
		fprintf(f, "Only one of them has the softirqs of each CPU: not compared.\n");
	print_summary(f, d);
	if (fflush(f))
		return -errno;
	return text_status(f);
}
