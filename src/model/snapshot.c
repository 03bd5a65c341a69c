// SPDX-License-Identifier: GPL-2.0-only
#include "snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "histogram.h"
#include "names.h"
#include "softirq_model.h"

struct snapshot *snapshot_new(void)
{
	return calloc(1, sizeof(struct snapshot));
}

void snapshot_free(struct snapshot *s)
{
	if (!s)
		return;
	free(s->conns);
	free(s->qdiscs);
	free(s->drops);
	softirq_free(s->softirqs);
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
	for (unsigned i = 0; i < WAY_COUNT; i++)
		out->ways[i] = grown(cur->ways[i], prev->ways[i]);
}

/* The row's number is part of it: two SO_REUSEPORT sockets have equal flows, and often equal gens.
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

/* bound: of the maximum, besides the sum, which no maximum can be larger than */
static void stage_delta(struct conn_stage *s, const struct conn_stage *prev, __u64 bound)
{
	s->n = grown(s->n, prev->n);
	s->sum = grown(s->sum, prev->sum);
	s->max = interval_max(s->max, prev->max, s->sum < bound ? s->sum : bound);
}

static void conn_dir_delta(struct conn_dir *d, const struct conn_dir *prev, unsigned total)
{
	__u64 bound = ~0ULL;

	d->n = grown(d->n, prev->n);
	for (unsigned i = 0; i < COARSE_BUCKETS; i++) {
		d->coarse[i] = d->coarse[i] > prev->coarse[i] ? d->coarse[i] - prev->coarse[i] : 0;
		if (d->coarse[i])
			bound = coarse_upper(i);
	}
	for (unsigned i = 0; i < STAGES_MAX; i++)
		stage_delta(&d->stages[i], &prev->stages[i], i == total ? bound : ~0ULL);
}

static void causes_delta(const struct cause_time *cur, const struct cause_time *prev,
			 struct cause_time *out)
{
	for (unsigned i = 0; i < CAUSE_COUNT; i++) {
		out[i].sum = grown(cur[i].sum, prev[i].sum);
		out[i].n = grown(cur[i].n, prev[i].n);
	}
}

bool conn_dir_moved(const struct conn *c, enum ns_dir dir)
{
	__u64 n = c->dir[dir].n;

	for (unsigned i = 0; i < STAGES_MAX; i++)
		n |= c->dir[dir].stages[i].n;
	for (unsigned i = 0; dir == NS_TX && i < CAUSE_COUNT; i++)
		n |= c->causes[i].n;
	return n || (dir == NS_TX && c->resent.n);
}

bool conn_moved(const struct conn *c)
{
	return conn_dir_moved(c, NS_RX) || conn_dir_moved(c, NS_TX);
}

void conn_delta(struct conn *c, const struct conn *prev)
{
	for (unsigned d = 0; d < NS_DIRS; d++)
		conn_dir_delta(&c->dir[d], &prev->dir[d], dirs[d].total);
	stage_delta(&c->resent, &prev->resent, ~0ULL);
	causes_delta(c->causes, prev->causes, c->causes);
}

bool conn_same(const struct conn *a, const struct conn *b)
{
	return !conn_identity(a, b);
}

/* The connections of the snapshot before. */
struct before {
	const struct conn *list;
	size_t n, next;
	const struct conn **index; /* by identity; made when it is wanted */
};

static int make_index(struct before *b)
{
	b->index = calloc(b->n, sizeof(*b->index));
	if (!b->index)
		return -ENOMEM;
	for (size_t i = 0; i < b->n; i++)
		b->index[i] = &b->list[i];
	qsort(b->index, b->n, sizeof(*b->index), by_identity);
	return 0;
}

/* The same connection then; *out is NULL if it is new. Most often it is the next one: rows keep
 * their order. */
static int find_before(struct before *b, const struct conn *c, const struct conn **out)
{
	const struct conn **found = NULL;

	*out = b->next < b->n && conn_same(&b->list[b->next], c) ? &b->list[b->next] : NULL;
	if (!*out && b->n) {
		if (!b->index && make_index(b))
			return -ENOMEM;
		found = bsearch(&c, b->index, b->n, sizeof(*b->index), by_identity);
		*out = found ? *found : NULL;
	}
	if (*out)
		b->next = *out - b->list + 1;
	return 0;
}

static int conns_delta(const struct snapshot *cur, const struct snapshot *prev,
		       struct snapshot *out)
{
	struct before before = {.list = prev ? prev->conns : NULL, .n = prev ? prev->n_conns : 0};
	struct conn *conns = malloc((cur->n_conns ? cur->n_conns : 1) * sizeof(*conns));
	size_t n = 0;
	int err = conns ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < cur->n_conns; i++) {
		const struct conn *old;

		err = find_before(&before, &cur->conns[i], &old);
		if (err || (old && !memcmp(old, &cur->conns[i], sizeof(*old))))
			continue; /* idle, as most of many are */
		conns[n] = cur->conns[i];
		if (old)
			conn_delta(&conns[n], old);
		n += conn_moved(&conns[n]);
	}
	free(before.index);
	if (err) {
		free(conns);
		return err;
	}
	free(out->conns);
	out->conns = conns;
	out->n_conns = n;
	return 0;
}

bool qdisc_same(const struct qdisc *a, const struct qdisc *b)
{
	return a->key == b->key && a->ifindex == b->ifindex && a->netns == b->netns &&
	       !memcmp(a->kind, b->kind, sizeof(a->kind));
}

bool qdisc_tells(const struct qdisc *q)
{
	return q->backlog_packets != QDISC_NONE;
}

/* The backlog stays the most that was ever seen: nothing tells when that was. */
static void qdisc_delta(struct qdisc *q, const struct qdisc *prev)
{
	struct conn_stage waited = {.n = q->n, .sum = q->sum, .max = q->max};

	stage_delta(&waited, &(struct conn_stage){.n = prev->n, .sum = prev->sum, .max = prev->max},
		    ~0ULL);
	q->n = waited.n;
	q->sum = waited.sum;
	q->max = waited.max;
	q->bypassed = grown(q->bypassed, prev->bypassed);
	q->requeues = grown(q->requeues, prev->requeues);
	q->edt = grown(q->edt, prev->edt);
}

static int qdiscs_delta(const struct snapshot *cur, const struct snapshot *prev,
			struct snapshot *out)
{
	struct qdisc *list = calloc(cur->n_qdiscs ? cur->n_qdiscs : 1, sizeof(*list));
	size_t n = 0;

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < cur->n_qdiscs; i++) {
		list[n] = cur->qdiscs[i];
		for (size_t k = 0; prev && k < prev->n_qdiscs; k++)
			if (qdisc_same(&cur->qdiscs[i], &prev->qdiscs[k])) {
				qdisc_delta(&list[n], &prev->qdiscs[k]);
				break;
			}
		n += list[n].n || list[n].bypassed || list[n].requeues;
	}
	free(out->qdiscs);
	out->qdiscs = list;
	out->n_qdiscs = n;
	return 0;
}

static int drops_delta(const struct snapshot *cur, const struct snapshot *prev,
		       struct snapshot *out)
{
	struct drop_count *list = calloc(cur->n_drops ? cur->n_drops : 1, sizeof(*list));
	size_t n = 0;

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < cur->n_drops; i++) {
		list[n] = cur->drops[i];
		for (size_t k = 0; prev && k < prev->n_drops; k++)
			if (!memcmp(&list[n].key, &prev->drops[k].key, sizeof(list[n].key))) {
				list[n].drop.n = grown(list[n].drop.n, prev->drops[k].drop.n);
				break;
			}
		n += list[n].drop.n > 0;
	}
	free(out->drops);
	out->drops = list;
	out->n_drops = n;
	return 0;
}

static int softirqs_delta(const struct snapshot *cur, const struct snapshot *prev,
			  struct snapshot *out)
{
	softirq_free(out->softirqs);
	out->softirqs = NULL;
	if (!cur->softirqs)
		return 0;
	out->softirqs = softirq_copy(cur->softirqs);
	if (!out->softirqs)
		return -ENOMEM;
	if (prev && prev->softirqs)
		softirq_subtract(out->softirqs, prev->softirqs);
	return 0;
}

int snapshot_delta(const struct snapshot *cur, const struct snapshot *prev, struct snapshot *out)
{
	static const struct snapshot nothing;

	if (conns_delta(cur, prev, out) || qdiscs_delta(cur, prev, out) ||
	    drops_delta(cur, prev, out) || softirqs_delta(cur, prev, out))
		return -ENOMEM;
	out->mono_ns = cur->mono_ns;
	out->interval_ns = prev ? grown(cur->mono_ns, prev->mono_ns) : cur->interval_ns;
	out->final = false;
	memcpy(out->hws, cur->hws, sizeof(out->hws));
	out->n_hws = cur->n_hws;
	if (!prev)
		prev = &nothing;
	causes_delta(cur->causes, prev->causes, out->causes);
	for (unsigned d = 0; d < NS_DIRS; d++) {
		ledger_delta(&cur->ledger[d], &prev->ledger[d], &out->ledger[d]);
		for (unsigned p = 0; p < NS_PROTOS; p++)
			for (unsigned i = 0; i < HISTS_MAX; i++)
				hist_sub(&cur->hist[d][p][i], &prev->hist[d][p][i],
					 &out->hist[d][p][i]);
	}
	return 0;
}

__u64 snapshot_hw_error(const struct snapshot *s)
{
	__u64 most = 0;

	for (__u32 i = 0; i < s->n_hws; i++)
		if (most < s->hws[i].error_ns)
			most = s->hws[i].error_ns;
	return most;
}

void ledger_add(struct ledger *to, const struct ledger *from)
{
	to->seen += from->seen;
	to->taken += from->taken;
	to->undelivered += from->undelivered;
	for (unsigned i = 0; i < LOSS_COUNT; i++)
		to->lost[i] += from->lost[i];
	for (unsigned i = 0; i < WAY_COUNT; i++)
		to->ways[i] += from->ways[i];
}

__u64 ledger_pending(const struct ledger *l)
{
	__u64 rest = grown(l->seen, l->taken);

	return grown(rest, ledger_lost(l, LOST_PACKET) + ledger_lost(l, LEFT_OUT));
}

__u64 ledger_lost(const struct ledger *l, enum loss_kind kind)
{
	__u64 sum = 0;

	for (unsigned i = 0; i < LOSS_COUNT; i++)
		if (loss_kind(i) == kind)
			sum += l->lost[i];
	return sum;
}
