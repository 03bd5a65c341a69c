// SPDX-License-Identifier: GPL-2.0-only
#include "text.h"

#include <errno.h>
#include <string.h>

#include "format.h"
#include "histogram.h"
#include "names.h"
#include "text_style.h"

/* Widths that make a table of exactly 80 columns: what the names need more, the bars give. */
#define LABEL_WIDTH 18 /* "stack+ip+transport" */
#define BAR_WIDTH 12
#define BAR_LEAST 3 /* "wakeup+runqueue+application" leaves that */
#define BAR_MAX 32

#define N_QUANTILES 4

static const double quantiles[N_QUANTILES] = {0.5, 0.9, 0.99, 0.999};
static const char *const quantile_names[N_QUANTILES] = {"p50", "p90", "p99", "p99.9"};

/* Which points are not there, for want of a hook or by --stages, and which stages are one for that
 * reason. */
static void print_missing(FILE *f, const struct run_info *ri, enum ns_dir dir, unsigned proto,
			  const struct text_opts *o)
{
	__u32 points = ri->points[dir][proto], present = stages_present(dir, points);
	__u32 missing = proto_points(dir, proto) & ~points;
	const char *sep = "no point ";
	char label[64], words[800];
	size_t len = 0;

	if (!points || !missing)
		return;
	for (unsigned i = 0; i < dirs[dir].n_points; i++) {
		if (!(missing & 1U << i) || len >= sizeof(words))
			continue;
		len += (size_t)snprintf(words + len, sizeof(words) - len, "%s%s", sep,
					dirs[dir].points[i]);
		sep = ", ";
	}
	sep = "; measured as one: ";
	for (unsigned i = 0; i < dirs[dir].total && len < sizeof(words); i++) {
		if (!(present & 1U << i) || stage_covers(dir, points, i) == 1U << i)
			continue;
		len += (size_t)snprintf(words + len, sizeof(words) - len, "%s%s", sep,
					stage_label(dir, points, i, label, sizeof(label)));
		sep = ", ";
	}
	text_words(f, words, (size_t)fprintf(f, "%s %s: ", proto_name(proto), dirs[dir].verb), o);
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
	for (unsigned d = 0; d < NS_DIRS; d++)
		for (unsigned p = 0; p < NS_PROTOS; p++)
			print_missing(f, ri, d, p, o);
	for (unsigned i = 0; i < ri->n_hws; i++)
		text_hw_info(f, &ri->hws[i]);
	return text_status(f);
}

static void print_quantiles(FILE *f, const struct hist *h)
{
	__u64 v;

	for (unsigned i = 0; i < N_QUANTILES; i++)
		fprintf(f, " %6s", hist_quantile(h, quantiles[i], &v) ? fmt_ns(v).s : "-");
	fprintf(f, " %6s", hist_n(h) ? fmt_ns(h->max).s : "-");
}

/* Columns of the names of stages, which are the same in all tables of a run. */
static unsigned label_width(const struct run_info *ri, const struct text_opts *o)
{
	unsigned width = LABEL_WIDTH, most = text_width(o) - TEXT_MIN_WIDTH;
	char label[64];

	most += LABEL_WIDTH + BAR_WIDTH - BAR_LEAST;
	for (unsigned d = 0; d < NS_DIRS; d++) {
		for (unsigned p = 0; p < NS_PROTOS; p++) {
			__u32 points = ri->points[d][p];
			__u32 rows = points ? stages_present(d, points) : 0;

			for (unsigned i = 0; i < dirs[d].total; i++) {
				size_t len = rows & 1U << i
						     ? strlen(stage_label(d, points, i, label,
									  sizeof(label)))
						     : 0;

				width = len > width && len <= most ? (unsigned)len : width;
			}
		}
	}
	return width;
}

static void print_numbers(FILE *f, const struct hist *h, const char *label, unsigned name)
{
	text_label(f, label, name);
	fprintf(f, " %6s", fmt_count(hist_n(h)).s);
	print_quantiles(f, h);
}

/* A row of the stages that make the total, or the total itself. */
static void print_row(FILE *f, const struct hist *h, enum ns_dir dir, unsigned stage,
		      const char *label, unsigned name, __u64 total, const struct text_opts *o)
{
	unsigned width = text_width(o) - (TEXT_MIN_WIDTH - LABEL_WIDTH - BAR_WIDTH) - name;
	struct fmt_bar bar;

	if (width > BAR_MAX)
		width = BAR_MAX;
	if (stage == dirs[dir].total)
		fputs(text_style(o, TS_HEAD), f);
	print_numbers(f, h, label, name);
	fprintf(f, " %6s", fmt_percent(h->sum, total).s);
	if (stage == dirs[dir].total) {
		fputs(text_style(o, TS_RESET), f);
	} else {
		bar = fmt_bar(total ? (double)h->sum / (double)total : 0, width, o->utf8);
		bar.s[strcspn(bar.s, " ")] = '\0'; /* nothing follows that would need the blanks */
		fprintf(f, " %s%s%s", text_stage_style(o, dir, stage), bar.s,
			text_style(o, TS_RESET));
	}
	fputc('\n', f);
}

/* A row that is no part of the total, below the words that say what it is. */
static void print_aside(FILE *f, const struct hist *h, const char *words, const char *stage,
			unsigned name, const struct text_opts *o)
{
	char label[72];

	if (words)
		fprintf(f, "%s%s:%s\n", text_style(o, TS_FAINT), words, text_style(o, TS_RESET));
	snprintf(label, sizeof(label), "  %s", stage);
	print_numbers(f, h, label, name);
	fputc('\n', f);
}

/* One row for each copy out of the receive queue, not for each packet. */
static void print_rx_asides(FILE *f, const struct hist *rx, __u64 hw_error, unsigned name,
			    const struct text_opts *o)
{
	char words[100];
	struct hist h;

	if (hist_n(&rx[RXH_NOT_FIRST]) || hist_n(&rx[RXH_NOT_LAST])) {
		hist_sub(&rx[RXS_APPLICATION], &rx[RXH_NOT_FIRST], &h);
		print_aside(f, &h, "per copy to the reader (n = copies), its bytes had waited",
			    "oldest byte", name, o);
		hist_sub(&rx[RXS_APPLICATION], &rx[RXH_NOT_LAST], &h);
		print_aside(f, &h, NULL, "newest byte", name, o);
	}
	if (hist_n(&rx[RXH_LOCAL]))
		print_aside(f, &rx[RXH_LOCAL], "sent by this kernel too, from send to read",
			    "local", name, o);
	if (hist_n(&rx[RXH_HW])) {
		snprintf(words, sizeof(words), "from the device's own stamp to `stack`, +-%s",
			 fmt_ns(hw_error).s);
		print_aside(f, &rx[RXH_HW], words, "hw_to_stack", name, o);
	}
}

static void print_tx_asides(FILE *f, const struct hist *tx, unsigned name,
			    const struct text_opts *o)
{
	const char *words = "after it was handed to the driver";

	for (unsigned i = TXS_TOTAL + 1; i < TXS_COUNT; i++) {
		if (!hist_n(&tx[i]))
			continue;
		print_aside(f, &tx[i], words, dirs[NS_TX].stages[i], name, o);
		words = NULL;
	}
	if (hist_n(&tx[TXH_RESENT]))
		print_aside(f, &tx[TXH_RESENT],
			    "sent more than once, from the last time to the ACK", "resent", name,
			    o);
}

static void print_stages(FILE *f, const struct snapshot *s, const struct run_info *ri,
			 enum ns_dir dir, unsigned proto, const struct text_opts *o)
{
	const struct hist *h = s->hist[dir][proto];
	__u32 points = ri->points[dir][proto], rows = stages_present(dir, points);
	__u64 total = h[dirs[dir].total].sum;
	unsigned name = label_width(ri, o);
	char label[64], title[100];

	snprintf(title, sizeof(title), "%s %s", proto_name(proto), dirs[dir].verb);
	if (!points || !hist_n(&h[dirs[dir].total])) {
		fprintf(f, "%s: %s\n", title, points ? "no packets" : "not measured");
		return;
	}
	for (unsigned i = 0; i < dirs[dir].n_stages; i++)
		if (dirs[dir].sometimes & 1U << i)
			rows = hist_n(&h[i]) ? rows | 1U << i : rows & ~(1U << i);

	fprintf(f, "%s%-*s %6s", text_style(o, TS_HEAD), (int)name, title, "n");
	for (unsigned i = 0; i < N_QUANTILES; i++)
		fprintf(f, " %6s", quantile_names[i]);
	fprintf(f, " %6s %6s%s\n", "max", "share", text_style(o, TS_RESET));
	for (unsigned i = 0; i <= dirs[dir].total; i++)
		if (rows & 1U << i)
			print_row(f, &h[i], dir, i,
				  stage_label(dir, points, i, label, sizeof(label)), name, total,
				  o);
	if (dir == NS_RX)
		print_rx_asides(f, h, snapshot_hw_error(s), name, o);
	else
		print_tx_asides(f, h, name, o);
	if (!o->histogram)
		return;
	for (unsigned i = 0; i < dirs[dir].n_stages; i++) {
		if (!(rows & 1U << i))
			continue;
		snprintf(title, sizeof(title), "%s %s %s", proto_name(proto), dirs[dir].verb,
			 stage_label(dir, points, i, label, sizeof(label)));
		text_histogram(f, &h[i], title, o);
	}
}

int text_snapshot(FILE *f, const struct snapshot *s, const struct run_info *ri,
		  const struct text_opts *o)
{
	int err = 0;

	text_interval(f, ri, s->mono_ns, s->interval_ns, s->final, o);
	for (unsigned d = 0; d < NS_DIRS; d++)
		for (unsigned p = 0; dir_measured(ri, d) && p < NS_PROTOS; p++)
			print_stages(f, s, ri, d, p, o);
	text_ways(f, s, o);
	text_hws(f, s, o);
	text_causes(f, s, o);
	err = text_qdiscs(f, s, o);
	if (!err)
		err = text_drops(f, s, ri, o);
	if (!err)
		err = text_cpus(f, s, o);
	if (!err && o->connections)
		err = text_connections(f, s, ri, o);
	text_ledger(f, s, ri, o);
	fputc('\n', f);
	if (fflush(f) && !err)
		err = -errno;
	return err ? err : text_status(f);
}
