// SPDX-License-Identifier: GPL-2.0-only
/* What is looked at in an interval and has a histogram: each stage, and the softirqs of each CPU.
 */
#include "anomaly_parts.h"

#include "histogram.h"
#include "names.h"
#include "softirq_model.h"

/* The mean of log2 of what is in a histogram, against its past. An anomaly that begins, or NULL. */
static struct anomaly *judge(struct anomalies *a, struct series *s, enum anomaly_scope scope,
			     const struct hist *h, __u64 now)
{
	const struct anomaly_rule *rule = &anomaly_rules[scope];
	const struct levels *l = levels();
	struct verdict verdict;
	__u64 n = 0, sum = 0;
	struct anomaly *x;
	__u32 level;

	for (unsigned i = 0; i < HIST_BUCKETS; i++) {
		n += h->count[i];
		sum += h->count[i] * l->fine[i];
	}
	if (!n || !series_collect(a, s, n, sum, rule->packets))
		return NULL;
	level = series_take(s);
	verdict = series_judge(s, rule, level, 0, NULL, now);
	a->counts.habitual += verdict.habit;
	if (verdict.changed && verdict.end) {
		record_end(a, s, verdict.end, now);
	} else if (verdict.changed) {
		x = record_begin(a, s, scope, verdict.usual, level, now);
		if (!x)
			return NULL;
		x->stage_usual_ns = x->usual_ns;
		x->stage_now_ns = x->now_ns;
		x->n = n;
		return x;
	} else if (s->record) {
		a->list[s->record - 1].latest_ns = level_ns(level);
	}
	return NULL;
}

static void judge_stage(struct anomalies *a, const struct snapshot *d, enum ns_dir dir,
			unsigned proto, unsigned stage)
{
	struct anomaly *x = judge(a, &a->stages[dir][proto][stage], ANOMALY_STAGE,
				  &d->hist[dir][proto][stage], d->mono_ns);

	if (!x)
		return;
	x->dir = dir;
	x->proto = proto;
	x->stage = stage;
}

/* Not the total: it is the sum of these, and they say where. */
void scan_stages(struct anomalies *a, const struct snapshot *d)
{
	for (int dir = 0; dir < NS_DIRS; dir++)
		for (unsigned proto = 0; proto < NS_PROTOS; proto++)
			for (unsigned i = 0; i < dirs[dir].n_stages; i++)
				if (i != dirs[dir].total)
					judge_stage(a, d, dir, proto, i);
}

/* How long NET_RX waited on a CPU: what a packet that came in there has as its softirq_wait. */
void scan_cpus(struct anomalies *a, const struct snapshot *d)
{
	unsigned n = d->softirqs ? d->softirqs->n_cpus : 0;

	for (unsigned cpu = 0; cpu < n; cpu++) {
		const struct vec_counts *rx = &d->softirqs->rows[cpu].vec[SI_RX];
		struct anomaly *x;

		if (cpu >= CPU_SERIES) {
			a->counts.untracked += hist_n(&rx->delay) != 0;
			continue;
		}
		x = judge(a, &a->cpus[cpu], ANOMALY_CPU, &rx->delay, d->mono_ns);
		if (!x)
			continue;
		x->dir = NS_RX;
		x->proto = NS_PROTOS; /* any */
		x->stage = RXS_SOFTIRQ_WAIT;
		x->cpu = cpu;
		x->ksoftirqd = rx->runs && rx->ksoftirqd >= rx->runs - rx->ksoftirqd;
	}
}
