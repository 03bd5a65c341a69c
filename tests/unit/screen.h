/* SPDX-License-Identifier: GPL-2.0-only */
/* What `top` shows of made-up traffic: the same on every machine. */
#ifndef NS_TEST_SCREEN_H
#define NS_TEST_SCREEN_H

#include <stdlib.h>

#include "anomaly.h"
#include "histogram.h"
#include "names.h"
#include "rnd.h"
#include "sample.h"
#include "series.h"
#include "softirq_sample.h"
#include "ui.h"

#define INTERVALS 150
#define CONNS 40

struct screen {
	struct run_info ri;
	struct snapshot *snap;
	struct series *series;
	struct anomalies *anomalies;
	struct anomaly_list list;
	struct slow *slow;
	struct ui_data data;
	struct ui ui;
	struct grid grid;
};

/* n packets around `ns` in each stage, the later ones slower, and their totals. Of those that only
 * some packets have, half of them were woken for. */
static void fill_dir(struct hist *h, enum ns_dir dir, unsigned n, __u64 ns)
{
	for (unsigned k = 0; k < n; k++) {
		unsigned nth = 0;
		__u64 total = 0;

		for (unsigned i = 0; i < dirs[dir].total; i++) {
			bool woken = dir == NS_RX && (i == RXS_WAKEUP || i == RXS_RUNQUEUE);
			__u64 v;

			if (dirs[dir].sometimes & 1U << i && (!woken || k % 2))
				continue;
			v = (ns << (nth % 4)) + rnd_log(12 + 2 * nth);
			nth++;
			sample_add(&h[i], v, 1);
			total += v;
		}
		sample_add(&h[dirs[dir].total], total, 1);
		for (unsigned i = dirs[dir].total + 1; i < dirs[dir].n_stages; i++)
			sample_add(&h[i], ns * 40 + rnd_log(18), 1);
	}
}

/* An interval: calm, but for twelve seconds in which received packets wait 30 times as long. */
__attribute__((unused)) static struct snapshot *screen_interval(unsigned i)
{
	struct snapshot *s = snapshot_new();
	unsigned slow = i > 125 && i < 138 ? 30 : 1;

	s->mono_ns = 1000000000000ULL + i * 1000000000ULL;
	s->interval_ns = 1000000000;
	fill_dir(s->hist[NS_RX][NS_TCP], NS_RX, 1100 + i % 7 * 30, 700 * slow);
	fill_dir(s->hist[NS_TX][NS_TCP], NS_TX, 1000 + i % 5 * 30, 900);
	if (i % 3)
		fill_dir(s->hist[NS_RX][NS_UDP], NS_RX, 15, 500);
	s->ledger[NS_RX].seen = 1240;
	s->ledger[NS_RX].taken = 1220;
	s->ledger[NS_RX].lost[LOSS_UNMATCHED] = 12;
	s->ledger[NS_RX].lost[LOSS_NEGATIVE] = 3;
	s->ledger[NS_RX].lost[LOSS_SAMPLED] = 5;
	s->ledger[NS_RX].ways[WAY_KSOFTIRQD] = 17;
	s->ledger[NS_RX].ways[WAY_NOT_WOKEN] = 320;
	s->ledger[NS_TX].seen = s->ledger[NS_TX].taken = 1100;
	s->ledger[NS_TX].lost[LOSS_UNACKED] = 4;
	return s;
}

static void add_conns(struct snapshot *s)
{
	s->conns = calloc(CONNS, sizeof(*s->conns));
	s->n_conns = CONNS;
	for (unsigned i = 0; i < CONNS; i++) {
		sample_conn(&s->conns[i], i % 5 == 4 ? NS_UDP : NS_TCP, i, 10 + 100 * i,
			    900 + 777 * (i * 7 % CONNS));
		s->conns[i].row = i;
		if (i % 3)
			sample_conn_sends(&s->conns[i], 30 * i, 1200 + 50 * i);
	}
	memcpy(s->conns[1].comm, "evil\033[2Jna\xc3\xafve\xff", 16);
}

/* Of two sockets, one of them not connected: each a second after the one before, and of that also
 * one that was never delivered. */
static void add_slow(struct screen *c)
{
	struct ns_event e[] = {sample_event(), sample_sent(), sample_event(), sample_sent(),
			       sample_dropped()};
	const unsigned n = sizeof(e) / sizeof(e[0]);

	e[2].flags = 0;
	e[2].t[RXP_READY] = e[2].t[RXP_QUEUED];
	e[2].t[RXP_WOKEN] = e[2].t[RXP_RUNNING] = 0;
	e[3].tx.causes[CAUSE_NAGLE] = 0;
	e[3].tx.causes[CAUSE_RWND] = 39990000;
	c->ri.slow_ns = 1000000;
	c->slow = slow_new();
	for (unsigned i = 0; i < 4 * n; i++) {
		struct ns_event *one = &e[i % n];

		sample_flow(&one->flow, i % 2 ? NS_TCP : NS_UDP, i % 2 ? 2 : 34);
		one->flow.remote_port = (__u16)(40000 + 2 * (i % 2));
		for (unsigned k = 0; k < RXP_COUNT; k++)
			one->t[k] += one->t[k] ? 1000000000ULL : 0;
		one->again += 1000000000ULL;
		slow_keep(c->slow, one);
		slow_rank(c->slow, one, &c->ri);
	}
	slow_step(c->slow);
	c->data.slow = c->slow;
}

__attribute__((unused)) static void screen_open(struct screen *c)
{
	*c = (struct screen){.ri = sample_run_both(), .series = series_new(512)};
	rnd_state = 1;
	for (unsigned i = 0; i < INTERVALS; i++) {
		snapshot_free(c->snap);
		c->snap = screen_interval(i);
		series_add(c->series, c->snap);
	}
	add_conns(c->snap);
	c->snap->softirqs = sample_cpus(4);
	/* what is before the stack is not asked for; UDP is seen by fewer hooks than TCP */
	for (unsigned p = 0; p < NS_PROTOS; p++)
		c->ri.points[NS_RX][p] &=
			~(1U << RXP_IRQ | 1U << RXP_RAISE | 1U << RXP_SOFTIRQ | 1U << RXP_XDP);
	c->ri.points[NS_RX][NS_UDP] &= ~(1U << RXP_IP);
	c->data = (struct ui_data){
		.ri = &c->ri, .snap = c->snap, .series = c->series, .interval_ns = 1000000000};
	add_slow(c);
	ui_init(&c->ui, &c->ri);
	c->ui.utf8 = true;
	c->ui.colors = 8;
}

/* Half a minute, then its first connection, a stage and a CPU become slow, for which a packet
 * waited; another connection did before. */
__attribute__((unused)) static void screen_anomalies(struct screen *c)
{
	struct ns_event e = sample_event();

	c->anomalies = anomalies_new(CONNS, &c->ri);
	for (unsigned i = 0; i < 60; i++) {
		struct snapshot *s = screen_interval(i < 55 ? 100 : 130);

		add_conns(s);
		s->n_conns = 2;
		for (unsigned k = 0; k < 2; k++) {
			bool slow = k ? i > 20 && i < 30 : i > 55;

			sample_conn(&s->conns[k], NS_TCP, 2 + k, 60, slow ? 9000 : 900);
			s->conns[k].row = k;
		}
		s->softirqs = softirq_new(2, 0);
		sample_softirq_row(&s->softirqs->rows[1], 400, i < 45 ? 1500 : 90000);
		s->mono_ns = 1000000000000ULL + i * 1000000000ULL;
		e.flow = s->conns[0].flow;
		e.cpu = 1;
		e.t[RXP_RAISE] = e.t[RXP_SOFTIRQ] - 90000;
		e.t[RXP_IRQ] = e.t[RXP_RAISE] - 1000;
		if (i > 46)
			anomalies_packet(c->anomalies, &e);
		anomalies_interval(c->anomalies, s, false);
		snapshot_free(s);
	}
	anomalies_list(c->anomalies, &c->list);
	c->data.anomalies = &c->list;
}

__attribute__((unused)) static void screen_close(struct screen *c)
{
	snapshot_free(c->snap);
	series_free(c->series);
	anomalies_free(c->anomalies);
	slow_free(c->slow);
	grid_free(&c->grid);
}

/* Draw at a size, and append the lines to text. Returns the end of the text. */
__attribute__((unused)) static char *screen_text(struct screen *c, unsigned width, unsigned height,
						 char *text)
{
	grid_resize(&c->grid, width, height);
	ui_draw(&c->ui, &c->data, &c->grid);
	for (unsigned y = 0; y < height; y++) {
		text += strlen(grid_line(&c->grid, y, text));
		*text++ = '\n';
	}
	*text = '\0';
	return text;
}

#endif
