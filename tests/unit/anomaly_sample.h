/* SPDX-License-Identifier: GPL-2.0-only */
/* Made-up intervals for the tests of anomalies: connections of one service, with noise. */
#ifndef NS_TEST_ANOMALY_SAMPLE_H
#define NS_TEST_ANOMALY_SAMPLE_H

#include <math.h>
#include <stdlib.h>

#include "anomaly.h"
#include "names.h"
#include "rnd.h"
#include "sample.h"
#include "tap.h"

#define US 1000.0
#define SECOND 1000000000ULL

static struct run_info anomaly_ri;

static double uniform(void)
{
	return ((double)(rnd() >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

/* The latency of one packet, of median 1. */
__attribute__((unused)) static double log_normal(void)
{
	return exp(normal());
}

__attribute__((unused)) static double heavy_tail(void) /* without a variance */
{
	return pow(2 * uniform(), -1 / 1.5);
}

__attribute__((unused)) static double two_modes(void)
{
	return (uniform() < 0.6 ? 1 : 20) * exp(0.2 * normal());
}

__attribute__((unused)) static double constant(void)
{
	return 1;
}

/* Draws of one kind, made once: an hour of a hundred connections needs millions of them. */
struct pool {
	const char *name;
	double *v;
	unsigned n;
};

__attribute__((unused)) static struct pool pool_new(const char *name, double (*draw)(void))
{
	struct pool p = {.name = name, .n = 1 << 20};

	p.v = malloc(p.n * sizeof(*p.v));
	for (unsigned i = 0; p.v && i < p.n; i++)
		p.v[i] = draw();
	return p;
}

/* Connection i of the service at port 443, in direction NS_RX, without packets. */
static void conn_begin(struct conn *c, unsigned i)
{
	memset(c, 0, sizeof(*c));
	sample_flow(&c->flow, NS_TCP, 2);
	c->flow.remote_port = (__u16)(10000 + i % 50000);
	c->row = i;
	c->gen = 1;
	c->pid = 100 + i;
	memcpy(c->comm, "server", 7);
}

static void conn_packet(struct conn *c, enum ns_dir dir, unsigned stage, double ns)
{
	struct conn_dir *d = &c->dir[dir];
	__u64 v = (__u64)ns;

	d->n++;
	d->stages[stage].sum += v;
	d->stages[dirs[dir].total].sum += v;
	d->coarse[coarse_bucket(v)]++;
}

/* One interval of it: n packets of that median, all of it in `application`. */
__attribute__((unused)) static void conn_fill(struct conn *c, unsigned i, unsigned n, double ns,
					      double (*draw)(void))
{
	conn_begin(c, i);
	while (n--)
		conn_packet(c, NS_RX, RXS_APPLICATION, ns * draw());
}

__attribute__((unused)) static void conn_fill_pool(struct conn *c, unsigned i, unsigned n,
						   double ns, const struct pool *p)
{
	unsigned at = (unsigned)(rnd() % p->n);

	conn_begin(c, i);
	while (n--)
		conn_packet(c, NS_RX, RXS_APPLICATION, ns * p->v[at++ % p->n]);
}

static __u64 all(const __u64 counts[ANOMALY_SCOPES])
{
	__u64 n = 0;

	for (unsigned i = 0; i < ANOMALY_SCOPES; i++)
		n += counts[i];
	return n;
}

__attribute__((unused)) static __u64 alarms(const struct anomalies *a)
{
	return all(anomalies_counts(a)->total);
}

__attribute__((unused)) static struct anomalies *anomalies_for(size_t conns)
{
	anomaly_ri = sample_run_both();
	return anomalies_new(conns, &anomaly_ri);
}

#endif
