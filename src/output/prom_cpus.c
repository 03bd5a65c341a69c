// SPDX-License-Identifier: GPL-2.0-only
/* Series of the softirqs of each CPU. Few for each one, because there may be many. */
#include "prometheus.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cpus.h"
#include "histogram.h"
#include "prom_write.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* What a CPU, or all those that have no series of their own, did. */
struct sums {
	__u64 run_ns[SI_VECS];
	__u64 runs, ksoftirqd, delays, delay_ns, packets, squeezed;
	bool there, told; /* told: squeezed is known */
};

static void add(struct sums *to, const struct softirq_snapshot *s, unsigned cpu)
{
	const struct softirq_row *row = &s->rows[cpu];
	const struct vec_counts *rx = &row->vec[SI_RX];

	for (int v = 0; v < SI_VECS; v++)
		to->run_ns[v] += row->vec[v].run.sum;
	to->runs += rx->runs;
	to->ksoftirqd += rx->ksoftirqd;
	to->delays += hist_n(&rx->delay);
	to->delay_ns += rx->delay.sum;
	to->packets += row->rx.packets;
	to->squeezed += s->softnet[cpu].time_squeeze;
	to->told |= s->softnet[cpu].told;
	to->there = true;
}

static struct prom_labels cpu_label(unsigned i)
{
	char number[16] = "other";

	if (i < PROM_CPUS)
		snprintf(number, sizeof(number), "%u", i);
	return prom_label(PROM_NONE, "cpu", number, sizeof(number));
}

static void put_run_time(struct prom *p, const struct sums *sums)
{
	static const struct prom_family family = {
		"netstrata_", "softirq_run_seconds", PROM_COUNTER, "seconds",
		"Time that a CPU was in a softirq of the network"};

	prom_family(p, &family, NULL);
	for (unsigned i = 0; i <= PROM_CPUS; i++)
		for (int v = 0; sums[i].there && v < SI_VECS; v++) {
			const char *vec = si_vec_name(v);
			struct prom_labels l = prom_label(cpu_label(i), "vec", vec, strlen(vec));

			prom_seconds(p, &l, sums[i].run_ns[v]);
		}
}

static void put_net_rx(struct prom *p, const struct sums *sums)
{
	static const struct {
		struct prom_family family;
		size_t offset;
		bool from_kernel;
	} families[] = {
		{{"netstrata_", "softirq_rx_runs", PROM_COUNTER, NULL, "Runs of NET_RX on a CPU"},
		 offsetof(struct sums, runs),
		 false},
		{{"netstrata_", "softirq_rx_ksoftirqd_runs", PROM_COUNTER, NULL,
		  "Runs of NET_RX that ksoftirqd had to do"},
		 offsetof(struct sums, ksoftirqd),
		 false},
		{{"netstrata_", "softirq_rx_delays", PROM_COUNTER, NULL,
		  "Times that NET_RX was raised on a CPU and waited until it was entered"},
		 offsetof(struct sums, delays),
		 false},
		{{"netstrata_", "softirq_rx_delay_seconds", PROM_COUNTER, "seconds",
		  "How long NET_RX waited on a CPU from the raise to the entry"},
		 offsetof(struct sums, delay_ns),
		 false},
		{{"netstrata_", "softirq_rx_packets", PROM_COUNTER, NULL,
		  "Packets that NET_RX polled on a CPU"},
		 offsetof(struct sums, packets),
		 false},
		{{"netstrata_", "softirq_rx_squeezed", PROM_COUNTER, NULL,
		  "Runs of NET_RX that ended with work left: budget or time used up"},
		 offsetof(struct sums, squeezed),
		 true},
	};

	for (size_t k = 0; k < COUNT_OF(families); k++) {
		prom_family(p, &families[k].family, NULL);
		for (unsigned i = 0; i <= PROM_CPUS; i++) {
			__u64 v = *(const __u64 *)((const char *)&sums[i] + families[k].offset);
			struct prom_labels l = cpu_label(i);

			if (!sums[i].there || (families[k].from_kernel && !sums[i].told))
				continue;
			if (families[k].family.unit)
				prom_seconds(p, &l, v);
			else
				prom_count(p, &l, v);
		}
	}
}

void prometheus_cpus(struct prom *p, const struct softirq_snapshot *s)
{
	static const struct prom_family delay = {"netstrata_", "softirq_delay_seconds",
						 PROM_HISTOGRAM, "seconds",
						 "How long NET_RX waited from the raise to the "
						 "entry, on all CPUs"};
	static const struct prom_family missed = {"netstrata_", "softirq_program_misses",
						  PROM_COUNTER, NULL,
						  "Events of softirqs that no program saw"};
	struct sums sums[PROM_CPUS + 1] = {};
	struct hist all = {};

	for (unsigned i = 0; i < s->n_cpus; i++) {
		hist_merge(&all, &s->rows[i].vec[SI_RX].delay);
		if (cpu_there(s, i))
			add(&sums[i < PROM_CPUS ? i : PROM_CPUS], s, i);
	}
	prom_family(p, &delay, NULL);
	prom_histogram(p, &PROM_NONE, &all, NULL);
	put_run_time(p, sums);
	put_net_rx(p, sums);
	prom_family(p, &missed, NULL);
	prom_count(p, &PROM_NONE, s->misses);
}
