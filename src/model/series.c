// SPDX-License-Identifier: GPL-2.0-only
#include "series.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "histogram.h"

const double series_quantiles[SERIES_QUANTILES] = {0.5, 0.9, 0.99, 0.999};

/* A histogram's buckets from the first that is not empty to the last: most have few. */
struct span {
	__u16 first, len;
	__u32 at; /* in the interval's counts */
};

struct interval {
	__u64 mono_ns, interval_ns;
	struct series_value values[NS_DIRS][SERIES_PROTOS][HISTS_MAX];
	struct span spans[NS_DIRS][NS_PROTOS][HISTS_MAX];
	__u32 *counts; /* owned */
};

struct series {
	unsigned capacity;
	__u64 count;
	struct interval ring[];
};

struct series *series_new(unsigned capacity)
{
	struct series *s = calloc(1, sizeof(*s) + capacity * sizeof(s->ring[0]));

	if (s)
		s->capacity = capacity;
	return s;
}

void series_free(struct series *s)
{
	for (unsigned i = 0; s && i < s->capacity; i++)
		free(s->ring[i].counts);
	free(s);
}

static struct span span_of(const struct hist *h)
{
	unsigned first = 0, end = HIST_BUCKETS;

	while (first < end && !h->count[first])
		first++;
	while (end > first && !h->count[end - 1])
		end--;
	return (struct span){.first = (__u16)first, .len = (__u16)(end - first)};
}

static void summarize(const struct hist *h, struct series_value *v)
{
	*v = (struct series_value){.n = hist_n(h), .sum = h->sum, .max = h->max};
	for (unsigned i = 0; v->n && i < SERIES_QUANTILES; i++)
		if (!hist_quantile(h, series_quantiles[i], &v->q[i]))
			break; /* nor the higher ones */
}

static void add_hists(struct interval *it, const struct snapshot *s, unsigned dir, unsigned h)
{
	struct hist all = {0};

	for (unsigned p = 0; p < NS_PROTOS; p++) {
		const struct hist *from = &s->hist[dir][p][h];
		const struct span *span = &it->spans[dir][p][h];

		for (unsigned i = 0; i < span->len; i++) {
			__u64 n = from->count[span->first + i];

			it->counts[span->at + i] = n < ~0U ? (__u32)n : ~0U;
		}
		summarize(from, &it->values[dir][p][h]);
		hist_merge(&all, from);
	}
	summarize(&all, &it->values[dir][SERIES_ALL][h]);
}

int series_add(struct series *s, const struct snapshot *from)
{
	struct interval *it = &s->ring[s->count % s->capacity];
	struct span spans[NS_DIRS][NS_PROTOS][HISTS_MAX];
	__u32 used = 0, *counts;

	for (unsigned d = 0; d < NS_DIRS; d++)
		for (unsigned p = 0; p < NS_PROTOS; p++)
			for (unsigned h = 0; h < HISTS_MAX; h++) {
				spans[d][p][h] = span_of(&from->hist[d][p][h]);
				spans[d][p][h].at = used;
				used += spans[d][p][h].len;
			}
	counts = malloc((used ? used : 1) * sizeof(*counts));
	if (!counts)
		return -ENOMEM;
	free(it->counts);
	it->counts = counts;
	memcpy(it->spans, spans, sizeof(spans));
	it->mono_ns = from->mono_ns;
	it->interval_ns = from->interval_ns;
	for (unsigned d = 0; d < NS_DIRS; d++)
		for (unsigned h = 0; h < HISTS_MAX; h++)
			add_hists(it, from, d, h);
	s->count++;
	return 0;
}

unsigned series_len(const struct series *s)
{
	return s->count < s->capacity ? (unsigned)s->count : s->capacity;
}

__u64 series_count(const struct series *s)
{
	return s->count;
}

static const struct interval *at(const struct series *s, unsigned age)
{
	return &s->ring[(s->count - 1 - age) % s->capacity];
}

__u64 series_time(const struct series *s, unsigned age, __u64 *interval_ns)
{
	*interval_ns = at(s, age)->interval_ns;
	return at(s, age)->mono_ns;
}

const struct series_value *series_at(const struct series *s, unsigned age, enum ns_dir dir,
				     unsigned proto, unsigned h)
{
	return &at(s, age)->values[dir][proto][h];
}

static void add_span(const struct interval *it, enum ns_dir dir, unsigned proto, unsigned h,
		     struct hist *out)
{
	const struct span *span = &it->spans[dir][proto][h];
	const struct series_value *v = &it->values[dir][proto][h];

	for (unsigned i = 0; i < span->len; i++)
		out->count[span->first + i] += it->counts[span->at + i];
	out->sum += v->sum;
	if (v->max > out->max)
		out->max = v->max;
}

void series_hist(const struct series *s, unsigned age, enum ns_dir dir, unsigned proto, unsigned h,
		 struct hist *out)
{
	for (unsigned p = 0; p < NS_PROTOS; p++)
		if (proto == p || proto == SERIES_ALL)
			add_span(at(s, age), dir, p, h, out);
}
