// SPDX-License-Identifier: GPL-2.0-only
/* src/model/snapshot.c */
#include <linux/types.h>
#include <stdlib.h>

#include "histogram.h"
#include "sample.h"
#include "tap.h"

/* k packets of one connection: n, sums, maxima and the coarse histogram, as the programs do. */
static void read_packets(struct conn *c, unsigned k, __u64 ns)
{
	for (unsigned i = 0; i < k; i++) {
		c->n++;
		c->coarse[coarse_bucket(ns)]++;
		for (unsigned s = 0; s < RXS_COUNT; s++) {
			__u64 part = s == RXS_TOTAL ? ns : s == RXS_APPLICATION ? ns : 0;

			c->stages[s].sum += part;
			if (part > c->stages[s].max)
				c->stages[s].max = part;
		}
	}
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
	struct hist *h = &out->rx[NS_UDP][RXS_IP];

	prev->mono_ns = 5000;
	sample_add(&prev->rx[NS_UDP][RXS_IP], 1000, 3);
	*cur = *prev;
	cur->mono_ns = 7000;
	cur->final = true;
	sample_add(&cur->rx[NS_UDP][RXS_IP], 100, 2);
	ok(!snapshot_delta(cur, prev, out), "delta");
	is_u64(out->mono_ns, 7000, "end of the interval");
	is_u64(out->interval_ns, 2000, "its length");
	ok(!out->final, "an interval is not final");
	is_u64(hist_n(h), 2, "two new samples");
	is_u64(h->sum, 200, "their sum");
	is_u64(h->max, hist_upper(hist_bucket(100)), "maximum: the bound of the highest that grew");
	sample_add(&cur->rx[NS_UDP][RXS_IP], 5000, 1);
	snapshot_delta(cur, prev, out);
	is_u64(h->max, 5000, "maximum: exact where it grew");
	is_u64(hist_n(&out->rx[NS_TCP][RXS_IP]), 0, "the other protocol is untouched");
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
	is_u64(c[0].n, 4, "equal flow and gen, other row: its own counts");
	is_u64(c[0].stages[RXS_TOTAL].sum, 8000, "sum");
	is_u64(c[0].stages[RXS_TOTAL].max, coarse_upper(coarse_bucket(2000)),
	       "maximum: the bound of the highest bucket that grew");
	is_u64(c[0].stages[RXS_APPLICATION].max, 5000,
	       "a stage without buckets: the maximum so far, as 4 packets could have had it");
	is_u64(c[1].n, 3, "the other one of the two");
	is_u64(c[1].stages[RXS_TOTAL].max, 6000, "maximum: exact where it grew");
	is_u64(c[2].n, 2, "a row used again begins at 0");
	is_u64(c[3].n, 1, "a new connection is whole");
	is_u64(c[3].coarse[coarse_bucket(100)], 1, "with its histogram");

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
	is_u64(out->conns[0].stages[RXS_APPLICATION].max, 1500,
	       "no maximum is larger than its sum: exact for one packet");

	/* read while a program updates it: the maximum is there, its sum and bucket not yet */
	cur->conns[0].stages[RXS_TOTAL].max = 9000;
	snapshot_delta(cur, prev, out);
	is_u64(out->conns[0].stages[RXS_TOTAL].max, 9000, "a maximum that grew is taken as it is");
	snapshot_free(prev);
	snapshot_free(cur);
	snapshot_free(out);
}

static void test_ledger(void)
{
	struct snapshot *prev = snapshot_new(), *cur = snapshot_new(), *out = snapshot_new();
	struct ledger *l = &cur->ledger;

	l->seen = 100;
	l->taken = 60;
	l->lost[LOSS_UNREAD] = 10;
	l->lost[LOSS_MISSED] = 7;
	is_u64(ledger_pending(l), 30, "pending leaves out what is in the totals");
	l->taken = 95;
	is_u64(ledger_pending(l), 0, "pending is never negative");
	prev->ledger.seen = 40;
	prev->ledger.lost[LOSS_UNREAD] = 4;
	prev->ledger.undelivered = 1;
	snapshot_delta(cur, prev, out);
	is_u64(out->ledger.seen, 60, "seen");
	is_u64(out->ledger.taken, 95, "taken");
	is_u64(out->ledger.lost[LOSS_UNREAD], 6, "lost");
	is_u64(out->ledger.undelivered, 0, "a counter that lags is not negative");
	snapshot_free(prev);
	snapshot_free(cur);
	snapshot_free(out);
}

int main(void)
{
	test_histograms();
	test_conns();
	test_one_packet();
	test_ledger();
	return done();
}
