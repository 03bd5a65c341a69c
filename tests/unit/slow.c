// SPDX-License-Identifier: GPL-2.0-only
/* The latest slow packets of a connection, and rankings of an interval and of all. */
#include <stdlib.h>

#include "sample.h"
#include "slow.h"
#include "tap.h"

static struct run_info ri;

/* The nth packet of a TCP connection, that its reader left alone for 5 ms. */
static struct ns_event packet(unsigned host, unsigned nth)
{
	struct ns_event e = sample_event();

	sample_flow(&e.flow, NS_TCP, host);
	e.flags = 0;
	e.t[RXP_WOKEN] = e.t[RXP_RUNNING] = 0;
	e.t[RXP_READY] = e.t[RXP_QUEUED];
	e.t[RXP_READ] = e.t[RXP_READY] + 5000000;
	e.seq = nth;
	return e;
}

static void test_latest(struct slow *s)
{
	const struct ns_event *list[SLOW_EACH + 1];
	struct ns_event e;
	struct flow flow;
	unsigned n, wrong = 0;

	e = packet(2, 0);
	flow = e.flow;
	is_u64(slow_latest(s, &flow, list, SLOW_EACH), 0, "none yet");
	for (unsigned i = 0; i < 3; i++) {
		e = packet(2, i);
		e.dir = i % 2 ? NS_TX : NS_RX;
		slow_keep(s, &e);
		e = packet(3, 100 + i);
		slow_keep(s, &e);
	}
	e = packet(2, 99);
	e.flags = PKT_DROPPED;
	slow_keep(s, &e);
	is_u64(slow_latest(s, &flow, list, SLOW_EACH), 3,
	       "those of one connection, not what was dropped");
	ok(list[0]->seq == 2 && list[1]->seq == 1 && list[2]->seq == 0, "newest first");
	ok(list[1]->dir == NS_TX, "of both directions");
	is_u64(slow_latest(s, &flow, list, 2), 2, "no more than asked for");
	ok(list[0]->seq == 2 && list[1]->seq == 1, "the newest of them");
	is_u64(slow_latest(s, &flow, list, 0), 0, "not even one");
	for (unsigned i = 0; i < 1000; i++) {
		e = packet(2, i);
		slow_keep(s, &e);
	}
	n = slow_latest(s, &flow, list, SLOW_EACH + 1);
	is_u64(n, SLOW_EACH, "a flood: bounded");
	for (unsigned i = 0; i < n; i++)
		wrong += list[i]->seq != 999 - i;
	is_u64(wrong, 0, "the latest, in their order");
	e = packet(3, 0);
	is_u64(slow_latest(s, &e.flow, list, SLOW_EACH), 3, "another connection keeps its own");
}

/* Packets of many peers belong to one socket. */
static void test_unconnected(struct slow *s)
{
	const struct ns_event *list[SLOW_EACH];
	unsigned wrong = 0;
	struct flow socket;

	sample_flow(&socket, NS_UDP, 0);
	memset(socket.remote, 0, sizeof(socket.remote));
	for (unsigned i = 0; i < 200; i++) {
		struct ns_event e = packet(0, i);

		sample_flow(&e.flow, NS_UDP, i);
		e.flow.remote_port = (__u16)(5000 + i);
		slow_keep(s, &e);
	}
	is_u64(slow_latest(s, &socket, list, SLOW_EACH), SLOW_EACH, "a socket of many peers");
	for (unsigned i = 0; i < SLOW_EACH; i++)
		wrong += list[i]->seq != 199 - i;
	is_u64(wrong, 0, "the latest of all of them");
}

static void add(struct slow *s, unsigned n)
{
	struct ns_event e = packet(2, 0);

	while (n--)
		slow_rank(s, &e, &ri);
}

static void test_ranking(struct slow *s, struct slow *held)
{
	struct ns_event e = packet(2, 0);
	struct ranking other, none = {0};

	add(s, 2);
	is_u64(slow_ranking(s, false)->packets, 0, "no interval has passed");
	is_u64(slow_ranking(s, true)->packets, 2, "the total has what came since");
	slow_step(s);
	add(s, 3);
	is_u64(slow_ranking(s, false)->packets, 2, "the interval");
	is_u64(slow_ranking(s, true)->packets, 5, "the total");
	slow_copy(held, s);
	add(s, 1);
	slow_reset(s);
	is_u64(slow_ranking(s, true)->packets, 0, "the total begins anew");
	add(s, 4);
	slow_step(s);
	is_u64(slow_ranking(s, false)->packets, 8,
	       "the interval in which it did has all of its own");
	is_u64(slow_ranking(s, true)->packets, 4, "the total what came later");
	is_u64(slow_ranking(held, true)->packets, 5, "a copy is as it was");
	is_u64(slow_ranking(held, false)->packets, 2, "its interval too");

	e.flags = PKT_DROPPED;
	slow_rank(s, &e, &ri);
	is_u64(slow_ranking(s, true)->packets, 4, "lost is not slow");
	ranking_init(&other);
	e.flags = 0;
	ranking_add(&other, &e, &ri);
	ranking_add(&other, &e, &ri);
	slow_rank_all(s, &other);
	slow_rank_all(s, &none);
	is_u64(slow_ranking(s, true)->packets, 6, "those of a recording");
	ranking_free(&other);
}

int main(void)
{
	struct slow *s = slow_new(), *held = slow_new();

	ri = sample_run_both();
	test_latest(s);
	test_unconnected(s);
	test_ranking(s, held);
	slow_free(s);
	slow_free(held);
	slow_free(NULL);
	return done();
}
