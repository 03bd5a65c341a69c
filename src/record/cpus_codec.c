// SPDX-License-Identifier: GPL-2.0-only
/*
 * The softirqs of each CPU as bytes: what `top` and the `cpus` object of JSON show of them, which
 * is a small part of what `netstrata softirq` counts.
 */
#include "cpus.h"
#include "recorded.h"

void walk_cpus(struct codec *c, struct softirq_snapshot *s)
{
	codec_below(c, &s->n_cpus, CPUS_MAX + 1);
	codec_u64(c, &s->interval_ns);
	codec_u64(c, &s->misses);
}

static void walk_softnet(struct codec *c, struct softnet *s)
{
	__u8 told = s->told;

	codec_u8(c, &told);
	s->told = told != 0;
	codec_u32(c, &s->dropped);
	codec_u32(c, &s->time_squeeze);
	codec_u32(c, &s->received_rps);
}

static void walk_vec(struct codec *c, struct vec_counts *v)
{
	codec_u64(c, &v->raises);
	codec_u64(c, &v->runs);
	codec_u64(c, &v->ksoftirqd);
	codec_u64(c, &v->run.sum);
	codec_u64(c, &v->run.max);
	codec_u64(c, &v->delay.sum);
	codec_u64(c, &v->delay.max);
	codec_counts(c, v->delay.count, HIST_BUCKETS, sizeof(v->delay.count[0]));
}

void walk_cpu(struct codec *c, struct softirq_snapshot *s, unsigned cpu)
{
	struct softirq_row *row;

	codec_below(c, &cpu, s->n_cpus);
	row = &s->rows[cpu];
	walk_softnet(c, &s->softnet[cpu]);
	if (c->writing && !cpu_ran(row))
		return; /* what is not there reads as 0: of hundreds of CPUs most can be idle */
	codec_u64(c, &row->rx.packets);
	codec_u64(c, &row->rx.backlog_packets);
	for (int v = 0; v < SI_VECS; v++)
		walk_vec(c, &row->vec[v]);
}
