// SPDX-License-Identifier: GPL-2.0-only
/* What serve keeps between two views: the latest slow packets, and those that were dropped. */
#include <linux/types.h>
#include <stdlib.h>

#include "../../src/serve/view.h" /* top has views too */
#include "sample.h"
#include "tap.h"

static void packet(struct view_maker *m, __u64 stamp, bool dropped)
{
	struct ns_event e = {.flags = dropped ? PKT_DROPPED : 0};

	e.t[0] = stamp;
	view_packet(m, &e);
}

static struct view *make(struct view_maker *m)
{
	struct view *v = view_make(m, snapshot_new());
	bool in_order = true;

	for (size_t i = 1; i < v->n_packets; i++)
		in_order &= v->packets[i].t[0] > v->packets[i - 1].t[0];
	ok(in_order, "the oldest first");
	return v;
}

static size_t count_dropped(const struct view *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n_packets; i++)
		n += !!(v->packets[i].flags & PKT_DROPPED);
	return n;
}

int main(void)
{
	struct run_info ri = sample_run();
	struct view_maker *m = calloc(1, sizeof(*m));
	__u64 stamp = 0;
	struct view *v;

	m->ri = &ri;
	v = make(m);
	is_u64(v->n_packets, 0, "none so far");
	view_put(v);
	for (int i = 0; i < 100; i++)
		packet(m, ++stamp, i % 10 == 9);
	v = make(m);
	is_u64(v->n_packets, 100, "all, as they came");
	is_u64(count_dropped(v), 10, "those that were dropped too");
	view_put(v);
	for (int i = 0; i < 1000; i++)
		packet(m, ++stamp, true);
	v = make(m);
	is_u64(v->n_packets - count_dropped(v), 90, "many drops leave the slow packets");
	is_u64(count_dropped(v), VIEW_PACKETS, "of drops the latest are kept");
	is_u64(v->packets[v->n_packets - 1].t[0], stamp, "with the very latest");
	view_put(v);
	for (int i = 0; i < 1000; i++)
		packet(m, ++stamp, false);
	v = make(m);
	is_u64(v->n_packets, 2 * VIEW_PACKETS, "and of slow ones");
	view_put(v);
	view_maker_free(m);
	free(m);
	return done();
}
