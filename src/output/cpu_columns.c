// SPDX-License-Identifier: GPL-2.0-only
#include "cpu_columns.h"

#include <stdio.h>

#include "histogram.h"

const struct cpu_column_info cpu_columns[CPU_COLUMNS] = {
	[CPU_N] = {"", "n", 7, 2},
	[CPU_P50] = {"", "p50", 7, 0},
	[CPU_P99] = {"delay", "p99", 7, 0},
	[CPU_MAX] = {"", "max", 7, 0},
	[CPU_RX] = {"net_rx", "time", 7, 0},
	[CPU_TX] = {"net_tx", "time", 7, 1},
	[CPU_RUNS] = {"runs", "/s", 6, 0},
	[CPU_PACKETS] = {"packets", "/run", 8, 0},
	[CPU_SQUEEZED] = {"squee-", "zed", 7, 0},
	[CPU_KSOFTIRQD] = {"ksoft-", "irqd", 7, 0},
	[CPU_BACKLOG] = {"backlog", "packets", 8, 3},
	[CPU_RPS] = {"", "rps", 7, 4},
	[CPU_DROPS] = {"", "drops", 7, 4},
};

/* What the kernel tells of a CPU, if it does. */
static struct fmt told(const struct softnet *s, __u64 n)
{
	return s->told ? fmt_count(n) : (struct fmt){"-"};
}

static struct fmt quantile(const struct hist *h, double q, enum fmt_unit unit)
{
	__u64 v;

	return hist_quantile(h, q, &v) ? fmt_time(v, unit) : (struct fmt){"-"};
}

struct fmt cpu_cell(const struct softirq_snapshot *s, unsigned cpu, enum cpu_column c,
		    enum fmt_unit unit)
{
	const struct softirq_row *row = &s->rows[cpu];
	const struct vec_counts *rx = &row->vec[SI_RX];
	const struct softnet *net = &s->softnet[cpu];
	const struct fmt none = {"-"};

	switch (c) {
	case CPU_N:
		return fmt_count(hist_n(&rx->delay));
	case CPU_P50:
		return quantile(&rx->delay, 0.5, unit);
	case CPU_P99:
		return quantile(&rx->delay, 0.99, unit);
	case CPU_MAX:
		return hist_n(&rx->delay) ? fmt_time(rx->delay.max, unit) : none;
	case CPU_RX:
		return fmt_percent(cpu_run_ns(s, cpu, SI_RX), s->interval_ns);
	case CPU_TX:
		return fmt_percent(cpu_run_ns(s, cpu, SI_TX), s->interval_ns);
	case CPU_RUNS:
		return fmt_rate(rx->runs, s->interval_ns);
	case CPU_PACKETS:
		return fmt_ratio(row->rx.packets, rx->runs);
	case CPU_SQUEEZED:
		return told(net, net->time_squeeze);
	case CPU_KSOFTIRQD:
		return fmt_percent(rx->ksoftirqd, rx->runs);
	case CPU_BACKLOG:
		return fmt_count(row->rx.backlog_packets);
	case CPU_RPS:
		return told(net, net->received_rps);
	case CPU_DROPS:
		return told(net, net->dropped);
	case CPU_COLUMNS:
		break;
	}
	return none;
}

unsigned cpu_columns_fit(unsigned width, unsigned *rank)
{
	unsigned used = CPU_NUMBER;

	for (unsigned r = 0;; r++) {
		unsigned more = 0;

		for (unsigned c = 0; c < CPU_COLUMNS; c++)
			more += cpu_columns[c].rank == r ? cpu_columns[c].width : 0;
		if (!more || used + more > width)
			return used;
		used += more;
		*rank = r;
	}
}
