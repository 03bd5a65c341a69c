// SPDX-License-Identifier: GPL-2.0-only
#include "slow.h"

#include <stdlib.h>
#include <string.h>

#include "flow.h"

struct place {
	__u64 nth; /* packet of all; 0: free */
	struct ns_event e;
};

struct slow {
	struct ranking early, arriving; /* of this interval; early: before the reset in it */
	struct ranking interval, past;	/* the latest; those since the reset */
	struct ranking total;		/* past and arriving, on demand */
	__u64 n;
	struct place sets[SLOW_SETS][SLOW_EACH];
};

struct slow *slow_new(void)
{
	struct slow *s = calloc(1, sizeof(*s));

	if (s && !ranking_init(&s->early) && !ranking_init(&s->arriving) &&
	    !ranking_init(&s->interval) && !ranking_init(&s->past) && !ranking_init(&s->total))
		return s;
	slow_free(s);
	return NULL;
}

void slow_free(struct slow *s)
{
	if (!s)
		return;
	ranking_free(&s->early);
	ranking_free(&s->arriving);
	ranking_free(&s->interval);
	ranking_free(&s->past);
	ranking_free(&s->total);
	free(s);
}

void slow_keep(struct slow *s, const struct ns_event *e)
{
	struct place *set = s->sets[flow_hash(&e->flow, 0) % SLOW_SETS], *oldest = set;

	if (e->flags & PKT_DROPPED)
		return; /* it was lost, not slow */
	for (unsigned i = 1; i < SLOW_EACH; i++)
		if (set[i].nth < oldest->nth)
			oldest = &set[i];
	oldest->nth = ++s->n;
	oldest->e = *e;
}

void slow_rank(struct slow *s, const struct ns_event *e, const struct run_info *ri)
{
	if (!(e->flags & PKT_DROPPED))
		ranking_add(&s->arriving, e, ri);
}

void slow_rank_all(struct slow *s, const struct ranking *r)
{
	if (r->rules)
		ranking_merge(&s->arriving, r);
}

void slow_step(struct slow *s)
{
	struct ranking free = s->interval;

	ranking_merge(&s->past, &s->arriving);
	ranking_merge(&s->early, &s->arriving);
	s->interval = s->early;
	s->early = free;
	ranking_reset(&s->early);
	ranking_reset(&s->arriving);
}

void slow_reset(struct slow *s)
{
	ranking_merge(&s->early, &s->arriving);
	ranking_reset(&s->arriving);
	ranking_reset(&s->past);
}

static void copy_ranking(struct ranking *to, const struct ranking *from)
{
	ranking_reset(to);
	ranking_merge(to, from);
}

void slow_copy(struct slow *to, const struct slow *from)
{
	copy_ranking(&to->early, &from->early);
	copy_ranking(&to->arriving, &from->arriving);
	copy_ranking(&to->interval, &from->interval);
	copy_ranking(&to->past, &from->past);
	to->n = from->n;
	memcpy(to->sets, from->sets, sizeof(to->sets));
}

const struct ranking *slow_ranking(struct slow *s, bool total)
{
	if (!total)
		return &s->interval;
	copy_ranking(&s->total, &s->past);
	ranking_merge(&s->total, &s->arriving);
	return &s->total;
}

static unsigned take(const struct place *p, const struct flow *flow, const struct place **list,
		     unsigned n, unsigned max)
{
	unsigned at;

	if (!p->nth || !flow_has(flow, &p->e) || (n == max && list[n - 1]->nth > p->nth))
		return n;
	for (at = n < max ? n++ : n - 1; at && list[at - 1]->nth < p->nth; at--)
		list[at] = list[at - 1];
	list[at] = p;
	return n;
}

unsigned slow_latest(const struct slow *s, const struct flow *flow, const struct ns_event **list,
		     unsigned max)
{
	const struct place *found[SLOW_EACH];
	unsigned n = 0, set = flow_hash(flow, 0) % SLOW_SETS;
	/* the packets of a socket that is not connected may be in any set */
	unsigned first = flow->remote_port ? set : 0,
		 last = flow->remote_port ? set : SLOW_SETS - 1;

	if (max > SLOW_EACH)
		max = SLOW_EACH;
	for (unsigned i = first; max && i <= last; i++)
		for (unsigned k = 0; k < SLOW_EACH; k++)
			n = take(&s->sets[i][k], flow, found, n, max);
	for (unsigned i = 0; i < n; i++)
		list[i] = &found[i]->e;
	return n;
}
