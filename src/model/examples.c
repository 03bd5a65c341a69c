// SPDX-License-Identifier: GPL-2.0-only
#include "examples.h"

#include <string.h>

#include "flow.h"
#include "names.h"

static bool fresh(const struct examples *x, const struct example *p)
{
	return p->interval && x->interval - (p->interval - 1) < EXAMPLES_AGE;
}

static void offer(const struct examples *x, struct example *place, const struct ns_event *e,
		  __u64 ns)
{
	if (fresh(x, place) && place->ns >= ns)
		return;
	place->e = *e;
	place->ns = ns;
	place->interval = x->interval + 1;
}

static unsigned place_of(const struct flow *flow, unsigned dir)
{
	return flow_hash(flow, dir) % EXAMPLES_PLACES;
}

/* Is the wait for the softirq, and so for its CPU, a stage of its own? */
static bool wait_measured(const struct ns_event *e, const struct run_info *ri)
{
	__u32 points = ri->points[NS_RX][e->flow.proto];

	return stages_present(NS_RX, points) & 1U << RXS_SOFTIRQ_WAIT;
}

/* What a packet has of the CPU that it came in on: how long it waited for it or, where that is not
 * measured, how long it took there, up to its socket. False: no softirq brought it. */
static bool time_on_cpu(const struct ns_event *e, const struct packet *p, const struct run_info *ri,
			__u64 *ns)
{
	if (wait_measured(e, ri)) {
		*ns = p->ns[RXS_SOFTIRQ_WAIT];
		return p->stages & 1U << RXS_SOFTIRQ_WAIT;
	}
	*ns = 0;
	for (unsigned i = 0; i < RXS_HOL; i++)
		*ns += p->stages & 1U << i ? p->ns[i] : 0;
	return true;
}

void examples_add(struct examples *x, const struct ns_event *e, const struct run_info *ri)
{
	struct packet p;
	unsigned total;
	__u64 on_cpu;

	if (e->flags & PKT_DROPPED || e->flow.proto >= NS_PROTOS)
		return; /* it was lost, not slow */
	packet_read(e, ri, &p);
	if (!p.valid)
		return;
	total = dirs[p.dir].total;
	offer(x, &x->flows[place_of(&e->flow, p.dir)], e, p.ns[total]);
	for (unsigned i = 0; i < dirs[p.dir].n_stages; i++)
		if (i != total && p.stages & 1U << i)
			offer(x, &x->stages[p.dir][e->flow.proto][i], e, p.ns[i]);
	if (p.dir == NS_RX && e->cpu < EXAMPLES_CPUS && time_on_cpu(e, &p, ri, &on_cpu))
		offer(x, &x->cpus[e->cpu], e, on_cpu);
}

void examples_step(struct examples *x)
{
	x->interval++;
}

/* The slowest of those that match. */
static const struct ns_event *search(const struct examples *x,
				     bool (*match)(const struct ns_event *e, const void *what),
				     const void *what)
{
	const struct example *best = NULL;

	for (unsigned i = 0; i < EXAMPLES_PLACES; i++) {
		const struct example *p = &x->flows[i];

		if (fresh(x, p) && (!best || p->ns > best->ns) && match(&p->e, what))
			best = p;
	}
	return best ? &best->e : NULL;
}

struct wanted {
	struct flow flow;
	unsigned dir;
};

static bool of_flow(const struct ns_event *e, const void *what)
{
	const struct wanted *w = what;

	return e->dir == w->dir && flow_has(&w->flow, e);
}

const struct ns_event *examples_of_flow(const struct examples *x, const struct flow *flow,
					enum ns_dir dir)
{
	const struct example *p = &x->flows[place_of(flow, dir)];
	struct wanted w = {.flow = *flow, .dir = dir};

	if (!flow->remote_port) /* may be anywhere */
		return search(x, of_flow, &w);
	return fresh(x, p) && of_flow(&p->e, &w) ? &p->e : NULL;
}

static bool of_port(const struct ns_event *e, const void *what)
{
	const struct wanted *w = what;

	return e->dir == w->dir && e->flow.proto == w->flow.proto &&
	       e->flow.netns == w->flow.netns &&
	       (w->flow.local_port ? e->flow.local_port == w->flow.local_port
				   : e->flow.remote_port == w->flow.remote_port);
}

const struct ns_event *examples_of_port(const struct examples *x, enum ns_dir dir, unsigned proto,
					__u32 netns, __u16 port, bool local)
{
	struct wanted w = {.flow = {.proto = (__u8)proto, .netns = netns}, .dir = dir};

	if (local)
		w.flow.local_port = port;
	else
		w.flow.remote_port = port;
	return search(x, of_port, &w);
}

const struct ns_event *examples_of_stage(const struct examples *x, enum ns_dir dir, unsigned proto,
					 unsigned stage)
{
	const struct example *p = &x->stages[dir][proto][stage];

	return fresh(x, p) ? &p->e : NULL;
}

static bool of_qdisc(const struct ns_event *e, const void *what)
{
	const struct qdisc *q = what;

	return e->dir == NS_TX && e->flags & PKT_QUEUED && e->flow.netns == q->netns &&
	       !strncmp(e->tx.dev, q->dev, DEV_LEN) && !strncmp(e->tx.qdisc, q->kind, KIND_LEN);
}

const struct ns_event *examples_of_qdisc(const struct examples *x, const struct qdisc *q)
{
	for (unsigned proto = 0; proto < NS_PROTOS; proto++) { /* the slowest there */
		const struct example *p = &x->stages[NS_TX][proto][TXS_QDISC];

		if (fresh(x, p) && of_qdisc(&p->e, q))
			return &p->e;
	}
	return search(x, of_qdisc, q);
}

const struct ns_event *examples_of_cpu(const struct examples *x, unsigned cpu, __u64 usual_ns,
				       const struct run_info *ri)
{
	const struct example *p = cpu < EXAMPLES_CPUS ? &x->cpus[cpu] : NULL;

	if (!p || !fresh(x, p) || (wait_measured(&p->e, ri) && p->ns <= usual_ns))
		return NULL;
	return &p->e;
}
