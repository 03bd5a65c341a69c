// SPDX-License-Identifier: GPL-2.0-only
/* src/model/accumulate.c, timeline.c, keep.c: many intervals as one, as few, and what is kept. */
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accumulate.h"
#include "histogram.h"
#include "keep.h"
#include "story.h"
#include "tap.h"
#include "text.h"
#include "timeline.h"

#define INTERVALS 30

static char *as_text(const struct snapshot *s)
{
	struct run_info ri = sample_run_both();
	struct text_opts o = {.connections = 100, .histogram = true, .sort_stage = RXS_TOTAL};
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	text_snapshot(f, s, &ri, &o);
	fclose(f);
	return text;
}

/* The interval maxima of a connection's stages may be told closer: compare the rest. */
static void drop_maxima(struct snapshot *s)
{
	for (size_t i = 0; i < s->n_conns; i++) {
		for (unsigned d = 0; d < NS_DIRS; d++)
			for (unsigned k = 0; k < STAGES_MAX; k++)
				s->conns[i].dir[d].stages[k].max = 1;
		s->conns[i].resent.max = 1;
	}
	for (size_t i = 0; i < s->n_qdiscs; i++)
		s->qdiscs[i].max = 1;
}

static void same_text(const struct snapshot *a, const struct snapshot *b, const char *what)
{
	char *ta = as_text(a), *tb = as_text(b);
	size_t i = 0;

	if (!ok(!strcmp(ta, tb), "%s: the same tables", what)) {
		while (ta[i] && ta[i] == tb[i])
			i++;
		while (i && ta[i - 1] != '\n')
			i--;
		printf("# got:  %.*s\n# want: %.*s\n", (int)strcspn(ta + i, "\n"), ta + i,
		       (int)strcspn(tb + i, "\n"), tb + i);
	}
	free(ta);
	free(tb);
}

/* Whatever part of a run: the sum of its intervals is the difference of its ends. */
static void test_parts(void)
{
	struct snapshot *states[INTERVALS + 1], *deltas[INTERVALS], *want = snapshot_new();
	static const struct {
		unsigned from, to;
	} parts[] = {{0, INTERVALS}, {0, 1}, {7, 8}, {5, 20}, {29, 30}};
	struct accumulator a;

	states[0] = snapshot_new();
	story_begin(states[0]);
	for (unsigned i = 0; i < INTERVALS; i++) {
		states[i + 1] = story_copy(states[i]);
		story_go_on(states[i + 1], 100 * (i % 5));
		deltas[i] = snapshot_new();
		snapshot_delta(states[i + 1], states[i], deltas[i]);
	}
	for (size_t p = 0; p < sizeof(parts) / sizeof(parts[0]); p++) {
		char what[40];

		accumulator_init(&a);
		for (unsigned i = parts[p].from; i < parts[p].to; i++)
			accumulator_add(&a, deltas[i]);
		snapshot_delta(states[parts[p].to], states[parts[p].from], want);
		a.sum->final = want->final = true;
		snprintf(what, sizeof(what), "intervals %u to %u", parts[p].from, parts[p].to);
		ok(!memcmp(a.sum->hist, want->hist, sizeof(want->hist)),
		   "%s: the same histograms, maxima among them", what);
		ok(!memcmp(a.sum->ledger, want->ledger, sizeof(want->ledger)) &&
			   !memcmp(a.sum->causes, want->causes, sizeof(want->causes)),
		   "%s: the same ledgers and causes", what);
		is_u64(a.sum->interval_ns, want->interval_ns, "the same length");
		is_u64(a.sum->n_conns, want->n_conns, "as many connections");
		if (parts[p].from) {
			drop_maxima(a.sum);
			drop_maxima(want);
		}
		same_text(a.sum, want, what);
		accumulator_free(&a);
	}
	for (unsigned i = 0; i < INTERVALS; i++) {
		snapshot_free(deltas[i]);
		snapshot_free(states[i]);
	}
	snapshot_free(states[INTERVALS]);
	snapshot_free(want);
}

static void test_bound(void)
{
	struct snapshot *s = snapshot_new();
	struct accumulator a;
	const unsigned n = 1000;

	s->conns = calloc(n, sizeof(*s->conns));
	s->n_conns = n;
	accumulator_init(&a);
	for (unsigned round = 0; round < ACCUMULATE_CONNS / n + 2; round++) {
		for (unsigned i = 0; i < n; i++) {
			s->conns[i].row = round * n + i;
			s->conns[i].dir[NS_RX].n = 1;
		}
		accumulator_add(&a, s);
	}
	is_u64(a.sum->n_conns, ACCUMULATE_CONNS, "so many connections and no more");
	is_u64(a.left_out, (ACCUMULATE_CONNS / n + 2) * n - ACCUMULATE_CONNS, "the others counted");
	is_u64(a.sum->conns[12345].row, 12345, "in the order in which they came");
	accumulator_add(&a, s); /* all of these are among those left out */
	is_u64(a.sum->n_conns, ACCUMULATE_CONNS, "still");
	accumulator_free(&a);
	snapshot_free(s);
}

static void test_timeline(void)
{
	static const unsigned counts[] = {1, 7, 8, 9, 16, 17, 100, 1000};
	struct snapshot *s = snapshot_new();
	struct timeline t;

	s->interval_ns = 10;
	sample_add(&s->hist[NS_RX][NS_TCP][RXS_TOTAL], 1000, 1);
	s->ledger[NS_RX].seen = 2;
	s->softirqs = softirq_new(TIMELINE_CPUS + 3, 0); /* the last are too many */
	for (unsigned i = 0; i < s->softirqs->n_cpus; i++)
		sample_add(&s->softirqs->rows[i].vec[SI_RX].delay, 500, 1);
	for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
		__u64 n = 0, seen = 0, gaps = 0, delays = 0;

		timeline_init(&t, 8);
		s->mono_ns = 1000;
		for (unsigned i = 0; i < counts[k]; i++) {
			s->mono_ns += 10;
			timeline_add(&t, s);
		}
		timeline_end(&t);
		for (size_t i = 0; i < t.n; i++) {
			n += t.columns[i].hist[NS_RX][NS_TCP][RXS_TOTAL].sum / 1000;
			seen += t.columns[i].ledger[NS_RX].seen;
			for (unsigned cpu = 0; cpu < TIMELINE_CPUS; cpu++)
				delays += hist_n(timeline_delay(&t, i, cpu));
			gaps += i && t.columns[i].start_ns != t.columns[i - 1].end_ns;
		}
		ok(n == counts[k] && seen == 2 * n && !gaps && t.columns[0].start_ns == 1000 &&
			   t.columns[t.n - 1].end_ns == s->mono_ns,
		   "%u intervals in %zu columns: all there, none twice", counts[k], t.n);
		is_u64(delays, counts[k] * TIMELINE_CPUS, "and those of the CPUs");
		ok(t.n <= 8 && (counts[k] < 8 ? t.n == counts[k] : t.n >= 3),
		   "not more than 8, and not too few");
		timeline_free(&t);
	}
	snapshot_free(s);
}

static void test_keep(void)
{
	const struct conn_query by_n = {.dir = NS_RX, .key = SORT_N, .stage = RXS_TOTAL},
				by_max = {.dir = NS_RX, .key = SORT_MAX, .stage = RXS_TOTAL};
	struct snapshot *s = snapshot_new();
	struct keep_packets k;
	__u64 left_out;

	story_begin(s);
	story_go_on(s, 500);
	s->conns[9].dir[NS_TX].stages[TXS_TOTAL].max = 1ULL << 40;
	s->conns[9].dir[NS_TX].n = 1;
	ok(!keep_connections(s, 2, &by_n, &left_out), "keep connections");
	ok(s->n_conns >= 2 && s->n_conns <= 4, "two of each direction: %zu", s->n_conns);
	is_u64(left_out, STORY_CONNS - s->n_conns, "the others are counted");
	ok(!keep_connections(s, 100, &by_n, &left_out) && !left_out, "room for all: none left out");
	snapshot_free(s);

	s = snapshot_new();
	story_begin(s);
	s->conns[9].dir[NS_TX].stages[TXS_TOTAL].max = 1ULL << 40;
	s->conns[9].dir[NS_TX].n = 1;
	s->conns[3].dir[NS_RX].stages[RXS_TOTAL].max = 5;
	s->conns[3].dir[NS_RX].n = 1;
	keep_connections(s, 1, &by_max, &left_out);
	ok(s->n_conns == 2 && s->conns[0].row == 3 && s->conns[1].row == 9,
	   "the slowest of each direction");
	snapshot_free(s);

	keep_init(&k, 3);
	for (__u64 i = 0; i < 10; i++) {
		struct ns_event e = {.seq = i};

		keep_packet(&k, &e, i * 7 % 10);
	}
	/* totals 0 7 4 1 8 5 2 9 6 3 */
	ok(k.n == 3 && k.list[0].seq == 1 && k.list[1].seq == 4 && k.list[2].seq == 7,
	   "the slowest packets are kept, in the order in which they came");
	is_u64(k.left_out, 7, "the others are counted");
	keep_reset(&k);
	ok(!k.n && !k.left_out, "and forgotten");
	keep_free(&k);
}

int main(void)
{
	test_parts();
	test_bound();
	test_timeline();
	test_keep();
	return done();
}
