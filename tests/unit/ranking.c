// SPDX-License-Identifier: GPL-2.0-only
/* The ranking of causes: what is added up, the worst packet, and how it is shown. */
#include <stdlib.h>

#include "golden.h"
#include "json.h"
#include "json_lines.h"
#include "ranking.h"
#include "sample.h"
#include "text.h"

static struct run_info ri;

/* A received segment that its reader left alone for that long, and that took 4.5 us before. */
static struct ns_event unread(__u64 ns)
{
	struct ns_event e = sample_event();

	e.flags = 0;
	e.t[RXP_WOKEN] = e.t[RXP_RUNNING] = 0;
	e.t[RXP_READY] = e.t[RXP_QUEUED];
	e.t[RXP_READ] = e.t[RXP_READY] + ns;
	return e;
}

static void fill(struct ranking *r)
{
	static const __u64 waits[] = {5000000, 9000000, 2000000};
	struct ns_event e = sample_sent();

	for (size_t i = 0; i < 3; i++) {
		struct ns_event u = unread(waits[i]);

		ranking_add(r, &u, &ri);
	}
	ranking_add(r, &e, &ri);
	e.t[TXP_SEND] = e.t[TXP_HANDED] + 1; /* out of order */
	ranking_add(r, &e, &ri);
	e = sample_sent();
	e.tx.causes[CAUSE_NAGLE] = 0;
	ranking_add(r, &e, &ri);
	e = sample_event();
	ranking_add(r, &e, &ri);
}

static void test_sums(const struct ranking *r)
{
	const struct ranked **list = calloc(n_cause_rules, sizeof(*list));
	size_t n = ranking_order(r, list);
	__u64 sum = 0, packets = 0;

	is_u64(n, 4, "causes that held");
	is_str(list[0]->worst.rule->name, "socket", "the largest first");
	is_str(list[1]->worst.rule->name, "nagle", "the next");
	is_str(list[2]->worst.rule->name, "application", "the third");
	is_u64(list[2]->n, 3, "its packets");
	is_u64(list[2]->sum, 16000000, "their time");
	is_u64(list[2]->worst.ns, 9000000, "the worst of them");
	is_u64(list[2]->event.t[RXP_READ] - list[2]->event.t[RXP_READY], 9000000, "its record");
	for (size_t i = 0; i < n; i++) {
		packets += list[i]->n;
		sum += list[i]->sum;
		ok(!i || list[i]->sum <= list[i - 1]->sum, "in order");
	}
	is_u64(packets, r->packets, "each packet counts for one");
	ok(sum <= r->sum, "no more is explained than there was");
	is_u64(r->unclear, 1, "stamps out of order");
	free(list);
}

static void test_text(const struct ranking *r, const char *name, __u64 unranked)
{
	struct text_opts o = {.width = 80};
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	is_u64((unsigned)text_ranking(f, r, unranked, &ri, &o), 0, "written");
	fclose(f);
	golden(name, text);
	free(text);
}

static void test_json(const struct ranking *r)
{
	struct lines l;
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	json_t *line, *worst;

	is_u64((unsigned)json_ranking(f, r, 7, &ri), 0, "written");
	fclose(f);
	parse(&l, text);
	is_u64(count(&l, "slow"), 1, "one summary");
	is_u64(count(&l, "slow_cause"), 4, "a line for each cause");
	line = find(&l, "slow", NULL, NULL);
	is_u64(num(line, "threshold_ns"), 1000000, "threshold");
	is_u64(num(line, "n"), r->packets, "packets");
	is_u64(num(line, "sum_ns"), r->sum, "their time");
	is_u64(num(line, "unranked"), 8, "those that are not ranked");
	line = find(&l, "slow_cause", NULL, NULL);
	is_str(str(line, "rule"), "socket", "the largest");
	worst = sub(line, "worst");
	is_u64(num(worst, "remote_port"), 40002, "whose");
	is_u64(num(worst, "start_ns"), 1000000000000ULL, "when");
	is_str(str(sub(worst, "cause"), "rule"), "socket", "why");
	drop(&l);
	free(text);
}

static void test_failures(const struct ranking *r)
{
	struct text_opts o = {.width = 80};
	FILE *full = fopen("/dev/full", "w");

	ok(text_ranking(full, r, 0, &ri, &o) == -ENOSPC, "text: a full disk is an error");
	fclose(full);
	full = fopen("/dev/full", "w");
	ok(json_ranking(full, r, 0, &ri) == -ENOSPC, "JSON: too");
	fclose(full);
}

int main(void)
{
	struct ranking r, none;

	setenv("TZ", "UTC", 1);
	ri = sample_run_both();
	is_u64((unsigned)ranking_init(&r), 0, "init");
	is_u64((unsigned)ranking_init(&none), 0, "init");
	fill(&r);
	test_sums(&r);
	test_text(&r, "ranking", 0);
	test_text(&r, "ranking-unranked", 123456);
	test_text(&none, "ranking-none", 0);
	test_json(&r);
	test_failures(&r);
	ranking_free(&r);
	ranking_free(&none);
	return done();
}
