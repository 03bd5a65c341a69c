// SPDX-License-Identifier: GPL-2.0-only
/* The parts of text_snapshot() below its tables: histograms, connections, ledger. */
#include "text_style.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "histogram.h"
#include "names.h"

/* A row for each power of two and one for the overflow: 8 buckets make a row. */
#define ROWS (HIST_TOP + 2)
#define RANGE_WIDTH 18 /* "(8.19us, 16.4us]" */
#define MARKS_WIDTH 22 /* " p50 p90 p99 p99.9", and some air */
#define ROW_WIDTH (2 + RANGE_WIDTH + 7 + 7 + 3 + MARKS_WIDTH) /* all of a row but its bar */
#define GAP_ROWS 3 /* more empty rows than these become one */
#define CONN_LABEL 50

/* The row of a bucket: r holds (2^(r-1), 2^r] ns, row 0 [0, 1]. */
static unsigned row_of(unsigned bucket)
{
	__u64 upper = hist_upper(bucket);

	if (bucket >= HIST_OVERFLOW)
		return ROWS - 1;
	return upper <= 1 ? 0 : hist_log2(upper - 1) + 1;
}

static void range_label(unsigned row, const struct hist *h, char *buf, size_t size)
{
	struct fmt hi = row == ROWS - 1 ? fmt_ns(h->max) : fmt_ns(1ULL << row);

	if (row == 0)
		snprintf(buf, size, "[0ns, 1ns]");
	else
		snprintf(buf, size, "(%.10s, %.10s]", fmt_ns(1ULL << (row - 1)).s, hi.s);
}

/* Mark the rows in which a percentile lies. */
static void print_marks(FILE *f, const struct hist *h, unsigned row)
{
	static const struct {
		double q;
		const char *name;
	} marks[] = {{0.5, " p50"}, {0.9, " p90"}, {0.99, " p99"}, {0.999, " p99.9"}};
	__u64 v;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (hist_quantile(h, marks[i].q, &v) && row_of(hist_bucket(v)) == row)
			fputs(marks[i].name, f);
}

void text_histogram(FILE *f, const struct hist *h, const char *title, const struct text_opts *o)
{
	unsigned width = text_width(o) - ROW_WIDTH, first = ROWS, last = 0;
	__u64 rows[ROWS] = {0}, n = hist_n(h), most = 0;
	char range[40];

	if (!n)
		return;
	for (unsigned i = 0; i < HIST_BUCKETS; i++)
		rows[row_of(i)] += h->count[i];
	for (unsigned r = 0; r < ROWS; r++) {
		if (!rows[r])
			continue;
		first = first < r ? first : r;
		last = r;
		most = most > rows[r] ? most : rows[r];
	}
	if (width > FMT_BAR_MAX)
		width = FMT_BAR_MAX;
	fprintf(f, "%s%s%s\n", text_style(o, TS_HEAD), title, text_style(o, TS_RESET));
	/* empty rows in the middle stay, for two humps are a message; a long gap is one row */
	for (unsigned r = first; r <= last; r++) {
		unsigned gap = 0;

		while (!rows[r + gap])
			gap++;
		if (gap > GAP_ROWS) {
			fprintf(f, "  %*s\n", RANGE_WIDTH, "...");
			r += gap;
		}
		range_label(r, h, range, sizeof(range));
		fprintf(f, "  %*s %6s %6s |%s%s%s|", RANGE_WIDTH, range, fmt_count(rows[r]).s,
			fmt_percent(rows[r], n).s, text_style(o, TS_BAR),
			fmt_bar((double)rows[r] / (double)most, width, o->utf8).s,
			text_style(o, TS_RESET));
		print_marks(f, h, r);
		fputc('\n', f);
	}
}

static void print_connection(FILE *f, const struct conn *c, const struct run_info *ri,
			     const struct text_opts *o)
{
	static const double quantiles[] = {0.5, 0.99};
	enum rx_stage worst = conn_worst_stage(c);
	unsigned proto = c->flow.proto;
	char flow[200], label[64];
	__u64 v;
	int len;

	len = snprintf(flow, sizeof(flow), "%s %s", proto_name(proto), fmt_flow(&c->flow, "<-").s);
	if (len > CONN_LABEL) /* long IPv6: the numbers keep their columns on the next line */
		fprintf(f, "%s\n%*s", flow, CONN_LABEL, "");
	else
		fprintf(f, "%-*s", CONN_LABEL, flow);
	fprintf(f, " %6s", fmt_count(c->n).s);
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
		fprintf(f, " %6s", coarse_quantile(c, quantiles[i], &v) ? fmt_ns(v).s : "-");
	fprintf(f, " %6s\n", fmt_ns(c->stages[RXS_TOTAL].max).s);

	rx_stage_label(ri->points[proto < NS_PROTOS ? proto : 0], worst, label, sizeof(label));
	fprintf(f, "    %s%s/%u  netns %u%s  %s%s %s%s\n", text_style(o, TS_FAINT),
		fmt_comm(c->comm, o->utf8).s, c->pid, c->flow.netns, text_style(o, TS_RESET),
		text_style(o, TS_STAGE + worst), label,
		fmt_percent(c->stages[worst].sum, c->stages[RXS_TOTAL].sum).s,
		text_style(o, TS_RESET));
}

int text_connections(FILE *f, const struct snapshot *s, const struct run_info *ri,
		     const struct text_opts *o)
{
	static const char *const keys[] = {
		[SORT_P99] = "p99", [SORT_MAX] = "max", [SORT_SUM] = "sum", [SORT_N] = "n"};
	size_t n = s->n_conns < o->connections ? s->n_conns : o->connections;
	const struct conn **top;
	char title[80];

	if (!s->n_conns) {
		fputs("no connection read anything\n", f);
		return 0;
	}
	top = conns_ranked(s->conns, s->n_conns, o->sort_key, o->sort_stage);
	if (!top)
		return -ENOMEM;
	snprintf(title, sizeof(title), "connections: %zu of %zu by %s of %s", n, s->n_conns,
		 keys[o->sort_key], rx_stage_names[o->sort_stage]);
	fprintf(f, "%s%-*s %6s %6s %6s %6s%s\n", text_style(o, TS_HEAD), CONN_LABEL, title, "n",
		"p50", "p99", "max", text_style(o, TS_RESET));
	for (size_t i = 0; i < n; i++)
		print_connection(f, top[i], ri, o);
	free(top);
	return 0;
}

void text_ledger(FILE *f, const struct ledger *l, const struct text_opts *o)
{
	bool lost = false;

	fprintf(f, "packets: %llu seen, %llu taken, %llu pending", l->seen, l->taken,
		ledger_pending(l));
	for (unsigned i = 0; i < LOSS_COUNT; i++)
		lost |= l->lost[i] != 0;
	fprintf(f, "%s\n", lost ? "; incomplete:" : "; nothing lost");
	for (unsigned i = 0; i < LOSS_COUNT; i++)
		if (l->lost[i])
			fprintf(f, "  %s%llu (%s) %s%s\n", text_style(o, TS_WARN), l->lost[i],
				fmt_percent(l->lost[i], l->seen).s, loss_infos[i].doc,
				text_style(o, TS_RESET));
	if (l->undelivered)
		fprintf(f,
			"%llu packets were not data for a socket here "
			"(ACKs, forwarded, dropped)\n",
			l->undelivered);
}
