// SPDX-License-Identifier: GPL-2.0-only
#include "cpus.h"

#include <stdlib.h>

bool cpu_ran(const struct softirq_row *row)
{
	for (int v = 0; v < SI_VECS; v++)
		if (row->vec[v].raises || row->vec[v].runs)
			return true;
	return false;
}

bool cpu_there(const struct softirq_snapshot *s, unsigned cpu)
{
	return cpu_ran(&s->rows[cpu]) || s->softnet[cpu].told;
}

static int worse(const void *a, const void *b, void *ctx)
{
	const struct softirq_snapshot *s = ctx;
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;
	__u64 max_x = s->rows[x].vec[SI_RX].delay.max, max_y = s->rows[y].vec[SI_RX].delay.max;

	if (max_x != max_y)
		return max_x < max_y ? 1 : -1;
	return x < y ? -1 : x > y;
}

unsigned *cpus_list(const struct softirq_snapshot *s, enum cpu_order order, unsigned *n)
{
	unsigned *list = malloc((s->n_cpus + 1) * sizeof(*list));

	*n = 0;
	if (!list)
		return NULL;
	for (unsigned i = 0; i < s->n_cpus; i++)
		if (cpu_there(s, i))
			list[(*n)++] = i;
	if (order == CPUS_WORST_FIRST)
		qsort_r(list, *n, sizeof(*list), worse, (void *)s);
	return list;
}

__u64 cpu_run_ns(const struct softirq_snapshot *s, unsigned cpu, enum si_vec v)
{
	__u64 sum = s->rows[cpu].vec[v].run.sum;

	return sum < s->interval_ns ? sum : s->interval_ns;
}
