// SPDX-License-Identifier: GPL-2.0-only
#include "softirq_model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "histogram.h"

struct softirq_snapshot *softirq_new(unsigned n_cpus, unsigned n_lines)
{
	struct softirq_snapshot *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->n_cpus = n_cpus;
	s->n_lines = n_lines;
	s->rows = calloc(n_cpus, sizeof(*s->rows));
	s->softnet = calloc(n_cpus, sizeof(*s->softnet));
	s->lines = calloc(n_lines + 1, sizeof(*s->lines)); /* + 1: never nothing */
	s->counts = calloc((size_t)n_lines * n_cpus + 1, sizeof(*s->counts));
	if (s->rows && s->softnet && s->lines && s->counts)
		return s;
	softirq_free(s);
	return NULL;
}

void softirq_free(struct softirq_snapshot *s)
{
	if (!s)
		return;
	free(s->rows);
	free(s->softnet);
	free(s->lines);
	free(s->counts);
	free(s);
}

struct softirq_snapshot *softirq_copy(const struct softirq_snapshot *s)
{
	struct softirq_snapshot *c = softirq_new(s->n_cpus, s->n_lines);

	if (!c)
		return NULL;
	c->mono_ns = s->mono_ns;
	c->interval_ns = s->interval_ns;
	c->final = s->final;
	c->misses = s->misses;
	memcpy(c->rows, s->rows, sizeof(*s->rows) * s->n_cpus);
	memcpy(c->softnet, s->softnet, sizeof(*s->softnet) * s->n_cpus);
	memcpy(c->lines, s->lines, sizeof(*s->lines) * s->n_lines);
	memcpy(c->counts, s->counts, sizeof(*s->counts) * s->n_lines * s->n_cpus);
	return c;
}

/* The maximum of an interval where there are no buckets. */
static __u64 max_since(__u64 max, __u64 prev_max, __u64 sum)
{
	return max > prev_max || max < sum ? max : sum;
}

#define SUB_U64(name, doc) a->name -= b->name;
#define SUB_HIST(name, doc) hist_sub(&a->name, &b->name, &a->name);
#define ADD_U64(name, doc) a->name += b->name;
#define ADD_HIST(name, doc) hist_merge(&a->name, &b->name);

static void subtract_vec(struct vec_counts *a, const struct vec_counts *b)
{
	VEC_COUNTERS(SUB_U64)
	VEC_HISTS(SUB_HIST)
}

static void subtract_rx(struct rx_counts *a, const struct rx_counts *b)
{
	RX_COUNTERS(SUB_U64)
	RX_HISTS(SUB_HIST)
}

static void subtract_row(struct softirq_row *a, const struct softirq_row *b)
{
	for (int v = 0; v < SI_VECS; v++)
		subtract_vec(&a->vec[v], &b->vec[v]);
	subtract_rx(&a->rx, &b->rx);
	for (int i = 0; i < NAPI_PLACES; i++) {
		a->napi[i].polls -= b->napi[i].polls;
		a->napi[i].packets -= b->napi[i].packets;
		a->napi[i].full -= b->napi[i].full;
	}
	a->napi_lost -= b->napi_lost;
	for (int i = 0; i < DELAYERS_ALL; i++) {
		struct delayer *x = &a->delayers[i];
		const struct delayer *y = &b->delayers[i];

		x->n -= y->n;
		x->ns -= y->ns;
		x->max_ns = max_since(x->max_ns, y->max_ns, x->ns);
	}
}

static void subtract_line(struct irq_line *a, const struct irq_line *b)
{
	LINE_HISTS(SUB_HIST)
}

static void softnet_subtract(struct softnet *a, const struct softnet *b)
{
	a->processed -= b->processed;
	a->dropped -= b->dropped;
	a->time_squeeze -= b->time_squeeze;
	a->by_time -= b->by_time;
	a->received_rps -= b->received_rps;
	a->flow_limit -= b->flow_limit;
}

void softnet_since_base(struct softnet *now, struct softnet_account *a)
{
	if (now->told) {
		a->last = *now;
		if (!a->base.told)
			a->base = *now;
	} else {
		*now = a->last;
		now->told = false;
	}
	softnet_subtract(now, &a->base);
}

void softnet_by_time(struct softnet *s, __u64 squeezed_budget, __u32 *most)
{
	__u32 n = s->time_squeeze - (__u32)squeezed_budget;

	if (s->told && (__s32)(n - *most) > 0)
		*most = n;
	s->by_time = *most;
}

void softirq_subtract(struct softirq_snapshot *cur, const struct softirq_snapshot *prev)
{
	cur->interval_ns = cur->mono_ns - prev->mono_ns;
	cur->misses -= prev->misses;
	for (unsigned i = 0; i < cur->n_cpus; i++) {
		subtract_row(&cur->rows[i], &prev->rows[i]);
		softnet_subtract(&cur->softnet[i], &prev->softnet[i]);
	}
	for (unsigned i = 0; i < cur->n_lines; i++)
		subtract_line(&cur->lines[i], &prev->lines[i]);
	for (unsigned i = 0; i < cur->n_lines * cur->n_cpus; i++) {
		struct irq_count *a = &cur->counts[i];
		const struct irq_count *b = &prev->counts[i];

		a->n -= b->n;
		a->ns -= b->ns;
		a->raised -= b->raised;
		a->max_ns = max_since(a->max_ns, b->max_ns, a->ns);
	}
}

static void add_vec(struct vec_counts *a, const struct vec_counts *b)
{
	VEC_COUNTERS(ADD_U64)
	VEC_HISTS(ADD_HIST)
}

static void add_rx(struct rx_counts *a, const struct rx_counts *b)
{
	RX_COUNTERS(ADD_U64)
	RX_HISTS(ADD_HIST)
}

static void add_row(struct softirq_row *a, const struct softirq_row *b)
{
	for (int v = 0; v < SI_VECS; v++)
		add_vec(&a->vec[v], &b->vec[v]);
	add_rx(&a->rx, &b->rx);
	a->napi_lost += b->napi_lost;
}

void softirq_total(const struct softirq_snapshot *s, struct softirq_row *total)
{
	memset(total, 0, sizeof(*total));
	for (unsigned i = 0; i < s->n_cpus; i++)
		add_row(total, &s->rows[i]);
}

static void softnet_add(struct softnet *a, const struct softnet *b)
{
	a->processed += b->processed;
	a->dropped += b->dropped;
	a->time_squeeze += b->time_squeeze;
	a->by_time += b->by_time;
	a->received_rps += b->received_rps;
	a->flow_limit += b->flow_limit;
	a->told |= b->told;
}

static void add_cpus(struct softirq_snapshot *to, const struct softirq_snapshot *s)
{
	to->mono_ns = s->mono_ns;
	to->interval_ns += s->interval_ns;
	to->misses += s->misses;
	for (unsigned i = 0; i < s->n_cpus; i++) {
		add_row(&to->rows[i], &s->rows[i]);
		softnet_add(&to->softnet[i], &s->softnet[i]);
	}
}

int softirq_add(struct softirq_snapshot **sum, const struct softirq_snapshot *s)
{
	struct softirq_snapshot *to = *sum;

	if (!to || to->n_cpus < s->n_cpus) { /* the first, or a file that no single machine wrote */
		to = softirq_new(s->n_cpus, 0);
		if (!to)
			return -ENOMEM;
		if (*sum)
			add_cpus(to, *sum);
		softirq_free(*sum);
		*sum = to;
	}
	add_cpus(to, s);
	return 0;
}

static void hist_put(struct hist *h, __u64 v)
{
	h->count[hist_bucket(v)]++;
	h->sum += v;
	if (v > h->max)
		h->max = v;
}

void softirq_end_burst(struct softirq_row *row, __u64 now, __u64 gap)
{
	if (!row->burst_exit || now < row->burst_exit || now - row->burst_exit <= gap ||
	    row->rx_runs)
		return;
	hist_put(&row->rx.burst, row->burst_exit - row->burst_entry);
	hist_put(&row->rx.burst_packets, row->burst_packets);
}

__u64 softirq_time_squeezes(const struct softirq_snapshot *s, int cpu)
{
	__u64 n = 0;

	for (unsigned i = 0; i < s->n_cpus; i++)
		if (cpu < 0 || (unsigned)cpu == i)
			n += s->softnet[i].by_time;
	return n;
}

static int more_packets(const void *a, const void *b)
{
	const struct napi_count *x = a, *y = b;

	if (x->packets != y->packets)
		return x->packets < y->packets ? 1 : -1;
	return x->key < y->key ? -1 : x->key > y->key;
}

static void merge_napi(struct napi_count *list, size_t *n, const struct napi_count *c)
{
	size_t i = 0;

	while (i < *n && list[i].key != c->key)
		i++;
	if (i == *n) {
		list[(*n)++] = *c;
		return;
	}
	list[i].polls += c->polls;
	list[i].packets += c->packets;
	list[i].full += c->full;
	if (c->longest > list[i].longest)
		list[i].longest = c->longest;
}

struct napi_count *softirq_napis(const struct softirq_snapshot *s, size_t *n)
{
	struct napi_count *list = malloc(sizeof(*list) * NAPI_PLACES * s->n_cpus);

	*n = !list;
	for (unsigned cpu = 0; list && cpu < s->n_cpus; cpu++)
		for (int i = 0; i < NAPI_PLACES; i++)
			if (s->rows[cpu].napi[i].polls)
				merge_napi(list, n, &s->rows[cpu].napi[i]);
	if (list)
		qsort(list, *n, sizeof(*list), more_packets);
	return list;
}

static int more_time(const void *a, const void *b)
{
	const struct softirq_delayer *x = a, *y = b;

	if (x->d.ns != y->d.ns)
		return x->d.ns < y->d.ns ? 1 : -1;
	if (x->d.who.kind != y->d.who.kind)
		return x->d.who.kind < y->d.who.kind ? -1 : 1;
	return x->d.who.id < y->d.who.id ? -1 : x->d.who.id > y->d.who.id;
}

/* Tasks are the same by name: the threads of a service, or one short process after the other. */
static bool same_holder(const struct holder *a, const struct holder *b)
{
	return a->kind == b->kind && !memcmp(a->comm, b->comm, sizeof(a->comm)) &&
	       (a->kind == HOLD_TASK || a->kind == HOLD_OTHERS || a->id == b->id);
}

static void merge_delayer(struct softirq_delayer *list, size_t *n, const struct delayer *d, int cpu)
{
	size_t i = 0;

	while (i < *n && !same_holder(&list[i].d.who, &d->who))
		i++;
	if (i == *n) {
		list[(*n)++] = (struct softirq_delayer){*d, cpu};
		return;
	}
	list[i].d.n += d->n;
	list[i].d.ns += d->ns;
	if (d->max_ns > list[i].d.max_ns) {
		list[i].d.max_ns = d->max_ns;
		list[i].d.who.id = d->who.id;
		list[i].worst_cpu = cpu;
	}
}

struct softirq_delayer *softirq_delayers(const struct softirq_snapshot *s, enum si_vec vec,
					 size_t *n)
{
	struct softirq_delayer *list = malloc(sizeof(*list) * DELAYERS_ALL * s->n_cpus);

	*n = !list;
	for (unsigned cpu = 0; list && cpu < s->n_cpus; cpu++)
		for (int i = 0; i < DELAYERS_ALL; i++)
			if (s->rows[cpu].delayers[i].n && s->rows[cpu].delayers[i].vec == vec)
				merge_delayer(list, n, &s->rows[cpu].delayers[i], cpu);
	if (list)
		qsort(list, *n, sizeof(*list), more_time);
	return list;
}

int softnet_parse(const char *line, unsigned position, struct softnet *out)
{
	unsigned c[13];
	int n = 0, used;

	while (n < 13 && sscanf(line, "%8x%n", &c[n], &used) == 1) {
		line += used;
		n++;
	}
	if (n < 11)
		return -EINVAL;
	*out = (struct softnet){
		.processed = c[0],
		.dropped = c[1],
		.time_squeeze = c[2],
		.received_rps = c[9],
		.flow_limit = c[10],
		.told = true,
	};
	/* with the 13th column the kernel (5.10) says whose line it is: CPUs can be offline */
	return n > 12 && c[12] < 1 << 20 ? (int)c[12] : (int)position;
}

const char *softirq_vec_name(unsigned nr)
{
	static const char *const names[VEC_COUNT] = {"hi",	"timer",    "net_tx",  "net_rx",
						     "block",	"irq_poll", "tasklet", "sched",
						     "hrtimer", "rcu"};

	return nr < VEC_COUNT ? names[nr] : NULL;
}

const char *si_vec_name(enum si_vec v)
{
	return v == SI_RX ? "net_rx" : "net_tx";
}
