// SPDX-License-Identifier: GPL-2.0-only
/* The parts of text_snapshot() around its tables: histograms, ledgers. */
#include "text_style.h"

#include "format.h"
#include "histogram.h"
#include "names.h"

/* A row for each power of two and one for the overflow: 8 buckets make a row. */
#define ROWS (HIST_TOP + 2)
#define RANGE_WIDTH 18 /* "(8.19us, 16.4us]" */
#define MARKS_WIDTH 22 /* " p50 p90 p99 p99.9", and some air */
#define ROW_WIDTH (2 + RANGE_WIDTH + 7 + 7 + 3 + MARKS_WIDTH) /* all of a row but its bar */
#define GAP_ROWS 3 /* more empty rows than these become one */

/* The row of a bucket: r holds (2^(r-1), 2^r] ns, row 0 [0, 1]. */
static unsigned row_of(unsigned bucket)
{
	__u64 upper = hist_upper(bucket);

	if (bucket >= HIST_OVERFLOW)
		return ROWS - 1;
	return upper <= 1 ? 0 : hist_log2(upper - 1) + 1;
}

static void range_label(unsigned row, const struct hist *h, fmt_fn fmt, char *buf, size_t size)
{
	struct fmt hi = row == ROWS - 1 ? fmt(h->max) : fmt(1ULL << row);

	if (row == 0)
		snprintf(buf, size, "[%.10s, %.10s]", fmt(0).s, hi.s);
	else
		snprintf(buf, size, "(%.10s, %.10s]", fmt(1ULL << (row - 1)).s, hi.s);
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
	text_histogram_of(f, h, title, fmt_ns, o);
}

void text_histogram_of(FILE *f, const struct hist *h, const char *title, fmt_fn fmt,
		       const struct text_opts *o)
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
		range_label(r, h, fmt, range, sizeof(range));
		fprintf(f, "  %*s %6s %6s |%s%s%s|", RANGE_WIDTH, range, fmt_count(rows[r]).s,
			fmt_percent(rows[r], n).s, text_style(o, TS_BAR),
			fmt_bar((double)rows[r] / (double)most, width, o->utf8).s,
			text_style(o, TS_RESET));
		print_marks(f, h, r);
		fputc('\n', f);
	}
}

static void print_ledger(FILE *f, const struct ledger *l, const char *verb,
			 const struct text_opts *o)
{
	bool lost = false;

	fprintf(f, "%s: %llu seen, %llu taken, %llu pending", verb, l->seen, l->taken,
		ledger_pending(l));
	for (unsigned i = 0; i < LOSS_COUNT; i++)
		lost |= l->lost[i] != 0;
	fprintf(f, "%s\n", lost ? "; incomplete:" : "; nothing lost");
	for (unsigned i = 0; i < LOSS_COUNT; i++)
		if (l->lost[i])
			fprintf(f, "  %s%llu (%s) %s%s\n", text_style(o, TS_WARN), l->lost[i],
				fmt_percent(l->lost[i], l->seen).s, loss_infos[i].doc,
				text_style(o, TS_RESET));
}

void text_ledger(FILE *f, const struct snapshot *s, const struct run_info *ri,
		 const struct text_opts *o)
{
	for (unsigned d = 0; d < NS_DIRS; d++) {
		if (!dir_measured(ri, d))
			continue;
		print_ledger(f, &s->ledger[d], dirs[d].verb, o);
		if (d == NS_RX && s->ledger[d].undelivered)
			fprintf(f,
				"%llu packets were not data for a socket here "
				"(ACKs, forwarded, dropped)\n",
				s->ledger[d].undelivered);
	}
}
