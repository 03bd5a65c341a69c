// SPDX-License-Identifier: GPL-2.0-only
/* One connection: its stages in both directions, and what held its data back. */
#include "view.h"

#include <stdio.h>
#include <string.h>

#include "cause_text.h"
#include "histogram.h"
#include "names.h"
#include "packet.h"
#include "text_style.h"

#define NUMBER 7
#define NAME 11
#define CAUSE 13
#define CLOCK 16 /* "12:34:56.123456 " */
#define VERB 9	 /* "received " */
#define SLOW_LEAST 3

enum column { COL_N, COL_MEAN, COL_MAX, COL_SHARE, COL_COUNT };

static struct fmt number(const struct ui *ui, const struct conn *c, enum ns_dir dir, unsigned stage,
			 enum column column)
{
	const struct conn_stage *s = &c->dir[dir].stages[stage];
	__u64 n = conn_stage_n(c, dir, stage);

	if (column == COL_N)
		return fmt_count(n);
	if (!n || (column == COL_SHARE && stage > dirs[dir].total))
		return (struct fmt){"-"};
	if (column == COL_SHARE)
		return fmt_percent(s->sum, c->dir[dir].stages[dirs[dir].total].sum);
	return view_ns(ui, column == COL_MAX ? s->max : s->sum / n);
}

/* Columns of the names: the longest of them, where all numbers have room beside it. */
static unsigned name_width(struct area a, enum ns_dir dir, __u32 points, __u32 mask)
{
	unsigned room = a.width > COL_COUNT * NUMBER ? a.width - COL_COUNT * NUMBER : 0, n = NAME;
	char label[64];

	for (unsigned i = 0; i < dirs[dir].n_stages; i++) {
		unsigned len = mask & 1U << i ? (unsigned)strlen(stage_label(dir, points, i, label,
									     sizeof(label)))
					      : 0;

		n = len > n ? len : n;
	}
	return n <= room ? n : room > NAME ? room : NAME;
}

/* The numbers of one direction, as many columns of them as fit. Returns the line after them. */
static unsigned draw_dir(const struct ui *ui, const struct ui_data *d, struct grid *g,
			 struct area a, const struct conn *c, enum ns_dir dir)
{
	static const char *const heads[COL_COUNT] = {"n", "mean", "max", "share"};
	unsigned proto = c->flow.proto % NS_PROTOS, points = d->ri->points[dir][proto], y = a.y;
	__u32 mask = points ? stages_possible(dir, points) : 0;
	unsigned name = name_width(a, dir, points, mask);
	unsigned first = a.width < NAME + COL_COUNT * NUMBER ? COL_MEAN : COL_N;
	unsigned last = a.width < NAME + 3 * NUMBER ? COL_MAX : COL_SHARE;
	unsigned bar = a.x + name + (last - first + 1) * NUMBER + 1;
	__u64 total = c->dir[dir].stages[dirs[dir].total].sum;
	char label[64];

	grid_put(g, a.x, y, name, ST_HEAD, dirs[dir].verb);
	for (unsigned i = first; i <= last; i++)
		grid_put_right(g, a.x + name + (i - first) * NUMBER, y, NUMBER, ST_FAINT, heads[i]);
	y++;
	for (unsigned i = 0; i < dirs[dir].n_stages && y < a.y + a.height; i++) {
		enum cell_style style = i == dirs[dir].total ? ST_HEAD : ST_TEXT;

		if (!(mask & 1U << i))
			continue;
		grid_put(g, a.x, y, name, i == dirs[dir].total ? ST_HEAD : stage_style(dir, i),
			 stage_label(dir, points, i, label, sizeof(label)));
		for (unsigned k = first; k <= last; k++)
			grid_put_right(g, a.x + name + (k - first) * NUMBER + 1, y, NUMBER - 1,
				       style, number(ui, c, dir, i, k).s);
		if (i < dirs[dir].total && bar < a.x + a.width && total)
			draw_bar(ui, g, bar, y, min_u(a.x + a.width - bar, 32), stage_style(dir, i),
				 (double)c->dir[dir].stages[i].sum / (double)total);
		y++;
	}
	return y;
}

static void draw_quantiles(const struct ui *ui, struct grid *g, struct area a, const struct conn *c,
			   enum ns_dir dir)
{
	static const struct {
		const char *name;
		double q;
	} list[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}};
	unsigned x = grid_put(g, a.x, a.y, a.width, ST_FAINT, "total:"), end = a.x + a.width;
	const struct conn_dir *cd = &c->dir[dir];
	__u64 v;

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		x = grid_printf(
			g, x, a.y, end - x, ST_TEXT, " %s %s", list[i].name,
			coarse_quantile(cd->coarse, cd->stages[dirs[dir].total].max, list[i].q, &v)
				? view_ns(ui, v).s
				: "-");
}

/* The round trip, and what was sent again. */
static unsigned draw_rtt(const struct ui *ui, struct grid *g, struct area a, const struct conn *c)
{
	unsigned x = a.x, end = a.x + a.width;
	struct conn_rtt rtt;

	if (conn_rtt(c, &rtt))
		x = grid_printf(g, x, a.y, end - x, ST_TEXT,
				"round trip %s: sending %s, network and peer %s, receiving %s",
				view_ns(ui, rtt.mean).s, view_ns(ui, rtt.host_tx).s,
				view_ns(ui, rtt.network).s, view_ns(ui, rtt.host_rx).s);
	if (c->resent.n)
		x = grid_printf(g, x, a.y, end - x, ST_WARN, "%s%s sent again", x > a.x ? "; " : "",
				fmt_count(c->resent.n).s);
	return x > a.x ? a.y + 1 : a.y;
}

/* Returns the line after them. */
static unsigned draw_causes(const struct ui *ui, struct grid *g, struct area a,
			    const struct conn *c)
{
	unsigned order[CAUSE_COUNT], n = 0, y = a.y, end = a.y + a.height;
	__u64 all = 0;

	for (unsigned i = 0; i < CAUSE_COUNT; i++) {
		unsigned at = n;

		if (!c->causes[i].n)
			continue;
		all += c->causes[i].sum;
		for (; at && c->causes[order[at - 1]].sum < c->causes[i].sum; at--)
			order[at] = order[at - 1];
		order[at] = i;
		n++;
	}
	if (!n || y + 1 >= end)
		return y;
	grid_put(g, a.x, y, CAUSE, ST_HEAD, "held back by");
	grid_put_right(g, a.x + CAUSE, y, NUMBER, ST_FAINT, "waits");
	grid_put_right(g, a.x + CAUSE + NUMBER, y, NUMBER, ST_FAINT, "time");
	grid_put_right(g, a.x + CAUSE + 2 * NUMBER, y, NUMBER, ST_FAINT, "share");
	for (unsigned i = 0; i < n && y + 1 < end; i++) {
		const struct cause_time *t = &c->causes[order[i]];
		unsigned x = a.x + CAUSE;

		y++;
		grid_put(g, a.x, y, CAUSE, ST_TEXT, cause_infos[order[i]].name);
		grid_put_right(g, x, y, NUMBER, ST_TEXT, fmt_count(t->n).s);
		grid_put_right(g, x + NUMBER, y, NUMBER, ST_TEXT, view_ns(ui, t->sum).s);
		grid_put_right(g, x + 2 * NUMBER, y, NUMBER, ST_TEXT, fmt_percent(t->sum, all).s);
		x += 3 * NUMBER + 2;
		if (x < a.x + a.width)
			grid_put(g, x, y, a.x + a.width - x, ST_FAINT, cause_infos[order[i]].doc);
	}
	return min_u(y + 1, end);
}

/* The latest of its slow packets, the newest first, and why they were. */
static void draw_slow(const struct ui *ui, const struct ui_data *d, struct grid *g, struct area a,
		      const struct conn *c)
{
	const struct ns_event *list[SLOW_EACH];
	unsigned n = d->slow && a.height > 1 ? slow_latest(d->slow, &c->flow, list, SLOW_EACH) : 0;
	unsigned end = a.x + a.width;
	char text[CAUSE_TEXT_LEN];
	struct cause cause;
	struct packet p;

	if (!n)
		return;
	grid_put(g, a.x, a.y, a.width, ST_HEAD, "latest slow packets");
	for (unsigned i = 0; i < n && i + 1 < a.height; i++) {
		unsigned x = a.x, y = a.y + 1 + i;

		packet_read(list[i], d->ri, &p);
		grid_put(g, x, y, CLOCK, ST_TEXT, text_clock(d->ri, p.start, true).s);
		x += CLOCK;
		grid_put(g, x, y, VERB, ST_FAINT, dirs[p.dir].verb);
		x += VERB;
		if (!p.valid || !cause_find(list[i], &p, d->ri, &cause)) {
			grid_put(g, x + NUMBER, y, end - x - NUMBER, ST_FAINT,
				 "stamps out of order");
			continue;
		}
		grid_put_right(g, x, y, NUMBER - 1, ST_TEXT,
			       view_ns(ui, p.ns[dirs[p.dir].total]).s);
		grid_put(g, x + NUMBER, y, end - x - NUMBER, ST_TEXT,
			 cause_text(&cause, list[i], d->ri, ui->utf8, text, sizeof(text)));
	}
}

static bool has_slow(const struct ui_data *d, const struct conn *c)
{
	const struct ns_event *one;

	return d->slow && slow_latest(d->slow, &c->flow, &one, 1);
}

static void draw_head(const struct ui *ui, struct grid *g, const struct area *a,
		      const struct conn_id *id, const struct conn *c)
{
	unsigned end = a->x + a->width, x;

	x = grid_printf(g, a->x, a->y, a->width, ST_HEAD, "%s %s", proto_name(id->flow.proto),
			fmt_flow(&id->flow, ui->utf8 ? " ↔ " : " <-> ").s);
	if (c)
		grid_printf(g, x, a->y, end - x, ST_FAINT, "  %s/%u  netns %u",
			    fmt_comm(c->comm, ui->utf8).s, c->pid, c->flow.netns);
}

void view_conn(struct ui *ui, const struct ui_data *d, struct grid *g, struct area a)
{
	const struct conn *c = conn_find(d->snap->conns, d->snap->n_conns, &ui->conn);
	unsigned end = a.y + a.height, y;
	struct area half = a;

	draw_head(ui, g, &a, &ui->conn, c);
	if (!c) {
		grid_put(g, a.x, a.y + 2, a.width, ST_FAINT,
			 ui->total ? "no packets, or ended and forgotten"
				   : "no packets in this interval (t: the total)");
		return;
	}
	half.y += 1;
	half.height -= 1;
	half.width = (a.width - 2) / 2;
	y = half.y;
	for (unsigned dir = 0; dir < NS_DIRS; dir++) {
		struct area under = half;

		under.y = draw_dir(ui, d, g, half, c, dir);
		if (under.y < end)
			draw_quantiles(ui, g, under, c, dir);
		y = under.y + 1 > y ? under.y + 1 : y;
		half.x += half.width + 2;
	}
	y += end > y + 6; /* air */
	a.y = min_u(y, end);
	a.height = end - a.y;
	if (a.height)
		a.y = draw_rtt(ui, g, a, c);
	a.height = end - a.y;
	if (has_slow(d, c) && a.height > SLOW_LEAST)
		a.height -= SLOW_LEAST;
	a.y = draw_causes(ui, g, a, c);
	a.y += end > a.y + 2 * SLOW_LEAST; /* air */
	a.height = end - a.y;
	draw_slow(ui, d, g, a, c);
}
