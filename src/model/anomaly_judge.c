// SPDX-License-Identifier: GPL-2.0-only
/* Is a value far off? By its past and by its peers, with hysteresis, habits and what lasts. */
#include "anomaly_parts.h"

#include <string.h>

static __u32 larger(__u32 a, __u32 b)
{
	return a > b ? a : b;
}

/* More than a few microseconds? */
static bool worth(__u32 level, __u32 usual)
{
	return level > usual && level_ns(level) - level_ns(usual) >= ANOMALY_RISE_NS;
}

/* A value and what is usual by one rule. */
struct distance {
	bool far, near;
};

static struct distance distance(const struct anomaly_rule *r, __u32 level, __u32 usual,
				__u32 deviation, __u32 rise)
{
	double unit = larger(deviation, (__u32)(r->deviation * OCTAVE));
	double d = (double)level - (double)usual - (double)rise;

	return (struct distance){
		.far = d >= r->far * unit && worth(level - rise, usual),
		.near = d < r->far / 2 * unit,
	};
}

static struct distance from_past(const struct series *s, const struct anomaly_rule *r, __u32 level,
				 __u32 rise)
{
	__u32 least = (__u32)(r->far / 2 * r->deviation * OCTAVE), usual;

	if (!usual_ready(&s->usual))
		return (struct distance){.near = true};
	usual = usual_median(&s->usual);
	if (level < usual + least + rise) /* near, whatever the deviation is */
		return (struct distance){.near = true};
	return distance(r, level, usual, usual_deviation(&s->usual), rise);
}

/* Nine tenths of its peers must be much faster: a service may have fast clients and slow ones. */
static struct distance from_peers(const struct series *s, const struct peers_group *g, __u32 level)
{
	struct distance d = {.near = true};

	if (g && g->alike)
		d = distance(&anomaly_rules[RULE_PEERS], level, g->median, g->deviation, 0);
	d.far = d.far && level >= g->high + OCTAVE && !s->muted;
	return d;
}

static bool is_raised(const struct series *s)
{
	return s->past.raised || s->peers.raised;
}

/*
 * A host may be busy now and then, and all on it slow. That is told twice, and then only when it is
 * worse; not again for as long as it goes on like that. True: this value is of that kind.
 */
static bool is_habit(struct series *s, bool far, __u32 level)
{
	__u32 now = (__u32)s->seen;

	if (s->times && now - s->last > ANOMALY_HABIT_TIME)
		s->times = 0;
	if (far)
		s->last = now;
	return far && !is_raised(s) && s->times >= ANOMALY_HABIT &&
	       level < (__u32)s->crest + OCTAVE;
}

static void note_crest(struct series *s, __u32 level, bool begins)
{
	if (!begins && !is_raised(s))
		return;
	if (begins)
		s->crest = s->times ? s->crest : 0;
	s->times = (__u8)(s->times + (begins && s->times < ANOMALY_HABIT));
	s->crest = (__u16)larger(s->crest, level < 0xffff ? level : 0xffff);
}

/* What lasts is the usual from now on: of the past all is learnt anew, the peers are let be. */
static void accept(struct series *s)
{
	s->usual.n = s->usual.next = 0;
	s->past = s->peers = (struct hysteresis){0};
	s->muted = true;
	memset(s->stages, 0, sizeof(s->stages));
}

struct verdict series_judge(struct series *s, const struct anomaly_rule *rule, __u32 level,
			    __u32 rise, const struct peers_group *g, __u64 now)
{
	struct distance past = from_past(s, rule, level, rise), peers = from_peers(s, g, level);
	struct verdict v = {.usual = s->usual.n ? usual_median(&s->usual) : level};
	bool before = is_raised(s);

	if (!before && !s->past.streak && !s->peers.streak)
		s->since_ns = now;
	if (!s->past.raised && !past.far) /* what is far off is no part of its past */
		usual_add(&s->usual, level);
	v.habit = is_habit(s, past.far || peers.far, level);
	if (v.habit)
		past.far = peers.far = false;
	hysteresis_step(&s->past, past.far, past.near, rule->raise, rule->clear);
	rule = &anomaly_rules[RULE_PEERS];
	hysteresis_step(&s->peers, peers.far, peers.near, rule->raise, rule->clear);
	if (peers.near)
		s->muted = false;
	s->raised_for = before && is_raised(s) ? (__u16)(s->raised_for + 1) : 0;
	if (s->raised_for >= ANOMALY_LASTING) {
		accept(s);
		v.end = ANOMALY_IS_USUAL;
	} else if (before && !is_raised(s)) {
		v.end = ANOMALY_OVER;
	}
	v.changed = before != is_raised(s);
	note_crest(s, level, v.changed && !before);
	v.peers = v.changed && !before && !s->past.raised;
	if (v.peers)
		v.usual = g->median;
	return v;
}

bool series_collect(struct anomalies *a, struct series *s, __u64 n, __u64 sum, unsigned enough)
{
	if (a->counts.intervals - s->seen > USUAL_HISTORY) {
		s->pend_n = 0;
		s->pend = 0;
	}
	s->seen = a->counts.intervals;
	s->pend_n += (__u32)n;
	s->pend += sum;
	return s->pend_n >= enough;
}

__u32 series_take(struct series *s)
{
	__u32 v = (__u32)(s->pend / s->pend_n);

	s->pend_n = 0;
	s->pend = 0;
	return v;
}
