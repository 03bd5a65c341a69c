// SPDX-License-Identifier: GPL-2.0-only
#include "snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "histogram.h"
#include "names.h"

struct snapshot *snapshot_new(void)
{
	return calloc(1, sizeof(struct snapshot));
}

void snapshot_free(struct snapshot *s)
{
	if (!s)
		return;
	free(s->conns);
	free(s);
}

/* Counters of a running system are read one by one: a later one may lag behind an earlier one. */
static __u64 grown(__u64 cur, __u64 prev)
{
	return cur > prev ? cur - prev : 0;
}

static void ledger_delta(const struct ledger *cur, const struct ledger *prev, struct ledger *out)
{
	out->seen = grown(cur->seen, prev->seen);
	out->taken = grown(cur->taken, prev->taken);
	out->undelivered = grown(cur->undelivered, prev->undelivered);
	for (unsigned i = 0; i < LOSS_COUNT; i++)
		out->lost[i] = grown(cur->lost[i], prev->lost[i]);
}

/*
 * pad is part of the identity: two SO_REUSEPORT sockets have equal flows, and often equal gens.
 * A collector that stores the number of the row there keeps them apart.
 */
static int conn_identity(const struct conn *a, const struct conn *b)
{
	int d = memcmp(&a->flow, &b->flow, sizeof(a->flow));

	if (d)
		return d;
	if (a->gen != b->gen)
		return a->gen < b->gen ? -1 : 1;
	return (a->row > b->row) - (a->row < b->row);
}

static int by_identity(const void *a, const void *b)
{
	return conn_identity(*(const struct conn *const *)a, *(const struct conn *const *)b);
}

/* A bound of the interval's maximum, `cap`, holds only where the maximum itself did not move. */
static __u64 interval_max(__u64 cur, __u64 prev, __u64 cap)
{
	return cur > prev || cap > cur ? cur : cap;
}

static void conn_delta(struct conn *c, const struct conn *prev)
{
	int top = -1;

	c->n = grown(c->n, prev->n);
	c->n_hol = grown(c->n_hol, prev->n_hol);
	for (int i = 0; i < COARSE_BUCKETS; i++) {
		c->coarse[i] = c->coarse[i] > prev->coarse[i] ? c->coarse[i] - prev->coarse[i] : 0;
		if (c->coarse[i])
			top = i;
	}
	for (unsigned i = 0; i < RXS_COUNT; i++) {
		struct conn_stage *s = &c->stages[i];
		__u64 cap;

		/* a stage has no buckets here, but its maximum cannot be larger than its sum */
		s->sum = grown(s->sum, prev->stages[i].sum);
		cap = s->sum;
		if (i == RXS_TOTAL && top >= 0 && coarse_upper(top) < cap)
			cap = coarse_upper(top);
		s->max = interval_max(s->max, prev->stages[i].max, cap);
	}
}

static int conns_delta(const struct snapshot *cur, const struct snapshot *prev,
		       struct snapshot *out)
{
	size_t n_prev = prev ? prev->n_conns : 0, n = 0;
	const struct conn **index = NULL;
	struct conn *conns = NULL;
	int err = -ENOMEM;

	conns = calloc(cur->n_conns ? cur->n_conns : 1, sizeof(*conns));
	index = calloc(n_prev ? n_prev : 1, sizeof(*index));
	if (!conns || !index)
		goto out;
	for (size_t i = 0; i < n_prev; i++)
		index[i] = &prev->conns[i];
	qsort(index, n_prev, sizeof(*index), by_identity);

	for (size_t i = 0; i < cur->n_conns; i++) {
		const struct conn *key = &cur->conns[i], **old;

		conns[n] = *key;
		old = bsearch(&key, index, n_prev, sizeof(*index), by_identity);
		if (old)
			conn_delta(&conns[n], *old);
		n += conns[n].n > 0;
	}
	free(out->conns);
	out->conns = conns;
	out->n_conns = n;
	conns = NULL;
	err = 0;
out:
	free(conns);
	free(index);
	return err;
}

int snapshot_delta(const struct snapshot *cur, const struct snapshot *prev, struct snapshot *out)
{
	static const struct snapshot nothing;
	int err = conns_delta(cur, prev, out);

	if (err)
		return err;
	out->mono_ns = cur->mono_ns;
	out->interval_ns = prev ? grown(cur->mono_ns, prev->mono_ns) : cur->interval_ns;
	out->final = false;
	if (!prev)
		prev = &nothing;
	ledger_delta(&cur->ledger, &prev->ledger, &out->ledger);
	for (unsigned p = 0; p < NS_PROTOS; p++)
		for (unsigned i = 0; i < RXH_COUNT; i++)
			hist_sub(&cur->rx[p][i], &prev->rx[p][i], &out->rx[p][i]);
	return 0;
}

__u64 ledger_pending(const struct ledger *l)
{
	__u64 rest = grown(l->seen, l->taken);

	for (unsigned i = 0; i < LOSS_COUNT; i++)
		if (!loss_infos[i].in_totals)
			rest = grown(rest, l->lost[i]);
	return rest;
}
