// SPDX-License-Identifier: GPL-2.0-only
#include "timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "histogram.h"

int timeline_init(struct timeline *t, size_t max)
{
	*t = (struct timeline){
		.columns = calloc(max, sizeof(*t->columns)), .max = max, .per_column = 1};
	return t->columns ? 0 : -ENOMEM;
}

void timeline_free(struct timeline *t)
{
	free(t->columns);
	*t = (struct timeline){0};
}

static void add_hists(struct hist to[NS_DIRS][NS_PROTOS][HISTS_MAX],
		      const struct hist from[NS_DIRS][NS_PROTOS][HISTS_MAX])
{
	for (unsigned d = 0; d < NS_DIRS; d++)
		for (unsigned p = 0; p < NS_PROTOS; p++)
			for (unsigned i = 0; i < HISTS_MAX; i++)
				hist_merge(&to[d][p][i], &from[d][p][i]);
}

static void join(struct column *to, const struct column *from)
{
	add_hists(to->hist, from->hist);
	for (unsigned d = 0; d < NS_DIRS; d++)
		ledger_add(&to->ledger[d], &from->ledger[d]);
	to->end_ns = from->end_ns;
	to->intervals += from->intervals;
}

static void halve(struct timeline *t)
{
	for (size_t i = 0; i < t->n; i += 2) {
		if (i)
			t->columns[i / 2] = t->columns[i];
		join(&t->columns[i / 2], &t->columns[i + 1]);
	}
	t->n /= 2;
	t->per_column *= 2;
}

void timeline_add(struct timeline *t, const struct snapshot *s)
{
	struct column *c;

	if (!t->n || t->columns[t->n - 1].intervals == t->per_column) {
		if (t->n == t->max)
			halve(t);
		c = &t->columns[t->n++];
		memset(c, 0, sizeof(*c));
		c->start_ns = s->mono_ns - s->interval_ns;
	}
	c = &t->columns[t->n - 1];
	c->end_ns = s->mono_ns;
	c->intervals++;
	add_hists(c->hist, s->hist);
	for (unsigned d = 0; d < NS_DIRS; d++)
		ledger_add(&c->ledger[d], &s->ledger[d]);
	t->intervals++;
}

void timeline_end(struct timeline *t)
{
	if (t->n < 2 || t->columns[t->n - 1].intervals * 2 > t->per_column)
		return;
	join(&t->columns[t->n - 2], &t->columns[t->n - 1]);
	t->n--;
}
