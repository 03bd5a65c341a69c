/* SPDX-License-Identifier: GPL-2.0-only */
/* Hand-made softirqs of CPUs. */
#ifndef NS_TEST_SOFTIRQ_SAMPLE_H
#define NS_TEST_SOFTIRQ_SAMPLE_H

#include "sample.h"
#include "softirq_model.h"

/* A CPU with n runs of NET_RX, eight packets each; most waited `ns`, a tenth of them 100 us. */
__attribute__((unused)) static void sample_softirq_row(struct softirq_row *row, __u64 n, __u64 ns)
{
	struct vec_counts *rx = &row->vec[SI_RX];

	rx->raises = n + 5;
	rx->runs = n;
	rx->unraised = n / 100;
	rx->ksoftirqd = n / 4;
	rx->blamed = n / 10;
	rx->blamed_ns = n / 10 * 100000;
	sample_add(&rx->delay, ns, n - n / 10 - n / 100);
	sample_add(&rx->delay, 100000, n / 10);
	sample_add(&rx->run, 12000, n);
	row->rx.polls = n;
	row->rx.packets = row->rx.backlog_packets = 8 * n;
	row->rx.backlog_polls = n;
	row->rx.full_polls = 7;
	row->rx.full_in_row = 5;
	row->rx.squeezed_budget = 3;
	sample_add(&row->rx.run_packets, 8, n);
	sample_add(&row->rx.poll_packets, 8, n);
	sample_add(&row->rx.burst, 80000, n / 5);
	sample_add(&row->rx.burst_packets, 40, n / 5);
}

/* A second of n CPUs and one that is offline: the first is idle, the last has waited longest, and
 * the kernel tells nothing of CPU 2. */
__attribute__((unused)) static struct softirq_snapshot *sample_cpus(unsigned n)
{
	struct softirq_snapshot *s = softirq_new(n + 1, 0);

	s->mono_ns = 1010000000000ULL;
	s->interval_ns = 1000000000;
	s->misses = 3;
	for (unsigned i = 0; i < n; i++) {
		if (i)
			sample_softirq_row(&s->rows[i], 400 * i, 1500);
		s->softnet[i] = (struct softnet){
			.time_squeeze = 2 * i, .received_rps = 12, .dropped = i, .told = i != 2};
	}
	sample_add(&s->rows[n - 1].vec[SI_RX].delay, 23000000, 1);
	s->rows[n - 1].vec[SI_TX].runs = 10;
	sample_add(&s->rows[n - 1].vec[SI_TX].run, 700000, 10);
	return s;
}

#endif
