// SPDX-License-Identifier: GPL-2.0-only
#include "conns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "histogram.h"
#include "names.h"

/* The rank is computed once for each connection, not at each of the n log n comparisons. */
struct ranked {
	__u64 rank;
	__u64 n; /* packets of the direction, then of both */
	__u64 n_all;
	const struct conn *conn;
};

__u64 conn_stage_n(const struct conn *c, enum ns_dir dir, unsigned stage)
{
	const struct conn_dir *d = &c->dir[dir];

	return dirs[dir].sometimes & 1U << stage ? d->stages[stage].n : d->n;
}

__u64 conn_rank(const struct conn *c, enum ns_dir dir, enum conn_sort_key key, unsigned stage)
{
	const struct conn_dir *d = &c->dir[dir];
	__u64 p99;

	switch (key) {
	case SORT_N:
		return conn_stage_n(c, dir, stage);
	case SORT_SUM:
		return d->stages[stage].sum;
	case SORT_P99:
		if (stage == dirs[dir].total &&
		    coarse_quantile(d->coarse, d->stages[stage].max, 0.99, &p99))
			return p99;
		break;
	case SORT_MAX:
		break;
	}
	return d->stages[stage].max;
}

static int larger(__u64 a, __u64 b)
{
	return (a < b) - (a > b);
}

static int by_rank(const void *va, const void *vb)
{
	const struct ranked *a = va, *b = vb;
	int d = larger(a->rank, b->rank);

	if (!d)
		d = larger(a->n, b->n);
	if (!d)
		d = larger(a->n_all, b->n_all);
	return d ? d : memcmp(&a->conn->flow, &b->conn->flow, sizeof(a->conn->flow));
}

static struct ranked *rank_all(const struct conn *c, size_t n, enum ns_dir dir,
			       enum conn_sort_key key, unsigned stage)
{
	struct ranked *r = calloc(n ? n : 1, sizeof(*r));

	if (!r)
		return NULL;
	for (size_t i = 0; i < n; i++)
		r[i] = (struct ranked){.rank = conn_rank(&c[i], dir, key, stage),
				       .n = c[i].dir[dir].n,
				       .n_all = c[i].dir[NS_RX].n + c[i].dir[NS_TX].n,
				       .conn = &c[i]};
	qsort(r, n, sizeof(*r), by_rank);
	return r;
}

int conns_sort(struct conn *c, size_t n, enum ns_dir dir, enum conn_sort_key key, unsigned stage)
{
	struct ranked *r = rank_all(c, n, dir, key, stage);
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

const struct conn **conns_ranked(const struct conn *c, size_t n, enum ns_dir dir,
				 enum conn_sort_key key, unsigned stage)
{
	struct ranked *r = rank_all(c, n, dir, key, stage);
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

unsigned conn_worst_stage(const struct conn *c, enum ns_dir dir)
{
	const struct conn_stage *s = c->dir[dir].stages;
	unsigned worst = 0;

	for (unsigned i = 1; i < dirs[dir].total; i++)
		if (s[i].sum > s[worst].sum)
			worst = i;
	return worst;
}

int conn_worst_cause(const struct conn *c)
{
	int worst = -1;

	for (int i = 0; i < CAUSE_COUNT; i++)
		if (c->causes[i].sum && (worst < 0 || c->causes[i].sum > c->causes[worst].sum))
			worst = i;
	return worst;
}

static __u64 mean(__u64 sum, __u64 n)
{
	return n ? sum / n : 0;
}

bool conn_rtt(const struct conn *c, struct conn_rtt *out)
{
	const struct conn_dir *tx = &c->dir[NS_TX];
	const struct conn_stage *s = tx->stages;
	__u64 host = 0;

	if (!s[TXS_NETWORK].n || c->flow.proto != NS_TCP)
		return false;
	/* not `socket`: TCP's round-trip time begins when the segment is sent */
	for (unsigned i = s[TXS_SOCKET].sum ? TXS_TRANSPORT : TXS_QDISC; i < TXS_TOTAL; i++)
		host += s[i].sum; /* without a hook for `segment`, ip holds socket too */
	out->host_tx = mean(host, tx->n);
	out->network = mean(s[TXS_NETWORK].sum, s[TXS_NETWORK].n);
	out->host_rx = mean(s[TXS_ACK].sum, s[TXS_ACK].n);
	out->mean = out->host_tx + out->network + out->host_rx;
	return true;
}
