// SPDX-License-Identifier: GPL-2.0-only
/* What is looked at in an interval: each connection, service and queueing discipline. */
#include "anomaly_parts.h"

#include <string.h>

#include "conns.h"
#include "names.h"

static __u32 hash_of(const void *bytes, size_t len, __u32 more)
{
	const __u8 *p = bytes;
	__u64 h = 14695981039346656037ULL + more, word;

	for (; len >= sizeof(word); p += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
		h ^= h >> 29;
	}
	for (; len; len--)
		h = (h ^ *p++) * 1099511628211ULL;
	return (__u32)(h ^ h >> 32);
}

/* ---- where the time went --------------------------------------------------------------------- */

static __u64 mean(__u64 sum, __u64 n)
{
	return n ? sum / n : 0;
}

/* Let the usual means of the stages follow, by half of the way. One division for all: of many
 * thousand connections they are dear. */
static void learn_stages(struct series *s, const __u64 sums[STAGES_MAX], __u64 n, unsigned total)
{
	double share = n ? 1 / (double)n : 0;

	for (unsigned i = 0; i < total; i++) {
		__s32 level = (__s32)level_of((__u64)((double)sums[i] * share)) + 1;
		__s32 old = s->stages[i];

		s->stages[i] = (__u16)(old ? old + (level - old) / 2 : level);
	}
}

/* The stage that has grown most, from what is usual of the series, or (peers) of the group. */
static void name_stage(struct anomaly *x, const struct series *s, const struct peers_group *peers,
		       const __u64 sums[STAGES_MAX], __u64 n)
{
	__u64 most = 0;

	for (unsigned i = 0; i < dirs[x->dir].total; i++) {
		__u64 now = mean(sums[i], n), usual = 0;

		if (peers)
			usual = mean(peers->stages[i], peers->packets);
		else if (s->stages[i])
			usual = level_ns(s->stages[i] - 1U);
		if (now <= usual || now - usual <= most)
			continue;
		most = now - usual;
		x->stage = i;
		x->stage_usual_ns = usual;
		x->stage_now_ns = now;
	}
}

/* ---- connections and services ------------------------------------------------------------------
 */

struct conn_key {
	struct conn_id id;
	enum ns_dir dir;
};

static bool same_conn(const struct series *s, const void *what)
{
	const struct conn_series *cs = (const void *)s;
	const struct conn_key *k = what;

	return cs->dir == k->dir && cs->id.gen == k->id.gen && cs->id.row == k->id.row &&
	       !memcmp(&cs->id.flow, &k->id.flow, sizeof(k->id.flow));
}

static __u32 hash_of_conn(const struct conn *c, enum ns_dir dir)
{
	return hash_of(&c->flow, sizeof(c->flow), c->row * 2 + dir + c->gen * 7);
}

/* Most of the time of a scan is waiting for memory: ask for that of the connections ahead. */
static void prefetch_conn(const struct anomalies *a, const struct snapshot *d, size_t i)
{
	if (i >= d->n_conns)
		return;
	for (int dir = 0; dir < NS_DIRS; dir++)
		if (d->conns[i].dir[dir].n)
			__builtin_prefetch(series_place(a->conns, a->places, sizeof(*a->conns),
							hash_of_conn(&d->conns[i], dir), 0));
}

static struct conn_series *series_of_conn(struct anomalies *a, const struct conn *c,
					  enum ns_dir dir)
{
	struct conn_key key = {.id = conn_id(c), .dir = dir};
	struct conn_series *cs = (void *)series_find(a, a->conns, a->places, sizeof(*a->conns),
						     hash_of_conn(c, dir), same_conn, &key);

	if (cs && !cs->s.seen) {
		cs->id = key.id;
		cs->dir = dir;
	}
	return cs;
}

/* A value of this direction of a connection, if there is one. */
static bool value_of(struct anomalies *a, const struct conn *c, enum ns_dir dir, bool partial,
		     struct value *v)
{
	const struct conn_dir *d = &c->dir[dir];
	const struct levels *l = levels();
	__u64 n = 0, sum = 0;
	struct peers_key key;

	if (!d->n || c->flow.proto >= NS_PROTOS)
		return false;
	for (unsigned i = 0; i < COARSE_BUCKETS; i++) {
		n += d->coarse[i];
		sum += (__u64)d->coarse[i] * l->coarse[i];
	}
	*v = (struct value){.c = c, .cs = series_of_conn(a, c, dir)};
	if (!v->cs || !n ||
	    !series_collect(a, &v->cs->s, n, sum, anomaly_rules[ANOMALY_CONNECTION].packets))
		return false;
	v->level = series_take(&v->cs->s);
	if (partial)
		return true;
	key = peers_key_of(&a->peers, &c->flow, dir);
	v->group = peers_group(&a->peers, &key);
	if (v->group)
		peers_add(v->group, d, v->level);
	if (v->group && usual_ready(&v->cs->s.usual))
		peers_add_rise(v->group, (__s32)v->level - (__s32)usual_median(&v->cs->s.usual));
	return true;
}

static void begin_conn(struct anomalies *a, const struct value *v, const struct verdict *verdict,
		       const __u64 sums[STAGES_MAX], __u64 now)
{
	struct anomaly *x =
		record_begin(a, &v->cs->s, ANOMALY_CONNECTION, verdict->usual, v->level, now);
	struct peers_key key = peers_key_of(&a->peers, &v->c->flow, v->cs->dir);

	if (!x)
		return;
	x->peers = verdict->peers;
	x->dir = v->cs->dir;
	x->proto = v->c->flow.proto;
	x->conn = v->cs->id;
	x->pid = v->c->pid;
	memcpy(x->comm, v->c->comm, sizeof(x->comm));
	x->port = key.port;
	x->local = key.local;
	x->netns = key.netns;
	x->n = v->c->dir[x->dir].n;
	x->cause = x->dir == NS_TX ? conn_worst_cause(v->c) : -1;
	name_stage(x, &v->cs->s, verdict->peers ? v->group : NULL, sums, x->n);
}

/* Anything about it that is not to become usual? */
static bool is_odd(const struct series *s, const struct verdict *verdict)
{
	return s->record || verdict->changed || verdict->habit || s->past.streak || s->peers.streak;
}

static void judge_conn(struct anomalies *a, const struct value *v, __u64 now)
{
	const struct conn_dir *d = &v->c->dir[v->cs->dir];
	struct series *s = &v->cs->s;
	struct verdict verdict = series_judge(s, &anomaly_rules[ANOMALY_CONNECTION], v->level,
					      v->group ? v->group->rise : 0, v->group, now);
	bool begins = verdict.changed && !verdict.end, learns;
	__u64 sums[STAGES_MAX];

	a->counts.habitual += verdict.habit;

	/* every fourth time: the stages are memory that nothing else has looked at */
	learns = !is_odd(s, &verdict) && (a->counts.intervals + v->c->row) % 4 == 0;
	for (unsigned i = 0; (begins || learns) && i < STAGES_MAX; i++)
		sums[i] = d->stages[i].sum;
	if (begins)
		begin_conn(a, v, &verdict, sums, now);
	else if (verdict.changed)
		record_end(a, s, verdict.end, now);
	else if (s->record)
		a->list[s->record - 1].latest_ns = level_ns(v->level);
	if (learns)
		learn_stages(s, sums, d->n, dirs[v->cs->dir].total);
}

static bool same_service(const struct series *s, const void *what)
{
	return peers_same(&((const struct service_series *)s)->key, what);
}

/* The median of its connections: what one of them does, or how many packets it has, does not count.
 */
static void judge_service(struct anomalies *a, const struct peers_group *g, __u64 now)
{
	struct service_series *ss =
		(void *)series_find(a, a->services, SERVICES, sizeof(a->services[0]),
				    peers_hash(&g->key), same_service, &g->key);
	struct verdict verdict;
	struct anomaly *x;

	if (!ss)
		return;
	ss->key = g->key;
	ss->s.seen = a->counts.intervals;
	verdict = series_judge(&ss->s, &anomaly_rules[ANOMALY_SERVICE], g->median, 0, NULL, now);
	a->counts.habitual += verdict.habit;
	x = ss->s.record ? &a->list[ss->s.record - 1] : NULL;
	if (verdict.changed && verdict.end) {
		record_end(a, &ss->s, verdict.end, now);
	} else if (verdict.changed) {
		x = record_begin(a, &ss->s, ANOMALY_SERVICE, verdict.usual, g->median, now);
		if (!x)
			return;
		x->dir = g->key.dir;
		x->proto = g->key.proto;
		x->port = g->key.port;
		x->local = g->key.local;
		x->netns = g->key.netns;
		x->n = g->n;
		name_stage(x, &ss->s, NULL, g->stages, g->packets);
	} else if (x) {
		x->latest_ns = level_ns(g->median);
	}
	if (!ss->s.record && !ss->s.past.streak)
		learn_stages(&ss->s, g->stages, g->packets, dirs[g->key.dir].total);
}

#define AHEAD 8

void scan_connections(struct anomalies *a, const struct snapshot *d, bool partial)
{
	size_t n = 0;

	peers_begin(&a->peers);
	for (size_t i = 0; i < d->n_conns; i++)
		peers_count(&a->peers, &d->conns[i].flow);
	for (size_t i = 0; i < d->n_conns; i++) {
		prefetch_conn(a, d, i + AHEAD);
		for (int dir = 0; dir < NS_DIRS; dir++) {
			if (n == a->n_values)
				a->counts.untracked++;
			else
				n += value_of(a, &d->conns[i], dir, partial, &a->values[n]);
		}
	}
	peers_finish(&a->peers);
	for (size_t i = 0; i < n; i++) {
		if (i + AHEAD < n)
			__builtin_prefetch(a->values[i + AHEAD].cs);
		judge_conn(a, &a->values[i], d->mono_ns);
	}
	for (unsigned i = 0; i < a->peers.n; i++) {
		const struct peers_group *g = &a->peers.groups[a->peers.order[i]];

		if (g->alike)
			judge_service(a, g, d->mono_ns);
	}
}

/* ---- queueing disciplines
 * ------------------------------------------------------------------------- */

static bool same_qdisc(const struct series *s, const void *what)
{
	return qdisc_same(&((const struct qdisc_series *)s)->id, what);
}

static void judge_qdisc(struct anomalies *a, const struct qdisc *q, __u64 now)
{
	const struct anomaly_rule *rule = &anomaly_rules[ANOMALY_QDISC];
	struct qdisc_series *qs =
		(void *)series_find(a, a->qdiscs, QDISC_SERIES, sizeof(a->qdiscs[0]),
				    hash_of(&q->key, sizeof(q->key), q->ifindex), same_qdisc, q);
	struct qdisc name = *q;
	struct verdict verdict;
	struct anomaly *x;
	__u32 level;

	if (!qs)
		return;
	name.n = name.bypassed = name.requeues = name.sum = name.max = name.edt = 0;
	qs->id = name;
	if (!series_collect(a, &qs->s, q->n, q->sum, rule->packets))
		return;
	level = level_of(qs->s.pend / qs->s.pend_n);
	series_take(&qs->s);
	verdict = series_judge(&qs->s, rule, level, 0, NULL, now);
	a->counts.habitual += verdict.habit;
	if (verdict.changed && verdict.end) {
		record_end(a, &qs->s, verdict.end, now);
	} else if (verdict.changed) {
		x = record_begin(a, &qs->s, ANOMALY_QDISC, verdict.usual, level, now);
		if (!x)
			return;
		x->dir = NS_TX;
		x->proto = NS_PROTOS; /* any */
		x->stage = TXS_QDISC;
		x->stage_usual_ns = x->usual_ns;
		x->stage_now_ns = x->now_ns;
		x->qdisc = name;
		x->n = q->n;
	} else if (qs->s.record) {
		a->list[qs->s.record - 1].latest_ns = level_ns(level);
	}
}

void scan_qdiscs(struct anomalies *a, const struct snapshot *d)
{
	for (size_t i = 0; i < d->n_qdiscs; i++)
		if (d->qdiscs[i].n)
			judge_qdisc(a, &d->qdiscs[i], d->mono_ns);
}
