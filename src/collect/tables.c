// SPDX-License-Identifier: GPL-2.0-only
#include "tables.h"

#include <errno.h>
#include <stdlib.h>

#include <bpf/bpf.h>

#include "state.h"
#include "path.skel.h"

/* What the CPUs have sent by a queueing discipline, the row-th. */
static void add_uses(const struct collector *c, unsigned row, struct qdisc *q)
{
	for (unsigned cpu = 0; cpu < c->path->cpus; cpu++) {
		const struct qdisc_use *use = &c->rows[cpu].qdiscs[row];

		q->n += use->n;
		q->bypassed += use->bypassed;
		q->sum += use->sum;
		q->edt += use->edt;
		if (q->max < use->max)
			q->max = use->max;
	}
}

static int copy_qdiscs(const struct collector *c, struct snapshot *s)
{
	const struct qdisc *rows = c->path->skel->bss->qdiscs;

	s->qdiscs = malloc(QDISCS * sizeof(*s->qdiscs));
	if (!s->qdiscs)
		return -ENOMEM;
	for (unsigned i = 0; i < QDISCS; i++) {
		struct qdisc *q = &s->qdiscs[s->n_qdiscs];

		*q = rows[i];
		if (q->key)
			add_uses(c, i, q);
		if (!q->key || (!q->n && !q->bypassed))
			continue;
		if (q->requeues >= q->requeues_before) /* else another one is at its address */
			q->requeues -= q->requeues_before;
		q->requeues_before = 0;
		s->n_qdiscs++;
	}
	return 0;
}

#define DROPS_MAX 1024 /* entries of the map */

static int copy_drops(const struct collector *c, struct snapshot *s)
{
	int fd = bpf_map__fd(c->path->skel->maps.drops);
	struct drop_key key, *prev = NULL;

	s->drops = malloc(DROPS_MAX * sizeof(*s->drops));
	if (!s->drops)
		return -ENOMEM;
	while (s->n_drops < DROPS_MAX && !bpf_map_get_next_key(fd, prev, &key)) {
		struct drop_count *d = &s->drops[s->n_drops];

		d->key = key;
		prev = &key;
		if (!bpf_map_lookup_elem(fd, &key, &d->drop))
			s->n_drops++;
	}
	return 0;
}

int tables_copy(const struct collector *c, struct snapshot *s)
{
	int err = copy_qdiscs(c, s);

	return err ? err : copy_drops(c, s);
}
