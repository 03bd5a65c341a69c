// SPDX-License-Identifier: GPL-2.0-only
/* The softirqs of each CPU: a table of them, and one line of the overview. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cpus.h"
#include "histogram.h"
#include "view.h"

#define NUMBER 4 /* columns of a CPU's number */
#define HEADS 3	 /* lines above the rows */
#define BAR_MIN 12
#define MARK 3	/* in the line: " # " */
#define VALUE 7 /* columns of a time, in the line */
#define GAP 1
#define MORE 6 /* " +8191" */

enum column {
	COL_N,
	COL_P50,
	COL_P99,
	COL_MAX,
	COL_RX,
	COL_TX,
	COL_RUNS,
	COL_PACKETS,
	COL_SQUEEZED,
	COL_KSOFTIRQD,
	COL_BACKLOG,
	COL_RPS,
	COL_DROPS,
	COL_COUNT
};

/* rank: where there is no room for all, those with the highest are left out. 60 columns: 0 only. */
static const struct {
	const char *over, *head;
	unsigned width, rank;
} columns[COL_COUNT] = {
	[COL_N] = {"", "n", 7, 2},
	[COL_P50] = {"", "p50", 7, 0},
	[COL_P99] = {"delay", "p99", 7, 0},
	[COL_MAX] = {"", "max", 7, 0},
	[COL_RX] = {"net_rx", "time", 7, 0},
	[COL_TX] = {"net_tx", "time", 7, 1},
	[COL_RUNS] = {"runs", "/s", 6, 0},
	[COL_PACKETS] = {"packets", "/run", 8, 0},
	[COL_SQUEEZED] = {"squee-", "zed", 7, 0},
	[COL_KSOFTIRQD] = {"ksoft-", "irqd", 7, 0},
	[COL_BACKLOG] = {"backlog", "packets", 8, 3},
	[COL_RPS] = {"", "rps", 7, 4},
	[COL_DROPS] = {"", "drops", 7, 4},
};

/* What the kernel tells of a CPU, if it does. */
static struct fmt told(const struct softnet *s, __u64 n)
{
	return s->told ? fmt_count(n) : (struct fmt){"-"};
}

static struct fmt cell(const struct ui *ui, const struct softirq_snapshot *s, unsigned cpu,
		       enum column c)
{
	const struct softirq_row *row = &s->rows[cpu];
	const struct vec_counts *rx = &row->vec[SI_RX];
	const struct softnet *net = &s->softnet[cpu];
	const struct fmt none = {"-"};

	switch (c) {
	case COL_N:
		return fmt_count(hist_n(&rx->delay));
	case COL_P50:
		return view_quantile(ui, &rx->delay, 0.5);
	case COL_P99:
		return view_quantile(ui, &rx->delay, 0.99);
	case COL_MAX:
		return hist_n(&rx->delay) ? view_ns(ui, rx->delay.max) : none;
	case COL_RX:
		return fmt_percent(cpu_run_ns(s, cpu, SI_RX), s->interval_ns);
	case COL_TX:
		return fmt_percent(cpu_run_ns(s, cpu, SI_TX), s->interval_ns);
	case COL_RUNS:
		return fmt_rate(rx->runs, s->interval_ns);
	case COL_PACKETS:
		return fmt_ratio(row->rx.packets, rx->runs);
	case COL_SQUEEZED:
		return told(net, net->time_squeeze);
	case COL_KSOFTIRQD:
		return fmt_percent(rx->ksoftirqd, rx->runs);
	case COL_BACKLOG:
		return fmt_count(row->rx.backlog_packets);
	case COL_RPS:
		return told(net, net->received_rps);
	case COL_DROPS:
		return told(net, net->dropped);
	case COL_COUNT:
		break;
	}
	return none;
}

/* The highest rank whose columns fit, with all below it. Returns the columns of the screen used. */
static unsigned choose(unsigned width, unsigned *rank)
{
	unsigned used = NUMBER;

	for (unsigned r = 0;; r++) {
		unsigned more = 0;

		for (unsigned c = 0; c < COL_COUNT; c++)
			more += columns[c].rank == r ? columns[c].width : 0;
		if (!more || used + more > width)
			return used;
		used += more;
		*rank = r;
	}
}

/* The same columns in each line; cpu -1 and -2: the two lines of the heading. */
static void draw_columns(const struct ui *ui, const struct softirq_snapshot *s, struct grid *g,
			 struct area a, unsigned rank, int cpu)
{
	unsigned x = a.x + NUMBER;

	for (unsigned c = 0; c < COL_COUNT; c++) {
		struct fmt value;

		if (columns[c].rank > rank)
			continue;
		if (cpu < 0)
			snprintf(value.s, sizeof(value.s), "%s",
				 cpu == -1 ? columns[c].over : columns[c].head);
		else
			value = cell(ui, s, (unsigned)cpu, c);
		grid_put_right(g, x + 1, a.y, columns[c].width - 1, cpu < 0 ? ST_FAINT : ST_TEXT,
			       value.s);
		x += columns[c].width;
	}
}

static const char *absent(const struct ui_data *d)
{
	return d->replay ? "a recording has no numbers of CPUs"
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
	used = choose(a.width, &rank);
	line.y = a.y + 1;
	draw_columns(ui, s, g, line, rank, -1);
	line.y = a.y + 2;
	grid_put(g, a.x, line.y, NUMBER, ST_FAINT, "cpu");
	draw_columns(ui, s, g, line, rank, -2);
	for (unsigned i = 0; i < page && ui->scroll + i < n; i++) {
		unsigned cpu = list[ui->scroll + i];
		__u64 busy = cpu_run_ns(s, cpu, SI_RX) + cpu_run_ns(s, cpu, SI_TX);

		line.y = a.y + HEADS + i;
		grid_printf(g, a.x, line.y, NUMBER, ST_HEAD, "%u", cpu);
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
