// SPDX-License-Identifier: GPL-2.0-only
/* The stages of both directions beside each other, and below them the top connections. */
#include "view.h"

#include <stdio.h>
#include <string.h>

#include "histogram.h"
#include "names.h"

#define NUMBER 7 /* columns of a number, with the blank before it */
#define NAME_MIN 11
#define NAME_CUT 12 /* a longer one is cut to this where there is no room: "softirq_wait" */
#define NAME_MAX 19
#define SPARK_MIN 6
#define SPARK_GOOD 8 /* kept free for it before further numbers are shown */
#define GAP 2
#define CONNS_LEAST 3 /* lines of their table */

enum column { COL_N, COL_SHARE, COL_P50, COL_P90, COL_P99, COL_P999, COL_MAX, COL_COUNT };

static const char *const heads[COL_COUNT] = {"n", "share", "p50", "p90", "p99", "p99.9", "max"};

/* A direction's table, as wide as there is room for. */
struct table {
	struct area a;
	enum ns_dir dir;
	unsigned n, name; /* rows; columns of the names */
	__u8 stages[STAGE_ROWS];
	bool columns[COL_COUNT];
	unsigned spark; /* columns; 0: no room */
};

static void choose_columns(struct table *t)
{
	static const enum column extra[] = {COL_N, COL_SHARE, COL_P90, COL_P999};
	unsigned used = t->name + 2 * NUMBER;

	t->columns[COL_P99] = t->columns[COL_MAX] = true;
	t->columns[COL_P50] = used + NUMBER <= t->a.width;
	used += t->columns[COL_P50] ? NUMBER : 0;
	for (size_t i = 0; i < sizeof(extra) / sizeof(extra[0]); i++) {
		if (used + NUMBER + 1 + SPARK_GOOD > t->a.width)
			break;
		t->columns[extra[i]] = true;
		used += NUMBER;
	}
	if (used + 1 + SPARK_MIN <= t->a.width)
		t->spark = min_u(t->a.width - used - 1, SPARK_MOST);
}

static void prepare(const struct ui *ui, const struct run_info *ri, enum ns_dir dir, struct area a,
		    struct table *t)
{
	unsigned len, room = a.width > 3 * NUMBER ? a.width - 3 * NUMBER : 0;
	char name[80];

	*t = (struct table){.a = a, .dir = dir, .name = NAME_MIN};
	t->n = stage_list(ui, ri, dir, t->stages);
	for (unsigned i = 0; i < t->n; i++) {
		len = grid_columns(stage_name(ui, ri, dir, t->stages[i], name, sizeof(name)));
		t->name = len > t->name ? len : t->name;
	}
	t->name = min_u(t->name, min_u(NAME_MAX, room > NAME_CUT ? room : NAME_CUT));
}

static struct fmt number(const struct ui *ui, enum column c, const struct hist *h, __u64 total)
{
	static const double q[COL_COUNT] = {
		[COL_P50] = 0.5, [COL_P90] = 0.9, [COL_P99] = 0.99, [COL_P999] = 0.999};
	__u64 n = hist_n(h);

	switch (c) {
	case COL_N:
		return fmt_count(n);
	case COL_SHARE:
		return total ? fmt_percent(h->sum, total) : (struct fmt){"-"};
	case COL_MAX:
		return n ? view_ns(ui, h->max) : (struct fmt){"-"};
	default:
		return view_quantile(ui, h, q[c]);
	}
}

static void draw_row(const struct ui *ui, const struct ui_data *d, struct grid *g,
		     const struct table *t, unsigned i, unsigned y, bool selected)
{
	unsigned stage = t->stages[i], x = t->a.x;
	unsigned total_stage = dirs[t->dir].total;
	bool is_total = stage == total_stage;
	enum cell_style style = is_total ? ST_HEAD : stage > total_stage ? ST_FAINT : ST_TEXT;
	struct hist sum, whole;
	char name[80];
	const struct hist *h = stage_hist(ui, d->snap, t->dir, stage, &sum);
	__u64 total =
		stage > total_stage ? 0 : stage_hist(ui, d->snap, t->dir, total_stage, &whole)->sum;

	g->link = (__u16)(LINK_ROW + (unsigned)t->dir * STAGE_ROWS + i);
	g->selected = selected;
	grid_put(g, x, y, t->name, stage < total_stage ? stage_style(t->dir, stage) : style,
		 stage_name(ui, d->ri, t->dir, stage, name, sizeof(name)));
	x += t->name;
	for (unsigned c = 0; c < COL_COUNT; c++) {
		if (!t->columns[c])
			continue;
		grid_put_right(g, x + 1, y, NUMBER - 1, style, number(ui, c, h, total).s);
		x += NUMBER;
	}
	if (t->spark)
		draw_spark(ui, d, g, x + 1, y, t->spark, t->dir, stage);
	grid_link(g, t->a.x, y, t->a.width);
	g->link = LINK_NONE;
	g->selected = false;
}

static void draw_table(struct ui *ui, const struct ui_data *d, struct grid *g, struct table *t)
{
	bool here = ui->pane == (enum pane)t->dir;
	unsigned x = t->a.x, y = t->a.y, page = t->a.height - 1, scroll = 0;
	unsigned *row = &ui->rows[t->dir];

	grid_printf(g, x, y, t->name, ST_HEAD, "%s", dirs[t->dir].verb);
	x += t->name;
	for (unsigned c = 0; c < COL_COUNT; c++) {
		if (!t->columns[c])
			continue;
		grid_put_right(g, x + 1, y, NUMBER - 1, ST_FAINT, heads[c]);
		x += NUMBER;
	}
	if (t->spark)
		grid_put_right(g, x + 1, y, t->spark, ST_FAINT, spark_label(ui->spark));
	if (!t->n)
		grid_put(g, t->a.x, y + 1, t->a.width, ST_FAINT, "not measured");
	keep_visible(row, &scroll, t->n, page);
	for (unsigned i = scroll; i < t->n && i < scroll + page; i++)
		draw_row(ui, d, g, t, i, y + 1 + i - scroll, here && i == *row);
}

/* Of what is left below the stages. */
static void draw_top(struct ui *ui, const struct ui_data *d, struct grid *g, struct area a)
{
	if (a.height >= CONNS_LEAST)
		draw_conns(ui, d, g, a, ui->pane == PANE_CONNS);
	else if (ui->pane == PANE_CONNS)
		ui->pane = PANE_RX;
}

void view_overview(struct ui *ui, const struct ui_data *d, struct grid *g, struct area a)
{
	struct area left = a, right = a, below = a;
	struct table rx, tx;
	unsigned rows, left_over;
	bool has_rx = dir_measured(d->ri, NS_RX), has_tx = dir_measured(d->ri, NS_TX);

	if (has_rx && has_tx)
		left.width = right.width = (a.width - GAP) / 2;
	right.x = has_rx ? a.x + left.width + GAP : a.x;
	prepare(ui, d->ri, NS_RX, left, &rx);
	prepare(ui, d->ri, NS_TX, right, &tx);
	if (has_rx && has_tx) /* alike */
		rx.name = tx.name = rx.name > tx.name ? rx.name : tx.name;
	choose_columns(&rx);
	choose_columns(&tx);
	rows = 1 + (rx.n > tx.n ? rx.n : tx.n);
	rows = min_u(rows, a.height);
	rx.a.height = tx.a.height = rows;
	if ((ui->pane == PANE_RX && !has_rx) || (ui->pane == PANE_TX && !has_tx))
		ui->pane = has_rx ? PANE_RX : PANE_TX;

	below.y += rows + (a.height > rows + 6);
	left_over = a.y + a.height > below.y ? a.y + a.height - below.y : 0;
	if (left_over && left_over != CONNS_LEAST && draw_cpu_line(ui, d, g, below))
		below.y += 1 + (a.height > rows + 8);
	below.height = a.y + a.height > below.y ? a.y + a.height - below.y : 0;
	draw_top(ui, d, g, below); /* first: where it has no room, the cursor leaves it */
	if (has_rx)
		draw_table(ui, d, g, &rx);
	if (has_tx)
		draw_table(ui, d, g, &tx);
}
