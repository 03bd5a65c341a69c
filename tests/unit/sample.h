/* SPDX-License-Identifier: GPL-2.0-only */
/* Hand-made input for the renderers: no kernel, no root, the same on every machine. */
#ifndef NS_TEST_SAMPLE_H
#define NS_TEST_SAMPLE_H

#include <stdio.h>
#include <string.h>

#include "record.h"
#include "snapshot.h"

#define ALL_POINTS ((1U << RXP_COUNT) - 1)

__attribute__((unused)) static struct run_info sample_run(void)
{
	struct run_info ri = {
		.version = "0.1.0",
		.kernel = "6.1.0-18-amd64",
		.host = "testhost",
		.options = "stat -i 1s",
		.points = {ALL_POINTS, ALL_POINTS},
		.mono_ns = 1000000000000ULL,
		.real_ns = 1700000000123456789ULL,
		.budget_bytes = 12 << 20,
	};

	ri.hooks[NS_TCP][RXP_STACK] = "tp_btf/netif_receive_skb";
	ri.hooks[NS_TCP][RXP_IP] = "fentry/ip_rcv";
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
	memset(c, 0, sizeof(*c));
	sample_flow(&c->flow, proto, host);
	c->state = CONN_LIVE;
	c->gen = 1;
	c->n = n;
	c->pid = 1000 + host;
	snprintf(c->comm, sizeof(c->comm), "server%u", host);
	for (unsigned i = 0; i < RXS_TOTAL; i++) {
		c->stages[i].sum = n * ns * (i == RXS_APPLICATION ? 6 : i == RXS_HOL ? 0 : 1);
		c->stages[i].max = c->stages[i].sum / n;
		c->stages[RXS_TOTAL].sum += c->stages[i].sum;
		c->stages[RXS_TOTAL].max += c->stages[i].max;
	}
	c->coarse[coarse_bucket(c->stages[RXS_TOTAL].max)] = n;
}

/* An out-of-order packet: stamps at 1000 s uptime, stages 1.2, 0.8, 2.5, hol 3000, app 35 us. */
__attribute__((unused)) static struct rx_event sample_event(void)
{
	static const __u64 t[RXP_COUNT] = {0, 1200, 2000, 4500, 3004500, 3039500};
	struct rx_event e = {.first_read = 1000003010000ULL,
			     .ifindex = 2,
			     .seq = 3000000000U,
			     .len = 1448,
			     .pid = 1234,
			     .cpu = 3,
			     .flags = PKT_OOO | PKT_PARTIAL,
			     .comm = "nginx"};

	for (unsigned i = 0; i < RXP_COUNT; i++)
		e.t[i] = 1000000000000ULL + t[i];
	sample_flow(&e.flow, NS_TCP, 2);
	return e;
}

#endif
