// SPDX-License-Identifier: GPL-2.0-only
/* src/model/peers.h: which of a connection's ports is the service, and who its peers are. */
#include <stdlib.h>

#include "peers.h"
#include "rnd.h"
#include "sample.h"
#include "tap.h"

static struct flow flow_of(unsigned local, unsigned remote, __u32 netns)
{
	struct flow f;

	sample_flow(&f, NS_TCP, 2);
	f.local_port = (__u16)local;
	f.remote_port = (__u16)remote;
	f.netns = netns;
	return f;
}

static void count_many(struct peers *p, unsigned n, unsigned local, unsigned remote, bool clients)
{
	for (unsigned i = 0; i < n; i++) {
		struct flow f = flow_of(local + (clients ? i : 0), remote + (clients ? 0 : i), 1);

		peers_count(p, &f);
	}
}

static bool is(const struct peers *p, struct flow f, unsigned port, bool local)
{
	struct peers_key key = peers_key_of(p, &f, NS_RX);

	return key.port == port && key.local == local && key.netns == f.netns;
}

static void test_ports(struct peers *p)
{
	struct flow f = flow_of(443, 40000, 1), same = flow_of(123, 123, 1);

	peers_begin(p);
	ok(is(p, f, 443, true), "nothing is known: the smaller port, here");
	ok(is(p, flow_of(40000, 443, 1), 443, false), "or elsewhere");
	peers_count(p, &f);
	ok(is(p, f, 443, true), "one connection says nothing");
	ok(is(p, same, 123, true), "the same port at both ends");
	ok(is(p, flow_of(50000, 0, 1), 50000, true), "a socket that is not connected");

	count_many(p, 12, 50001, 33000, false);
	ok(is(p, flow_of(50001, 33003, 1), 50001, true),
	   "a server at a larger port than its clients have");
	ok(is(p, flow_of(50001, 33003, 2), 33003, false), "not in another network namespace");
	count_many(p, 12, 30000, 60443, true);
	ok(is(p, flow_of(30004, 60443, 1), 60443, false), "clients of one that is elsewhere");
	peers_begin(p);
	ok(is(p, flow_of(50001, 33003, 1), 33003, false), "each interval anew");

	/* both ends in one namespace, as on lo: a row for each end */
	count_many(p, 20, 50001, 33000, false);
	count_many(p, 20, 33000, 50001, true);
	ok(is(p, flow_of(50001, 33003, 1), 50001, true) &&
		   is(p, flow_of(33003, 50001, 1), 50001, false),
	   "over lo: the server's rows and the clients'");
}

/* Places are shared: many other connections must not make a client's port a service. */
static void test_crowd(struct peers *p)
{
	unsigned wrong = 0;

	peers_begin(p);
	rnd_state = 5;
	for (unsigned i = 0; i < 20000; i++) {
		struct flow f = flow_of(8080, 1024 + rnd() % 64000, 1 + i % 7);

		peers_count(p, &f);
	}
	count_many(p, 10, 61000, 20000, false);
	for (unsigned i = 0; i < 10; i++)
		wrong += !is(p, flow_of(61000, 20000 + i, 1), 61000, true);
	is_u64(wrong, 0, "the ten clients of a service beside 20000 connections");
	for (unsigned i = 0; i < 70000; i++) {
		struct flow f = flow_of(61000, 1, 1);

		peers_count(p, &f);
	}
	ok(is(p, flow_of(61000, 20000, 1), 61000, true), "counts do not wrap");
}

static void test_groups(struct peers *p)
{
	struct flow f = flow_of(443, 40000, 1), other = flow_of(443, 40000, 2);
	struct peers_key key, key2;

	peers_begin(p);
	key = peers_key_of(p, &f, NS_RX);
	key2 = peers_key_of(p, &other, NS_RX);
	ok(peers_group(p, &key) == peers_group(p, &key), "a service");
	ok(peers_group(p, &key) != peers_group(p, &key2), "of one network namespace");
	key2 = peers_key_of(p, &f, NS_TX);
	ok(peers_group(p, &key) != peers_group(p, &key2), "and direction");
	for (unsigned i = 0; i < 2 * PEERS_GROUPS; i++) {
		key.port = (__u16)i;
		peers_group(p, &key);
	}
	ok(p->n <= PEERS_GROUPS && p->left_out >= PEERS_GROUPS, "bounded, and counted");
}

int main(void)
{
	struct peers *p = calloc(1, sizeof(*p));

	test_ports(p);
	test_crowd(p);
	test_groups(p);
	free(p);
	return done();
}
