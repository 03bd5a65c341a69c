// SPDX-License-Identifier: GPL-2.0-only
/* What text_snapshot() says of the softirqs of each CPU, where a snapshot has them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_columns.h"
#include "text_style.h"

#define TITLE "softirqs by CPU"

/* A line of the heading. `left` stands where the columns below it begin without a word. */
static void print_head(FILE *f, unsigned rank, const char *left, bool over,
		       const struct text_opts *o)
{
	size_t at = strlen(left), end = CPU_NUMBER;

	fprintf(f, "%s%s", text_style(o, TS_HEAD), left);
	for (unsigned c = 0; c < CPU_COLUMNS; c++) {
		const char *word = over ? cpu_columns[c].over : cpu_columns[c].head;

		if (cpu_columns[c].rank > rank)
			continue;
		end += cpu_columns[c].width;
		if (*word)
			at += (size_t)fprintf(f, "%*s", (int)(end - at), word);
	}
	fprintf(f, "%s\n", text_style(o, TS_RESET));
}

static void print_cpu(FILE *f, const struct softirq_snapshot *s, unsigned cpu, unsigned rank)
{
	fprintf(f, "%-*u", CPU_NUMBER, cpu);
	for (unsigned c = 0; c < CPU_COLUMNS; c++)
		if (cpu_columns[c].rank <= rank)
			fprintf(f, "%*s", (int)cpu_columns[c].width,
				cpu_cell(s, cpu, c, FMT_AUTO).s);
	fputc('\n', f);
}

int text_cpus(FILE *f, const struct snapshot *snapshot, const struct text_opts *o)
{
	const struct softirq_snapshot *s = snapshot->softirqs;
	unsigned n = 0, rank = 0, *list = s ? cpus_list(s, CPUS_BY_NUMBER, &n) : NULL;

	if (s && list && n > TEXT_ROWS) {
		free(list);
		list = cpus_list(s, CPUS_WORST_FIRST, &n);
	}
	if (s && !list)
		return -ENOMEM;
	if (n) {
		cpu_columns_fit(text_width(o), &rank);
		print_head(f, rank, TITLE, true, o);
		print_head(f, rank, "cpu", false, o);
	}
	for (unsigned i = 0; i < n && i < TEXT_ROWS; i++)
		print_cpu(f, s, list[i], rank);
	text_rest(f, n);
	free(list);
	if (s && s->misses)
		fprintf(f,
			"%s%s events of softirqs were not seen: their program was running "
			"already%s\n",
			text_style(o, TS_WARN), fmt_count(s->misses).s, text_style(o, TS_RESET));
	return 0;
}
