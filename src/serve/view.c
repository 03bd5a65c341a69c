// SPDX-License-Identifier: GPL-2.0-only
#include "view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "json_serve.h"

void view_packet(struct view_maker *m, const struct ns_event *e)
{
	struct view_ring *r = e->flags & PKT_DROPPED ? &m->dropped : &m->slow;
	size_t at = r->n++ % VIEW_PACKETS;

	r->list[at] = *e;
	r->nth[at] = m->slow.n + m->dropped.n;
	if (m->anomalies)
		anomalies_packet(m->anomalies, e);
}

static __u64 timeval_ns(struct timeval t)
{
	return (__u64)t.tv_sec * 1000000000 + (__u64)t.tv_usec * 1000;
}

static struct self_use self_use(void)
{
	struct self_use u = {};
	struct rusage r;
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long resident;

	if (!getrusage(RUSAGE_SELF, &r))
		u.cpu_ns = timeval_ns(r.ru_utime) + timeval_ns(r.ru_stime);
	if (f && fscanf(f, "%*u %lu", &resident) == 1)
		u.resident_bytes = (__u64)resident * (__u64)sysconf(_SC_PAGESIZE);
	if (f)
		fclose(f);
	return u;
}

static void put_line(struct history_line *line)
{
	if (line && atomic_fetch_sub(&line->refs, 1) == 1)
		free(line);
}

static struct history_line *make_line(const struct snapshot *interval, const struct run_info *ri)
{
	struct history_line *line = NULL;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int err = -1;

	if (f) {
		err = json_history(f, interval, ri);
		err |= fclose(f);
	}
	if (!err)
		line = malloc(sizeof(*line) + len);
	if (line) {
		atomic_init(&line->refs, 1);
		line->mono_ns = interval->mono_ns;
		line->len = len;
		memcpy(line->text, text, len);
	}
	free(text);
	return line;
}

/* The last view's past, and this interval. */
static int add_history(struct view *v, const struct view *last)
{
	size_t skip = last && last->n_history == HISTORY_POINTS;
	struct history_line *line = make_line(v->interval, v->ri);

	if (!line)
		return -1;
	for (size_t i = skip; last && i < last->n_history; i++) {
		v->history[v->n_history] = last->history[i];
		atomic_fetch_add(&v->history[v->n_history++]->refs, 1);
	}
	v->history[v->n_history++] = line;
	return 0;
}

static size_t first(const struct view_ring *r)
{
	return r->n < VIEW_PACKETS ? 0 : r->n - VIEW_PACKETS;
}

/* Of both rings, as they came. */
static int copy_packets(struct view *v, const struct view_maker *m)
{
	const struct view_ring *s = &m->slow, *d = &m->dropped;
	size_t i = first(s), k = first(d), n = s->n - i + d->n - k;

	v->packets = malloc((n ? n : 1) * sizeof(*v->packets));
	if (!v->packets)
		return -1;
	while (i < s->n || k < d->n) {
		bool slow = k == d->n ||
			    (i < s->n && s->nth[i % VIEW_PACKETS] < d->nth[k % VIEW_PACKETS]);

		v->packets[v->n_packets++] =
			slow ? s->list[i++ % VIEW_PACKETS] : d->list[k++ % VIEW_PACKETS];
	}
	return 0;
}

static int copy_anomalies(struct view *v, struct anomalies *a)
{
	if (!a)
		return 0;
	anomalies_interval(a, v->interval, false);
	v->anomaly_counts = *anomalies_counts(a);
	while (anomalies_at(a, (unsigned)v->n_anomalies))
		v->n_anomalies++;
	if (!v->n_anomalies)
		return 0;
	v->anomalies = malloc(v->n_anomalies * sizeof(*v->anomalies));
	for (size_t i = 0; v->anomalies && i < v->n_anomalies; i++)
		v->anomalies[i] = *anomalies_at(a, (unsigned)i);
	return v->anomalies ? 0 : -1;
}

struct view *view_make(struct view_maker *m, struct snapshot *total)
{
	struct view *v = calloc(1, sizeof(*v));

	if (!v) {
		snapshot_free(total);
		return NULL;
	}
	atomic_init(&v->refs, 2);
	v->ri = m->ri;
	v->total = total;
	v->interval = snapshot_new();
	v->self = self_use();
	prom_know(&m->known, total);
	v->known = m->known;
	if (!v->interval || snapshot_delta(total, m->last ? m->last->total : NULL, v->interval) ||
	    copy_packets(v, m) || add_history(v, m->last) || copy_anomalies(v, m->anomalies)) {
		view_put(v);
		view_put(v);
		return NULL;
	}
	total->final = true;
	view_put(m->last);
	m->last = v;
	return v;
}

void view_maker_free(struct view_maker *m)
{
	view_put(m->last);
	m->last = NULL;
	anomalies_free(m->anomalies);
	m->anomalies = NULL;
}

struct view *view_get(struct view *v)
{
	atomic_fetch_add(&v->refs, 1);
	return v;
}

void view_put(struct view *v)
{
	if (!v || atomic_fetch_sub(&v->refs, 1) != 1)
		return;
	for (size_t i = 0; i < v->n_history; i++)
		put_line(v->history[i]);
	snapshot_free(v->total);
	snapshot_free(v->interval);
	free(v->packets);
	free(v->anomalies);
	free(v);
}
