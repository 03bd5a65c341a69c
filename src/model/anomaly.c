// SPDX-License-Identifier: GPL-2.0-only
#include "anomaly.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MIN_PACKETS 20
#define FAR 3.5		/* deviations */
#define DEVIATION 0.4	/* at least, in octaves */
#define TO_SIGMA 1.4826 /* MAD of a normal distribution is 1 / 1.4826 of its deviation */
#define RAISE 2		/* intervals in a row */
#define CLEAR 3

struct series {
	struct flow flow;
	enum ns_dir dir;
	bool used;
	bool raised;
	unsigned n; /* intervals in the history, and which comes next */
	unsigned next;
	unsigned streak; /* intervals in a row that speak for a change of `raised` */
	__u64 seen;	 /* number of the latest interval that it had packets in */
	__u64 since_ns;
	double history[ANOMALY_HISTORY];
};

struct anomaly {
	size_t places;
	__u64 intervals, untracked;
	struct series series[];
};

struct anomaly *anomaly_new(size_t series)
{
	struct anomaly *a;

	if (!series || series > (SIZE_MAX - sizeof(*a)) / sizeof(struct series))
		return NULL;
	a = calloc(1, sizeof(*a) + series * sizeof(struct series));
	if (a)
		a->places = series;
	return a;
}

void anomaly_free(struct anomaly *a)
{
	free(a);
}

__u64 anomaly_untracked(const struct anomaly *a)
{
	return a->untracked;
}

static __u64 hash_of(const struct flow *flow, enum ns_dir dir)
{
	const __u8 *p = (const void *)flow;
	__u64 h = 14695981039346656037ULL + dir;

	for (size_t i = 0; i < sizeof(*flow); i++)
		h = (h ^ p[i]) * 1099511628211ULL;
	return h;
}

#define PROBES 16 /* places that a series can have */

/* Its place, or one for a new series; NULL: all are in use. */
static struct series *series_of(struct anomaly *a, const struct flow *flow, enum ns_dir dir)
{
	__u64 h = hash_of(flow, dir);
	struct series *room = NULL;

	for (size_t i = 0; i < PROBES && i < a->places; i++) {
		struct series *s = &a->series[(h + i) % a->places];

		if (s->used && s->dir == dir && !memcmp(&s->flow, flow, sizeof(*flow)))
			return s;
		if (!room && (!s->used || a->intervals - s->seen > ANOMALY_HISTORY))
			room = s;
	}
	if (!room) {
		a->untracked++;
		return NULL;
	}
	*room = (struct series){.flow = *flow, .dir = dir, .used = true};
	return room;
}

/* The mean of log2 of the totals of an interval's packets, to a bucket. False: too few. */
static bool log_mean(const struct conn_dir *d, double *mean)
{
	double sum = 0;
	__u64 n = 0;

	for (unsigned i = 0; i < COARSE_BUCKETS; i++) {
		/* of the last bucket the lower bound: it has no other */
		unsigned bound = i < COARSE_BUCKETS - 1 ? i : i - 1;

		if (!d->coarse[i])
			continue;
		n += d->coarse[i];
		sum += (double)d->coarse[i] * log2((double)coarse_upper(bound));
	}
	*mean = n ? sum / (double)n : 0;
	return n >= MIN_PACKETS;
}

static int by_value(const void *va, const void *vb)
{
	double a = *(const double *)va, b = *(const double *)vb;

	return (a > b) - (a < b);
}

static double median(double *v, unsigned n)
{
	qsort(v, n, sizeof(*v), by_value);
	return n & 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* How many deviations x lies above the series' past, and the median of that. */
static double distance(const struct series *s, double x, double *usual)
{
	double v[ANOMALY_HISTORY], deviation;

	memcpy(v, s->history, s->n * sizeof(*v));
	*usual = median(v, s->n);
	for (unsigned i = 0; i < s->n; i++)
		v[i] = fabs(s->history[i] - *usual);
	deviation = TO_SIGMA * median(v, s->n);
	return (x - *usual) / (deviation > DEVIATION ? deviation : DEVIATION);
}

static void remember(struct series *s, double x)
{
	s->history[s->next] = x;
	s->next = (s->next + 1) % ANOMALY_HISTORY;
	if (s->n < ANOMALY_HISTORY)
		s->n++;
}

/* One interval of one series. True: its state has changed. */
static bool judge(struct series *s, double x, __u64 now, double *usual)
{
	double far;

	if (s->n < ANOMALY_WARMUP) {
		remember(s, x);
		return false;
	}
	far = distance(s, x, usual);
	if (far < FAR && !s->raised) /* what is far off is no part of its past */
		remember(s, x);
	if (s->raised ? far >= FAR / 2 : far < FAR) {
		s->streak = 0;
		return false;
	}
	if (!s->raised && !s->streak)
		s->since_ns = now;
	if (++s->streak < (s->raised ? CLEAR : RAISE))
		return false;
	s->raised = !s->raised;
	s->streak = 0;
	return true;
}

size_t anomaly_interval(struct anomaly *a, const struct snapshot *delta, struct anomaly_change *out,
			size_t max)
{
	size_t n = 0;

	a->intervals++;
	for (size_t i = 0; i < delta->n_conns; i++) {
		for (int dir = 0; dir < NS_DIRS; dir++) {
			const struct conn *c = &delta->conns[i];
			struct series *s;
			double now, usual;

			if (!log_mean(&c->dir[dir], &now))
				continue;
			s = series_of(a, &c->flow, dir);
			if (!s)
				continue;
			s->seen = a->intervals;
			if (!judge(s, now, delta->mono_ns, &usual))
				continue;
			if (n < max)
				out[n] = (struct anomaly_change){
					.flow = s->flow,
					.dir = s->dir,
					.raised = s->raised,
					.usual_ns = (__u64)exp2(usual),
					.now_ns = (__u64)exp2(now),
					.since_ns = s->since_ns,
				};
			n++;
		}
	}
	return n;
}
