// SPDX-License-Identifier: GPL-2.0-only
/*
 * One stage: its numbers, and on one axis of latency (slow ones at the top) its distribution on
 * the left and what became of it from interval to interval on the right.
 */
#include "view.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "histogram.h"
#include "names.h"
#include "text_style.h"

#define AXIS 7 /* columns of a bound */
#define COUNT 7
#define MARK 6 /* " p99.9" */
#define AGO 12 /* "12.1s ago  " */
#define INTERVALS_MAX 512

/* The axis: rows of `group` buckets, from bucket `first` (a multiple of it) upwards. */
struct axis {
	unsigned first, group, rows;
};

static unsigned highest(const struct hist *h)
{
	unsigned i = HIST_BUCKETS;

	while (i && !h->count[i - 1])
		i--;
	return i ? i - 1 : 0;
}

static unsigned lowest(const struct hist *h)
{
	unsigned i = 0;

	while (i < HIST_BUCKETS - 1 && !h->count[i])
		i++;
	return i;
}

/* The finest rows that hold all of h. */
static struct axis axis_of(const struct hist *h, unsigned rows)
{
	struct axis a = {.group = 2};
	unsigned low = lowest(h), high = highest(h);

	for (; a.group < HIST_BUCKETS; a.group *= 2)
		if (high / a.group - low / a.group < rows)
			break;
	a.first = low / a.group * a.group;
	a.rows = high / a.group - low / a.group + 1;
	return a;
}

static __u64 row_count(const struct hist *h, const struct axis *a, unsigned row)
{
	unsigned from = a->first + row * a->group;
	__u64 n = 0;

	for (unsigned i = from; i < from + a->group && i < HIST_BUCKETS; i++)
		n += h->count[i];
	return n;
}

static void draw_bound(const struct ui *ui, struct grid *g, unsigned x, unsigned y,
		       const struct axis *a, unsigned row)
{
	unsigned last = a->first + (row + 1) * a->group - 1;

	grid_put_right(g, x, y, AXIS, ST_FAINT,
		       last >= HIST_OVERFLOW ? "more" : view_ns(ui, hist_upper(last)).s);
}

static void draw_marks(struct grid *g, unsigned x, unsigned y, const struct hist *h,
		       const struct axis *a, unsigned row)
{
	static const char *const names[SERIES_QUANTILES] = {"p50", "p90", "p99", "p99.9"};
	unsigned bucket;
	__u64 v;

	for (unsigned i = SERIES_QUANTILES; i-- > 0;) { /* the highest of those in a row */
		if (!hist_quantile(h, series_quantiles[i], &v))
			continue;
		bucket = hist_bucket(v);
		if (bucket < a->first || (bucket - a->first) / a->group != row)
			continue;
		grid_put(g, x, y, MARK - 1, ST_KEY, names[i]);
		return;
	}
}

static void draw_distribution(const struct ui *ui, struct grid *g, struct area at,
			      const struct hist *h, const struct axis *a, enum cell_style style)
{
	unsigned bar = at.width > AXIS + COUNT + MARK + 1 ? at.width - AXIS - COUNT - MARK - 1 : 0;
	__u64 most = 0, n;

	for (unsigned r = 0; r < a->rows; r++) {
		n = row_count(h, a, r);
		most = n > most ? n : most;
	}
	for (unsigned r = 0; r < a->rows; r++) {
		unsigned y = at.y + a->rows - 1 - r;

		n = row_count(h, a, r);
		draw_bound(ui, g, at.x, y, a, r);
		if (n)
			grid_put_right(g, at.x + AXIS, y, COUNT, ST_TEXT, fmt_count(n).s);
		if (n && bar)
			draw_bar(ui, g, at.x + AXIS + COUNT + 1, y, bar, style,
				 (double)n / (double)most);
		draw_marks(g, at.x + AXIS + COUNT + 1 + bar + 1, y, h, a, r);
	}
}

/* One packet must show: the first shade is for 1. Above it the root, so that rare ones stay apart.
 */
static unsigned shade(__u64 n, __u64 of)
{
	double share = of ? sqrt((double)n / (double)of) : 0;

	return !n ? 0 : 1 + (unsigned)(share * (HEAT_LEVELS - 2) + 0.5);
}

static void draw_shade(const struct ui *ui, struct grid *g, unsigned x, unsigned y, unsigned level)
{
	static const __u32 blocks[] = {' ',    0x2591, 0x2591, 0x2592, 0x2592,
				       0x2593, 0x2593, 0x2588, 0x2588};
	static const char ascii[] = " .:-=+*#@";
	__u32 ch = ui->colors >= 256 ? ' ' : ui->utf8 ? blocks[level] : (__u32)ascii[level];

	grid_char(g, x, y, ST_HEAT + level, ch);
}

static void draw_heat(const struct ui *ui, const struct ui_data *d, struct grid *g, struct area at,
		      const struct axis *a)
{
	unsigned len = series_len(d->series), n, columns = min_u(at.width, INTERVALS_MAX);
	__u64 most = 0, count;

	n = len > d->skip ? min_u(len - d->skip, columns) : 0;
	for (unsigned pass = ui->heat_counts ? 0 : 1; pass < 2; pass++) {
		for (unsigned i = 0; i < n; i++) {
			struct hist h = {0};
			__u64 all;

			series_hist(d->series, d->skip + i, ui->dir, ui->proto, ui->stage, &h);
			all = hist_n(&h);
			for (unsigned r = 0; all && r < a->rows; r++) {
				count = row_count(&h, a, r);
				if (!pass)
					most = count > most ? count : most;
				else
					draw_shade(ui, g, at.x + at.width - 1 - i,
						   at.y + a->rows - 1 - r,
						   shade(count, ui->heat_counts ? most : all));
			}
		}
	}
}

/* Which shade is how much, and how long ago. */
static void draw_legend(const struct ui *ui, const struct ui_data *d, struct grid *g,
			struct area at, unsigned y)
{
	__u64 span = 0, interval;
	unsigned len = series_len(d->series), n, x;

	n = len > d->skip ? min_u(len - d->skip, min_u(at.width, INTERVALS_MAX)) : 0;
	for (unsigned i = 0; i < n; i++) {
		series_time(d->series, d->skip + i, &interval);
		span += interval;
	}
	x = min_u(n > AGO ? at.width - n : at.width - AGO - 3, at.width);
	grid_printf(g, at.x + x, y, at.width - x, ST_FAINT, "%s ago", fmt_ns(span).s);
	grid_put_right(g, at.x, y, at.width, ST_FAINT, "now");
	if (at.width < 60)
		return;
	x = at.x + (at.width - 24) / 2;
	if (n > at.width / 2 - AGO - 12 && n < at.width / 2 + 12) /* the time stands there */
		x = at.x;
	x = grid_put(g, x, y, 7, ST_FAINT, ui->heat_counts ? "none " : "0% ");
	for (unsigned i = 1; i < HEAT_LEVELS; i++)
		draw_shade(ui, g, x++, y, i);
	grid_put(g, x, y, 12, ST_FAINT, ui->heat_counts ? " most" : " 100%");
}

static void draw_numbers(const struct ui *ui, struct grid *g, struct area a, const struct hist *h,
			 __u64 interval_ns)
{
	static const char *const names[SERIES_QUANTILES] = {"p50", "p90", "p99", "p99.9"};
	unsigned x = a.x, end = a.x + a.width;
	__u64 n = hist_n(h);

	x = grid_printf(g, x, a.y, end - x, ST_TEXT, "n %s", fmt_count(n).s);
	if (interval_ns)
		x = grid_printf(g, x, a.y, end - x, ST_FAINT, " (%s/s)",
				fmt_count((__u64)((double)n * 1e9 / (double)interval_ns)).s);
	if (a.width >= 100)
		x = grid_printf(g, x, a.y, end - x, ST_TEXT, "  mean %s",
				n ? view_ns(ui, (__u64)hist_mean(h)).s : "-");
	for (unsigned i = 0; i < SERIES_QUANTILES; i++)
		x = grid_printf(g, x, a.y, end - x, ST_TEXT, "  %s %s", names[i],
				view_quantile(ui, h, series_quantiles[i]).s);
	grid_printf(g, x, a.y, end - x, ST_TEXT, "  max %s", n ? view_ns(ui, h->max).s : "-");
}

/* Everything that will be shown: the axis must hold it, and not jump from one redraw to the next.
 */
static struct hist shown_all(const struct ui *ui, const struct ui_data *d, const struct hist *h,
			     unsigned columns)
{
	unsigned len = series_len(d->series);
	struct hist all = *h;

	for (unsigned i = 0; i < columns && d->skip + i < len; i++)
		series_hist(d->series, d->skip + i, ui->dir, ui->proto, ui->stage, &all);
	return all;
}

void view_stage(struct ui *ui, const struct ui_data *d, struct grid *g, struct area a)
{
	struct hist sum, all;
	const struct hist *h = stage_hist(ui, d->snap, ui->dir, ui->stage, &sum);
	struct area left = a, right = a;
	char name[80];
	struct axis axis;
	unsigned x;

	x = grid_printf(g, a.x, a.y, a.width, ST_HEAD, "%s %s ", proto_label(ui->proto),
			dirs[ui->dir].verb);
	x = grid_put(g, x, a.y, a.x + a.width - x, stage_style(ui->dir, ui->stage),
		     stage_name(ui, d->ri, ui->dir, ui->stage, name, sizeof(name)));
	if (ui->stage == RXH_HW && ui->dir == NS_RX)
		x = grid_printf(g, x, a.y, a.x + a.width - x, ST_TEXT, " +-%s",
				view_ns(ui, snapshot_hw_error(d->snap)).s);
	grid_printf(g, x, a.y, a.x + a.width - x, ST_FAINT, ": %s", dirs[ui->dir].docs[ui->stage]);
	a.y++;
	draw_numbers(ui, g, a, h, d->snap->interval_ns);

	left.width = a.width < 100 ? a.width / 2 : a.width < 160 ? 50 : 60;
	right.x = a.x + left.width + 1;
	right.width = a.width - left.width - 1;
	left.y = right.y = a.y + 1;
	all = shown_all(ui, d, h, min_u(right.width, INTERVALS_MAX));
	if (!hist_n(&all)) {
		grid_put(g, a.x, a.y + 2, a.width, ST_FAINT, "no packets");
		return;
	}
	axis = axis_of(&all, a.height - 3);
	draw_distribution(ui, g, left, h, &axis,
			  ui->stage == dirs[ui->dir].total ? ST_SPARK
							   : stage_style(ui->dir, ui->stage));
	draw_heat(ui, d, g, right, &axis);
	draw_legend(ui, d, g, right, right.y + axis.rows);
}
