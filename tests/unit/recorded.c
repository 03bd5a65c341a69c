// SPDX-License-Identifier: GPL-2.0-only
/* src/record: snapshots and packets as bytes, and back; names that are numbered otherwise. */
#include <linux/types.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "recorded.h"
#include "softirq_sample.h"
#include "story.h"
#include "tap.h"

static struct dictionary names;

/* Our own numbers. */
static void learn_all(void)
{
	dictionary_init(&names);
	for (unsigned k = 0; k < NAMES_KINDS; k++)
		for (unsigned i = 0; i < names_count(k); i++)
			dictionary_learn(&names, name_kinds[k], i, names_get(k, i));
}

static bool same_list(const void *a, size_t n_a, const void *b, size_t n_b, size_t size)
{
	return n_a == n_b && (!n_a || !memcmp(a, b, n_a * size));
}

static bool same(const struct snapshot *a, const struct snapshot *b)
{
	return a->mono_ns == b->mono_ns && a->interval_ns == b->interval_ns &&
	       !memcmp(a->hist, b->hist, sizeof(a->hist)) &&
	       !memcmp(a->ledger, b->ledger, sizeof(a->ledger)) &&
	       !memcmp(a->causes, b->causes, sizeof(a->causes)) &&
	       same_list(a->qdiscs, a->n_qdiscs, b->qdiscs, b->n_qdiscs, sizeof(*a->qdiscs)) &&
	       same_list(a->drops, a->n_drops, b->drops, b->n_drops, sizeof(*a->drops)) &&
	       same_list(a->conns, a->n_conns, b->conns, b->n_conns, sizeof(*a->conns)) &&
	       (a->softirqs ? story_same_cpus(a->softirqs, b->softirqs) : !b->softirqs);
}

static void test_snapshots(void)
{
	struct snapshot *s = snapshot_new(), *back;
	unsigned equal = 0, cut = 0, flipped = 0;
	struct codec c;
	int err;

	story_begin(s);
	for (unsigned i = 0; i < 20; i++) {
		story_go_on(s, i * 10);
		if (snapshot_encode(s, &c))
			break;
		back = snapshot_decode(c.data, c.len, &names, &err);
		equal += back && same(s, back);
		snapshot_free(back);
		if (i < 19)
			free(c.data);
	}
	is_u64(equal, 20, "20 snapshots come back as they were");
	for (size_t len = 0; len < c.len; len++) {
		back = snapshot_decode(c.data, len, &names, &err);
		cut += back != NULL || err != -EBADMSG;
		snapshot_free(back);
	}
	is_u64(cut, 0, "cut short anywhere: noticed");
	for (size_t i = 0; i < c.len; i++) {
		c.data[i] ^= 1 << i % 8;
		back = snapshot_decode(c.data, c.len, &names, &err);
		flipped += back != NULL || err != -EBADMSG;
		snapshot_free(back);
		c.data[i] ^= 1 << i % 8;
	}
	is_u64(flipped, 0, "a bit changed anywhere: noticed");
	free(c.data);
	snapshot_free(s);

	s = snapshot_new();
	snapshot_encode(s, &c);
	ok(c.len < 64, "an empty interval is small: %zu bytes", c.len);
	back = snapshot_decode(c.data, c.len, &names, &err);
	ok(back && same(s, back), "and comes back, without CPUs: as from an earlier program");
	snapshot_free(back);
	free(c.data);
	snapshot_free(s);
}

static size_t length(const struct snapshot *s)
{
	struct codec c;

	if (snapshot_encode(s, &c))
		return 0;
	free(c.data);
	return c.len;
}

/* Bytes for each CPU. Recordings are of hosts with hundreds of them, too. */
static void test_cpus(void)
{
	struct snapshot *s = snapshot_new();
	size_t none = length(s), idle, wide;

	s->softirqs = softirq_new(100, 0);
	for (unsigned i = 0; i < 100; i++)
		s->softirqs->softnet[i].told = true;
	idle = (length(s) - none) / 100;
	for (unsigned i = 0; i < 100; i++) {
		struct softirq_row *row = &s->softirqs->rows[i];

		sample_softirq_row(row, 10000, 1500);
		for (unsigned k = 0; k < 10000; k++)
			sample_add(&row->vec[SI_RX].delay, rnd_log(24), 1);
	}
	wide = (length(s) - none) / 100;
	ok(idle <= 7 && wide <= 512, "of an idle CPU %zu bytes, of one with delays up to 16 ms %zu",
	   idle, wide);
	snapshot_free(s);
}

/* The devices' own stamps: their state, and their histogram. */
static void test_hws(void)
{
	struct snapshot *s = snapshot_new(), *back;
	struct codec c;
	int err;

	sample_add(&s->hist[NS_RX][NS_UDP][RXH_HW], 4100, 15);
	s->n_hws = FILTER_MAX;
	for (unsigned i = 0; i < FILTER_MAX; i++) {
		struct hw_state *h = &s->hws[i];

		snprintf(h->dev, sizeof(h->dev), "eth%u", i);
		snprintf(h->clock, sizeof(h->clock), "/dev/ptp%u", i);
		snprintf(h->method, sizeof(h->method), "PTP_SYS_OFFSET_EXTENDED");
		h->known = i % 2;
		h->error_ns = 1000ULL * i;
		h->rate_ppb = 17000 - 3000LL * i; /* some are negative */
		h->steps = i;
		h->changes = 3 * i;
	}
	snapshot_encode(s, &c);
	back = snapshot_decode(c.data, c.len, &names, &err);
	if (ok(back && same(s, back), "a snapshot with devices' own stamps comes back"))
		ok(same_list(s->hws, s->n_hws, back->hws, back->n_hws, sizeof(*s->hws)),
		   "and so do %u devices", FILTER_MAX);
	snapshot_free(back);
	snapshot_free(s);
	free(c.data);
}

/* Another version, whose tables have another order, and a stage and a loss that we do not know. */
static void test_names(void)
{
	struct snapshot *s = snapshot_new(), *back;
	struct codec c;
	int err;

	sample_add(&s->hist[NS_RX][NS_TCP][RXS_IP], 1000, 3);
	sample_add(&s->hist[NS_RX][NS_TCP][RXS_STACK], 500, 2);
	sample_add(&s->hist[NS_RX][NS_TCP][RXS_TOTAL], 1500, 3);
	s->ledger[NS_RX].lost[0] = 7;
	s->ledger[NS_RX].lost[1] = 8;
	snapshot_encode(s, &c);
	dictionary_init(&names);
	ok(!dictionary_learn(&names, "rx series", RXS_IP, "quantum"), "a name that we do not know");
	ok(!dictionary_learn(&names, "colour", 0, "ip"), "a kind that we do not know");
	ok(!dictionary_learn(&names, "rx series", 1ULL << 40, "ip"), "a number beyond all");
	dictionary_learn(&names, "rx series", RXS_STACK, "transport");
	dictionary_learn(&names, "rx series", RXS_TOTAL, "total");
	dictionary_learn(&names, "loss", 1, loss_infos[0].name);
	back = snapshot_decode(c.data, c.len, &names, &err);
	if (ok(back != NULL, "readable")) {
		const struct hist *h = back->hist[NS_RX][NS_TCP];

		is_u64(h[RXS_TRANSPORT].sum, 1000, "a stage by its name, not its number");
		is_u64(h[RXS_TOTAL].sum, 4500, "the total");
		is_u64(h[RXS_IP].sum + h[RXS_STACK].sum, 0, "an unknown one is left out");
		is_u64(back->ledger[NS_RX].lost[0], 8, "a loss by its name");
		is_u64(back->ledger[NS_RX].lost[1], 0, "and no other");
	}
	snapshot_free(back);
	snapshot_free(s);
	free(c.data);
	learn_all();
}

static void test_packet(const struct ns_event *e, const char *what)
{
	struct ns_event back;
	struct codec c;
	bool done = !packet_encode(e, &c);

	ok(done && !packet_decode(c.data, c.len, &names, &back) && !memcmp(e, &back, sizeof(back)),
	   "%s comes back, %zu bytes of %zu", what, c.len, sizeof(back));
	ok(packet_decode(c.data, c.len - 1, &names, &back) == -EBADMSG, "%s cut short: noticed",
	   what);
	free(c.data);
}

/* With a stamp of the device; after `stack`, within the error; and without one. */
static void test_stamped(void)
{
	static const struct hw_stamp stamps[] = {
		{4100, 35}, {-20, 35}, {0, HW_MISSING}, {0, HW_UNUSABLE}, {-2147483647, 1}};

	for (size_t i = 0; i < sizeof(stamps) / sizeof(stamps[0]); i++) {
		struct ns_event e = sample_event();

		e.hw = stamps[i];
		test_packet(&e, "a packet that its device stamped");
	}
}

/* Ways are numbered anew when there are more of them. */
static void test_ways(void)
{
	struct ns_event e = sample_event(), back;
	struct codec c;

	e.flags = PKT_OOO | PKT_WAY(0) | PKT_WAY(1);
	packet_encode(&e, &c);
	dictionary_init(&names);
	dictionary_learn(&names, "way", 0, way_infos[WAY_OTHER_THREAD].name);
	dictionary_learn(&names, "way", 1, "a way that we do not know");
	ok(!packet_decode(c.data, c.len, &names, &back), "readable");
	is_u64(back.flags, PKT_OOO | PKT_WAY(WAY_OTHER_THREAD), "a way by its name");
	free(c.data);
	learn_all();
}

static bool same_ranking(const struct ranking *a, const struct ranking *b)
{
	bool equal = a->packets == b->packets && a->sum == b->sum && a->unclear == b->unclear;

	for (size_t i = 0; i < n_cause_rules; i++) {
		const struct ranked *x = &a->rules[i], *y = &b->rules[i];

		equal &= x->n == y->n && x->sum == y->sum;
		equal &= !x->n || (!memcmp(&x->event, &y->event, sizeof(x->event)) &&
				   x->worst.rule == y->worst.rule && x->worst.ns == y->worst.ns &&
				   x->worst.certain == y->worst.certain);
	}
	return equal;
}

/* Why packets were slow: by the name of each rule, with the worst packet. */
static void test_ranking(void)
{
	struct run_info ri = sample_run_both();
	struct ns_event e[2] = {sample_event(), sample_sent()};
	struct ranking r, back, sum;
	unsigned cut = 0, nagle = 0;
	struct codec c;

	ok(n_cause_rules < NAMES_MAX, "every rule has a place: %zu", n_cause_rules);
	for (size_t i = 0; i < n_cause_rules; i++)
		for (size_t k = 0; k < i; k++)
			cut += !strcmp(cause_rules[i].name, cause_rules[k].name);
	is_u64(cut, 0, "and a name of its own");
	if (ranking_init(&r) || ranking_init(&back) || ranking_init(&sum))
		return;
	ranking_add(&r, &e[0], &ri);
	for (unsigned i = 0; i < 3; i++)
		ranking_add(&r, &e[1], &ri);
	ok(!ranking_encode(&r, &c) && !ranking_decode(c.data, c.len, &names, &ri, &back) &&
		   same_ranking(&r, &back),
	   "a ranking comes back, %zu bytes", c.len);
	ranking_merge(&sum, &r);
	ok(same_ranking(&sum, &r), "the sum of one is itself");
	ranking_merge(&sum, &back);
	ok(sum.packets == 8 && sum.sum == 2 * r.sum, "the sum of two");
	cut = 0;
	for (size_t len = 0; len < c.len; len++)
		cut += ranking_decode(c.data, len, &names, &ri, &back) != -EBADMSG;
	is_u64(cut, 0, "cut short anywhere: noticed");
	while (strcmp(cause_rules[nagle].name, "nagle"))
		nagle++;
	is_u64(r.rules[nagle].n, 3, "three by Nagle's algorithm");
	dictionary_learn(&names, "rule", nagle, "socket"); /* what it does not look like */
	ranking_reset(&back);
	ok(!ranking_decode(c.data, c.len, &names, &ri, &back), "a rule that means another");
	ok(back.unclear == 3 && back.packets == 4 && !back.rules[nagle].n, "is not ranked");
	free(c.data);
	ranking_free(&r);
	ranking_free(&back);
	ranking_free(&sum);
	learn_all();
}

/* An item that a later version made longer, and one that is new. */
static void test_later(void)
{
	struct snapshot *back;
	struct codec c;
	size_t mark;
	int err;

	codec_write(&c);
	codec_begin(&c, 1, &mark); /* TAG_TIME */
	for (__u64 v = 5; v < 15; v++)
		codec_u64(&c, &v);
	codec_end(&c, mark);
	codec_begin(&c, 999, &mark);
	codec_end(&c, mark);
	codec_finish(&c);
	back = snapshot_decode(c.data, c.len, &names, &err);
	ok(back && back->mono_ns == 5 && back->interval_ns == 6, "what is known is read");
	snapshot_free(back);
	free(c.data);

	codec_write(&c);
	codec_begin(&c, 1, &mark);
	codec_u64(&c, &(__u64){5});
	codec_end(&c, mark);
	codec_finish(&c);
	back = snapshot_decode(c.data, c.len, &names, &err);
	ok(back && back->mono_ns == 5 && back->interval_ns == 0, "what is missing is 0");
	snapshot_free(back);
	free(c.data);
}

/* The sum is right, and what it is of is not. */
static void test_wrong(void)
{
	static const struct {
		const char *what;
		__u64 values[6];
		unsigned tag, n;
	} cases[] = {{"a direction that is none", {2}, 2, 1},
		     {"a protocol that is none", {0, 2}, 3, 2},
		     {"a bucket beyond the last", {0, 0, 1, 0, 0, HIST_BUCKETS + 1}, 3, 6},
		     {"a number of 64 bits where 32 are", {1, 0, 0, 1ULL << 32}, 5, 4},
		     {"no CPUs", {0}, 9, 1},
		     {"more CPUs than Linux can have", {CPUS_MAX + 1}, 9, 1},
		     {"a CPU before it is said how many there are", {0}, 10, 1}};
	struct snapshot *back;
	struct codec c;
	size_t mark;
	int err;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		codec_write(&c);
		codec_begin(&c, cases[i].tag, &mark);
		for (unsigned k = 0; k < cases[i].n; k++)
			codec_u64(&c, &(__u64){cases[i].values[k]});
		codec_end(&c, mark);
		codec_finish(&c);
		back = snapshot_decode(c.data, c.len, &names, &err);
		ok(!back && err == -EBADMSG, "%s: refused", cases[i].what);
		snapshot_free(back);
		free(c.data);
	}
}

int main(void)
{
	struct ns_event e;

	learn_all();
	test_snapshots();
	test_cpus();
	test_hws();
	test_names();
	e = sample_event();
	test_packet(&e, "a received packet");
	e = sample_sent();
	test_packet(&e, "a sent packet");
	e = sample_event();
	e.flags |= PKT_WAY(WAY_KSOFTIRQD) | PKT_WAY(WAY_OTHER_THREAD);
	e.softirq_blame =
		(struct blame){.ns = 2500, .pid = 3, .kind = BLAME_SOFTIRQ, .comm = "net_rx"};
	e.runqueue_blame =
		(struct blame){.ns = 19000, .pid = 77, .kind = BLAME_TASK, .comm = "hog"};
	test_packet(&e, "a packet that others delayed");
	e = sample_local();
	e.again = 0;
	test_packet(&e, "a local packet");
	e = sample_dropped();
	test_packet(&e, "a dropped packet");
	test_stamped();
	test_ways();
	test_ranking();
	test_later();
	test_wrong();
	return done();
}
