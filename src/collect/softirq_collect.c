// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/libbpf.h>

#include "collect.h"
#include "map_array.h"
#include "msg.h"
#include "softirq_collect.h"

#include "softirq.skel.h"

static int read_sysctl(const char *name)
{
	char path[64];
	int n = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/sys/net/core/%s", name);
	f = fopen(path, "re");
	if (!f)
		return -1;
	if (fscanf(f, "%d", &n) != 1)
		n = -1;
	fclose(f);
	return n;
}

struct softirq_limits softirq_limits(void)
{
	return (struct softirq_limits){
		.budget = read_sysctl("netdev_budget"),
		.budget_usecs = read_sysctl("netdev_budget_usecs"),
		.weight = read_sysctl("dev_weight"),
	};
}

/* Since the start; cpus: one for each, zeros. */
static void read_softnet(struct softirq_collector *c, struct softnet *cpus)
{
	FILE *f = fopen("/proc/net/softnet_stat", "re");
	struct softnet one;
	unsigned position = 0;
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		int cpu = softnet_parse(line, position++, &one);

		if (cpu >= 0 && (unsigned)cpu < c->n_cpus)
			cpus[cpu] = one;
	}
	if (f)
		fclose(f);
	for (unsigned i = 0; i < c->n_cpus; i++)
		softnet_since_base(&cpus[i], &c->accounts[i]);
}

/* The budget can be changed at any time; the programs must know what net_rx_action() does. */
static void refresh_budget(struct softirq_collector *c)
{
	int budget = read_sysctl("netdev_budget");

	softirq_set_budget(c->programs, budget < 0 ? ~0U : (__u32)budget);
}

int softirq_collect_open(struct softirq_collector *c, struct softirq_programs *programs,
			 const struct kernel *k, const struct softirq_config *config)
{
	struct softnet *now;

	memset(c, 0, sizeof(*c));
	c->programs = programs;
	c->n_cpus = k->possible_cpus;
	c->n_lines = config->lines;
	c->burst_gap_ns = config->burst_gap_ns;
	c->rows = map_array(programs->skel->maps.rows, &c->rows_bytes);
	c->lines = map_array(programs->skel->maps.lines, &c->lines_bytes);
	c->counts = map_array(programs->skel->maps.irq_counts, &c->counts_bytes);
	if (!c->rows || !c->lines || !c->counts)
		return msg_errno(errno, "cannot map the programs' tables");
	c->accounts = calloc(c->n_cpus, sizeof(*c->accounts));
	now = calloc(c->n_cpus, sizeof(*now));
	if (!c->accounts || !now) {
		free(now);
		return msg_errno(ENOMEM, "cannot begin");
	}
	refresh_budget(c);
	softirq_measure(programs, true);
	c->start_ns = mono_now();
	read_softnet(c, now);
	free(now);
	return 0;
}

static void unmap(const void *p, size_t bytes)
{
	if (p)
		munmap((void *)p, bytes);
}

void softirq_collect_close(struct softirq_collector *c)
{
	unmap(c->rows, c->rows_bytes);
	unmap(c->lines, c->lines_bytes);
	unmap(c->counts, c->counts_bytes);
	free(c->accounts);
	memset(c, 0, sizeof(*c));
}

struct softirq_snapshot *softirq_collect(struct softirq_collector *c, bool last)
{
	struct softirq_snapshot *s = softirq_new(c->n_cpus, c->n_lines);

	if (!s)
		return NULL;
	refresh_budget(c);
	read_softnet(c, s->softnet);
	if (last)
		softirq_measure(c->programs, false);
	s->mono_ns = mono_now(); /* before the rows: a burst that goes on then has not ended */
	s->interval_ns = s->mono_ns - c->start_ns;
	memcpy(s->rows, c->rows, sizeof(*s->rows) * s->n_cpus);
	memcpy(s->lines, c->lines, sizeof(*s->lines) * s->n_lines);
	memcpy(s->counts, c->counts, sizeof(*s->counts) * s->n_lines * s->n_cpus);
	s->misses = softirq_misses(c->programs);
	for (unsigned i = 0; i < s->n_cpus; i++) {
		softnet_by_time(&s->softnet[i], s->rows[i].rx.squeezed_budget,
				&c->accounts[i].by_time);
		softirq_end_burst(&s->rows[i], s->mono_ns, c->burst_gap_ns);
	}
	return s;
}
