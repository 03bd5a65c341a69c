/* SPDX-License-Identifier: GPL-2.0-only */
/* A made-up run for tests of recordings: what the counters hold after each interval. */
#ifndef NS_TEST_STORY_H
#define NS_TEST_STORY_H

#include <stdlib.h>

#include "rnd.h"
#include "sample.h"
#include "snapshot.h"
#include "softirq_model.h"

#define STORY_CONNS 12
#define STORY_QDISCS 3
#define STORY_DROPS 4
#define STORY_CPUS 4 /* the first is idle, and the kernel tells nothing of the second */

static void story_begin(struct snapshot *s)
{
	s->mono_ns = 1000000000000ULL;
	s->conns = calloc(STORY_CONNS, sizeof(*s->conns));
	s->qdiscs = calloc(STORY_QDISCS, sizeof(*s->qdiscs));
	s->drops = calloc(STORY_DROPS, sizeof(*s->drops));
	s->n_conns = STORY_CONNS;
	s->n_qdiscs = STORY_QDISCS;
	s->n_drops = STORY_DROPS;
	for (unsigned i = 0; i < STORY_CONNS; i++) {
		struct conn *c = &s->conns[i];

		/* two of them differ by their row only, and one is IPv6 */
		sample_flow(&c->flow, i % 3 ? NS_TCP : NS_UDP, i == 5 ? 4 : i);
		c->row = i;
		c->gen = 1;
		c->state = CONN_LIVE;
		c->pid = 1000 + i;
		snprintf(c->comm, sizeof(c->comm), "name-%u", i);
	}
	for (unsigned i = 0; i < STORY_QDISCS; i++) {
		s->qdiscs[i] = (struct qdisc){.key = 0xffff888000000000ULL + i,
					      .dev = "eth0",
					      .kind = "fq_codel",
					      .ifindex = i + 2,
					      .netns = 4026531840U,
					      .handle = 0x80010000U,
					      .backlog_bytes = QDISC_NONE};
	}
	for (unsigned i = 0; i < STORY_DROPS; i++) {
		s->drops[i].key = (struct drop_key){.dir = i & 1,
						    .stage = i % TXS_TOTAL,
						    .proto = i >> 1,
						    .reason = i * 3,
						    .ifindex = i};
		snprintf(s->drops[i].drop.dev, DEV_LEN, "eth%u", i);
	}
	s->softirqs = softirq_new(STORY_CPUS, 0);
	s->softirqs->mono_ns = s->mono_ns;
	for (unsigned i = 0; i < STORY_CPUS; i++)
		s->softirqs->softnet[i].told = i != 1;
}

/* What the softirqs of the CPUs did in the interval that ends now. */
static void story_cpus(struct snapshot *s)
{
	struct softirq_snapshot *all = s->softirqs;

	all->mono_ns = s->mono_ns;
	all->interval_ns = s->interval_ns;
	all->misses += rnd() % 2;
	for (unsigned i = 1; i < STORY_CPUS; i++) {
		struct softirq_row *row = &all->rows[i];

		for (int v = 0; v < SI_VECS; v++) {
			row->vec[v].raises += 2;
			row->vec[v].runs++;
			row->vec[v].ksoftirqd += rnd() % 2;
			sample_add(&row->vec[v].run, rnd_log(20), 1);
			sample_add(&row->vec[v].delay, rnd_log(24), 1);
		}
		row->rx.packets += 3;
		row->rx.backlog_packets += 2;
		all->softnet[i].time_squeeze += all->softnet[i].told * (rnd() % 2);
		all->softnet[i].received_rps += all->softnet[i].told * 5;
		all->softnet[i].dropped += all->softnet[i].told * (rnd() % 3);
	}
}

/* As far as a recording has it. */
__attribute__((unused)) static bool story_same_cpus(const struct softirq_snapshot *a,
						    const struct softirq_snapshot *b)
{
	bool same = a && b && a->n_cpus == b->n_cpus && a->mono_ns == b->mono_ns &&
		    a->interval_ns == b->interval_ns && a->misses == b->misses;

	for (unsigned i = 0; same && i < a->n_cpus; i++) {
		const struct softirq_row *x = &a->rows[i], *y = &b->rows[i];

		for (int v = 0; v < SI_VECS; v++) {
			const struct vec_counts *p = &x->vec[v], *q = &y->vec[v];

			same &= p->raises == q->raises && p->runs == q->runs &&
				p->ksoftirqd == q->ksoftirqd && p->run.sum == q->run.sum &&
				p->run.max == q->run.max &&
				!memcmp(&p->delay, &q->delay, sizeof(p->delay));
		}
		same &= x->rx.packets == y->rx.packets &&
			x->rx.backlog_packets == y->rx.backlog_packets &&
			!memcmp(&a->softnet[i], &b->softnet[i], sizeof(a->softnet[i]));
	}
	return same;
}

/* A packet of a connection, as the programs count it: the stages make the total. */
static void story_packet(struct snapshot *s, struct conn *c, enum ns_dir dir)
{
	struct conn_dir *d = &c->dir[dir];
	struct hist *h = s->hist[dir][c->flow.proto];
	unsigned last = dir == NS_RX ? RXS_TOTAL : TXS_TOTAL;
	__u64 total = 0;

	for (unsigned i = 0; i <= last; i++) {
		__u64 ns = i == last ? total : rnd_log(i == 4 ? 24 : 12);

		total += ns;
		sample_add(&h[i], ns, 1);
		d->stages[i].sum += ns;
		if (d->stages[i].max < ns)
			d->stages[i].max = ns;
		if (i == last)
			d->coarse[coarse_bucket(ns)]++;
	}
	d->n++;
	s->ledger[dir].seen++;
	s->ledger[dir].taken++;
	if (dir == NS_RX)
		s->ledger[dir].ways[rnd() % WAY_COUNT]++;
}

/* One more interval. Some connections rest, some only have an ACK, or a wait, to tell of. */
static void story_go_on(struct snapshot *s, unsigned packets)
{
	s->mono_ns += 900000000 + rnd() % 200000000;
	s->interval_ns = s->mono_ns - 1000000000000ULL;
	for (unsigned i = 0; i < packets; i++)
		story_packet(s, &s->conns[rnd() % 8], rnd() & 1);
	for (unsigned i = 0; i < 4; i++) {
		struct conn *c = &s->conns[rnd() % STORY_CONNS];
		unsigned cause = rnd() % CAUSE_COUNT;
		__u64 ns = rnd_log(30);

		c->causes[cause].n++;
		c->causes[cause].sum += ns;
		s->causes[cause].n++;
		s->causes[cause].sum += ns;
		c->dir[NS_TX].stages[TXS_NETWORK].n++;
		c->dir[NS_TX].stages[TXS_NETWORK].sum += ns;
		if (c->dir[NS_TX].stages[TXS_NETWORK].max < ns)
			c->dir[NS_TX].stages[TXS_NETWORK].max = ns;
		sample_add(&s->hist[NS_TX][NS_TCP][TXS_NETWORK], ns, 1);
		sample_add(&s->hist[NS_TX][NS_TCP][TXH_RESENT], ns / 2, 1);
		sample_add(&s->hist[NS_RX][NS_TCP][RXH_LOCAL], ns, 1);
		c->srtt_ns = ns;
		s->ledger[rnd() & 1].lost[rnd() % LOSS_COUNT] += rnd() % 5;
		s->ledger[NS_RX].undelivered++;
		s->drops[rnd() % STORY_DROPS].drop.n += rnd() % 2;
	}
	for (unsigned i = 0; i < 2; i++) {
		struct qdisc *q = &s->qdiscs[rnd() % STORY_QDISCS];
		__u64 ns = rnd_log(20);

		q->n++;
		q->sum += ns;
		q->max = q->max > ns ? q->max : ns;
		q->edt += ns / 3;
		q->bypassed += rnd() % 3;
		q->backlog_packets = 17;
	}
	story_cpus(s);
}

__attribute__((unused)) static struct snapshot *story_copy(const struct snapshot *s)
{
	struct snapshot *c = snapshot_new();

	*c = *s;
	c->conns = calloc(s->n_conns + 1, sizeof(*c->conns));
	c->qdiscs = calloc(s->n_qdiscs + 1, sizeof(*c->qdiscs));
	c->drops = calloc(s->n_drops + 1, sizeof(*c->drops));
	memcpy(c->conns, s->conns, s->n_conns * sizeof(*c->conns));
	memcpy(c->qdiscs, s->qdiscs, s->n_qdiscs * sizeof(*c->qdiscs));
	memcpy(c->drops, s->drops, s->n_drops * sizeof(*c->drops));
	c->softirqs = softirq_copy(s->softirqs);
	return c;
}

#endif
