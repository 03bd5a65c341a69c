// SPDX-License-Identifier: GPL-2.0-only
#include "ui.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "names.h"
#include "view.h"

void ui_init(struct ui *ui, const struct run_info *ri)
{
	*ui = (struct ui){
		.proto = SERIES_ALL,
		.mouse = true,
		.dir = dir_measured(ri, NS_RX) ? NS_RX : NS_TX,
	};
	ui->stage = dirs[ui->dir].total;
	ui->pane = ui->dir == NS_RX ? PANE_RX : PANE_TX;
	ui->query.ri = ri;
	ui->query.dir = ui->dir;
	ui->query.stage = dirs[ui->dir].total;
	ui->query.key = SORT_P99;
}

static void go(struct ui *ui, enum view view)
{
	if (view == ui->view)
		return;
	if (view == VIEW_CONNS)
		ui->rows[PANE_CONNS] = 0;
	if (view == VIEW_OVERVIEW && ui->pane == PANE_CONNS)
		ui->pane = ui->dir == NS_RX ? PANE_RX : PANE_TX;
	if (view >= VIEW_CONN)
		ui->before = ui->view >= VIEW_HELP ? ui->before : ui->view;
	ui->view = view;
	ui->scroll = 0;
}

static void back(struct ui *ui)
{
	enum view to = ui->view >= VIEW_CONN ? ui->before : VIEW_OVERVIEW;

	if (to == ui->view) /* help, asked for from a connection */
		to = VIEW_OVERVIEW;
	ui->view = to;
	ui->scroll = 0;
}

/* The connection that a row of the table shows. */
static void open_conn(struct ui *ui, const struct ui_data *d, unsigned row)
{
	const struct conn **top;
	size_t n;

	if (!d->snap)
		return;
	top = conns_select(d->snap->conns, d->snap->n_conns, &ui->query, (size_t)row + 1, &n);
	if (top && row < n) {
		ui->conn = conn_id(top[row]);
		go(ui, VIEW_CONN);
	}
	free(top);
}

static void open_stage(struct ui *ui, const struct run_info *ri, enum ns_dir dir, unsigned row)
{
	__u8 stages[STAGE_ROWS];
	unsigned n = stage_list(ui, ri, dir, stages);

	if (!n)
		return;
	ui->dir = dir;
	ui->stage =
		stages[min_u(row, n - 1)]; /* after End the row is beyond all until it is drawn */
	go(ui, VIEW_STAGE);
}

/* Where the cursor's anomaly is: its connection, or its stage. */
static void open_anomaly(struct ui *ui, const struct ui_data *d)
{
	const struct anomaly *x;

	if (!d->anomalies || ui->anomaly >= d->anomalies->n)
		return;
	x = &d->anomalies->at[ui->anomaly];
	if (x->scope == ANOMALY_CONNECTION) {
		ui->conn = x->conn;
		go(ui, VIEW_CONN);
	} else if (x->scope == ANOMALY_CPU) {
		go(ui, VIEW_CPUS);
	} else if (x->stage < dirs[x->dir].n_stages) {
		ui->dir = x->dir;
		ui->stage = x->stage;
		ui->proto = x->proto < NS_PROTOS ? x->proto : SERIES_ALL;
		go(ui, VIEW_STAGE);
	}
}

/* The connection of the worst packet of a cause, where it is among those known. */
static void open_cause(struct ui *ui, const struct ui_data *d)
{
	const struct ranked *r = cause_row(ui, d, ui->cause);

	for (size_t i = 0; r && d->snap && i < d->snap->n_conns; i++) {
		const struct conn *c = &d->snap->conns[i];

		if (!flow_has(&c->flow, &r->event))
			continue;
		ui->conn = conn_id(c);
		go(ui, VIEW_CONN);
		return;
	}
	if (r)
		snprintf(ui->note, sizeof(ui->note), "%s",
			 ui->total ? "its connection has ended, and is forgotten"
				   : "its connection has no packets in this interval");
}

static void open_row(struct ui *ui, const struct ui_data *d)
{
	if (ui->view == VIEW_ANOMALIES) {
		open_anomaly(ui, d);
		return;
	}
	if (ui->view == VIEW_CAUSES) {
		open_cause(ui, d);
		return;
	}
	if (ui->view == VIEW_CONNS || ui->pane == PANE_CONNS)
		open_conn(ui, d, ui->rows[PANE_CONNS]);
	else
		open_stage(ui, d->ri, ui->pane == PANE_RX ? NS_RX : NS_TX, ui->rows[ui->pane]);
}

/* p99 is kept for the total only. */
static void fix_sort(struct conn_query *q)
{
	if (q->stage != dirs[q->dir].total && q->key == SORT_P99)
		q->key = SORT_MAX;
}

static void step_sort(struct ui *ui, const struct run_info *ri, int by)
{
	struct conn_query *q = &ui->query;
	unsigned stage = stage_step(ui, ri, q->dir, q->stage, by);

	if (stage < dirs[q->dir].n_stages) /* connections have no others */
		q->stage = stage;
	fix_sort(q);
}

static void next_sort(struct conn_query *q)
{
	q->key = q->key == SORT_N ? SORT_P99 : q->key + 1;
	fix_sort(q);
}

static void other_dir(struct ui *ui, const struct run_info *ri)
{
	bool conns = ui->view == VIEW_CONNS || ui->view == VIEW_OVERVIEW;
	enum ns_dir dir = conns ? !ui->query.dir : !ui->dir;
	const char *name = dirs[ui->dir].stages[ui->stage];
	__u8 stages[STAGE_ROWS];

	if (!dir_measured(ri, dir)) {
		snprintf(ui->note, sizeof(ui->note), "packets %s are not measured (--dir)",
			 dirs[dir].verb);
		return;
	}
	if (conns) {
		ui->query.dir = dir;
		ui->query.stage = dirs[dir].total;
		return;
	}
	ui->dir = dir;
	ui->stage = dirs[dir].total;
	for (unsigned i = 0, n = stage_list(ui, ri, dir, stages); i < n; i++)
		if (!strcmp(dirs[dir].stages[stages[i]], name)) /* IP is in both */
			ui->stage = stages[i];
}

/* Up and down, by rows. */
static void move(struct ui *ui, const struct run_info *ri, int by)
{
	unsigned *row = &ui->rows[ui->view == VIEW_CONNS ? PANE_CONNS : ui->pane];
	bool one = by == 1 || by == -1;
	__u8 stages[STAGE_ROWS];

	if (ui->view == VIEW_STAGE) {
		ui->stage = stage_step(ui, ri, ui->dir, ui->stage, by);
		return;
	}
	if (ui->view == VIEW_ANOMALIES)
		row = &ui->anomaly;
	if (ui->view == VIEW_CAUSES)
		row = &ui->cause;
	if (ui->view >= VIEW_CPUS)
		row = &ui->scroll;
	if (ui->view == VIEW_OVERVIEW && ui->pane == PANE_CONNS && by == -1 && !*row) {
		ui->pane = ui->dir == NS_RX ? PANE_RX : PANE_TX;
	} else if (ui->view == VIEW_OVERVIEW && ui->pane != PANE_CONNS && one && by > 0 &&
		   *row + 1 >= stage_list(ui, ri, (enum ns_dir)ui->pane, stages)) {
		ui->dir = (enum ns_dir)ui->pane;
		ui->pane = PANE_CONNS;
		ui->rows[PANE_CONNS] = 0;
	} else if (by < 0) {
		*row = *row > (unsigned)-by ? *row - (unsigned)-by : 0;
	} else {
		*row = *row < ~0U - (unsigned)by ? *row + (unsigned)by : ~0U;
	}
}

static void move_aside(struct ui *ui, const struct run_info *ri, enum ns_dir dir)
{
	if (!dir_measured(ri, dir))
		return;
	if (ui->view == VIEW_STAGE && ui->dir != dir)
		other_dir(ui, ri);
	else if (ui->view == VIEW_OVERVIEW && ui->pane != PANE_CONNS)
		ui->pane = dir == NS_RX ? PANE_RX : PANE_TX;
}

static enum ui_request act(struct ui *ui, const struct ui_data *d, enum action action)
{
	int page = ui->page > 1 && ui->page < 4096 ? (int)ui->page - 1 : 1;

	switch (action) {
	case ACT_QUIT:
		return UI_QUIT;
	case ACT_QUIT_KEEP:
		return UI_QUIT_KEEP;
	case ACT_HELP:
		go(ui, VIEW_HELP);
		break;
	case ACT_MESSAGES:
		go(ui, VIEW_MESSAGES);
		break;
	case ACT_OVERVIEW:
		go(ui, VIEW_OVERVIEW);
		break;
	case ACT_STAGE:
		go(ui, VIEW_STAGE);
		break;
	case ACT_CONNS:
		go(ui, VIEW_CONNS);
		break;
	case ACT_ANOMALIES:
		go(ui, VIEW_ANOMALIES);
		break;
	case ACT_CAUSES:
		go(ui, VIEW_CAUSES);
		break;
	case ACT_CPUS:
		go(ui, VIEW_CPUS);
		break;
	case ACT_NEXT:
		go(ui, ui->view >= VIEW_CPUS ? VIEW_OVERVIEW : ui->view + 1);
		break;
	case ACT_OPEN:
		open_row(ui, d);
		break;
	case ACT_BACK:
		back(ui);
		break;
	case ACT_PAUSE:
		ui->paused = !ui->paused;
		break;
	case ACT_WINDOW:
		ui->total = !ui->total;
		break;
	case ACT_RESET:
		return UI_RESET;
	case ACT_SLOWER:
		return UI_SLOWER;
	case ACT_FASTER:
		return UI_FASTER;
	case ACT_SAVE:
		return UI_SAVE;
	case ACT_FILTER:
		ui_edit_begin(ui);
		break;
	case ACT_CLEAR:
		ui->edit[0] = '\0';
		return UI_FILTER;
	case ACT_SORT:
		next_sort(&ui->query);
		break;
	case ACT_SORT_PREV:
		step_sort(ui, d->ri, -1);
		break;
	case ACT_SORT_NEXT:
		step_sort(ui, d->ri, 1);
		break;
	case ACT_DIR:
		other_dir(ui, d->ri);
		break;
	case ACT_PROTO:
		ui->proto = ui->proto ? ui->proto - 1 : SERIES_ALL;
		break;
	case ACT_UNIT:
		ui->unit = (ui->unit + 1) % FMT_UNITS;
		break;
	case ACT_SPARK:
		ui->spark = (ui->spark + 1) % SPARK_COUNT;
		break;
	case ACT_HEAT:
		ui->heat_counts = !ui->heat_counts;
		break;
	case ACT_MOUSE:
		ui->mouse = !ui->mouse;
		snprintf(ui->note, sizeof(ui->note), "the mouse is %s",
			 ui->mouse ? "netstrata's" : "the terminal's: select text as usual");
		break;
	case ACT_UP:
		move(ui, d->ri, -1);
		break;
	case ACT_DOWN:
		move(ui, d->ri, 1);
		break;
	case ACT_LEFT:
		move_aside(ui, d->ri, NS_RX);
		break;
	case ACT_RIGHT:
		move_aside(ui, d->ri, NS_TX);
		break;
	case ACT_PAGE_UP:
		move(ui, d->ri, -page - 1);
		break;
	case ACT_PAGE_DOWN:
		move(ui, d->ri, page + 1);
		break;
	case ACT_FIRST:
		move(ui, d->ri, -__INT_MAX__);
		break;
	case ACT_LAST:
		move(ui, d->ri, __INT_MAX__);
		break;
	case ACT_NONE:
	case ACT_COUNT:
		break;
	}
	return UI_NOTHING;
}

enum ui_request ui_key(struct ui *ui, const struct ui_data *d, int key)
{
	if (key == TK_RESIZE || key == TK_NONE)
		return UI_NOTHING;
	ui->note[0] = '\0';
	return ui->editing ? ui_edit_key(ui, key) : act(ui, d, key_action(key, ui->view));
}

/* A click moves the cursor; on the row under the cursor it opens it. */
static enum ui_request click_row(struct ui *ui, const struct ui_data *d, unsigned i, bool selected)
{
	enum pane pane = i < STAGE_ROWS ? PANE_RX : i < NS_DIRS * STAGE_ROWS ? PANE_TX : PANE_CONNS;

	if (selected)
		return act(ui, d, ACT_OPEN);
	if (ui->view == VIEW_OVERVIEW)
		ui->pane = pane;
	if (ui->view == VIEW_ANOMALIES || ui->view == VIEW_CAUSES) {
		*(ui->view == VIEW_CAUSES ? &ui->cause : &ui->anomaly) =
			ui->scroll + i - NS_DIRS * STAGE_ROWS;
		return UI_NOTHING;
	}
	ui->rows[pane] = pane == PANE_CONNS ? ui->scroll + i - NS_DIRS * STAGE_ROWS
					    : i - (unsigned)pane * STAGE_ROWS;
	return UI_NOTHING;
}

enum ui_request ui_mouse(struct ui *ui, const struct ui_data *d, const struct grid *g, int key,
			 unsigned x, unsigned y)
{
	const struct cell *c = grid_at(g, x, y);

	ui->note[0] = '\0';
	if (key == TK_WHEEL_UP || key == TK_WHEEL_DOWN)
		return act(ui, d, key == TK_WHEEL_UP ? ACT_UP : ACT_DOWN);
	if (!c || c->link == LINK_NONE || ui->editing)
		return UI_NOTHING;
	if (c->link >= LINK_ROW)
		return click_row(ui, d, c->link - LINK_ROW, c->selected);
	if (c->link >= LINK_COLUMN) { /* of totals */
		ui->query.key = c->link - LINK_COLUMN;
		ui->query.stage = dirs[ui->query.dir].total;
		return UI_NOTHING;
	}
	return act(ui, d, c->link - LINK_ACTION);
}
