/* SPDX-License-Identifier: GPL-2.0-only */
/* Hand-made input for the renderers: no kernel, no root, the same on every machine. */
#ifndef NS_TEST_SAMPLE_H
#define NS_TEST_SAMPLE_H

#include <stdio.h>
#include <string.h>

#include "record.h"
#include "snapshot.h"

#define ALL_POINTS ((1U << RXP_COUNT) - 1)
#define ALL_TX_POINTS ((1U << TXP_COUNT) - 1)

__attribute__((unused)) static struct run_info sample_run(void)
{
	struct run_info ri = {
		.version = "0.1.0",
		.kernel = "6.1.0-18-amd64",
		.host = "testhost",
		.options = "stat -i 1s",
		.points = {[NS_RX] = {ALL_POINTS, ALL_POINTS}},
		.mono_ns = 1000000000000ULL,
		.real_ns = 1700000000123456789ULL,
		.slow_ns = 1000000,
		.backlog_found = true,
		.budget_bytes = 12 << 20,
	};

	ri.hooks[NS_RX][NS_TCP][RXP_STACK] = "tp_btf/netif_receive_skb";
	ri.hooks[NS_RX][NS_TCP][RXP_IP] = "fentry/ip_rcv";
	return ri;
}

/* Both directions. */
__attribute__((unused)) static struct run_info sample_run_both(void)
{
	static const char *const reasons[] = {[2] = "NOT_SPECIFIED", [5] = "QDISC_DROP"};
	struct run_info ri = sample_run();

	ri.points[NS_TX][NS_TCP] = ALL_TX_POINTS;
	ri.points[NS_TX][NS_UDP] = ALL_TX_POINTS & ~(1U << TXP_ACK | 1U << TXP_ACKED);
	ri.hooks[NS_TX][NS_TCP][TXP_QDISC] = "tp_btf/net_dev_queue";
	ri.drop_reasons = reasons;
	ri.n_drop_reasons = sizeof(reasons) / sizeof(reasons[0]);
	return ri;
}

__attribute__((unused)) static void sample_add(struct hist *h, __u64 ns, __u64 n)
{
	h->count[hist_bucket(ns)] += n;
	h->sum += ns * n;
	if (ns > h->max)
		h->max = ns;
}

__attribute__((unused)) static void sample_flow(struct flow *flow, unsigned proto, unsigned host)
{
	static const __u8 v4[16] = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1};
	static const __u8 v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
	bool ipv6 = host % 4 == 3;

	memset(flow, 0, sizeof(*flow));
	memcpy(flow->local, ipv6 ? v6 : v4, 16);
	memcpy(flow->remote, ipv6 ? v6 : v4, 16);
	flow->remote[15] = (__u8)host;
	if (host == 7) /* the longest address there is */
		for (int i = 0; i < 16; i++)
			flow->local[i] = flow->remote[i] = 0xab;
	flow->local_port = proto == NS_TCP ? 443 : 53;
	flow->remote_port = (__u16)(proto == NS_TCP ? 40000 + host : 0);
	flow->proto = (__u8)proto;
	flow->ipv6 = ipv6;
	flow->netns = 4026531840U;
}

/* n packets, a stage each at `ns` per stage: application dominates. */
__attribute__((unused)) static void sample_conn(struct conn *c, unsigned proto, unsigned host,
						__u32 n, __u64 ns)
{
	struct conn_dir *d = &c->dir[NS_RX];

	memset(c, 0, sizeof(*c));
	sample_flow(&c->flow, proto, host);
	c->state = CONN_LIVE;
	c->gen = 1;
	c->pid = 1000 + host;
	snprintf(c->comm, sizeof(c->comm), "server%u", host);
	d->n = n;
	for (unsigned i = 0; i < RXS_TOTAL; i++) {
		bool path = i == RXS_STACK || i == RXS_IP || i == RXS_TRANSPORT;

		d->stages[i].sum = n * ns * (i == RXS_APPLICATION ? 6 : path ? 1 : 0);
		d->stages[i].max = d->stages[i].sum / n;
		d->stages[RXS_TOTAL].sum += d->stages[i].sum;
		d->stages[RXS_TOTAL].max += d->stages[i].max;
	}
	d->coarse[coarse_bucket(d->stages[RXS_TOTAL].max)] = n;
}

/* The same connection sends too: n packets, most of their time in the socket, all but one acked. */
__attribute__((unused)) static void sample_conn_sends(struct conn *c, __u32 n, __u64 ns)
{
	struct conn_dir *d = &c->dir[NS_TX];

	d->n = n;
	for (unsigned i = 0; i < TXS_COUNT; i++) {
		__u64 times = i == TXS_SOCKET ? 5 : i == TXS_NETWORK ? 40 : 1;

		if (i == TXS_TOTAL)
			continue;
		d->stages[i].n = i > TXS_TOTAL ? n - 1 : 0;
		d->stages[i].sum = (i > TXS_TOTAL ? n - 1 : n) * ns * times;
		d->stages[i].max = ns * times;
		if (i < TXS_TOTAL) {
			d->stages[TXS_TOTAL].sum += d->stages[i].sum;
			d->stages[TXS_TOTAL].max += d->stages[i].max;
		}
	}
	d->coarse[coarse_bucket(d->stages[TXS_TOTAL].max)] = n;
	c->resent = (struct conn_stage){.n = 3, .sum = 3 * 40 * ns, .max = 60 * ns};
	c->causes[CAUSE_NAGLE] = (struct cause_time){.n = n / 2, .sum = n * ns * 3};
	c->causes[CAUSE_OTHER] = (struct cause_time){.n = n, .sum = n * ns};
	c->srtt_ns = 45 * ns;
}

/*
 * An out-of-order packet: stamps at 1000 s uptime. Stages: 1 us in the interrupt, 3 until the
 * softirq, 5 polled, 1.2, 0.8, 2.5, hol 3000, wake-up 1, run queue 19, application 15.
 */
__attribute__((unused)) static struct ns_event sample_event(void)
{
	static const __s64 t[RXP_COUNT] = {
		[RXP_IRQ] = -9000,     [RXP_RAISE] = -8000,    [RXP_SOFTIRQ] = -5000,
		[RXP_IP] = 1200,       [RXP_TRANSPORT] = 2000, [RXP_QUEUED] = 4500,
		[RXP_READY] = 3004500, [RXP_WOKEN] = 3005500,  [RXP_RUNNING] = 3024500,
		[RXP_READ] = 3039500};
	struct ns_event e = {.again = 1000003010000ULL,
			     .ifindex = 2,
			     .seq = 3000000000U,
			     .len = 1448,
			     .pid = 1234,
			     .cpu = 3,
			     .flags = PKT_OOO | PKT_PARTIAL,
			     .comm = "nginx"};

	for (unsigned i = 0; i < RXP_COUNT; i++)
		e.t[i] = i == RXP_XDP ? 0 : 1000000000000ULL + (__u64)t[i];
	sample_flow(&e.flow, NS_TCP, 2);
	return e;
}

/* A segment that Nagle held back: 40 ms, then 1.5, 2.5, 800 and 3 us; done, acked, sent twice. */
__attribute__((unused)) static struct ns_event sample_sent(void)
{
	static const __u64 t[TXP_COUNT] = {0,	     40000000, 40001500,  40004000, 40804000,
					   40807000, 40850000, 240807000, 240810500};
	struct ns_event e = sample_event();

	e.dir = NS_TX;
	e.flags = PKT_RESENT | PKT_QUEUED;
	e.again = 1000000000000ULL + 210000000;
	e.sends = 2;
	e.len = 100;
	memset(e.t, 0, sizeof(e.t));
	for (unsigned i = 0; i < TXP_COUNT; i++)
		e.t[i] = 1000000000000ULL + t[i];
	e.tx.causes[CAUSE_NAGLE] = 39990000;
	e.tx.causes[CAUSE_OTHER] = 10000;
	e.tx.edt_ns = 750000;
	memcpy(e.tx.qdisc, "fq", 3);
	memcpy(e.tx.dev, "eth0", 5);
	e.tx.backlog_packets = 12;
	e.tx.backlog_bytes = 18168;
	return e;
}

/* Received, and sent by this kernel: 900 ns in the socket, driver not timed yet, over one cable. */
__attribute__((unused)) static struct ns_event sample_local(void)
{
	static const __u64 t[TXP_HANDED + 1] = {0, 900, 1400, 2000, 2600, 0};
	struct ns_event e = sample_event();

	e.flags = PKT_LOCAL | PKT_WAY(WAY_NO_IRQ) | PKT_WAY(WAY_NOT_WOKEN);
	e.t[RXP_READY] = e.t[RXP_QUEUED] + 20000;
	e.t[RXP_IRQ] = e.t[RXP_WOKEN] = e.t[RXP_RUNNING] = 0;
	e.t[RXP_RAISE] = e.t[RXP_STACK] - 3000;
	e.t[RXP_SOFTIRQ] = e.t[RXP_STACK] - 2000;
	e.t[RXP_READ] = e.t[RXP_READY] + 35000;
	for (unsigned i = 0; i <= TXP_DRIVER; i++)
		e.trail.t[i] = e.t[RXP_STACK] - 10100 + t[i];
	e.trail.ifindex = 7;
	e.trail.netns = 4026532386U;
	e.trail.n_hops = 2;
	e.trail.hops[0] =
		(struct hop){.t = e.t[RXP_STACK] - 3000, .ifindex = 4, .netns = 4026531840U};
	e.trail.hops[1] = (struct hop){.t = e.t[RXP_STACK], .ifindex = 2, .netns = 4026531840U};
	return e;
}

/* Dropped by the queueing discipline: nothing after `qdisc`. */
__attribute__((unused)) static struct ns_event sample_dropped(void)
{
	struct ns_event e = sample_sent();

	e.flags = PKT_DROPPED | PKT_QUEUED;
	e.stage = TXS_QDISC;
	e.drop_reason = 5;
	e.sends = 1;
	for (unsigned i = TXP_DRIVER; i < TXP_COUNT; i++)
		e.t[i] = 0;
	return e;
}

#endif
