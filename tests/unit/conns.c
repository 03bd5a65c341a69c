// SPDX-License-Identifier: GPL-2.0-only
/* src/model/conns.c */
#include <linux/types.h>
#include <stdlib.h>

#include "conns.h"
#include "names.h"
#include "rnd.h"
#include "sample.h"
#include "tap.h"

#define N 200

/* Both ways of sorting against the ranks themselves. */
static void compare(const struct conn *c, enum ns_dir dir, enum conn_sort_key key, unsigned stage,
		    unsigned *wrong, unsigned *moved)
{
	static struct conn sorted[N];
	const struct conn **ranked;

	memcpy(sorted, c, sizeof(sorted));
	*wrong += conns_sort(sorted, N, dir, key, stage) != 0;
	ranked = conns_ranked(c, N, dir, key, stage);
	for (unsigned i = 0; i < N; i++) {
		*wrong += i && conn_rank(&sorted[i - 1], dir, key, stage) <
				       conn_rank(&sorted[i], dir, key, stage);
		*moved += memcmp(&sorted[i], &c[i], sizeof(c[i])) != 0;
		*wrong += memcmp(&sorted[i], ranked[i], sizeof(c[i])) != 0;
	}
	free(ranked);
}

static void test_sort(void)
{
	static struct conn c[N];
	unsigned wrong = 0, moved = 0;

	for (unsigned i = 0; i < N; i++) {
		sample_conn(&c[i], i % 2, i, 1 + (__u32)rnd_log(12), 1 + rnd_log(20));
		c[i].dir[NS_RX].stages[RXS_HOL].n = rnd() % 5;
		c[i].dir[NS_RX].stages[RXS_HOL].max = rnd_log(30);
		if (i % 3)
			sample_conn_sends(&c[i], 1 + (__u32)rnd_log(12), 1 + rnd_log(20));
	}
	for (unsigned dir = 0; dir < NS_DIRS; dir++)
		for (unsigned key = SORT_P99; key <= SORT_N; key++)
			for (unsigned stage = 0; stage < dirs[dir].n_stages; stage++)
				compare(c, dir, key, stage, &wrong, &moved);
	is_u64(wrong, 0, "each direction, key and stage: descending, and equal to the ranked view");
	ok(moved > N, "something had to be moved");
}

static void test_rank(void)
{
	struct conn c;

	sample_conn(&c, NS_TCP, 1, 1000, 10000);
	c.dir[NS_RX].stages[RXS_TOTAL].max = 5000000;
	c.dir[NS_RX].stages[RXS_HOL].n = 3;
	is_u64(conn_rank(&c, NS_RX, SORT_P99, RXS_TOTAL), coarse_upper(coarse_bucket(90000)),
	       "p99");
	is_u64(conn_rank(&c, NS_RX, SORT_P99, RXS_IP), 10000, "p99 of a stage is its maximum");
	is_u64(conn_rank(&c, NS_RX, SORT_MAX, RXS_TOTAL), 5000000, "max");
	is_u64(conn_rank(&c, NS_RX, SORT_SUM, RXS_APPLICATION), 60000000, "sum");
	is_u64(conn_rank(&c, NS_RX, SORT_N, RXS_TOTAL), 1000, "n");
	is_u64(conn_rank(&c, NS_RX, SORT_N, RXS_HOL), 3, "n out of order");
	sample_conn(&c, NS_TCP, 1, 999, 10000);
	c.dir[NS_RX].stages[RXS_TOTAL].max = 5000000;
	is_u64(conn_rank(&c, NS_RX, SORT_P99, RXS_TOTAL), 5000000, "p99 of too few is the maximum");
}

static void test_ties(void)
{
	struct conn a[3];

	for (unsigned i = 0; i < 3; i++)
		sample_conn(&a[i], NS_UDP, 3 - i, 5, 100);
	conns_sort(a, 3, NS_RX, SORT_N, RXS_TOTAL);
	ok(memcmp(&a[0].flow, &a[1].flow, sizeof(a[0].flow)) < 0 &&
		   memcmp(&a[1].flow, &a[2].flow, sizeof(a[0].flow)) < 0,
	   "equal ones come in the order of their addresses");
	ok(!conns_sort(NULL, 0, NS_RX, SORT_N, RXS_TOTAL), "none at all");
}

static void test_worst(void)
{
	struct conn c;

	sample_conn(&c, NS_TCP, 1, 10, 100);
	is_u64(conn_worst_stage(&c, NS_RX), RXS_APPLICATION, "the largest sum");
	c.dir[NS_RX].stages[RXS_HOL].sum = c.dir[NS_RX].stages[RXS_APPLICATION].sum + 1;
	is_u64(conn_worst_stage(&c, NS_RX), RXS_HOL, "another one");
	memset(&c, 0, sizeof(c));
	ok(conn_worst_stage(&c, NS_RX) < RXS_TOTAL, "never the total");
}

static void test_tx(void)
{
	struct conn c;
	struct conn_rtt rtt;

	sample_conn(&c, NS_TCP, 1, 10, 100);
	is_u64(conn_rank(&c, NS_TX, SORT_N, TXS_TOTAL), 0, "nothing sent");
	is_u64((unsigned)conn_worst_cause(&c), (unsigned)-1, "no cause");
	ok(!conn_rtt(&c, &rtt), "no round trip");
	sample_conn_sends(&c, 2000, 1000);
	is_u64(conn_rank(&c, NS_TX, SORT_N, TXS_QDISC), 2000, "a stage that all packets have");
	is_u64(conn_rank(&c, NS_TX, SORT_N, TXS_NETWORK), 1999, "n of those that were acked");
	is_u64(conn_rank(&c, NS_TX, SORT_MAX, TXS_NETWORK), 40000, "maximum after the total");
	is_u64(conn_rank(&c, NS_TX, SORT_P99, TXS_TOTAL), 9000, "p99 of its own total");
	is_u64(conn_rank(&c, NS_RX, SORT_N, RXS_TOTAL), 10, "the other direction as before");
	is_u64(conn_worst_stage(&c, NS_TX), TXS_SOCKET, "worst: what is after the total is none");
	is_u64((unsigned)conn_worst_cause(&c), CAUSE_NAGLE, "worst cause");
	ok(conn_rtt(&c, &rtt), "round trip");
	is_u64(rtt.host_tx, 4000, "host: transport to driver, not the wait in the socket");
	is_u64(rtt.network, 40000, "network");
	is_u64(rtt.host_rx, 1000, "the ACK's way");
	is_u64(rtt.mean, 45000, "sum");
	c.flow.proto = NS_UDP;
	ok(!conn_rtt(&c, &rtt), "UDP has none");
}

int main(void)
{
	test_sort();
	test_rank();
	test_ties();
	test_worst();
	test_tx();
	return done();
}
