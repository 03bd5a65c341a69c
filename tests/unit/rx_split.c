// SPDX-License-Identifier: GPL-2.0-only
/* How stamps of received packets become stages: bpf/split.h, and src/model/{packet,names}.c on top
 * of it. */
#include <linux/types.h>

#include "names.h"
#include "packet.h"
#include "rnd.h"
#include "sample.h"
#include "split.h"
#include "tap.h"

#define N_MASKS (1U << RXP_COUNT)
#define N_FLAGS 16

/* Stamps in the order in which this packet met its points. */
static void ordered_stamps(__u64 *t)
{
	t[0] = rnd() >> 1;
	for (unsigned i = 1; i < RXP_COUNT; i++)
		t[i] = t[i - 1] + rnd_log(40);
}

static int split(const __u64 *t, __u32 points, __u32 flags, __u64 *d)
{
	const struct reading r = {t[RXP_WOKEN], t[RXP_RUNNING], t[RXP_READ]};

	return rx_split(t, &r, points, flags, d);
}

/* Where the total begins. */
static __u64 first_of(const __u64 *t, __u32 points)
{
	for (unsigned i = 0; i < RXP_STACK; i++)
		if (points & 1U << i && t[i])
			return t[i];
	return t[RXP_STACK];
}

static __u64 sum_of(const __u64 *d)
{
	__u64 sum = 0;

	for (unsigned i = 0; i < RXS_TOTAL; i++)
		sum += d[i];
	return sum;
}

static void test_sums(void)
{
	unsigned wrong = 0, absent = 0, refused = 0, hol = 0;
	__u64 t[RXP_COUNT], d[RXS_COUNT];

	for (unsigned mask = 0; mask < N_MASKS; mask++)
		for (unsigned flags = 0; flags < N_FLAGS; flags++)
			for (unsigned round = 0; round < 20; round++) {
				__u32 present = rx_stages_present(mask);

				ordered_stamps(t);
				if (flags & PKT_UNNOTIFIED) /* then nobody was woken */
					t[RXP_WOKEN] = t[RXP_RUNNING] = 0;
				if (round % 2)
					t[round / 2 % RXP_STACK] = 0;
				memset(d, 0xff, sizeof(d));
				refused += split(t, mask, flags, d) != 0;
				wrong += sum_of(d) != d[RXS_TOTAL];
				wrong += d[RXS_TOTAL] != t[RXP_READ] - first_of(t, mask);
				hol += d[RXS_HOL] && !(flags & PKT_OOO);
				for (unsigned i = 0; i < RXS_TOTAL; i++)
					absent += i != RXS_HOL && !(present & 1U << i) && d[i];
			}
	is_u64(wrong, 0, "all point masks and flags: the stages add up to the total");
	is_u64(refused, 0, "ordered stamps are never refused");
	is_u64(absent, 0, "a stage that is not there is 0");
	is_u64(hol, 0, "head of line only where a packet came out of order");
}

/* Generic XDP comes after `stack`: its stage lies between the two, and `stack` begins after it. */
static void test_generic_xdp(void)
{
	__u64 t[RXP_COUNT], d[RXS_COUNT];
	unsigned wrong = 0, missed = 0;

	for (unsigned round = 0; round < 1000; round++) {
		__u64 stack;

		ordered_stamps(t);
		stack = t[RXP_XDP];
		t[RXP_XDP] = t[RXP_STACK];
		t[RXP_STACK] = stack;
		if (t[RXP_XDP] == stack)
			continue;
		wrong += split(t, ALL_POINTS, 0, d) != 0;
		wrong += d[RXS_XDP] != t[RXP_XDP] - stack || d[RXS_STACK] != t[RXP_IP] - t[RXP_XDP];
		wrong += d[RXS_NAPI] != stack - t[RXP_SOFTIRQ] || sum_of(d) != d[RXS_TOTAL];
		t[RXP_XDP] = t[RXP_IP] + 1;
		missed += split(t, ALL_POINTS, 0, d) == 0;
	}
	is_u64(wrong, 0, "generic XDP is inside the stack");
	is_u64(missed, 0, "but not after it");
}

/* Any two neighbours swapped, with all points and with no flags: a stage is negative (but for
 * `stack` before `xdp`: generic XDP). */
static void test_negative(void)
{
	/* queued is only looked at for packets out of order; xdp can follow stack (generic XDP) */
	static const struct {
		unsigned later, flags;
	} pairs[] = {{RXP_IP, 0},	   {RXP_TRANSPORT, 0}, {RXP_QUEUED, PKT_OOO},
		     {RXP_READY, PKT_OOO}, {RXP_READ, 0},      {RXP_READ, PKT_OOO},
		     {RXP_RAISE, 0},	   {RXP_SOFTIRQ, 0},   {RXP_XDP, 0},
		     {RXP_WOKEN, 0},	   {RXP_RUNNING, 0}};
	__u64 t[RXP_COUNT], d[RXS_COUNT];
	unsigned missed = 0;

	for (unsigned round = 0; round < 1000; round++)
		for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
			ordered_stamps(t);
			t[pairs[i].later] = t[pairs[i].later - 1] - 1 - rnd_log(30);
			if (pairs[i].later != RXP_READ && t[RXP_READ] < t[pairs[i].later])
				continue;
			missed += split(t, ALL_POINTS, pairs[i].flags, d) == 0;
		}
	is_u64(missed, 0, "a stamp before its predecessor is found, 1 ns to 1 s early");
}

static void test_known(void)
{
	static const __u64 ordinary[RXP_COUNT] = {
		[RXP_STACK] = 1000,  [RXP_IP] = 1010,	 [RXP_TRANSPORT] = 1030,
		[RXP_QUEUED] = 1060, [RXP_READY] = 1100, [RXP_READ] = 1150};
	__u64 t[RXP_COUNT], d[RXS_COUNT];

	memcpy(t, ordinary, sizeof(t));
	split(t, ALL_POINTS, 0, d);
	ok(d[RXS_STACK] == 10 && d[RXS_IP] == 20 && d[RXS_TRANSPORT] == 70 &&
		   d[RXS_APPLICATION] == 50 && d[RXS_HOL] == 0,
	   "an ordinary packet");
	split(t, ALL_POINTS, PKT_OOO, d);
	ok(d[RXS_TRANSPORT] == 30 && d[RXS_HOL] == 40 && d[RXS_APPLICATION] == 50,
	   "out of order: held from queued to ready");
	split(t, ALL_POINTS, PKT_UNNOTIFIED, d);
	ok(d[RXS_TRANSPORT] == 30 && d[RXS_APPLICATION] == 90, "no wake-up: ready = queued");
	split(t, ALL_POINTS & ~(1U << RXP_IP), 0, d);
	ok(d[RXS_STACK] == 0 && d[RXS_IP] == 30, "no ip point: stack is part of ip");
	split(t, ALL_POINTS & ~(1U << RXP_TRANSPORT), 0, d);
	ok(d[RXS_STACK] == 10 && d[RXS_IP] == 0 && d[RXS_TRANSPORT] == 90,
	   "no transport point: ip is part of transport");
	is_u64(d[RXS_TOTAL], 150, "its total is from the stack: it has nothing before");

	t[RXP_WOKEN] = 1101;
	t[RXP_RUNNING] = 1120;
	split(t, ALL_POINTS, 0, d);
	ok(d[RXS_WAKEUP] == 1 && d[RXS_RUNQUEUE] == 19 && d[RXS_APPLICATION] == 30, "a wake-up");
	t[RXP_SOFTIRQ] = 900;
	split(t, ALL_POINTS, 0, d);
	ok(d[RXS_NAPI] == 100 && d[RXS_SOFTIRQ_WAIT] == 0 && d[RXS_TOTAL] == 250, "a softirq");
	t[RXP_RAISE] = 840;
	t[RXP_IRQ] = 830;
	t[RXP_XDP] = 950;
	split(t, ALL_POINTS, 0, d);
	ok(d[RXS_IRQ] == 10 && d[RXS_SOFTIRQ_WAIT] == 60 && d[RXS_NAPI] == 50 && d[RXS_XDP] == 50 &&
		   d[RXS_TOTAL] == 320,
	   "all that is before the stack");
	t[RXP_IRQ] = t[RXP_XDP] = t[RXP_SOFTIRQ] = 0;
	split(t, ALL_POINTS, 0, d);
	ok(d[RXS_SOFTIRQ_WAIT] == 0 && d[RXS_NAPI] == 160 && d[RXS_TOTAL] == 310,
	   "in the backlog while the softirq ran already");
}

/* The stages from the first point on. */
static __u32 measured(__u32 points)
{
	__u32 m = (1U << RXS_COUNT) - 1;

	for (unsigned i = 0; i < RXP_STACK && !(points & 1U << i); i++)
		m &= ~(1U << i);
	return points & 1U << RXP_XDP ? m : m & ~(1U << RXS_XDP);
}

static void test_labels(void)
{
	char label[64];
	__u32 no_ip = ALL_POINTS & ~(1U << RXP_IP);
	__u32 no_transport = ALL_POINTS & ~(1U << RXP_TRANSPORT);

	is_str(stage_label(NS_RX, ALL_POINTS, RXS_IP, label, sizeof(label)), "ip", "label");
	is_str(stage_label(NS_RX, no_ip, RXS_IP, label, sizeof(label)), "stack+ip", "stack in ip");
	is_str(stage_label(NS_RX, no_transport, RXS_TRANSPORT, label, sizeof(label)),
	       "ip+transport", "ip in transport");
	is_str(stage_label(NS_RX, no_ip & no_transport, RXS_TRANSPORT, label, sizeof(label)),
	       "stack+ip+transport", "stack and ip in transport");
	is_str(stage_label(NS_RX, 0, RXS_HOL, label, sizeof(label)), "hol", "hol is never merged");
	is_str(stage_label(NS_RX, 0, RXS_APPLICATION, label, sizeof(label)),
	       "wakeup+runqueue+application", "no scheduler");
	is_str(stage_label(NS_RX, ALL_POINTS & ~(1U << RXP_XDP), RXS_STACK, label, sizeof(label)),
	       "stack", "xdp is never merged");
	is_str(stage_label(NS_RX, 0, RXS_TOTAL, label, sizeof(label)), "total", "total");
	is_str(stage_label(NS_RX, 0, RXS_TRANSPORT, label, 12), "stack+ip",
	       "a small buffer is kept");

	for (unsigned mask = 0; mask < N_MASKS; mask++) {
		__u32 all = 0, present = rx_stages_present(mask) | 1U << RXS_HOL;
		bool once = true;

		for (unsigned i = 0; i < RXS_COUNT; i++) {
			__u32 covers = stage_covers(NS_RX, mask, i);

			if (!(present & 1U << i))
				continue;
			once &= !(all & covers);
			all |= covers;
		}
		if (!once || all != measured(mask))
			ok(false, "point mask %#x: each stage is covered once", mask);
	}
	ok(true, "all point masks: each stage is covered once");
}

static void test_packet(void)
{
	struct run_info ri = sample_run();
	struct ns_event e = sample_event();
	struct packet p;

	packet_read(&e, &ri, &p);
	ok(p.valid && p.stages & 1U << RXS_HOL && !(p.stages & 1U << RXS_TOTAL), "packet");
	is_u64(p.ns[RXS_TOTAL], 3048500, "its total");
	ok(p.start == e.t[RXP_IRQ] && !(p.stages & 1U << RXS_XDP), "from the interrupt; no xdp");
	is_str(packet_flag(&e, 0), "ooo", "first flag");
	is_str(packet_flag(&e, 1), "partial", "second flag");
	is_str(packet_flag(&e, 2), NULL, "no third flag");
	e.t[RXP_READ] = e.t[RXP_STACK] - 1;
	packet_read(&e, &ri, &p);
	ok(!p.valid, "read before it came");
	for (unsigned i = 0; i < RXP_COUNT; i++)
		e.t[i] = (__u64)i << 60;
	packet_read(&e, &ri, &p);
	ok(!p.valid, "a total of more than 2^63 ns");
	e.flow.proto = 200;
	e.dir = 77;
	packet_read(&e, &ri, &p);
	is_u64(p.points, 0, "a protocol that is none has no points");
}

/* Dropped packets have the stages up to their last stamp, and never one more. */
static void test_dropped(void)
{
	struct run_info ri = sample_run();
	unsigned wrong = 0, absent = 0;

	for (unsigned mask = 0; mask < N_MASKS; mask++)
		for (unsigned last = RXP_STACK; last < RXP_READY; last++)
			for (unsigned ooo = 0; ooo < 2; ooo++) {
				struct ns_event e = sample_event();
				struct packet p;
				__u64 end = e.t[RXP_STACK], sum = 0, first;

				ri.points[NS_RX][NS_TCP] = mask | 1U << RXP_STACK;
				e.flags = PKT_DROPPED | (ooo ? PKT_OOO : 0);
				for (unsigned i = last + 1; i < RXP_COUNT; i++)
					e.t[i] = 0;
				for (unsigned i = RXP_IP; i <= last; i++)
					if (mask & 1U << i)
						end = e.t[i];
				first = first_of(e.t, mask);
				packet_read(&e, &ri, &p);
				for (unsigned i = 0; i < RXS_TOTAL; i++) {
					sum += p.ns[i];
					absent += p.ns[i] && !(p.stages & 1U << i);
				}
				wrong += !p.valid || sum != p.ns[RXS_TOTAL] || sum != end - first;
				wrong += (p.stages & 1U << RXS_APPLICATION) != 0;
			}
	is_u64(wrong, 0, "dropped: the stages add up to the last stamp");
	is_u64(absent, 0, "and a stage that is not there is 0");
}

int main(void)
{
	test_sums();
	test_generic_xdp();
	test_negative();
	test_known();
	test_labels();
	test_packet();
	test_dropped();
	return done();
}
