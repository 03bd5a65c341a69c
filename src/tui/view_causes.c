// SPDX-License-Identifier: GPL-2.0-only
/* What the slow packets were slow for, the most time first: a row each, and in full the one under
 * the cursor, with its worst packet. */
#include "view.h"

#include <stdlib.h>

#include "cause_text.h"
#include "names.h"
#include "packet.h"
#include "text_style.h"

#define RULE 15 /* "read_in_pieces " */
#define NUMBER 7
#define WORDS (RULE + 3 * NUMBER + 1)
#define DETAILS 6 /* lines */
#define LIST_LEAST 4

/* Of the window. NULL: out of memory, or nothing is ranked; to be freed. */
static const struct ranked **ordered(const struct ui *ui, const struct ui_data *d, size_t *n)
{
	const struct ranked **list = d->slow ? calloc(n_cause_rules, sizeof(*list)) : NULL;

	*n = list ? ranking_order(slow_ranking(d->slow, ui->total), list) : 0;
	return list;
}

const struct ranked *cause_row(const struct ui *ui, const struct ui_data *d, unsigned i)
{
	const struct ranked **list, *row;
	size_t n;

	list = ordered(ui, d, &n);
	row = i < n ? list[i] : NULL;
	free(list);
	return row;
}

static void draw_head(const struct ui *ui, const struct ui_data *d, struct grid *g, struct area a,
		      size_t n)
{
	const struct ranking *r = slow_ranking(d->slow, ui->total);
	__u64 unranked = ranking_missed(d->snap) + r->unclear;
	unsigned x, end = a.x + a.width;

	if (n)
		x = grid_printf(g, a.x, a.y, a.width, ST_HEAD,
				"%s packets took %s or longer, %s in all; most of it was",
				fmt_count(r->packets).s, fmt_ns(d->ri->slow_ns).s,
				view_ns(ui, r->sum).s);
	else
		x = grid_printf(g, a.x, a.y, a.width, ST_HEAD, "no packet took %s or longer",
				fmt_ns(d->ri->slow_ns).s);
	if (unranked)
		grid_printf(g, x, a.y, end - x, ST_WARN, "; %s more are not ranked",
			    fmt_count(unranked).s);
}

static void draw_row(const struct ui *ui, const struct ui_data *d, struct grid *g, struct area a,
		     const struct ranked *r, bool selected)
{
	__u64 all = slow_ranking(d->slow, ui->total)->sum;
	unsigned x = a.x + RULE;
	char text[CAUSE_TEXT_LEN];

	g->selected = selected;
	grid_paint(g, a.x, a.y, a.width, ST_TEXT);
	grid_put(g, a.x, a.y, RULE - 1, ST_TEXT, r->worst.rule->name);
	grid_put_right(g, x, a.y, NUMBER - 1, ST_TEXT, fmt_count(r->n).s);
	grid_put_right(g, x + NUMBER, a.y, NUMBER - 1, ST_TEXT, view_ns(ui, r->sum).s);
	grid_put_right(g, x + 2 * NUMBER, a.y, NUMBER - 1, ST_TEXT, fmt_percent(r->sum, all).s);
	grid_put(g, a.x + WORDS, a.y, a.width - WORDS, ST_TEXT,
		 cause_text(&r->worst, &r->event, d->ri, ui->utf8, text, sizeof(text)));
	g->selected = false;
}

static void draw_columns(struct grid *g, struct area a)
{
	static const char *const heads[] = {"n", "time", "share"};

	grid_put(g, a.x, a.y, RULE, ST_HEAD, "why");
	for (unsigned i = 0; i < 3; i++)
		grid_put_right(g, a.x + RULE + i * NUMBER, a.y, NUMBER - 1, ST_FAINT, heads[i]);
	grid_put(g, a.x + WORDS, a.y, a.width - WORDS, ST_FAINT, "the worst of them");
}

/* The cause under the cursor, in full. */
static void draw_details(const struct ui *ui, const struct ui_data *d, struct grid *g,
			 struct area a, const struct ranked *r)
{
	const struct ns_event *e = &r->event;
	char text[CAUSE_TEXT_LEN];
	struct packet p;
	unsigned y;

	y = draw_words(g, a, a.y, ST_HEAD,
		       cause_text(&r->worst, e, d->ri, ui->utf8, text, sizeof(text)));
	packet_read(e, d->ri, &p);
	if (y < a.y + a.height)
		grid_printf(g, a.x, y++, a.width, ST_TEXT, "packet of %s: %s %s %s %s/%u",
			    text_clock(d->ri, p.start, true).s,
			    view_ns(ui, p.ns[dirs[p.dir].total]).s, proto_name(e->flow.proto),
			    fmt_flow(&e->flow, dirs[p.dir].arrow).s, fmt_comm(e->comm, ui->utf8).s,
			    e->pid);
	if (r->worst.rule->advice && y < a.y + a.height) {
		snprintf(text, sizeof(text), "try: %s", r->worst.rule->advice);
		draw_words(g, a, y, ST_FAINT, text);
	}
}

void view_causes(struct ui *ui, const struct ui_data *d, struct grid *g, struct area a)
{
	const struct ranked **list;
	struct area row = a, below = a;
	unsigned page, details;
	size_t n;

	if (!d->slow || !d->ri->slow_ns) {
		grid_put(g, a.x, a.y, a.width, ST_FAINT, "slow packets are not kept (--slow)");
		return;
	}
	list = ordered(ui, d, &n);
	draw_head(ui, d, g, a, n);
	details = a.height > LIST_LEAST + DETAILS ? DETAILS : 3;
	page = a.height > 3 + details ? a.height - 3 - details : 1;
	ui->page = page;
	keep_visible(&ui->cause, &ui->scroll, (unsigned)n, page);
	row.y++;
	if (n)
		draw_columns(g, row);
	for (unsigned i = 0; i < page && ui->scroll + i < n; i++) {
		unsigned k = ui->scroll + i;

		row.y = a.y + 2 + i;
		g->link = (__u16)(LINK_ROW + NS_DIRS * STAGE_ROWS + i);
		draw_row(ui, d, g, row, list[k], k == ui->cause);
		grid_link(g, row.x, row.y, row.width);
		g->link = LINK_NONE;
	}
	below.y = a.y + 3 + min_u(page, (unsigned)n);
	below.height = a.y + a.height > below.y ? a.y + a.height - below.y : 0;
	if (n)
		draw_details(ui, d, g, below, list[ui->cause]);
	free(list);
}
