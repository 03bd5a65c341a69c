// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "histogram.h"
#include "json_parts.h"
#include "softirq_parts.h"

static json_t *limit(int value)
{
	return value < 0 ? json_null() : json_integer(value);
}

int softirq_json_start(FILE *f, const struct softirq_run *run)
{
	const struct run_info *ri = &run->ri;
	json_t *line = json_object_of("softirq_start");
	int failed = 0, err;

	failed |= json_object_set_new(line, "version", json_text(ri->version, sizeof(ri->version)));
	failed |= json_object_set_new(line, "kernel", json_text(ri->kernel, sizeof(ri->kernel)));
	failed |= json_object_set_new(line, "options", json_text(ri->options, sizeof(ri->options)));
	failed |= json_object_set_new(line, "netdev_budget", limit(run->limits.budget));
	failed |= json_object_set_new(line, "netdev_budget_usecs", limit(run->limits.budget_usecs));
	failed |= json_object_set_new(line, "dev_weight", limit(run->limits.weight));
	failed |= json_object_set_new(line, "burst_gap_ns", json_u64(run->config.burst_gap_ns));
	failed |= json_object_set_new(line, "blame_min_ns",
				      run->config.blame ? json_u64(run->config.blame_min_ns)
							: json_null());
	failed |= json_object_set_new(line, "clock",
				      json_pack("{s:o,s:o}", "mono_ns", json_u64(ri->mono_ns),
						"real_ns", json_u64(ri->real_ns)));
	err = json_line(f, line, failed);
	return err ? err : json_flush(f);
}

json_t *json_hist(const struct hist *h, const char *unit)
{
	static const struct {
		const char *name;
		double q;
	} quantiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}};
	json_t *o = json_pack("{s:o}", "n", json_u64(hist_n(h)));
	char name[16];
	int failed = 0;

	snprintf(name, sizeof(name), "sum%s", unit);
	failed |= json_object_set_new(o, name, json_u64(h->sum));
	snprintf(name, sizeof(name), "max%s", unit);
	failed |= json_object_set_new(o, name, json_u64(h->max));
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", quantiles[i].name, unit);
		failed |= json_object_set_new(o, name, json_quantile(h, quantiles[i].q));
	}
	failed |= json_object_set_new(o, "buckets", json_buckets(h));
	if (!failed)
		return o;
	json_decref(o);
	return NULL;
}

json_t *json_interval(const char *type, const struct softirq_snapshot *s, int *failed)
{
	json_t *line = json_object_of(type);

	*failed |= json_object_set_new(line, "interval_ns", json_u64(s->interval_ns));
	if (s->final)
		*failed |= json_object_set_new(line, "final", json_true());
	return line;
}

#define PUT_U64(name, doc) failed |= json_object_set_new(line, #name, json_u64(c->name));
#define PUT_NS(name, doc) failed |= json_object_set_new(line, #name, json_hist(&c->name, "_ns"));

static int set_vec(json_t *line, const struct vec_counts *c)
{
	int failed = 0;

	VEC_COUNTERS(PUT_U64)
	VEC_HISTS(PUT_NS)
	return failed;
}

static int set_rx(json_t *line, const struct rx_counts *c)
{
	int failed = 0;

	RX_COUNTERS(PUT_U64)
	PUT_NS(burst, )
	failed |= json_object_set_new(line, "run_packets", json_hist(&c->run_packets, ""));
	failed |= json_object_set_new(line, "poll_packets", json_hist(&c->poll_packets, ""));
	failed |= json_object_set_new(line, "burst_packets", json_hist(&c->burst_packets, ""));
	return failed;
}

/* The kernel's own counts; cpu -1: of all. */
static int set_softnet(json_t *line, const struct softirq_snapshot *s, int cpu)
{
	__u64 dropped = 0, rps = 0, limited = 0;
	int failed = 0;

	for (unsigned i = 0; i < s->n_cpus; i++) {
		if (cpu >= 0 && (unsigned)cpu != i)
			continue;
		dropped += s->softnet[i].dropped;
		rps += s->softnet[i].received_rps;
		limited += s->softnet[i].flow_limit;
	}
	failed |=
		json_object_set_new(line, "squeezed_time", json_u64(softirq_time_squeezes(s, cpu)));
	failed |= json_object_set_new(line, "backlog_dropped", json_u64(dropped));
	failed |= json_object_set_new(line, "backlog_rps", json_u64(rps));
	failed |= json_object_set_new(line, "backlog_flow_limit", json_u64(limited));
	return failed;
}

static int put_vec(FILE *f, const struct softirq_snapshot *s, const struct softirq_row *row,
		   enum si_vec v, int cpu)
{
	int failed = 0;
	json_t *line = json_interval("softirq", s, &failed);

	failed |= json_object_set_new(line, "vec", json_string(si_vec_name(v)));
	failed |= json_object_set_new(line, "cpu", cpu < 0 ? json_null() : json_integer(cpu));
	failed |= set_vec(line, &row->vec[v]);
	if (v == SI_RX) {
		failed |= set_rx(line, &row->rx);
		failed |= set_softnet(line, s, cpu);
	}
	return json_line(f, line, failed);
}

static int put_napis(FILE *f, const struct softirq_snapshot *s)
{
	struct napi_count *list;
	size_t n;
	int err = 0;

	list = softirq_napis(s, &n);
	if (!list)
		return n ? -ENOMEM : 0;
	for (size_t i = 0; !err && i < n; i++) {
		const struct napi_count *c = &list[i];
		int failed = 0;
		json_t *line = json_interval("napi", s, &failed);

		failed |= json_object_set_new(
			line, "dev", c->dev[0] ? json_text(c->dev, sizeof(c->dev)) : json_null());
		failed |=
			json_object_set_new(line, "napi_id", c->id ? json_u64(c->id) : json_null());
		failed |= json_object_set_new(line, "polls", json_u64(c->polls));
		failed |= json_object_set_new(line, "packets", json_u64(c->packets));
		failed |= json_object_set_new(line, "full_polls", json_u64(c->full));
		failed |= json_object_set_new(line, "longest", json_u64(c->longest));
		err = json_line(f, line, failed);
	}
	free(list);
	return err;
}

static int set_holder(json_t *line, const struct holder *who, const struct softirq_run *run)
{
	static const char *const kinds[] = {"none", "task", "softirq", "irq", "others"};
	const struct irq_info *irq;
	const char *name = NULL;
	char comm[sizeof(who->comm)];
	int failed = 0;

	memcpy(comm, who->comm, sizeof(comm));
	if (who->kind == HOLD_TASK)
		name = who->id ? comm : "idle";
	if (who->kind == HOLD_SOFTIRQ)
		name = softirq_vec_name(who->id);
	if (who->kind == HOLD_IRQ) {
		irq = irq_find(&run->irqs, who->id);
		name = irq ? irq->name : NULL;
	}
	failed |= json_object_set_new(
		line, "kind", json_string(who->kind <= HOLD_OTHERS ? kinds[who->kind] : "none"));
	failed |= json_object_set_new(line, "name",
				      name ? json_text(name, who->kind == HOLD_TASK && who->id
								     ? sizeof(comm)
								     : strlen(name))
					   : json_null());
	failed |= json_object_set_new(line, "id",
				      who->kind == HOLD_OTHERS ? json_null() : json_u64(who->id));
	return failed;
}

static int put_delayers(FILE *f, const struct softirq_snapshot *s, enum si_vec v,
			const struct softirq_run *run)
{
	struct softirq_delayer *list;
	size_t n;
	int err = 0;

	list = softirq_delayers(s, v, &n);
	if (!list)
		return n ? -ENOMEM : 0;
	for (size_t i = 0; !err && i < n; i++) {
		const struct delayer *d = &list[i].d;
		int failed = 0;
		json_t *line = json_interval("delayer", s, &failed);

		failed |= json_object_set_new(line, "vec", json_string(si_vec_name(v)));
		failed |= set_holder(line, &d->who, run);
		failed |= json_object_set_new(line, "n", json_u64(d->n));
		failed |= json_object_set_new(line, "sum_ns", json_u64(d->ns));
		failed |= json_object_set_new(line, "max_ns", json_u64(d->max_ns));
		failed |= json_object_set_new(line, "cpu", json_integer(list[i].worst_cpu));
		err = json_line(f, line, failed);
	}
	free(list);
	return err;
}

int softirq_json(FILE *f, const struct softirq_snapshot *s, const struct softirq_run *run)
{
	struct softirq_row *total = malloc(sizeof(*total));
	int err = 0;

	if (!total)
		return -ENOMEM;
	softirq_total(s, total);
	for (int v = 0; !err && v < SI_VECS; v++) {
		for (unsigned cpu = 0; !err && cpu < s->n_cpus; cpu++)
			if (s->rows[cpu].vec[v].raises || s->rows[cpu].vec[v].runs)
				err = put_vec(f, s, &s->rows[cpu], v, (int)cpu);
		if (!err)
			err = put_vec(f, s, total, v, -1);
	}
	if (!err)
		err = put_napis(f, s);
	for (int v = 0; !err && run->config.blame && v < SI_VECS; v++)
		err = put_delayers(f, s, v, run);
	free(total);
	return err ? err : json_flush(f);
}

int softirq_json_end(FILE *f, __u64 misses, const char *reason)
{
	json_t *line = json_object_of("softirq_end");
	int failed = json_object_set_new(line, "reason", json_string(reason)), err;

	failed |= json_object_set_new(line, "program_misses", json_u64(misses));
	err = json_line(f, line, failed);
	return err ? err : json_flush(f);
}
