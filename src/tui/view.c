// SPDX-License-Identifier: GPL-2.0-only
#include "view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "histogram.h"
#include "names.h"
#include "text_style.h"

static bool shown(const struct ui *ui, unsigned proto)
{
	return ui->proto == SERIES_ALL || ui->proto == proto;
}

unsigned stage_list(const struct ui *ui, const struct run_info *ri, enum ns_dir dir,
		    __u8 out[STAGE_ROWS])
{
	__u32 mask = 0;
	unsigned n = 0;

	for (unsigned p = 0; p < NS_PROTOS; p++)
		if (shown(ui, p) && ri->points[dir][p])
			mask |= stages_possible(dir, ri->points[dir][p]);
	for (unsigned i = 0; i < dirs[dir].n_stages; i++)
		if (mask & 1U << i)
			out[n++] = (__u8)i;
	if (dir == NS_RX && ui->hw && mask)
		out[n++] = RXH_HW;
	return n;
}

unsigned stage_step(const struct ui *ui, const struct run_info *ri, enum ns_dir dir, unsigned stage,
		    int by)
{
	__u8 stages[STAGE_ROWS];
	unsigned n = stage_list(ui, ri, dir, stages), at = 0;

	while (at < n && stages[at] != stage)
		at++;
	if (at == n) /* gone, with another protocol */
		return dirs[dir].total;
	if ((by < 0 && at) || (by > 0 && at + 1 < n))
		at = by < 0 ? at - 1 : at + 1;
	return stages[at];
}

char *stage_name(const struct ui *ui, const struct run_info *ri, enum ns_dir dir, unsigned stage,
		 char *buf, size_t size)
{
	const char *other = "";
	__u32 covers = 0;

	snprintf(buf, size, "%s", stage < dirs[dir].n_stages ? "" : dirs[dir].stages[stage]);
	for (unsigned p = 0; p < NS_PROTOS; p++) {
		__u32 points = ri->points[dir][p];

		if (!shown(ui, p) || !points || !(stages_possible(dir, points) & 1U << stage))
			continue;
		if (!covers)
			stage_label(dir, points, stage, buf, size - 1);
		else if (covers != stage_covers(dir, points, stage))
			other = "*";
		covers = stage_covers(dir, points, stage);
	}
	strcat(buf, other);
	return buf;
}

enum cell_style stage_style(enum ns_dir dir, unsigned stage)
{
	return ST_STAGE + text_stage_color(dir, stage) % STAGE_COLORS;
}

const struct hist *stage_hist(const struct ui *ui, const struct snapshot *s, enum ns_dir dir,
			      unsigned stage, struct hist *out)
{
	if (ui->proto != SERIES_ALL)
		return &s->hist[dir][ui->proto][stage];
	*out = s->hist[dir][0][stage];
	for (unsigned p = 1; p < NS_PROTOS; p++)
		hist_merge(out, &s->hist[dir][p][stage]);
	return out;
}

const char *proto_label(unsigned proto)
{
	return proto == SERIES_ALL ? "tcp+udp" : proto_name(proto);
}

struct fmt view_ns(const struct ui *ui, __u64 ns)
{
	return fmt_time(ns, ui->unit);
}

struct fmt view_quantile(const struct ui *ui, const struct hist *h, double q)
{
	__u64 v;

	return hist_quantile(h, q, &v) ? view_ns(ui, v) : (struct fmt){"-"};
}

void draw_bar(const struct ui *ui, struct grid *g, unsigned x, unsigned y, unsigned width,
	      enum cell_style style, double fraction)
{
	grid_put(g, x, y, min_u(width, FMT_BAR_MAX), style, fmt_bar(fraction, width, ui->utf8).s);
}

const char *spark_label(enum spark spark)
{
	static const char *const labels[SPARK_COUNT] = {
		[SPARK_MAX] = "max", [SPARK_P99] = "p99", [SPARK_P50] = "p50", [SPARK_N] = "n"};

	return labels[spark];
}

static __u64 spark_value(enum spark spark, const struct series_value *v)
{
	switch (spark) {
	case SPARK_P99:
		return v->q[SERIES_P99];
	case SPARK_P50:
		return v->q[SERIES_P50];
	case SPARK_N:
		return v->n;
	default:
		return v->max;
	}
}

static int by_value(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return (x > y) - (x < y);
}

/* The step of v: the middle is 3, each one above or below it a doubling or halving. */
static unsigned spark_level(__u64 v, __u64 middle)
{
	double steps = 3 + log2((double)v / (double)middle);

	return steps < 0 ? 0 : steps > 7 ? 7 : (unsigned)(steps + 0.5);
}

void draw_spark(const struct ui *ui, const struct ui_data *d, struct grid *g, unsigned x,
		unsigned y, unsigned width, enum ns_dir dir, unsigned stage)
{
	static const char ramp[] = ".:-=+*#@";
	__u64 values[SPARK_MOST], sorted[SPARK_MOST];
	unsigned len = series_len(d->series), n, known = 0;

	n = len > d->skip ? min_u(len - d->skip, min_u(width, SPARK_MOST)) : 0;
	for (unsigned i = 0; i < n; i++) {
		values[i] = spark_value(ui->spark,
					series_at(d->series, d->skip + i, dir, ui->proto, stage));
		if (values[i])
			sorted[known++] = values[i];
	}
	qsort(sorted, known, sizeof(sorted[0]), by_value);
	for (unsigned i = 0; i < n; i++) {
		unsigned level = values[i] ? spark_level(values[i], sorted[known / 2]) : 0;

		if (values[i])
			grid_char(g, x + width - 1 - i, y, ST_SPARK,
				  ui->utf8 ? 0x2581 + level : (__u32)ramp[level]);
	}
}

unsigned draw_words(struct grid *g, struct area a, unsigned y, enum cell_style style,
		    const char *words)
{
	char line[WORDS_MAX + 1];

	while (*words && y < a.y + a.height) {
		size_t len = strlen(words);

		if (len > min_u(a.width, WORDS_MAX)) {
			len = min_u(a.width, WORDS_MAX);
			while (len && words[len] != ' ')
				len--;
			if (!len)
				len = min_u(a.width, WORDS_MAX);
		}
		snprintf(line, sizeof(line), "%.*s", (int)len, words);
		grid_put(g, a.x, y++, a.width, style, line);
		words += len + (words[len] == ' ');
	}
	return y;
}

void keep_visible(unsigned *row, unsigned *scroll, unsigned n, unsigned page)
{
	if (*row >= n)
		*row = n ? n - 1 : 0;
	if (*scroll > *row)
		*scroll = *row;
	if (page && *row >= *scroll + page)
		*scroll = *row - page + 1;
	if (*scroll + page > n)
		*scroll = n > page ? n - page : 0;
}
