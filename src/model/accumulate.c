// SPDX-License-Identifier: GPL-2.0-only
#include "accumulate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "histogram.h"
#include "list.h"
#include "softirq_model.h"

#define SLOTS_MIN 64

int accumulator_init(struct accumulator *a)
{
	*a = (struct accumulator){.sum = snapshot_new(), .slots = SLOTS_MIN};
	a->index = calloc(a->slots, sizeof(*a->index));
	if (a->sum && a->index)
		return 0;
	accumulator_free(a);
	return -ENOMEM;
}

void accumulator_free(struct accumulator *a)
{
	snapshot_free(a->sum);
	free(a->index);
	*a = (struct accumulator){0};
}

static __u64 larger(__u64 a, __u64 b)
{
	return a > b ? a : b;
}

static void add_stage(struct conn_stage *to, const struct conn_stage *from)
{
	to->n += from->n;
	to->sum += from->sum;
	to->max = larger(to->max, from->max);
}

static void add_causes(struct cause_time *to, const struct cause_time *from)
{
	for (unsigned i = 0; i < CAUSE_COUNT; i++) {
		to[i].n += from[i].n;
		to[i].sum += from[i].sum;
	}
}

static void add_conn(struct conn *to, const struct conn *from)
{
	for (unsigned d = 0; d < NS_DIRS; d++) {
		struct conn_dir *dir = &to->dir[d];

		dir->n += from->dir[d].n;
		for (unsigned i = 0; i < STAGES_MAX; i++)
			add_stage(&dir->stages[i], &from->dir[d].stages[i]);
		for (unsigned i = 0; i < COARSE_BUCKETS; i++)
			dir->coarse[i] += from->dir[d].coarse[i];
	}
	add_stage(&to->resent, &from->resent);
	add_causes(to->causes, from->causes);
	to->sk = from->sk;
	to->state = from->state;
	to->pid = from->pid;
	memcpy(to->comm, from->comm, sizeof(to->comm));
	if (from->srtt_ns)
		to->srtt_ns = from->srtt_ns;
}

/* FNV-1a of what conn_same() compares. */
static size_t conn_hash(const struct conn *c)
{
	const __u8 *b = (const __u8 *)&c->flow;
	__u64 h = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < sizeof(c->flow); i++)
		h = (h ^ b[i]) * 0x100000001b3ULL;
	h = (h ^ c->gen) * 0x100000001b3ULL;
	h = (h ^ c->row) * 0x100000001b3ULL;
	return h ^ h >> 32;
}

/* Where a connection is, or belongs. The table is never more than half full. */
static __u32 *conn_slot(struct accumulator *a, const struct conn *c)
{
	size_t at = conn_hash(c) & (a->slots - 1);

	while (a->index[at] && !conn_same(&a->sum->conns[a->index[at] - 1], c))
		at = (at + 1) & (a->slots - 1);
	return &a->index[at];
}

static int grow_index(struct accumulator *a)
{
	__u32 *index = calloc(a->slots * 2, sizeof(*index));

	if (!index)
		return -ENOMEM;
	free(a->index);
	a->index = index;
	a->slots *= 2;
	for (size_t i = 0; i < a->sum->n_conns; i++)
		*conn_slot(a, &a->sum->conns[i]) = i + 1;
	return 0;
}

static int put_conn(struct accumulator *a, const struct conn *c)
{
	__u32 *slot = conn_slot(a, c);
	struct conn *new;

	if (*slot) {
		add_conn(&a->sum->conns[*slot - 1], c);
		return 0;
	}
	if (a->sum->n_conns == ACCUMULATE_CONNS) {
		a->left_out++;
		return 0;
	}
	new = list_grow(&a->sum->conns, &a->sum->n_conns, sizeof(*c));
	if (!new)
		return -ENOMEM;
	*new = *c;
	*slot = a->sum->n_conns;
	return a->sum->n_conns > a->slots / 2 ? grow_index(a) : 0;
}

static int put_qdisc(struct accumulator *a, const struct qdisc *q)
{
	struct qdisc *old = a->sum->qdiscs, *new;

	for (size_t i = 0; i < a->sum->n_qdiscs; i++, old++) {
		if (!qdisc_same(old, q))
			continue;
		old->n += q->n;
		old->bypassed += q->bypassed;
		old->requeues += q->requeues;
		old->sum += q->sum;
		old->edt += q->edt;
		old->max = larger(old->max, q->max);
		old->backlog_packets = q->backlog_packets; /* the most that was ever seen */
		old->backlog_bytes = q->backlog_bytes;
		return 0;
	}
	if (a->sum->n_qdiscs == ACCUMULATE_ROWS) {
		a->left_out++;
		return 0;
	}
	new = list_grow(&a->sum->qdiscs, &a->sum->n_qdiscs, sizeof(*q));
	if (!new)
		return -ENOMEM;
	*new = *q;
	return 0;
}

static int put_drop(struct accumulator *a, const struct drop_count *d)
{
	struct drop_count *new;

	for (size_t i = 0; i < a->sum->n_drops; i++) {
		if (memcmp(&a->sum->drops[i].key, &d->key, sizeof(d->key)))
			continue;
		a->sum->drops[i].drop.n += d->drop.n;
		return 0;
	}
	if (a->sum->n_drops == ACCUMULATE_ROWS) {
		a->left_out++;
		return 0;
	}
	new = list_grow(&a->sum->drops, &a->sum->n_drops, sizeof(*d));
	if (!new)
		return -ENOMEM;
	*new = *d;
	return 0;
}

int accumulator_add(struct accumulator *a, const struct snapshot *s)
{
	int err = 0;

	a->sum->mono_ns = s->mono_ns;
	a->sum->interval_ns += s->interval_ns;
	memcpy(a->sum->hws, s->hws, sizeof(a->sum->hws)); /* those are since the start */
	a->sum->n_hws = s->n_hws;
	for (unsigned d = 0; d < NS_DIRS; d++) {
		ledger_add(&a->sum->ledger[d], &s->ledger[d]);
		for (unsigned p = 0; p < NS_PROTOS; p++)
			for (unsigned i = 0; i < HISTS_MAX; i++)
				hist_merge(&a->sum->hist[d][p][i], &s->hist[d][p][i]);
	}
	add_causes(a->sum->causes, s->causes);
	for (size_t i = 0; !err && i < s->n_conns; i++)
		err = put_conn(a, &s->conns[i]);
	for (size_t i = 0; !err && i < s->n_qdiscs; i++)
		err = put_qdisc(a, &s->qdiscs[i]);
	for (size_t i = 0; !err && i < s->n_drops; i++)
		err = put_drop(a, &s->drops[i]);
	if (!err && s->softirqs)
		err = softirq_add(&a->sum->softirqs, s->softirqs);
	return err;
}
