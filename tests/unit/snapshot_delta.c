// SPDX-License-Identifier: GPL-2.0-only
/* src/model/snapshot.c */
#include <linux/types.h>
#include <stdlib.h>

#include "histogram.h"
#include "names.h"
#include "sample.h"
#include "softirq_sample.h"
#include "tap.h"

/* k packets of one direction: n, sums, maxima and the coarse histogram, as the programs do. */
static void pass_packets(struct conn *c, enum ns_dir dir, unsigned k, __u64 ns)
{
	struct conn_dir *d = &c->dir[dir];

	for (unsigned i = 0; i < k; i++) {
		d->n++;
		d->coarse[coarse_bucket(ns)]++;
		for (unsigned s = 0; s <= dirs[dir].total; s++) {
			__u64 part = s >= dirs[dir].total - 1 ? ns : 0;

			d->stages[s].sum += part;
			if (part > d->stages[s].max)
				d->stages[s].max = part;
		}
	}
}

static void read_packets(struct conn *c, unsigned k, __u64 ns)
{
	pass_packets(c, NS_RX, k, ns);
}

static struct snapshot *with_conns(size_t n)
{
	struct snapshot *s = snapshot_new();

	s->conns = calloc(n, sizeof(*s->conns));
	s->n_conns = n;
	return s;
}

static void test_histograms(void)
{
	struct snapshot *prev = snapshot_new(), *cur = snapshot_new(), *out = snapshot_new();
	struct hist *h = &out->hist[NS_RX][NS_UDP][RXS_IP];

	prev->mono_ns = 5000;
	sample_add(&prev->hist[NS_RX][NS_UDP][RXS_IP], 1000, 3);
	*cur = *prev;
	cur->mono_ns = 7000;
	cur->final = true;
	sample_add(&cur->hist[NS_RX][NS_UDP][RXS_IP], 100, 2);
	ok(!snapshot_delta(cur, prev, out), "delta");
	is_u64(out->mono_ns, 7000, "end of the interval");
	is_u64(out->interval_ns, 2000, "its length");
	ok(!out->final, "an interval is not final");
	is_u64(hist_n(h), 2, "two new samples");
	is_u64(h->sum, 200, "their sum");
	is_u64(h->max, hist_upper(hist_bucket(100)), "maximum: the bound of the highest that grew");
	sample_add(&cur->hist[NS_RX][NS_UDP][RXS_IP], 5000, 1);
	snapshot_delta(cur, prev, out);
	is_u64(h->max, 5000, "maximum: exact where it grew");
	is_u64(hist_n(&out->hist[NS_RX][NS_TCP][RXS_IP]), 0, "the other protocol is untouched");
	ok(!snapshot_delta(cur, NULL, out), "delta to nothing");
	is_u64(hist_n(h), 6, "is everything");
	snapshot_free(prev);
	snapshot_free(cur);
	snapshot_free(out);
	snapshot_free(NULL);
}

static void test_conns(void)
{
	struct snapshot *prev = with_conns(4), *cur = with_conns(5), *out = snapshot_new();
	struct conn *c;

	/* prev: hosts 1 2 3 and a second socket with the flow of host 3 (other row) */
	for (unsigned i = 0; i < 4; i++) {
		sample_flow(&prev->conns[i].flow, NS_TCP, i < 3 ? i + 1 : 3);
		prev->conns[i].gen = 7;
		prev->conns[i].row = i;
		read_packets(&prev->conns[i], 10 * (i + 1), 5000);
	}
	/* cur: in another order; host 2 silent, host 1's row reused (gen 8), a new host 9 */
	cur->conns[0] = prev->conns[3];
	read_packets(&cur->conns[0], 4, 2000);
	cur->conns[1] = prev->conns[2];
	read_packets(&cur->conns[1], 3, 6000);
	cur->conns[2] = prev->conns[1];
	sample_flow(&cur->conns[3].flow, NS_TCP, 1);
	cur->conns[3].gen = 8;
	read_packets(&cur->conns[3], 2, 900);
	sample_flow(&cur->conns[4].flow, NS_TCP, 9);
	read_packets(&cur->conns[4], 1, 100);

	ok(!snapshot_delta(cur, prev, out), "delta");
	is_u64(out->n_conns, 4, "the silent one is left out");
	c = out->conns;
	is_u64(c[0].dir[NS_RX].n, 4, "equal flow and gen, other row: its own counts");
	is_u64(c[0].dir[NS_RX].stages[RXS_TOTAL].sum, 8000, "sum");
	is_u64(c[0].dir[NS_RX].stages[RXS_TOTAL].max, coarse_upper(coarse_bucket(2000)),
	       "maximum: the bound of the highest bucket that grew");
	is_u64(c[0].dir[NS_RX].stages[RXS_APPLICATION].max, 5000,
	       "a stage without buckets: the maximum so far, as 4 packets could have had it");
	is_u64(c[1].dir[NS_RX].n, 3, "the other one of the two");
	is_u64(c[1].dir[NS_RX].stages[RXS_TOTAL].max, 6000, "maximum: exact where it grew");
	is_u64(c[2].dir[NS_RX].n, 2, "a row used again begins at 0");
	is_u64(c[3].dir[NS_RX].n, 1, "a new connection is whole");
	is_u64(c[3].dir[NS_RX].coarse[coarse_bucket(100)], 1, "with its histogram");

	/* the same interval again, into an out that has connections */
	ok(!snapshot_delta(cur, cur, out) && out->n_conns == 0, "no change, no connections");
	snapshot_free(prev);
	snapshot_free(cur);
	snapshot_free(out);
}

static void test_one_packet(void)
{
	struct snapshot *prev = with_conns(1), *cur = with_conns(1), *out = snapshot_new();

	sample_flow(&prev->conns[0].flow, NS_UDP, 1);
	read_packets(&prev->conns[0], 1, 5000);
	cur->conns[0] = prev->conns[0];
	read_packets(&cur->conns[0], 1, 1500);
	snapshot_delta(cur, prev, out);
	is_u64(out->conns[0].dir[NS_RX].stages[RXS_APPLICATION].max, 1500,
	       "no maximum is larger than its sum: exact for one packet");

	/* read while a program updates it: the maximum is there, its sum and bucket not yet */
	cur->conns[0].dir[NS_RX].stages[RXS_TOTAL].max = 9000;
	snapshot_delta(cur, prev, out);
	is_u64(out->conns[0].dir[NS_RX].stages[RXS_TOTAL].max, 9000,
	       "a maximum that grew is taken as it is");
	snapshot_free(prev);
	snapshot_free(cur);
	snapshot_free(out);
}

/* A connection that only sends, then one whose ACK and cause come later. */
static void test_tx(void)
{
	struct snapshot *prev = with_conns(1), *cur = with_conns(1), *out = snapshot_new();
	struct conn *c = &prev->conns[0];

	sample_flow(&c->flow, NS_TCP, 1);
	pass_packets(c, NS_TX, 10, 5000);
	c->dir[NS_TX].stages[TXS_NETWORK] = (struct conn_stage){.n = 9, .sum = 900, .max = 300};
	c->resent = (struct conn_stage){.n = 2, .sum = 200, .max = 150};
	c->causes[CAUSE_NAGLE] = (struct cause_time){.n = 4, .sum = 4000};
	prev->causes[CAUSE_NAGLE] = c->causes[CAUSE_NAGLE];
	c->srtt_ns = 70;
	cur->conns[0] = *c;
	cur->causes[CAUSE_NAGLE] = c->causes[CAUSE_NAGLE];
	c = &cur->conns[0];
	pass_packets(c, NS_TX, 3, 2000);
	c->dir[NS_TX].stages[TXS_NETWORK] = (struct conn_stage){.n = 12, .sum = 1020, .max = 300};
	c->resent = (struct conn_stage){.n = 3, .sum = 260, .max = 150};
	c->causes[CAUSE_CWND] = (struct cause_time){.n = 1, .sum = 50};
	cur->causes[CAUSE_CWND] = c->causes[CAUSE_CWND];
	c->srtt_ns = 80;
	ok(!snapshot_delta(cur, prev, out) && out->n_conns == 1, "one that only sends");
	c = &out->conns[0];
	is_u64(c->dir[NS_TX].n, 3, "its packets");
	is_u64(c->dir[NS_RX].n, 0, "none received");
	is_u64(c->dir[NS_TX].stages[TXS_NETWORK].n, 3, "n of a stage that only some have");
	is_u64(c->dir[NS_TX].stages[TXS_NETWORK].max, 120, "its maximum: not over its sum");
	is_u64(c->resent.n, 1, "sent again");
	is_u64(c->resent.max, 60, "its maximum");
	is_u64(c->causes[CAUSE_NAGLE].n, 0, "a cause that did not act");
	is_u64(c->causes[CAUSE_CWND].sum, 50, "one that did");
	is_u64(c->srtt_ns, 80, "the round-trip time is the latest");
	is_u64(out->causes[CAUSE_NAGLE].sum, 0, "of all connections: not");
	is_u64(out->causes[CAUSE_CWND].n, 1, "and did");
	snapshot_free(prev);
	snapshot_free(cur);
	snapshot_free(out);
}

/* No packet in the interval, but the ACK of an earlier one: its time must not be lost. */
static void test_late_ack(void)
{
	struct snapshot *prev = with_conns(2), *cur = with_conns(2), *out = snapshot_new();

	for (unsigned i = 0; i < 2; i++) {
		sample_flow(&prev->conns[i].flow, NS_TCP, i);
		pass_packets(&prev->conns[i], NS_TX, 1, 5000);
		cur->conns[i] = prev->conns[i];
	}
	cur->conns[1].dir[NS_TX].stages[TXS_NETWORK] =
		(struct conn_stage){.n = 1, .sum = 700, .max = 700};
	ok(!snapshot_delta(cur, prev, out) && out->n_conns == 1, "of two the one that had an ACK");
	is_u64(out->conns[0].dir[NS_TX].stages[TXS_NETWORK].sum, 700, "and its time");
	ok(conn_dir_moved(out->conns, NS_TX) && !conn_dir_moved(out->conns, NS_RX),
	   "only what was sent");
	snapshot_free(prev);
	snapshot_free(cur);
	snapshot_free(out);
}

static void set_qdiscs(struct snapshot *s, const struct qdisc *q, size_t n)
{
	free(s->qdiscs);
	s->qdiscs = calloc(n, sizeof(*q));
	memcpy(s->qdiscs, q, n * sizeof(*q));
	s->n_qdiscs = n;
}

static void test_qdiscs(void)
{
	const struct qdisc before[] = {
		{.key = 1, .kind = "fq", .ifindex = 2, .n = 10, .sum = 1000, .max = 500, .edt = 9},
		{.key = 2, .kind = "fq", .ifindex = 2, .bypassed = 7},
		{.key = 3, .kind = "fq", .ifindex = 3, .n = 4, .sum = 8, .max = 2},
	};
	const struct qdisc after[] = {
		{.key = 3, .kind = "fq", .ifindex = 4, .n = 2, .sum = 6, .max = 4},
		{.key = 2, .kind = "fq", .ifindex = 2, .bypassed = 9, .requeues = 1},
		{.key = 1, .kind = "fq", .ifindex = 2, .n = 12, .sum = 1040, .max = 500, .edt = 20},
		{.key = 4, .kind = "sfq", .ifindex = 2, .n = 1, .sum = 5, .max = 5},
		before[2],
	};
	struct snapshot *prev = snapshot_new(), *cur = snapshot_new(), *out = snapshot_new();

	set_qdiscs(prev, before, 3);
	set_qdiscs(cur, after, 5);
	ok(!snapshot_delta(cur, prev, out), "queueing disciplines");
	is_u64(out->n_qdiscs, 4, "without the one that had no packets");
	is_u64(out->qdiscs[0].n, 2, "another device with the same key: all of it");
	is_u64(out->qdiscs[1].bypassed, 2, "packets that went past");
	is_u64(out->qdiscs[1].requeues, 1, "requeues");
	is_u64(out->qdiscs[2].n, 2, "packets");
	is_u64(out->qdiscs[2].sum, 40, "time");
	is_u64(out->qdiscs[2].max, 40, "maximum: not over the sum");
	is_u64(out->qdiscs[2].edt, 11, "until the departure time");
	is_u64(out->qdiscs[3].max, 5, "a new one is whole");
	ok(!snapshot_delta(cur, cur, out) && !out->n_qdiscs, "no change");
	snapshot_free(prev);
	snapshot_free(cur);
	snapshot_free(out);
}

static void set_drops(struct snapshot *s, const struct drop_count *d, size_t n)
{
	s->drops = calloc(n, sizeof(*d));
	memcpy(s->drops, d, n * sizeof(*d));
	s->n_drops = n;
}

static void test_drops(void)
{
	const struct drop_count before[] = {
		{.key = {.dir = NS_TX, .stage = TXS_QDISC, .reason = 5}, .drop = {.n = 3}},
		{.key = {.dir = NS_RX, .stage = RXS_IP, .reason = 5}, .drop = {.n = 4}},
	};
	const struct drop_count after[] = {
		{.key = {.dir = NS_RX, .stage = RXS_IP, .reason = 6}, .drop = {.n = 1}},
		{.key = {.dir = NS_RX, .stage = RXS_IP, .reason = 5}, .drop = {.n = 6}},
		before[0],
	};
	struct snapshot *prev = snapshot_new(), *cur = snapshot_new(), *out = snapshot_new();

	set_drops(prev, before, 2);
	set_drops(cur, after, 3);
	ok(!snapshot_delta(cur, prev, out), "drops");
	is_u64(out->n_drops, 2, "those that grew");
	is_u64(out->drops[0].drop.n, 1, "a new reason");
	is_u64(out->drops[1].drop.n, 2, "one that was there");
	snapshot_free(prev);
	snapshot_free(cur);
	snapshot_free(out);
}

static void test_ledger(void)
{
	struct snapshot *prev = snapshot_new(), *cur = snapshot_new(), *out = snapshot_new();
	struct ledger *l = &cur->ledger[NS_RX];

	l->seen = 100;
	l->taken = 60;
	l->lost[LOSS_UNREAD] = 10;
	l->lost[LOSS_MISSED] = 7;
	l->lost[LOSS_SAMPLED] = 2;
	is_u64(ledger_pending(l), 28, "pending leaves out what is in the totals");
	is_u64(ledger_lost(l, LOST_PACKET), 10, "lost is what is not in the totals");
	is_u64(ledger_lost(l, LOST_DETAIL), 7, "what is in them lacks a detail");
	is_u64(ledger_lost(l, LEFT_OUT), 2, "and what was not asked for is no loss");
	l->lost[LOSS_SAMPLED] = 0;
	l->taken = 95;
	is_u64(ledger_pending(l), 0, "pending is never negative");
	prev->ledger[NS_RX].seen = 40;
	prev->ledger[NS_RX].lost[LOSS_UNREAD] = 4;
	prev->ledger[NS_RX].undelivered = 1;
	cur->ledger[NS_TX].seen = 5;
	snapshot_delta(cur, prev, out);
	is_u64(out->ledger[NS_RX].seen, 60, "seen");
	is_u64(out->ledger[NS_TX].seen, 5, "the other direction's");
	is_u64(out->ledger[NS_RX].taken, 95, "taken");
	is_u64(out->ledger[NS_RX].lost[LOSS_UNREAD], 6, "lost");
	is_u64(out->ledger[NS_RX].undelivered, 0, "a counter that lags is not negative");
	snapshot_free(prev);
	snapshot_free(cur);
	snapshot_free(out);
}

static void test_softirqs(void)
{
	struct snapshot *prev = snapshot_new(), *cur = snapshot_new(), *d = snapshot_new(),
			*first = snapshot_new();

	cur->softirqs = sample_cpus(3);
	is_u64((unsigned)snapshot_delta(cur, NULL, first), 0, "softirqs since the start");
	is_u64(first->softirqs->rows[2].vec[SI_RX].runs, 800, "all runs");
	prev->softirqs = softirq_copy(cur->softirqs);
	cur->softirqs->mono_ns += 1000;
	cur->softirqs->rows[2].vec[SI_RX].runs += 7;
	is_u64((unsigned)snapshot_delta(cur, prev, d), 0, "softirqs of an interval");
	is_u64(d->softirqs->rows[2].vec[SI_RX].runs, 7, "its runs");
	is_u64(d->softirqs->interval_ns, 1000, "its length");
	is_u64(cur->softirqs->rows[2].vec[SI_RX].runs, 807, "the total stays");
	snapshot_free(prev);
	snapshot_free(cur);
	snapshot_free(first);
	snapshot_free(d);
}

int main(void)
{
	test_histograms();
	test_conns();
	test_one_packet();
	test_tx();
	test_late_ack();
	test_qdiscs();
	test_drops();
	test_ledger();
	test_softirqs();
	return done();
}
