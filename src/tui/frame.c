// SPDX-License-Identifier: GPL-2.0-only
/* The screen: a view, and around it who measures what, what was lost, and the keys. */
#include "view.h"

#include <stdio.h>
#include <string.h>

#include "names.h"
#include "text_style.h"

static void draw_title(const struct ui *ui, const struct ui_data *d, struct grid *g)
{
	const struct run_info *ri = d->ri;
	char host[sizeof(ri->host)], kernel[sizeof(ri->kernel)], right[120];
	struct fmt clock = text_clock(ri, d->snap ? d->snap->mono_ns : ri->mono_ns, false);
	unsigned x, from, n;

	grid_paint(g, 0, 0, g->width, ST_TITLE);
	if (ui->total)
		snprintf(right, sizeof(right), "total of %s  %s ",
			 fmt_ns(d->snap ? d->snap->interval_ns : 0).s, clock.s);
	else
		snprintf(right, sizeof(right), "every %s  %s ", fmt_ns(d->interval_ns).s, clock.s);
	n = grid_columns(right);
	from = g->width > n ? g->width - n : 0;
	grid_put(g, from, 0, n, ST_TITLE, right);
	x = grid_put(g, 0, 0, g->width, ST_NAME, " netstrata ");
	if (d->replay)
		x = grid_put(g, x, 0, g->width, ST_MARK, d->ended ? " REPLAY: END " : " REPLAY ");
	if (ui->paused)
		x = grid_put(g, x, 0, g->width, ST_MARK, " PAUSED ");
	if (d->anomalies && anomaly_active(&d->anomalies->counts))
		x = grid_printf(g, x, 0, g->width, ST_MARK, " %llu UNUSUALLY SLOW: 4 ",
				anomaly_active(&d->anomalies->counts));
	fmt_clean(host, sizeof(host), ri->host, sizeof(ri->host), ui->utf8);
	fmt_clean(kernel, sizeof(kernel), ri->kernel, sizeof(ri->kernel), ui->utf8);
	if (x + 2 < from)
		x = grid_put(g, x + 1, 0, from - x - 2, ST_TITLE, host);
	if (x + 10 + strlen(kernel) < from)
		grid_printf(g, x, 0, from - x - 1, ST_TITLE, ", Linux %s", kernel);
}

/* The reason that the most of those of a kind have which are not in `told`; -1: none. */
static int most_frequent(const struct ledger *l, enum loss_kind kind, __u32 told)
{
	int most = -1;

	for (int i = 0; i < LOSS_COUNT; i++)
		if (loss_kind((enum ns_loss)i) == kind && !(told & 1U << i) && l->lost[i] &&
		    (most < 0 || l->lost[i] > l->lost[most]))
			most = i;
	return most;
}

/* Names with their counts, one after the other, as far as they fit. */
struct listing {
	struct grid *g;
	unsigned x, y, end;
	enum cell_style style;
	bool begun;
};

/* False: there is no room. */
static bool draw_listed(struct listing *l, const char *name, __u64 n)
{
	char text[80];

	snprintf(text, sizeof(text), "%s%s %s", l->begun ? ", " : "; ", name, fmt_count(n).s);
	if (l->x + strlen(text) > l->end)
		return false;
	l->x = grid_put(l->g, l->x, l->y, l->end - l->x, l->style, text);
	l->begun = true;
	return true;
}

/* The reasons of a kind. Returns the column after them. */
static unsigned draw_reasons(struct grid *g, unsigned x, unsigned y, unsigned end,
			     const struct ledger *l, enum loss_kind kind)
{
	struct listing list = {.g = g, .x = x, .y = y, .end = end, .style = ST_WARN};
	__u32 told = 0;
	int most;

	while ((most = most_frequent(l, kind, told)) >= 0) {
		if (!draw_listed(&list, loss_infos[most].name, l->lost[most]))
			break;
		told |= 1U << most;
	}
	return list.x;
}

/* How packets came in, and were read. */
static void draw_ways(struct grid *g, unsigned x, unsigned y, unsigned end, const struct ledger *l)
{
	struct listing list = {.g = g, .x = x, .y = y, .end = end, .style = ST_FAINT};

	for (unsigned i = 0; i < WAY_COUNT; i++)
		if (l->ways[i] && !draw_listed(&list, way_infos[i].name, l->ways[i]))
			break;
}

/* A sum of the account that is not 0, if it fits. */
static unsigned draw_sum(struct grid *g, unsigned x, unsigned y, unsigned end,
			 enum cell_style style, __u64 n, const char *what)
{
	char text[80];

	snprintf(text, sizeof(text), ", %s %s", fmt_count(n).s, what);
	return n && x + strlen(text) <= end ? grid_put(g, x, y, end - x, style, text) : x;
}

/* Of one direction: the sums, the reasons of loss and the ways in, as far as they fit. */
static void draw_account(struct grid *g, unsigned x, unsigned y, unsigned width, enum ns_dir dir,
			 const struct ledger *l)
{
	__u64 lost = ledger_lost(l, LOST_PACKET);
	unsigned end = x + width;

	x = grid_printf(g, x, y, width, ST_FAINT, "%s %s seen, ",
			width < 36 ? dirs[dir].name : dirs[dir].verb, fmt_count(l->seen).s);
	x = grid_printf(g, x, y, end - x, lost ? ST_WARN : ST_FAINT, "%s lost", fmt_count(lost).s);
	x = draw_sum(g, x, y, end, ST_WARN, ledger_lost(l, LOST_DETAIL), "in part");
	x = draw_sum(g, x, y, end, ST_FAINT, ledger_lost(l, LEFT_OUT), "left out");
	x = draw_reasons(g, x, y, end, l, LOST_PACKET);
	x = draw_reasons(g, x, y, end, l, LOST_DETAIL);
	if (dir == NS_RX)
		draw_ways(g, x, y, end, l);
}

/* What became of all packets, a half for each direction. */
static void draw_ledger(const struct ui_data *d, struct grid *g, unsigned y)
{
	bool both = dir_measured(d->ri, NS_RX) && dir_measured(d->ri, NS_TX);
	unsigned half = both ? (g->width - 2) / 2 : g->width, from = 0;

	for (unsigned dir = 0; dir < NS_DIRS; dir++) {
		if (!dir_measured(d->ri, dir))
			continue;
		draw_account(g, from, y, half, dir, &d->snap->ledger[dir]);
		from += half + 2;
	}
}

static void draw_keys(const struct ui *ui, struct grid *g, unsigned y)
{
	unsigned x = 0;

	for (unsigned a = ACT_NONE + 1; a < ACT_COUNT; a++) {
		const struct key_info *k = &key_infos[a];
		unsigned name = (unsigned)strcspn(k->names, ","), word = (unsigned)strlen(k->label);

		if (!word || !(k->views & IN(ui->view)))
			continue;
		if (x + name + word + 2 > g->width)
			break;
		g->link = (__u16)(LINK_ACTION + a);
		x = grid_put(g, x, y, name, ST_KEY, k->names);
		x = grid_put(g, x, y, 1, ST_LABEL, " ");
		x = grid_put(g, x, y, word, ST_LABEL, k->label);
		g->link = LINK_NONE;
		x = grid_put(g, x, y, 2, ST_TEXT, "  ");
	}
}

static void draw_last(const struct ui *ui, struct grid *g, unsigned y)
{
	unsigned x, len = (unsigned)strlen(ui->edit), room;

	if (ui->editing) {
		x = grid_put(g, 0, y, g->width, ST_HEAD, "filter: ");
		room = g->width - x - 1;
		x = grid_put(g, x, y, room, ST_TEXT, ui->edit + (len > room ? len - room : 0));
		g->selected = true;
		grid_char(g, x, y, ST_TEXT, ' ');
		g->selected = false;
		if (!len)
			grid_put(g, x + 2, y, g->width, ST_FAINT,
				 "a word, or --port 443 --comm nginx; Enter, Esc");
	} else if (ui->note[0]) {
		grid_put(g, 0, y, g->width, ST_MARK, ui->note);
	} else {
		draw_keys(ui, g, y);
	}
}

/* The first lines and the last; what is between them is for the view. */
static struct area frame_draw(struct ui *ui, const struct ui_data *d, struct grid *g)
{
	struct area a = {.width = g->width, .height = g->height - 3, .y = 2};

	draw_title(ui, d, g);
	if (d->snap)
		draw_ledger(d, g, 1);
	draw_last(ui, g, g->height - 1);
	if (g->height >= 20) { /* some air */
		a.y++;
		a.height--;
	}
	return a;
}

/* For 20 columns, too. */
static void draw_too_small(struct grid *g)
{
	unsigned y = g->height > 3 ? g->height / 2 - 1 : 0;

	grid_put(g, 0, y, g->width, ST_MARK, "too small");
	grid_printf(g, 0, y + 1, g->width, ST_TEXT, "needs %ux%u", UI_MIN_WIDTH, UI_MIN_HEIGHT);
	grid_printf(g, 0, y + 2, g->width, ST_FAINT, "is %ux%u; q quits", g->width, g->height);
}

void ui_draw(struct ui *ui, const struct ui_data *d, struct grid *g)
{
	static void (*const views[VIEW_COUNT])(struct ui *, const struct ui_data *, struct grid *,
					       struct area) = {
		[VIEW_OVERVIEW] = view_overview,   [VIEW_STAGE] = view_stage,
		[VIEW_CONNS] = view_conns,	   [VIEW_CONN] = view_conn,
		[VIEW_ANOMALIES] = view_anomalies, [VIEW_CAUSES] = view_causes,
		[VIEW_CPUS] = view_cpus,	   [VIEW_HELP] = view_help,
		[VIEW_MESSAGES] = view_messages,
	};
	struct area a;

	ui->hw = d->snap && d->snap->n_hws;
	grid_clear(g);
	if (g->width < UI_MIN_WIDTH || g->height < UI_MIN_HEIGHT) {
		draw_too_small(g);
		return;
	}
	a = frame_draw(ui, d, g);
	if (d->snap || ui->view >= VIEW_HELP)
		views[ui->view](ui, d, g, a);
	else
		grid_printf(g, 0, a.y, g->width, ST_FAINT,
			    "measuring; the first numbers come after %s", fmt_ns(d->interval_ns).s);
}
