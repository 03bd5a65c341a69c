// SPDX-License-Identifier: GPL-2.0-only
/* What is unusually slow, and was: a line each, and in full the one under the cursor. */
#include "view.h"

#include <stdio.h>
#include <string.h>

#include "anomaly_output.h"
#include "cause_text.h"
#include "names.h"
#include "packet.h"
#include "text_style.h"

#define CLOCK 9	  /* "12:34:56 " */
#define FACTOR 7  /* " 12.3x " */
#define STATE 8	  /* "lasting " */
#define STAGE 13  /* "softirq_wait " */
#define DETAILS 5 /* lines */
#define LIST_LEAST 4

static void draw_head(const struct ui_data *d, struct grid *g, struct area a)
{
	const struct anomaly_counts *c = &d->anomalies->counts;
	unsigned warmup = anomaly_warmup(c), x, end = a.x + a.width;
	__u64 active = anomaly_active(c), total = 0;

	for (unsigned i = 0; i < ANOMALY_SCOPES; i++)
		total += c->total[i];
	x = grid_put(g, a.x, a.y, a.width, ST_HEAD, "unusually slow: ");
	x = grid_printf(g, x, a.y, end - x, active ? ST_WARN : ST_TEXT, "%llu now", active);
	x = grid_printf(g, x, a.y, end - x, ST_TEXT, ", %llu so far", total);
	if (warmup)
		x = grid_printf(g, x, a.y, end - x, ST_FAINT,
				"; learning what is usual, %u intervals to go", warmup);
	if (c->untracked || c->untold)
		grid_put(g, x, a.y, end - x, ST_WARN, "; no room for all");
}

static void draw_row(const struct ui *ui, const struct ui_data *d, struct grid *g, struct area a,
		     const struct anomaly *x, bool selected)
{
	enum cell_style style = x->end ? ST_FAINT : ST_TEXT;
	unsigned at = a.x, end = a.x + a.width;
	double factor = anomaly_factor(x);
	char text[ANOMALY_TEXT_LEN];

	g->selected = selected;
	grid_paint(g, a.x, a.y, a.width, style);
	grid_put(g, at, a.y, CLOCK, style, text_clock(d->ri, x->since_ns, false).s);
	at += CLOCK;
	grid_put(g, at, a.y, STATE, x->end ? ST_FAINT : ST_WARN,
		 x->end ? anomaly_end_names[x->end] : "now");
	at += STATE;
	snprintf(text, sizeof(text), "%.*fx", factor < 9.95 ? 1 : 0, factor);
	grid_put_right(g, at, a.y, FACTOR - 1, style, text);
	at += FACTOR;
	grid_put_right(g, at, a.y, 6, style, view_ns(ui, x->latest_ns).s);
	at += 7;
	if (x->stage < dirs[x->dir].n_stages)
		grid_put(g, at, a.y, STAGE - 1,
			 x->end || selected ? style : stage_style(x->dir, x->stage),
			 dirs[x->dir].stages[x->stage]);
	at += STAGE;
	if (at < end)
		grid_put(g, at, a.y, end - at, style,
			 anomaly_subject(x, ui->utf8, text, sizeof(text)));
	g->selected = false;
}

/* The anomaly under the cursor, in full. */
static void draw_details(const struct ui *ui, const struct ui_data *d, struct grid *g,
			 struct area a, const struct anomaly *x)
{
	char text[ANOMALY_TEXT_LEN];
	const struct ns_event *e = &x->example;
	unsigned y = a.y;
	struct packet p;

	y = draw_words(g, a, y, ST_HEAD, anomaly_subject(x, ui->utf8, text, sizeof(text)));
	y = draw_words(g, a, y, ST_TEXT, anomaly_change(x, d->ri, text, sizeof(text)));
	y = draw_words(g, a, y, ST_TEXT, anomaly_why(x, d->ri, ui->utf8, text, sizeof(text)));
	if (!x->has_example) {
		draw_words(g, a, y, ST_FAINT, ANOMALY_NO_EXAMPLE);
		return;
	}
	packet_read(e, d->ri, &p);
	snprintf(text, sizeof(text), "packet of %s: %s %s", text_clock(d->ri, p.start, true).s,
		 view_ns(ui, p.ns[dirs[p.dir].total]).s, fmt_flow(&e->flow, dirs[p.dir].arrow).s);
	draw_words(g, a, y, ST_FAINT, text);
}

void view_anomalies(struct ui *ui, const struct ui_data *d, struct grid *g, struct area a)
{
	unsigned n = d->anomalies ? d->anomalies->n : 0, page, details;
	struct area row = a, below = a;

	if (!d->anomalies) {
		grid_put(g, a.x, a.y, a.width, ST_FAINT, "not looked for");
		return;
	}
	draw_head(d, g, a);
	details = a.height > LIST_LEAST + DETAILS ? DETAILS : 3;
	page = a.height > 2 + details ? a.height - 2 - details : 1;
	ui->page = page;
	keep_visible(&ui->anomaly, &ui->scroll, n, page);
	row.height = 1;
	for (unsigned i = 0; i < page && ui->scroll + i < n; i++) {
		unsigned k = ui->scroll + i;

		row.y = a.y + 1 + i;
		g->link = (__u16)(LINK_ROW + NS_DIRS * STAGE_ROWS + i);
		draw_row(ui, d, g, row, &d->anomalies->at[k], k == ui->anomaly);
		grid_link(g, row.x, row.y, row.width);
		g->link = LINK_NONE;
	}
	below.y = a.y + 2 + min_u(page, n ? n : 1);
	below.height = a.y + a.height > below.y ? a.y + a.height - below.y : 0;
	if (n)
		draw_details(ui, d, g, below, &d->anomalies->at[ui->anomaly]);
}
