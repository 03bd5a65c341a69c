// SPDX-License-Identifier: GPL-2.0-only
#include "timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "histogram.h"
#include "softirq_model.h"

int timeline_init(struct timeline *t, size_t max)
{
	*t = (struct timeline){
		.columns = calloc(max, sizeof(*t->columns)),
		/* memory is taken as CPUs come into use */
		.delays = calloc(max * TIMELINE_CPUS, sizeof(*t->delays)),
		.max = max,
		.per_column = 1,
	};
	if (t->columns && t->delays)
		return 0;
	timeline_free(t);
	return -ENOMEM;
}

void timeline_free(struct timeline *t)
{
	free(t->columns);
	free(t->delays);
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

struct hist *timeline_delay(const struct timeline *t, size_t column, unsigned cpu)
{
	return &t->delays[column * TIMELINE_CPUS + cpu];
}

static unsigned cpus_kept(const struct timeline *t)
{
	return t->n_cpus < TIMELINE_CPUS ? t->n_cpus : TIMELINE_CPUS;
}

static void add_delays(struct timeline *t, size_t column, const struct softirq_snapshot *s)
{
	if (s && s->n_cpus > t->n_cpus)
		t->n_cpus = s->n_cpus;
	for (unsigned i = 0; s && i < s->n_cpus && i < TIMELINE_CPUS; i++)
		hist_merge(timeline_delay(t, column, i), &s->rows[i].vec[SI_RX].delay);
}

static void join(struct timeline *t, size_t left, size_t right)
{
	struct column *to = &t->columns[left];
	const struct column *from = &t->columns[right];

	for (unsigned i = 0; i < cpus_kept(t); i++)
		hist_merge(timeline_delay(t, left, i), timeline_delay(t, right, i));
	add_hists(to->hist, from->hist);
	for (unsigned d = 0; d < NS_DIRS; d++)
		ledger_add(&to->ledger[d], &from->ledger[d]);
	to->end_ns = from->end_ns;
	to->intervals += from->intervals;
}

static void move(struct timeline *t, size_t to, size_t from)
{
	t->columns[to] = t->columns[from];
	memcpy(timeline_delay(t, to, 0), timeline_delay(t, from, 0),
	       cpus_kept(t) * sizeof(*t->delays));
}

static void halve(struct timeline *t)
{
	for (size_t i = 0; i < t->n; i += 2) {
		if (i)
			move(t, i / 2, i);
		join(t, i / 2, i + 1);
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
		memset(timeline_delay(t, t->n - 1, 0), 0, cpus_kept(t) * sizeof(*t->delays));
		c->start_ns = s->mono_ns - s->interval_ns;
	}
	c = &t->columns[t->n - 1];
	c->end_ns = s->mono_ns;
	c->intervals++;
	add_hists(c->hist, s->hist);
	for (unsigned d = 0; d < NS_DIRS; d++)
		ledger_add(&c->ledger[d], &s->ledger[d]);
	add_delays(t, t->n - 1, s->softirqs);
	t->intervals++;
}

void timeline_end(struct timeline *t)
{
	if (t->n < 2 || t->columns[t->n - 1].intervals * 2 > t->per_column)
		return;
	join(t, t->n - 2, t->n - 1);
	t->n--;
}
