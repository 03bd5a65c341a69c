// SPDX-License-Identifier: GPL-2.0-only
/* The table of connections: columns by what there is room for, rows by the query. */
#include "view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "histogram.h"
#include "names.h"

enum column {
	COL_PROTO,
	COL_LOCAL,
	COL_REMOTE,
	COL_PROCESS,
	COL_N,
	COL_P50,
	COL_P99,
	COL_MAX,
	COL_RANK,
	COL_WORST,
	COL_CAUSE,
	COL_RTT,
	COL_COUNT
};

/* In the order shown; `from`: the width of the table from which on there is such a column. */
static const struct {
	const char *name;
	unsigned width, from;
	bool left;
	int key; /* enum conn_sort_key that it shows, or -1 */
} columns[COL_COUNT] = {
	[COL_PROTO] = {"", 3, 0, true, -1},	     [COL_LOCAL] = {"local", 6, 0, true, -1},
	[COL_REMOTE] = {"remote", 21, 0, true, -1},  [COL_PROCESS] = {"process", 14, 76, true, -1},
	[COL_N] = {"n", 6, 76, false, SORT_N},	     [COL_P50] = {"p50", 6, 100, false, -1},
	[COL_P99] = {"p99", 6, 0, false, SORT_P99},  [COL_MAX] = {"max", 6, 0, false, SORT_MAX},
	[COL_RANK] = {"", 6, 100, false, -1},	     [COL_WORST] = {"mostly in", 12, 0, true, -1},
	[COL_CAUSE] = {"held by", 8, 120, true, -1}, [COL_RTT] = {"rtt", 6, 130, false, -1},
};

#define REMOTE_MOST 47 /* "[IPv6]:port" */
#define LOCAL_FROM 140 /* the width from which on the local end has its address */

struct layout {
	unsigned width[COL_COUNT]; /* 0: not shown */
};

/* What the table is ranked by, where no column of its own shows it. */
static bool rank_has_column(const struct conn_query *q)
{
	return q->key == SORT_SUM || q->stage != dirs[q->dir].total;
}

static void lay_out(const struct conn_query *q, unsigned width, struct layout *l)
{
	unsigned used = 0, more;

	for (unsigned c = 0; c < COL_COUNT; c++) {
		l->width[c] = width >= columns[c].from ? columns[c].width : 0;
		if (c == COL_RANK && !rank_has_column(q))
			l->width[c] = 0;
		used += l->width[c] ? l->width[c] + 1 : 0;
	}
	if (width >= LOCAL_FROM) {
		l->width[COL_LOCAL] = 21;
		used += 15;
	}
	more = width + 1 > used ? width + 1 - used : 0;
	l->width[COL_REMOTE] += min_u(more / 2, REMOTE_MOST - columns[COL_REMOTE].width);
	more -= min_u(more / 2, REMOTE_MOST - columns[COL_REMOTE].width);
	if (width >= LOCAL_FROM) {
		l->width[COL_LOCAL] += min_u(more, REMOTE_MOST - 21);
		more -= min_u(more, REMOTE_MOST - 21);
	}
	l->width[COL_WORST] += min_u(more, 12);
}

static const char *key_name(enum conn_sort_key key)
{
	static const char *const names[] = {
		[SORT_P99] = "p99", [SORT_MAX] = "max", [SORT_SUM] = "sum", [SORT_N] = "n"};

	return names[key];
}

static void local_end(const struct flow *w, unsigned width, char *buf, size_t size)
{
	struct fmt_line full = fmt_endpoint(w->local, w->local_port);

	if (grid_columns(full.s) <= width)
		snprintf(buf, size, "%s", full.s);
	else
		snprintf(buf, size, ":%u", w->local_port);
}

static void worst_stage(const struct ui_data *d, const struct conn *c, enum ns_dir dir,
			unsigned width, char *buf, size_t size)
{
	const struct conn_dir *cd = &c->dir[dir];
	unsigned worst = conn_worst_stage(c, dir), proto = c->flow.proto % NS_PROTOS;
	char label[64];

	buf[0] = '\0';
	if (!cd->n)
		return;
	stage_label(dir, d->ri->points[dir][proto], worst, label, sizeof(label));
	if (strlen(label) + 5 <= width)
		snprintf(buf, size, "%s %s", label,
			 fmt_percent(cd->stages[worst].sum, cd->stages[dirs[dir].total].sum).s);
	else
		snprintf(buf, size, "%s", label);
}

static void cell_text(const struct ui *ui, const struct ui_data *d, const struct conn *c,
		      unsigned column, unsigned width, char *buf, size_t size)
{
	const struct conn_query *q = &ui->query;
	const struct conn_dir *cd = &c->dir[q->dir];
	int cause = conn_worst_cause(c);
	struct conn_rtt rtt;
	__u64 v;

	snprintf(buf, size, "-");
	switch (column) {
	case COL_PROTO:
		snprintf(buf, size, "%s", proto_name(c->flow.proto));
		break;
	case COL_LOCAL:
		local_end(&c->flow, width, buf, size);
		break;
	case COL_REMOTE:
		snprintf(buf, size, "%s", fmt_endpoint(c->flow.remote, c->flow.remote_port).s);
		break;
	case COL_PROCESS:
		snprintf(buf, size, "%s/%u", fmt_comm(c->comm, ui->utf8).s, c->pid);
		break;
	case COL_N:
		snprintf(buf, size, "%s", fmt_count(cd->n).s);
		break;
	case COL_P50:
	case COL_P99:
		if (coarse_quantile(cd->coarse, cd->stages[dirs[q->dir].total].max,
				    column == COL_P50 ? 0.5 : 0.99, &v))
			snprintf(buf, size, "%s", view_ns(ui, v).s);
		break;
	case COL_MAX:
		if (cd->n)
			snprintf(buf, size, "%s",
				 view_ns(ui, cd->stages[dirs[q->dir].total].max).s);
		break;
	case COL_RANK:
		v = conn_query_rank(c, q);
		snprintf(buf, size, "%s", q->key == SORT_N ? fmt_count(v).s : view_ns(ui, v).s);
		break;
	case COL_WORST:
		worst_stage(d, c, q->dir, width, buf, size);
		break;
	case COL_CAUSE:
		snprintf(buf, size, "%s",
			 cause >= 0 && cause != CAUSE_OTHER ? cause_infos[cause].name : "");
		break;
	case COL_RTT:
		if (conn_rtt(c, &rtt))
			snprintf(buf, size, "%s", view_ns(ui, rtt.mean).s);
		break;
	}
}

static void draw_heads(const struct ui *ui, struct grid *g, const struct area *a,
		       const struct layout *l)
{
	const struct conn_query *q = &ui->query;

	for (unsigned c = 0, x = a->x; c < COL_COUNT; c++) {
		bool sorted = columns[c].key == (int)q->key && q->stage == dirs[q->dir].total;
		const char *name = columns[c].name;

		if (!l->width[c])
			continue;
		if (c == COL_RANK) {
			sorted = true;
			name = key_name(q->key);
		}
		if (columns[c].key >= 0)
			g->link = (__u16)(LINK_COLUMN + columns[c].key);
		(columns[c].left ? (void)grid_put(g, x, a->y, l->width[c],
						  sorted ? ST_SORT : ST_FAINT, name)
				 : grid_put_right(g, x, a->y, l->width[c],
						  sorted ? ST_SORT : ST_FAINT, name));
		grid_link(g, x, a->y, l->width[c]);
		g->link = LINK_NONE;
		x += l->width[c] + 1;
	}
}

static void draw_row(const struct ui *ui, const struct ui_data *d, struct grid *g,
		     const struct area *a, const struct layout *l, const struct conn *c, unsigned y)
{
	char text[192];

	for (unsigned i = 0, x = a->x; i < COL_COUNT; i++) {
		enum cell_style style = ST_TEXT;

		if (!l->width[i])
			continue;
		cell_text(ui, d, c, i, l->width[i], text, sizeof(text));
		if (i == COL_WORST && c->dir[ui->query.dir].n)
			style = stage_style(ui->query.dir, conn_worst_stage(c, ui->query.dir));
		else if (i == COL_PROTO || i == COL_PROCESS || !strcmp(text, "-"))
			style = ST_FAINT;
		if (columns[i].left)
			grid_put(g, x, y, l->width[i], style, text);
		else
			grid_put_right(g, x, y, l->width[i], style, text);
		x += l->width[i] + 1;
	}
	grid_link(g, a->x, y, a->width);
}

/* How many, by what, and which: the line above the table. */
static void draw_caption(const struct ui *ui, const struct ui_data *d, struct grid *g,
			 const struct area *a, size_t n)
{
	const struct conn_query *q = &ui->query;
	unsigned x = grid_put(g, a->x, a->y, a->width, ST_HEAD, "connections"),
		 end = a->x + a->width;

	x = grid_printf(g, x, a->y, end - x, ST_FAINT, " by %s:%s:%s, ", dirs[q->dir].name,
			dirs[q->dir].stages[q->stage], key_name(q->key));
	if (ui->filter[0])
		x = grid_printf(g, x, a->y, end - x, ST_MARK, "%zu of %zu: %s", n, d->snap->n_conns,
				ui->filter);
	else
		grid_printf(g, x, a->y, end - x, ST_FAINT, "%zu with packets", n);
}

void draw_conns(struct ui *ui, const struct ui_data *d, struct grid *g, struct area a,
		bool has_cursor)
{
	unsigned page = a.height > 2 ? a.height - 2 : 0, *row = &ui->rows[PANE_CONNS];
	const struct conn **top;
	struct layout layout;
	size_t n;

	ui->page = page;
	if (!has_cursor)
		*row = ui->scroll = 0;
	/* the cursor may be on any row up to the end: as many as that page needs */
	top = conns_select(d->snap->conns, d->snap->n_conns, &ui->query,
			   (size_t)(*row > ui->scroll ? *row : ui->scroll) + page, &n);
	if (!top) {
		grid_put(g, a.x, a.y, a.width, ST_WARN, "out of memory");
		return;
	}
	keep_visible(row, &ui->scroll, (unsigned)n, page);
	lay_out(&ui->query, a.width, &layout);
	draw_caption(ui, d, g, &a, n);
	a.y++;
	draw_heads(ui, g, &a, &layout);
	for (unsigned i = 0; i < page && ui->scroll + i < n; i++) {
		g->selected = has_cursor && ui->scroll + i == *row;
		g->link = (__u16)min_u(LINK_ROW + NS_DIRS * STAGE_ROWS + i, 0xffff);
		draw_row(ui, d, g, &a, &layout, top[ui->scroll + i], a.y + 1 + i);
	}
	g->link = LINK_NONE;
	g->selected = false;
	free(top);
}

void view_conns(struct ui *ui, const struct ui_data *d, struct grid *g, struct area a)
{
	draw_conns(ui, d, g, a, true);
}
