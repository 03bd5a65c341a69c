// SPDX-License-Identifier: GPL-2.0-only
#include "keep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "query.h"

/* Mark the first n of a ranking that have packets in its direction. */
static int mark(bool *kept, const struct snapshot *s, size_t n, const struct conn_query *by)
{
	size_t all;
	const struct conn **top = conns_select(s->conns, s->n_conns, by, n, &all);

	if (!top)
		return -ENOMEM;
	for (size_t i = 0; i < n && i < all && conn_query_rank(top[i], by); i++)
		kept[top[i] - s->conns] = true;
	free(top);
	return 0;
}

int keep_connections(struct snapshot *s, size_t n, const struct conn_query *by, __u64 *left_out)
{
	enum ns_dir other_dir = by->dir == NS_RX ? NS_TX : NS_RX;
	const struct conn_query other = {
		.dir = other_dir, .key = by->key, .stage = dirs[other_dir].total};
	size_t kept_n = 0;
	bool *kept;
	int err;

	*left_out = 0;
	if (s->n_conns <= n)
		return 0;
	kept = calloc(s->n_conns, sizeof(*kept));
	err = kept ? mark(kept, s, n, by) : -ENOMEM;
	if (!err)
		err = mark(kept, s, n, &other);
	for (size_t i = 0; !err && i < s->n_conns; i++)
		if (kept[i])
			s->conns[kept_n++] = s->conns[i];
	free(kept);
	if (err)
		return err;
	*left_out = s->n_conns - kept_n;
	s->n_conns = kept_n;
	return 0;
}

int keep_init(struct keep_packets *k, size_t max)
{
	*k = (struct keep_packets){.list = calloc(max, sizeof(*k->list)),
				   .total_ns = calloc(max, sizeof(*k->total_ns)),
				   .max = max};
	if (k->list && k->total_ns)
		return 0;
	keep_free(k);
	return -ENOMEM;
}

void keep_free(struct keep_packets *k)
{
	free(k->list);
	free(k->total_ns);
	*k = (struct keep_packets){0};
}

void keep_packet(struct keep_packets *k, const struct ns_event *e, __u64 total_ns)
{
	size_t least = 0;

	if (k->n == k->max) {
		k->left_out++;
		for (size_t i = 1; i < k->n; i++)
			if (k->total_ns[i] < k->total_ns[least])
				least = i;
		if (k->total_ns[least] >= total_ns)
			return;
		k->n--;
		memmove(k->list + least, k->list + least + 1, (k->n - least) * sizeof(*k->list));
		memmove(k->total_ns + least, k->total_ns + least + 1,
			(k->n - least) * sizeof(*k->total_ns));
	}
	k->total_ns[k->n] = total_ns;
	k->list[k->n++] = *e;
}

void keep_reset(struct keep_packets *k)
{
	k->n = 0;
	k->left_out = 0;
}
