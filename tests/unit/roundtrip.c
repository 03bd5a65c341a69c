// SPDX-License-Identifier: GPL-2.0-only
/* src/model/roundtrip.c: how stamps become stages, and that they add up whatever the stamps are. */
#include <linux/types.h>
#include <stdlib.h>
#include <string.h>

#include "roundtrip.h"
#include "tap.h"

/* queue, start, sent; peer in, start, out; stack, ip, ready: seen 10 ns apart, from 110 on */
static struct ping_try sample(void)
{
	struct ping_try t = {.flags = PING_LIVE};

	for (int p = 0; p < PP_COUNT; p++)
		t.t[p] = 110 + 10 * p;
	return t;
}

static __u64 sum(const struct roundtrip *r)
{
	__u64 s = 0;

	for (int i = 0; i < PS_COUNT; i++)
		s += r->ns[i];
	return s;
}

static const char *label(const struct roundtrip *r, int stage)
{
	static char buf[128];

	return roundtrip_label(r->covers[stage], buf, sizeof(buf));
}

static void test_far_peer(void)
{
	struct ping_try t = sample();
	struct roundtrip r;

	roundtrip_split(&t, 100, 115, 230, &r);
	is_u64(r.rtt_ns, 130, "rtt");
	is_u64(r.ns[PS_SEND], 10, "send");
	is_u64(r.ns[PS_QDISC], 10, "qdisc");
	is_u64(r.ns[PS_DRIVER], 10, "driver");
	is_u64(r.ns[PS_NETWORK], 40, "network, whatever else was seen of it");
	is_u64(r.ns[PS_STACK], 10, "stack");
	is_u64(r.ns[PS_IP], 10, "ip");
	is_u64(r.ns[PS_WAKEUP], 40, "wakeup");
	is_u64(r.covers[PS_PEER], 0, "no peer here");
	is_u64(r.covers[PS_RESOLVE], 0, "no neighbour asked for");
	is_u64(r.kernel_ns, 90, "the kernel's share");
	ok(r.kernel_whole, "all of it");
}

static void test_peer_here(void)
{
	struct ping_try t = sample();
	struct roundtrip r;

	t.flags |= PING_PEER;
	roundtrip_split(&t, 100, 115, 230, &r);
	is_u64(r.ns[PS_PEER], 20, "a peer on this kernel");
	is_u64(r.ns[PS_NETWORK], 20, "is not network");
	is_u64(r.kernel_ns, 90, "nor this host's share");
	is_u64(sum(&r), 130, "and all adds up");

	t.t[PP_PEER_OUT] = t.t[PP_STACK] + 1; /* its driver returned late */
	roundtrip_split(&t, 100, 115, 230, &r);
	is_u64(r.ns[PS_PEER], 10, "the peer ends at its driver's start, if that returned late");
	t.t[PP_PEER_START] = 0;
	roundtrip_split(&t, 100, 115, 230, &r);
	is_u64(r.ns[PS_PEER], 30, "or where the reply comes in");
	t.t[PP_SENT] = t.t[PP_PEER_IN] + 5; /* ours returned late */
	roundtrip_split(&t, 100, 115, 230, &r);
	is_str(label(&r, PS_NETWORK), "driver+network", "our driver's late return");
	ok(!r.kernel_whole, "the kernel's share is a lower bound then");
	is_u64(sum(&r), 130, "all adds up");
}

static void test_missing(void)
{
	struct ping_try t = sample();
	struct roundtrip r;

	t.t[PP_IP] = 0;
	roundtrip_split(&t, 100, 115, 230, &r);
	is_str(label(&r, PS_IP), "stack+ip", "no ip: the name");
	is_u64(r.ns[PS_IP], 20, "no ip: the time");
	is_u64(r.covers[PS_STACK], 0, "no ip: no stack alone");
	ok(r.kernel_whole, "no ip: nothing of the kernel's share is missing");
	t.t[PP_STACK] = 0;
	roundtrip_split(&t, 100, 115, 230, &r);
	is_str(label(&r, PS_IP), "network+stack+ip", "no stack either: the name");
	is_u64(r.kernel_ns, 70, "no stack either: not the kernel's share");
	ok(!r.kernel_whole, "no stack either: and that is said");
	memset(t.t, 0, sizeof(t.t));
	roundtrip_split(&t, 100, 115, 230, &r);
	is_str(label(&r, PS_WAKEUP), "send+qdisc+driver+network+stack+ip+wakeup", "nothing seen");
	is_u64(r.ns[PS_WAKEUP], 130, "nothing seen: the time");
	is_u64(r.kernel_ns, 0, "nothing seen: nothing known of the kernel");
}

static void test_resolve(void)
{
	struct ping_try t = sample();
	struct roundtrip r;

	roundtrip_split(&t, 100, 104, 230, &r);
	is_u64(r.ns[PS_SEND], 4, "queued after the call: send is the call");
	is_u64(r.ns[PS_RESOLVE], 6, "queued after the call: the rest is resolve");
	is_u64(r.kernel_ns, 84, "which is not the kernel's");
	is_u64(sum(&r), 130, "and all adds up");
}

/* Any stamps: no stage is negative, and the sum is the rtt. */
static void test_any(void)
{
	struct roundtrip r;
	unsigned bad = 0;

	srand(1);
	for (int n = 0; n < 200000; n++) {
		__u64 sent = 100 + rand() % 50, received = sent + rand() % 200;
		__u64 returned = sent + rand() % 50;
		struct ping_try t = {.flags = rand()};

		for (int p = 0; p < PP_COUNT; p++)
			t.t[p] = rand() % 4 ? 80 + rand() % 300 : 0;
		roundtrip_split(&t, sent, returned, received, &r);
		bad += sum(&r) != r.rtt_ns || r.rtt_ns != received - sent || r.kernel_ns > r.rtt_ns;
		for (int i = 0; i < PS_COUNT; i++)
			bad += r.ns[i] > r.rtt_ns || (r.ns[i] && !r.covers[i]);
	}
	is_u64(bad, 0, "any stamps: the stages add up, none is negative or nameless");
}

static void test_stats(void)
{
	static struct ping_stats s;
	struct ping_try t = sample();
	struct roundtrip r;

	for (int i = 0; i < 3; i++) {
		roundtrip_split(&t, 100 - i, 115, 230 + i, &r);
		ping_stats_add(&s, &r);
	}
	is_u64(s.received, 3, "received");
	is_u64(s.rtt.min, 130, "the least rtt");
	is_u64(s.rtt.hist.max, 134, "the greatest");
	is_u64(s.rtt.hist.sum, 130 + 132 + 134, "the sum");
	is_u64(hist_n(&s.kernel.hist), 3, "the kernel's share is known of each");
	is_u64(s.stages[PS_QDISC].hist.sum, 30, "a stage");
	is_u64(hist_n(&s.stages[PS_PEER].hist), 0, "a stage that was not there");
}

int main(void)
{
	test_far_peer();
	test_peer_here();
	test_missing();
	test_resolve();
	test_any();
	test_stats();
	return done();
}
