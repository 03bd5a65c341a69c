// SPDX-License-Identifier: GPL-2.0-only
/* src/output/html.c, html_plots.c: what the page holds, and what it must not. */
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "story.h"
#include "tap.h"

static char *page(unsigned intervals, const char *host, const char *comm)
{
	struct run_info ri = sample_run_both();
	struct text_opts o = {.utf8 = true, .connections = 50, .sort_stage = RXS_TOTAL};
	struct recording_part part = {.intervals = intervals};
	struct recording_facts facts = {.intervals = intervals, .end = "duration"};
	struct snapshot *s = snapshot_new(), *prev, *delta = snapshot_new();
	struct ns_event slow[2] = {sample_event(), sample_sent()};
	struct ranking why;
	struct timeline t;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	snprintf(ri.host, sizeof(ri.host), "%s", host);
	story_begin(s);
	timeline_init(&t, HTML_COLUMNS);
	part.start_ns = facts.start_ns = s->mono_ns;
	for (unsigned i = 0; i < intervals; i++) {
		prev = story_copy(s);
		story_go_on(s, i % 10 ? 50 : 0); /* columns without packets too */
		snapshot_delta(s, prev, delta);
		timeline_add(&t, delta);
		snapshot_free(prev);
	}
	timeline_end(&t);
	part.end_ns = facts.end_ns = s->mono_ns;
	snprintf(s->conns[0].comm, COMM_LEN, "%s", comm);
	snprintf(slow[0].comm, COMM_LEN, "%s", comm);
	ranking_init(&why);
	for (unsigned i = 0; i < 2; i++)
		ranking_add(&why, &slow[i], &ri);
	s->final = true;
	is_u64((unsigned)html_report(f, &(struct html_report){.ri = &ri,
							      .total = s,
							      .time = &t,
							      .part = &part,
							      .facts = &facts,
							      .packets = slow,
							      .n_packets = 2,
							      .ranking = &why,
							      .text = &o}),
	       0, "a page is made");
	fclose(f);
	timeline_free(&t);
	ranking_free(&why);
	snapshot_free(delta);
	snapshot_free(s);
	return text;
}

/* Every tag that is opened is closed, in order; those that never are, are left out. */
static bool balanced(const char *text)
{
	static const char *const single[] = {"meta", "!DOCTYPE", "path"};
	char stack[64][16];
	unsigned depth = 0;

	for (const char *p = text; (p = strchr(p, '<')); p++) {
		bool close = p[1] == '/', alone = false;
		char name[16];
		const char *end = strchr(p, '>');

		if (!end || sscanf(p + 1 + close, "%15[a-zA-Z0-9!]", name) != 1)
			return false;
		for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++)
			alone |= !strcmp(name, single[i]);
		if (alone || end[-1] == '/')
			continue;
		if (!close && depth == 64)
			return false;
		if (!close)
			strcpy(stack[depth++], name);
		else if (!depth || strcmp(stack[--depth], name))
			return false;
	}
	return !depth;
}

static unsigned count(const char *text, const char *what)
{
	unsigned n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

int main(void)
{
	static const char *const requests[] = {"://",	  "src=",   "href=", "url(",   "@import",
					       "<script", "<image", "<link", "<iframe"};
	char *text = page(300, "web-1", "nginx");

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		ok(!strstr(text, requests[i]), "no %s", requests[i]);
	ok(strstr(text, "Content-Security-Policy") != NULL, "and a policy that forbids them");
	ok(balanced(text), "tags are closed");
	is_u64(count(text, "<svg"), 8, "two plots for each direction and protocol");
	ok(!strstr(text, "nan") && !strstr(text, "inf"), "no number that is none");
	ok(strstr(text, "nginx") && strstr(text, "total of "), "the tables as text");
	ok(strstr(text, "softirqs by CPU") != NULL, "CPUs too");
	ok(strstr(text, "took 1ms or longer") && strstr(text, "Nagle waited for an ACK"),
	   "why packets were slow");
	ok(strlen(text) < 400000, "of bounded size: %zu bytes", strlen(text));
	free(text);

	text = page(1, "<b onload=x>&amp", "</pre><script>");
	ok(!strstr(text, "<b ") && !strstr(text, "<script"), "hostile names are text");
	ok(strstr(text, "&lt;b onload=x&gt;&amp;amp") && strstr(text, "&lt;/pre&gt;&lt;script&gt;"),
	   "as they are");
	ok(balanced(text), "tags are closed");
	free(text);
	return done();
}
