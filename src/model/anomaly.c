// SPDX-License-Identifier: GPL-2.0-only
/* The rules, and what is told of those that hold. */
#include "anomaly.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "anomaly_parts.h"

#define CONNECTIONS_MOST (1U << 20)
#define SPARE 4096 /* places of connections that have just ended */

const struct anomaly_rule anomaly_rules[ANOMALY_RULES] = {
	[ANOMALY_CONNECTION] = {"connection", 20, 4, 0.4, 2, 3},
	[ANOMALY_SERVICE] = {"service", PEERS_LEAST, 4, 0.4, 2, 3},
	[ANOMALY_STAGE] = {"stage", 50, 4, 0.4, 2, 3},
	/* of a queueing discipline only the mean is known, which one packet can move far */
	[ANOMALY_QDISC] = {"qdisc", 20, 4, 0.6, 2, 3},
	/* whatever else runs on a CPU delays its softirqs: not told before it is eight times as
	   much */
	[ANOMALY_CPU] = {"cpu", 50, 5, 0.6, 3, 3},
	[RULE_PEERS] = {"peers", 20, 5, 0.4, 3, 3},
};

const char *const anomaly_end_names[ANOMALY_ENDS] = {
	[ANOMALY_ACTIVE] = "active",
	[ANOMALY_OVER] = "over",
	[ANOMALY_IS_USUAL] = "lasting",
	[ANOMALY_NO_PACKETS] = "gone",
};

static __u16 middle(double lower, double upper)
{
	return (__u16)((log2(lower) + log2(upper)) / 2 * OCTAVE);
}

const struct levels *levels(void)
{
	static struct levels l;

	if (l.fine[HIST_OVERFLOW])
		return &l;
	l.coarse[0] = middle((double)coarse_upper(0) / 2, (double)coarse_upper(0));
	for (unsigned i = 1; i < COARSE_BUCKETS - 1; i++)
		l.coarse[i] = middle((double)coarse_upper(i - 1), (double)coarse_upper(i));
	l.coarse[COARSE_BUCKETS - 1] = COARSE_LAST * OCTAVE; /* it has no upper bound */
	for (unsigned i = 1; i < HIST_OVERFLOW; i++)
		l.fine[i] = middle((double)hist_upper(i - 1), (double)hist_upper(i));
	l.fine[HIST_OVERFLOW] = HIST_TOP * OCTAVE;
	return &l;
}

struct anomalies *anomalies_new(size_t connections, const struct run_info *ri)
{
	struct anomalies *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->ri = ri;
	a->n_values = connections * NS_DIRS;
	if (connections && connections <= CONNECTIONS_MOST) {
		a->places = 2 * a->n_values + SPARE;
		a->conns = calloc(a->places, sizeof(*a->conns));
		a->values = calloc(a->n_values, sizeof(*a->values));
	}
	if (a->conns && a->values)
		return a;
	anomalies_free(a);
	return NULL;
}

void anomalies_free(struct anomalies *a)
{
	if (!a)
		return;
	free(a->conns);
	free(a->values);
	free(a);
}

void anomalies_packet(struct anomalies *a, const struct ns_event *e)
{
	examples_add(&a->examples, e, a->ri);
}

#define PROBES 32 /* places that a series can have */

struct series *series_find(struct anomalies *a, void *places, size_t n, size_t size, __u32 hash,
			   bool (*match)(const struct series *s, const void *what),
			   const void *what)
{
	struct series *room = NULL;

	hash += !hash;
	for (size_t i = 0; i < PROBES && i < n; i++) {
		struct series *s = series_place(places, n, size, hash, i);

		if (s->hash == hash && match(s, what))
			return s;
		if (!room &&
		    (!s->hash || (a->counts.intervals - s->seen > USUAL_HISTORY && !s->record)))
			room = s;
	}
	if (!room) {
		a->counts.untracked++;
		return NULL;
	}
	memset(room, 0, size);
	room->hash = hash;
	return room;
}

/* A free record, or that of the one which ended first. */
static struct anomaly *room(struct anomalies *a)
{
	struct anomaly *oldest = NULL;

	for (unsigned i = 0; i < ANOMALY_MAX; i++) {
		struct anomaly *x = &a->list[i];

		if (!x->id)
			return x;
		if (x->end && (!oldest || x->ended_ns < oldest->ended_ns))
			oldest = x;
	}
	return oldest;
}

struct anomaly *record_begin(struct anomalies *a, struct series *s, enum anomaly_scope scope,
			     __u32 usual, __u32 level, __u64 now)
{
	struct anomaly *x = room(a);
	__u64 id = 0;

	for (unsigned i = 0; i < ANOMALY_SCOPES; i++)
		id += a->counts.total[i];
	a->counts.total[scope]++;
	if (!x) {
		a->counts.untold++;
		return NULL;
	}
	*x = (struct anomaly){
		.id = id + 1,
		.scope = scope,
		.stage = STAGES_MAX,
		.usual_ns = level_ns(usual),
		.now_ns = level_ns(level),
		.latest_ns = level_ns(level),
		.since_ns = s->since_ns,
		.raised_ns = now,
		.changed = a->counts.intervals,
		.cause = -1,
	};
	s->record = (__u16)(x - a->list + 1);
	a->owner[x - a->list] = s;
	return x;
}

void record_end(struct anomalies *a, struct series *s, enum anomaly_end end, __u64 now)
{
	struct anomaly *x = s->record ? &a->list[s->record - 1] : NULL;

	s->record = 0;
	if (!x)
		return;
	x->end = end;
	x->ended_ns = now;
	x->changed = a->counts.intervals;
	a->owner[x - a->list] = NULL;
}

/* Connections end, and queueing disciplines are replaced. */
static void end_silent(struct anomalies *a, __u64 now)
{
	for (unsigned i = 0; i < ANOMALY_MAX; i++) {
		struct series *s = a->owner[i];

		if (!s || a->counts.intervals - s->seen < ANOMALY_GONE)
			continue;
		record_end(a, s, ANOMALY_NO_PACKETS, now);
		s->past = s->peers = (struct hysteresis){0};
	}
}

static const struct ns_event *find_example(const struct anomalies *a, const struct anomaly *x)
{
	switch (x->scope) {
	case ANOMALY_CONNECTION:
		return examples_of_flow(&a->examples, &x->conn.flow, x->dir);
	case ANOMALY_SERVICE:
		return examples_of_port(&a->examples, x->dir, x->proto, x->netns, x->port,
					x->local);
	case ANOMALY_STAGE:
		return examples_of_stage(&a->examples, x->dir, x->proto, x->stage);
	case ANOMALY_QDISC:
		return examples_of_qdisc(&a->examples, &x->qdisc);
	default:
		return examples_of_cpu(&a->examples, x->cpu, x->usual_ns, a->ri);
	}
}

/* A slow packet may come later than what it is an example of. */
static void find_examples(struct anomalies *a)
{
	for (unsigned i = 0; i < ANOMALY_MAX; i++) {
		struct anomaly *x = &a->list[i];
		const struct ns_event *e =
			x->id && !x->end && !x->has_example ? find_example(a, x) : NULL;

		if (e) {
			x->example = *e;
			x->has_example = true;
		}
	}
}

static bool goes_before(const struct anomaly *x, const struct anomaly *y)
{
	if (!x->end != !y->end)
		return !x->end;
	return x->end && x->ended_ns != y->ended_ns ? x->ended_ns > y->ended_ns : x->id > y->id;
}

static void put_in_order(struct anomalies *a)
{
	a->n_order = 0;
	memset(a->counts.active, 0, sizeof(a->counts.active));
	for (unsigned i = 0; i < ANOMALY_MAX; i++) {
		const struct anomaly *x = &a->list[i];
		unsigned at = a->n_order;

		if (!x->id)
			continue;
		a->counts.active[x->scope] += !x->end;
		for (; at && goes_before(x, &a->list[a->order[at - 1]]); at--)
			a->order[at] = a->order[at - 1];
		a->order[at] = (__u8)i;
		a->n_order++;
	}
}

void anomalies_interval(struct anomalies *a, const struct snapshot *delta, bool partial)
{
	a->counts.intervals++;
	scan_connections(a, delta, partial);
	scan_stages(a, delta);
	scan_qdiscs(a, delta);
	scan_cpus(a, delta);
	end_silent(a, delta->mono_ns);
	find_examples(a);
	put_in_order(a);
	examples_step(&a->examples);
}

const struct anomaly *anomalies_at(const struct anomalies *a, unsigned i)
{
	return i < a->n_order ? &a->list[a->order[i]] : NULL;
}

void anomalies_list(const struct anomalies *a, struct anomaly_list *to)
{
	to->counts = a->counts;
	to->n = a->n_order;
	for (unsigned i = 0; i < to->n; i++)
		to->at[i] = a->list[a->order[i]];
}

/* Those that ended first, then those that began, the oldest first. */
const struct anomaly *anomalies_changed(const struct anomalies *a, unsigned i)
{
	for (unsigned k = a->n_order; k--;) {
		const struct anomaly *x = &a->list[a->order[k]];

		if (x->changed == a->counts.intervals && !i--)
			return x;
	}
	return NULL;
}

const struct anomaly_counts *anomalies_counts(const struct anomalies *a)
{
	return &a->counts;
}

__u64 anomaly_active(const struct anomaly_counts *c)
{
	__u64 n = 0;

	for (unsigned i = 0; i < ANOMALY_SCOPES; i++)
		n += c->active[i];
	return n;
}

unsigned anomaly_warmup(const struct anomaly_counts *c)
{
	return c->intervals < USUAL_WARMUP ? USUAL_WARMUP - (unsigned)c->intervals : 0;
}
