// SPDX-License-Identifier: GPL-2.0-only
/* The connections of text_snapshot(): a line for the flow, and one for each direction it has. */
#include "text_style.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "histogram.h"
#include "names.h"
#include "query.h"

#define LABEL 50

static void print_dir(FILE *f, const struct conn *c, enum ns_dir dir, const struct run_info *ri,
		      const struct text_opts *o)
{
	static const double quantiles[] = {0.5, 0.99};
	const struct conn_dir *d = &c->dir[dir];
	const struct conn_stage *total = &d->stages[dirs[dir].total];
	unsigned worst = conn_worst_stage(c, dir), proto = c->flow.proto;
	char label[64], cell[120];
	__u64 v;

	stage_label(dir, proto < NS_PROTOS ? ri->points[dir][proto] : 0, worst, label,
		    sizeof(label));
	snprintf(cell, sizeof(cell), "  %s: %s %s", dirs[dir].verb, label,
		 fmt_percent(d->stages[worst].sum, total->sum).s);
	fputs(text_stage_style(o, dir, worst), f);
	text_label(f, cell, LABEL);
	fprintf(f, "%s %6s", text_style(o, TS_RESET), fmt_count(d->n).s);
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
		fprintf(f, " %6s",
			coarse_quantile(d->coarse, total->max, quantiles[i], &v) ? fmt_ns(v).s
										 : "-");
	fprintf(f, " %6s\n", fmt_ns(total->max).s);
}

/* What held data back the longest, this host's part of the round trip, and what was sent again. */
static void print_sending(FILE *f, const struct conn *c)
{
	const char *sep = "        ";
	int cause = conn_worst_cause(c);
	struct conn_rtt rtt;

	if (cause >= 0 && cause != CAUSE_OTHER) {
		fprintf(f, "%sheld back by %s for %s", sep, cause_infos[cause].name,
			fmt_ns(c->causes[cause].sum).s);
		sep = ", ";
	}
	if (conn_rtt(c, &rtt)) {
		fprintf(f, "%skernel %s of rtt %s", sep,
			fmt_percent(rtt.host_tx + rtt.host_rx, rtt.mean).s, fmt_ns(rtt.mean).s);
		sep = ", ";
	}
	if (c->resent.n) {
		fprintf(f, "%s%s sent again", sep, fmt_count(c->resent.n).s);
		sep = ", ";
	}
	if (sep[0] == ',')
		fputc('\n', f);
}

static void print_connection(FILE *f, const struct conn *c, const struct run_info *ri,
			     const struct text_opts *o)
{
	char flow[200], who[80];
	const char *arrow = "<->";
	int len, more;

	for (unsigned d = 0; d < NS_DIRS; d++)
		if (!conn_dir_moved(c, !d))
			arrow = dirs[d].arrow;
	len = snprintf(flow, sizeof(flow), "%s %s", proto_name(c->flow.proto),
		       fmt_flow(&c->flow, arrow).s);
	more = snprintf(who, sizeof(who), "%s/%u  netns %u", fmt_comm(c->comm, o->utf8).s, c->pid,
			c->flow.netns);
	fprintf(f, "%s%s%s%s%s\n", flow,
		(unsigned)(len + 2 + more) > text_width(o) ? "\n    " : "  ",
		text_style(o, TS_FAINT), who, text_style(o, TS_RESET));
	for (unsigned d = 0; d < NS_DIRS; d++)
		if (conn_dir_moved(c, d))
			print_dir(f, c, d, ri, o);
	if (conn_dir_moved(c, NS_TX))
		print_sending(f, c);
}

/* The name of the stage that connections are ranked by, where it is measured with others all of
 * theirs. */
static const char *stage_ranked(const struct run_info *ri, enum ns_dir dir, unsigned stage,
				char *buf, size_t size)
{
	for (unsigned p = 0; p < NS_PROTOS; p++) {
		__u32 points = ri->points[dir][p];
		unsigned measured = stage_measured(ri, dir, p, stage);

		if (points && stages_possible(dir, points) & 1U << measured)
			return stage_label(dir, points, measured, buf, size);
	}
	snprintf(buf, size, "%s (not measured here)", dirs[dir].stages[stage]);
	return buf;
}

int text_connections(FILE *f, const struct snapshot *s, const struct run_info *ri,
		     const struct text_opts *o)
{
	static const char *const keys[] = {
		[SORT_P99] = "p99", [SORT_MAX] = "max", [SORT_SUM] = "sum", [SORT_N] = "n"};
	size_t n = s->n_conns < o->connections ? s->n_conns : o->connections;
	const struct dir_info *dir = &dirs[o->sort_dir];
	const struct conn_query query = {
		.dir = o->sort_dir, .key = o->sort_key, .stage = o->sort_stage, .ri = ri};
	const struct conn **top;
	char title[200], stage[80];
	size_t all;

	if (!s->n_conns) {
		fputs("no connection had packets\n", f);
		return 0;
	}
	top = conns_select(s->conns, s->n_conns, &query, n, &all);
	if (!top)
		return -ENOMEM;
	snprintf(title, sizeof(title), "connections: %zu of %zu by %s of %s, %s", n, s->n_conns,
		 keys[o->sort_key],
		 stage_ranked(ri, o->sort_dir, o->sort_stage, stage, sizeof(stage)), dir->verb);
	fputs(text_style(o, TS_HEAD), f);
	text_label(f, title, LABEL);
	fprintf(f, " %6s %6s %6s %6s%s\n", "n", "p50", "p99", "max", text_style(o, TS_RESET));
	for (size_t i = 0; i < n; i++)
		print_connection(f, top[i], ri, o);
	free(top);
	return 0;
}
