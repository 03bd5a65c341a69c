// SPDX-License-Identifier: GPL-2.0-only
/* The `cpus` object: what the softirqs of each CPU did. `netstrata softirq` has them at length. */
#include <stdlib.h>

#include "cpus.h"
#include "histogram.h"
#include "json_parts.h"

#define SHORT_CPUS 64 /* that an object which is kept often has at most */

static json_t *delay_of(const struct hist *h)
{
	return json_pack("{s:o,s:o,s:o,s:o,s:o}", "n", json_u64(hist_n(h)), "sum_ns",
			 json_u64(h->sum), "max_ns", json_u64(h->max), "p50_ns",
			 json_quantile(h, 0.5), "p99_ns", json_quantile(h, 0.99));
}

static json_t *vec_of(const struct vec_counts *c)
{
	return json_pack("{s:o,s:o,s:o,s:o,s:o}", "runs", json_u64(c->runs), "run_ns",
			 json_u64(c->run.sum), "run_max_ns", json_u64(c->run.max), "ksoftirqd",
			 json_u64(c->ksoftirqd), "delay", delay_of(&c->delay));
}

/* What the kernel tells in /proc/net/softnet_stat: null where it does not. */
static json_t *told(const struct softnet *s, __u64 v)
{
	return s->told ? json_u64(v) : json_null();
}

static json_t *cpu_of(const struct softirq_snapshot *s, unsigned cpu, int *failed)
{
	const struct softirq_row *row = &s->rows[cpu];
	const struct softnet *net = &s->softnet[cpu];
	json_t *o = json_object();

	*failed |= json_object_set_new(o, "cpu", json_integer(cpu));
	for (int v = 0; v < SI_VECS; v++)
		*failed |= json_object_set_new(o, si_vec_name(v), vec_of(&row->vec[v]));
	*failed |= json_object_set_new(o, "packets", json_u64(row->rx.packets));
	*failed |= json_object_set_new(o, "squeezed", told(net, net->time_squeeze));
	*failed |= json_object_set_new(o, "backlog_packets", json_u64(row->rx.backlog_packets));
	*failed |= json_object_set_new(o, "backlog_rps", told(net, net->received_rps));
	*failed |= json_object_set_new(o, "backlog_dropped", told(net, net->dropped));
	return o;
}

int json_cpus(FILE *f, const struct snapshot *s)
{
	const struct softirq_snapshot *si = s->softirqs;
	json_t *line, *list;
	int failed = 0;

	if (!si)
		return 0;
	line = json_object_of("cpus");
	list = json_array();
	failed |= json_object_set_new(line, "interval_ns", json_u64(si->interval_ns));
	if (s->final)
		failed |= json_object_set_new(line, "final", json_true());
	failed |= json_object_set_new(line, "program_misses", json_u64(si->misses));
	for (unsigned i = 0; i < si->n_cpus; i++)
		if (cpu_there(si, i))
			failed |= json_array_append_new(list, cpu_of(si, i, &failed));
	failed |= json_object_set_new(line, "cpus", list);
	return json_line(f, line, failed);
}

int json_set_cpus(json_t *line, const struct snapshot *s)
{
	const struct softirq_snapshot *si = s->softirqs;
	unsigned n = 0, put = 0, left_out = 0,
		 *all = si ? cpus_list(si, CPUS_WORST_FIRST, &n) : NULL;
	json_t *list;
	int failed = 0;

	if (!si)
		return 0;
	list = json_array();
	for (unsigned i = 0; i < n; i++) {
		const struct softirq_row *row = &si->rows[all[i]];

		if (!cpu_ran(row))
			continue;
		if (put == SHORT_CPUS) {
			left_out++;
			continue;
		}
		failed |= json_array_append_new(
			list, json_pack("{s:i,s:o,s:o}", "cpu", (int)all[i], "run_ns",
					json_u64(row->vec[SI_RX].run.sum + row->vec[SI_TX].run.sum),
					"delay", delay_of(&row->vec[SI_RX].delay)));
		put++;
	}
	failed |= !all;
	free(all);
	failed |= json_object_set_new(line, "cpus", list);
	return failed | json_object_set_new(line, "cpus_left_out", json_integer(left_out));
}
