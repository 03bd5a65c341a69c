// SPDX-License-Identifier: GPL-2.0-only
/* The end of a summary: what the slow packets were slow for. */
#include "text_style.h"

#include <errno.h>
#include <stdlib.h>

#include "cause_text.h"
#include "format.h"
#include "names.h"

#define RULE_WIDTH 14 /* "read_in_pieces" */
#define INDENT (RULE_WIDTH + 3 * 7 + 1)

static void print_cause(FILE *f, const struct ranked *r, __u64 all, const struct run_info *ri,
			const struct text_opts *o)
{
	const struct ns_event *e = &r->event;
	char text[CAUSE_TEXT_LEN];
	struct packet p;

	packet_read(e, ri, &p);
	text_label(f, r->worst.rule->name, RULE_WIDTH);
	fprintf(f, " %6s %6s %6s ", fmt_count(r->n).s, fmt_ns(r->sum).s,
		fmt_percent(r->sum, all).s);
	text_words(f, cause_text(&r->worst, e, ri, o->utf8, text, sizeof(text)), INDENT, o);
	fprintf(f, "  %s%s %s %s %s/%u%s\n", text_style(o, TS_FAINT),
		text_clock(ri, p.start, true).s, proto_name(e->flow.proto),
		fmt_flow(&e->flow, dirs[p.dir].arrow).s, fmt_comm(e->comm, o->utf8).s, e->pid,
		text_style(o, TS_RESET));
	if (r->worst.rule->advice) {
		fprintf(f, "  %stry: %s", text_style(o, TS_FAINT), text_style(o, TS_RESET));
		text_words(f, r->worst.rule->advice, 7, o);
	}
}

static void print_unranked(FILE *f, __u64 n, const struct text_opts *o)
{
	if (n)
		fprintf(f,
			"%s%s more are not ranked: no room for a record, or stamps out of "
			"order%s\n",
			text_style(o, TS_WARN), fmt_count(n).s, text_style(o, TS_RESET));
}

int text_ranking(FILE *f, const struct ranking *r, __u64 unranked, const struct run_info *ri,
		 const struct text_opts *o)
{
	const struct ranked **list = calloc(n_cause_rules, sizeof(*list));
	size_t n;

	if (!list)
		return -ENOMEM;
	n = ranking_order(r, list);
	if (n) {
		fprintf(f, "%s packets took %s or longer, %s in all; most of it was:\n",
			fmt_count(r->packets).s, fmt_ns(ri->slow_ns).s, fmt_ns(r->sum).s);
		fprintf(f, "%s%-*s %6s %6s %6s the worst of them%s\n", text_style(o, TS_HEAD),
			RULE_WIDTH, "why", "n", "time", "share", text_style(o, TS_RESET));
		for (size_t i = 0; i < n; i++)
			print_cause(f, list[i], r->sum, ri, o);
	} else {
		fprintf(f, "no packet took %s or longer\n", fmt_ns(ri->slow_ns).s);
	}
	print_unranked(f, unranked + r->unclear, o);
	free(list);
	if (fflush(f))
		return -errno;
	return text_status(f);
}
