// SPDX-License-Identifier: GPL-2.0-only
/* src/model/conns.c */
#include <linux/types.h>
#include <stdlib.h>

#include "conns.h"
#include "names.h"
#include "query.h"
#include "rnd.h"
#include "sample.h"
#include "tap.h"

#define N 200

static int descending(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return (x < y) - (x > y);
}

/* All of them, and the first few: against the ranks themselves, sorted by somebody else. */
static void compare(const struct conn *c, enum ns_dir dir, enum conn_sort_key key, unsigned stage,
		    unsigned *wrong, unsigned *moved)
{
	const struct conn_query q = {.dir = dir, .key = key, .stage = stage};
	static const size_t wants[] = {0, 1, 7, N / 2, N - 1, N, N + 50};
	size_t n_all = 0, n = 0;
	const struct conn **all = conns_select(c, N, &q, N, &n_all), **some;
	__u64 ranks[N];

	for (unsigned i = 0; i < N; i++)
		ranks[i] = conn_rank(&c[i], dir, key, stage);
	qsort(ranks, N, sizeof(ranks[0]), descending);
	for (unsigned i = 0; i < N; i++) {
		*wrong += conn_rank(all[i], dir, key, stage) != ranks[i];
		*moved += all[i] != &c[i];
	}
	*wrong += n_all != N;
	for (size_t w = 0; w < sizeof(wants) / sizeof(wants[0]); w++) {
		some = conns_select(c, N, &q, wants[w], &n);
		*wrong +=
			n != N || memcmp(some, all, (wants[w] < N ? wants[w] : N) * sizeof(*some));
		free(some);
	}
	free(all);
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
	is_u64(wrong, 0, "each direction, key and stage: descending, and the first few the same");
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

/* Stages that this kernel measures as one have the last one's name. */
static void test_merged(void)
{
	struct run_info ri = sample_run_both();
	struct conn_query q = {.dir = NS_TX, .key = SORT_SUM, .stage = TXS_SOCKET, .ri = &ri};
	struct conn c;

	sample_conn(&c, NS_TCP, 2, 100, 1000);
	sample_conn_sends(&c, 100, 1000);
	is_u64(conn_query_rank(&c, &q), c.dir[NS_TX].stages[TXS_SOCKET].sum, "a stage by itself");
	ri.points[NS_TX][NS_TCP] &= ~(1U << TXP_SEGMENT | 1U << TXP_IP);
	c.dir[NS_TX].stages[TXS_SOCKET].sum = c.dir[NS_TX].stages[TXS_TRANSPORT].sum = 0;
	is_u64(conn_query_rank(&c, &q), c.dir[NS_TX].stages[TXS_IP].sum,
	       "one that is measured with others: theirs");
	q.key = SORT_MAX;
	is_u64(conn_query_rank(&c, &q), c.dir[NS_TX].stages[TXS_IP].max, "their maximum");
	q.stage = TXS_QDISC;
	is_u64(conn_query_rank(&c, &q), c.dir[NS_TX].stages[TXS_QDISC].max, "others as before");
}

static void test_ties(void)
{
	const struct conn_query q = {.key = SORT_N, .stage = RXS_TOTAL};
	const struct conn **r;
	struct conn a[3];
	size_t n = 9;

	for (unsigned i = 0; i < 3; i++)
		sample_conn(&a[i], NS_UDP, 3 - i, 5, 100);
	r = conns_select(a, 3, &q, 3, &n);
	ok(memcmp(&r[0]->flow, &r[1]->flow, sizeof(a[0].flow)) < 0 &&
		   memcmp(&r[1]->flow, &r[2]->flow, sizeof(a[0].flow)) < 0,
	   "equal ones come in the order of their addresses");
	free(r);
	r = conns_select(NULL, 0, &q, 5, &n);
	ok(r && !n, "none at all");
	free(r);
}

/* What the filter options say, of connections. */
static void test_matches(void)
{
	struct conn_query q = {0};
	struct conn c;

	sample_conn(&c, NS_TCP, 2, 5, 100); /* 10.0.0.1:443, 10.0.0.2:40002, server2/1002 */
	ok(conn_matches(&c, &q), "no filter: all");
	q.filter.protos = 1 << NS_UDP;
	ok(!conn_matches(&c, &q), "another protocol");
	q.filter.protos |= 1 << NS_TCP;
	q.filter.families = FAMILY_IPV4;
	q.filter.n_ports = 2;
	q.filter.ports[0] = 1;
	q.filter.ports[1] = 40002;
	ok(conn_matches(&c, &q), "either end's port, one of two");
	q.filter.n_local_ports = 1;
	q.filter.local_ports[0] = 40002;
	ok(!conn_matches(&c, &q), "that is not this end's");
	q.filter.local_ports[0] = 443;
	q.filter.n_hosts = 1;
	memset(q.filter.hosts[0].mask, 0xff, 15);
	memcpy(q.filter.hosts[0].addr, c.flow.remote, 15);
	ok(conn_matches(&c, &q), "a network");
	((__u8 *)q.filter.hosts[0].addr)[12] = 11;
	ok(!conn_matches(&c, &q), "another network");
	q.filter.n_hosts = 0;
	q.filter.n_comms = 1;
	strcpy(q.filter.comms[0], "server");
	ok(!conn_matches(&c, &q), "a name is all of the name");
	strcpy(q.filter.comms[0], "server2");
	q.filter.n_pids = 1;
	q.filter.pids[0] = 1002;
	ok(conn_matches(&c, &q), "name and process");
	q.n_words = 2;
	strcpy(q.words[0], "0.0.2:400");
	strcpy(q.words[1], "erver2/100");
	ok(conn_matches(&c, &q), "words in ends and process");
	strcpy(q.words[1], "nginx");
	ok(!conn_matches(&c, &q), "all words, not some");
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
	/* of every other ACK it is not known when it came in: the network has their way too */
	c.dir[NS_TX].stages[TXS_ACK].n = 1000;
	c.dir[NS_TX].stages[TXS_ACK].sum = 999500;
	ok(conn_rtt(&c, &rtt) && rtt.host_rx == 500 && rtt.mean == 44500,
	   "an ACK without its own way adds nothing to the mean");
	c.flow.proto = NS_UDP;
	ok(!conn_rtt(&c, &rtt), "UDP has none");
}

int main(void)
{
	test_sort();
	test_rank();
	test_merged();
	test_ties();
	test_matches();
	test_worst();
	test_tx();
	return done();
}
