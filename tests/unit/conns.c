// SPDX-License-Identifier: GPL-2.0-only
/* src/model/conns.c */
#include <linux/types.h>
#include <stdlib.h>

#include "conns.h"
#include "rnd.h"
#include "sample.h"
#include "tap.h"

#define N 200

static void test_sort(void)
{
	static struct conn c[N], sorted[N];
	unsigned wrong = 0, moved = 0;

	for (unsigned i = 0; i < N; i++) {
		sample_conn(&c[i], i % 2, i, 1 + (__u32)rnd_log(12), 1 + rnd_log(20));
		c[i].n_hol = rnd() % 5;
		c[i].stages[RXS_HOL].max = rnd_log(30);
	}
	for (unsigned key = SORT_P99; key <= SORT_N; key++)
		for (unsigned stage = 0; stage < RXS_COUNT; stage++) {
			const struct conn **ranked;

			memcpy(sorted, c, sizeof(c));
			wrong += conns_sort(sorted, N, key, stage) != 0;
			ranked = conns_ranked(c, N, key, stage);
			for (unsigned i = 0; i < N; i++) {
				wrong += i && conn_rank(&sorted[i - 1], key, stage) <
						      conn_rank(&sorted[i], key, stage);
				moved += memcmp(&sorted[i], &c[i], sizeof(c[i])) != 0;
				wrong += memcmp(&sorted[i], ranked[i], sizeof(c[i])) != 0;
			}
			free(ranked);
		}
	is_u64(wrong, 0, "every key and stage: descending, and equal to the ranked view");
	ok(moved > N, "something had to be moved");
}

static void test_rank(void)
{
	struct conn c;

	sample_conn(&c, NS_TCP, 1, 1000, 10000);
	c.stages[RXS_TOTAL].max = 5000000;
	c.n_hol = 3;
	is_u64(conn_rank(&c, SORT_P99, RXS_TOTAL), coarse_upper(coarse_bucket(90000)), "p99");
	is_u64(conn_rank(&c, SORT_P99, RXS_IP), 10000, "p99 of a stage is its maximum");
	is_u64(conn_rank(&c, SORT_MAX, RXS_TOTAL), 5000000, "max");
	is_u64(conn_rank(&c, SORT_SUM, RXS_APPLICATION), 60000000, "sum");
	is_u64(conn_rank(&c, SORT_N, RXS_TOTAL), 1000, "n");
	is_u64(conn_rank(&c, SORT_N, RXS_HOL), 3, "n out of order");
	sample_conn(&c, NS_TCP, 1, 999, 10000);
	c.stages[RXS_TOTAL].max = 5000000;
	is_u64(conn_rank(&c, SORT_P99, RXS_TOTAL), 5000000, "p99 of too few is the maximum");
}

static void test_ties(void)
{
	struct conn a[3];

	for (unsigned i = 0; i < 3; i++)
		sample_conn(&a[i], NS_UDP, 3 - i, 5, 100);
	conns_sort(a, 3, SORT_N, RXS_TOTAL);
	ok(memcmp(&a[0].flow, &a[1].flow, sizeof(a[0].flow)) < 0 &&
		   memcmp(&a[1].flow, &a[2].flow, sizeof(a[0].flow)) < 0,
	   "equal ones come in the order of their addresses");
	ok(!conns_sort(NULL, 0, SORT_N, RXS_TOTAL), "none at all");
}

static void test_worst(void)
{
	struct conn c;

	sample_conn(&c, NS_TCP, 1, 10, 100);
	is_u64(conn_worst_stage(&c), RXS_APPLICATION, "the largest sum");
	c.stages[RXS_HOL].sum = c.stages[RXS_APPLICATION].sum + 1;
	is_u64(conn_worst_stage(&c), RXS_HOL, "another one");
	memset(&c, 0, sizeof(c));
	ok(conn_worst_stage(&c) < RXS_TOTAL, "never the total");
}

int main(void)
{
	test_sort();
	test_rank();
	test_ties();
	test_worst();
	return done();
}
