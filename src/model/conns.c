// SPDX-License-Identifier: GPL-2.0-only
#include "conns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "histogram.h"

/* The rank is computed once for each connection, not at each of the n log n comparisons. */
struct ranked {
	__u64 rank;
	const struct conn *conn;
};

__u64 conn_rank(const struct conn *c, enum conn_sort_key key, enum rx_stage stage)
{
	__u64 p99;

	switch (key) {
	case SORT_N:
		return stage == RXS_HOL ? c->n_hol : c->n;
	case SORT_SUM:
		return c->stages[stage].sum;
	case SORT_P99:
		if (stage == RXS_TOTAL && coarse_quantile(c, 0.99, &p99))
			return p99;
		break;
	case SORT_MAX:
		break;
	}
	return c->stages[stage].max;
}

static int by_rank(const void *va, const void *vb)
{
	const struct ranked *a = va, *b = vb;

	if (a->rank != b->rank)
		return a->rank > b->rank ? -1 : 1;
	if (a->conn->n != b->conn->n)
		return a->conn->n > b->conn->n ? -1 : 1;
	return memcmp(&a->conn->flow, &b->conn->flow, sizeof(a->conn->flow));
}

static struct ranked *rank_all(const struct conn *c, size_t n, enum conn_sort_key key,
			       enum rx_stage stage)
{
	struct ranked *r = calloc(n ? n : 1, sizeof(*r));

	if (!r)
		return NULL;
	for (size_t i = 0; i < n; i++)
		r[i] = (struct ranked){.rank = conn_rank(&c[i], key, stage), .conn = &c[i]};
	qsort(r, n, sizeof(*r), by_rank);
	return r;
}

int conns_sort(struct conn *c, size_t n, enum conn_sort_key key, enum rx_stage stage)
{
	struct ranked *r = rank_all(c, n, key, stage);
	struct conn *sorted = calloc(n ? n : 1, sizeof(*sorted));
	int err = -ENOMEM;

	if (!r || !sorted)
		goto out;
	for (size_t i = 0; i < n; i++)
		sorted[i] = *r[i].conn;
	if (n)
		memcpy(c, sorted, n * sizeof(*c));
	err = 0;
out:
	free(sorted);
	free(r);
	return err;
}

const struct conn **conns_ranked(const struct conn *c, size_t n, enum conn_sort_key key,
				 enum rx_stage stage)
{
	struct ranked *r = rank_all(c, n, key, stage);
	const struct conn **out = calloc(n ? n : 1, sizeof(*out));

	if (r && out) {
		for (size_t i = 0; i < n; i++)
			out[i] = r[i].conn;
	} else {
		free(out);
		out = NULL;
	}
	free(r);
	return out;
}

enum rx_stage conn_worst_stage(const struct conn *c)
{
	unsigned worst = 0;

	for (unsigned i = 1; i < RXS_TOTAL; i++)
		if (c->stages[i].sum > c->stages[worst].sum)
			worst = i;
	return worst;
}
