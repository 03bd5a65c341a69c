// SPDX-License-Identifier: GPL-2.0-only
/* The softirqs of each CPU: a table of them, and one line of the overview. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cpu_columns.h"
#include "histogram.h"
#include "recording_output.h"
#include "view.h"

#define HEADS 3 /* lines above the rows */
#define BAR_MIN 12
#define MARK 3	/* in the line: " # " */
#define VALUE 7 /* columns of a time, in the line */
#define GAP 1
#define MORE 6 /* " +8191" */

/* The same columns in each line; cpu -1 and -2: the two lines of the heading. */
static void draw_columns(const struct ui *ui, const struct softirq_snapshot *s, struct grid *g,
			 struct area a, unsigned rank, int cpu)
{
	unsigned x = a.x + CPU_NUMBER;

	for (unsigned c = 0; c < CPU_COLUMNS; c++) {
		struct fmt value;

		if (cpu_columns[c].rank > rank)
			continue;
		if (cpu < 0)
			snprintf(value.s, sizeof(value.s), "%s",
				 cpu == -1 ? cpu_columns[c].over : cpu_columns[c].head);
		else
			value = cpu_cell(s, (unsigned)cpu, c, ui->unit);
		grid_put_right(g, x + 1, a.y, cpu_columns[c].width - 1,
			       cpu < 0 ? ST_FAINT : ST_TEXT, value.s);
		x += cpu_columns[c].width;
	}
}

static const char *absent(const struct ui_data *d)
{
	return d->replay ? CPUS_NOT_RECORDED
			 : "not measured (--no-cpus, or see the messages at the start)";
}

void view_cpus(struct ui *ui, const struct ui_data *d, struct grid *g, struct area a)
{
	const struct softirq_snapshot *s = d->snap->softirqs;
	unsigned page = a.height > HEADS ? a.height - HEADS : 1, n = 0, rank = 0, used, x;
	unsigned *list = s ? cpus_list(s, CPUS_BY_NUMBER, &n) : NULL;
	struct area line = a;

	if (list && n > page) {
		free(list);
		list = cpus_list(s, CPUS_WORST_FIRST, &n);
	}
	if (!list) {
		grid_put(g, a.x, a.y, a.width, ST_FAINT, absent(d));
		return;
	}
	ui->page = page;
	if (ui->scroll + page > n)
		ui->scroll = n > page ? n - page : 0;
	x = grid_put(g, a.x, a.y, a.width, ST_HEAD, "softirqs of each CPU");
	grid_printf(g, x, a.y, a.x + a.width - x, ST_FAINT, ": NET_RX, raise to entry%s",
		    n > page ? "; longest first" : "");
	used = cpu_columns_fit(a.width, &rank);
	line.y = a.y + 1;
	draw_columns(ui, s, g, line, rank, -1);
	line.y = a.y + 2;
	grid_put(g, a.x, line.y, CPU_NUMBER, ST_FAINT, "cpu");
	draw_columns(ui, s, g, line, rank, -2);
	for (unsigned i = 0; i < page && ui->scroll + i < n; i++) {
		unsigned cpu = list[ui->scroll + i];
		__u64 busy = cpu_run_ns(s, cpu, SI_RX) + cpu_run_ns(s, cpu, SI_TX);

		line.y = a.y + HEADS + i;
		grid_printf(g, a.x, line.y, CPU_NUMBER, ST_HEAD, "%u", cpu);
		draw_columns(ui, s, g, line, rank, (int)cpu);
		if (busy && s->interval_ns && used + GAP + BAR_MIN <= a.width)
			draw_bar(ui, g, a.x + used + GAP, line.y, a.width - used - GAP, ST_SPARK,
				 (double)busy / (double)s->interval_ns);
	}
	free(list);
}

/* What the sparklines show, of a CPU's delays; 0: there is none. */
static __u64 line_value(enum spark spark, const struct hist *h)
{
	__u64 v = 0;

	if (spark == SPARK_N)
		return hist_n(h);
	if (spark == SPARK_MAX)
		return h->max;
	return hist_quantile(h, spark == SPARK_P99 ? 0.99 : 0.5, &v) ? v : 0;
}

/* How high a time stands: the lowest up to 1us, each step four times as long, the highest from 4ms.
 */
static unsigned height_of(__u64 ns)
{
	double steps = ns > 1000 ? ceil(log2((double)ns / 1000) / 2) : 0;

	return steps > 7 ? 7 : (unsigned)steps;
}

static void draw_cell(const struct ui *ui, struct grid *g, unsigned x, unsigned y, unsigned cpu,
		      unsigned digits, __u64 v)
{
	static const char ramp[] = ".:-=+*#@";
	struct fmt value = !v			  ? (struct fmt){"-"}
			   : ui->spark == SPARK_N ? fmt_count(v)
						  : view_ns(ui, v);
	unsigned level = height_of(v);

	grid_printf(g, x, y, digits, ST_FAINT, "%*u", (int)digits, cpu);
	if (v && ui->spark != SPARK_N)
		grid_char(g, x + digits + 1, y, ST_SPARK,
			  ui->utf8 ? 0x2581 + level : (__u32)ramp[level]);
	grid_put(g, x + digits + MARK, y, VALUE, ST_TEXT, value.s);
}

bool draw_cpu_line(const struct ui *ui, const struct ui_data *d, struct grid *g, struct area a)
{
	const struct softirq_snapshot *s = d->snap->softirqs;
	unsigned n = 0, x, digits, width, fit, *list = s ? cpus_list(s, CPUS_BY_NUMBER, &n) : NULL;

	if (!n) {
		free(list);
		return false;
	}
	g->link = LINK_ACTION + ACT_CPUS;
	x = grid_put(g, a.x, a.y, a.width, ST_HEAD, "softirq delay");
	x = grid_printf(g, x, a.y, a.x + a.width - x, ST_FAINT, " %s, cpu ",
			spark_label(ui->spark));
	digits = (unsigned)snprintf(NULL, 0, "%u", list[n - 1]);
	width = digits + MARK + VALUE + GAP;
	fit = (a.x + a.width - x + GAP) / width;
	if (fit < n) {
		free(list);
		list = cpus_list(s, CPUS_WORST_FIRST, &n);
		fit = (a.x + a.width - x - MORE + GAP) / width;
	}
	for (unsigned i = 0; list && i < n && i < fit; i++, x += width)
		draw_cell(ui, g, x, a.y, list[i], digits,
			  line_value(ui->spark, &s->rows[list[i]].vec[SI_RX].delay));
	if (fit < n)
		grid_printf(g, x - GAP, a.y, MORE, ST_FAINT, " +%u", n - fit);
	g->link = LINK_NONE;
	free(list);
	return true;
}
