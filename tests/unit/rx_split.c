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
				memset(d, 0xff, sizeof(d));
				refused += rx_split(t, t[RXP_READ], mask, flags, d) != 0;
				wrong += sum_of(d) != d[RXS_TOTAL];
				wrong += d[RXS_TOTAL] != t[RXP_READ] - t[RXP_STACK];
				hol += d[RXS_HOL] && !(flags & PKT_OOO);
				for (unsigned i = 0; i < RXS_TOTAL; i++)
					absent += i != RXS_HOL && !(present & 1U << i) && d[i];
			}
	is_u64(wrong, 0, "all point masks and flags: the stages add up to the total");
	is_u64(refused, 0, "ordered stamps are never refused");
	is_u64(absent, 0, "a stage that is not there is 0");
	is_u64(hol, 0, "head of line only where a packet came out of order");
}

/* Any two neighbours swapped, with all points and with no flags: a stage is negative. */
static void test_negative(void)
{
	/* queued is only looked at for packets out of order */
	static const struct {
		unsigned later, flags;
	} pairs[] = {{RXP_IP, 0},	   {RXP_TRANSPORT, 0}, {RXP_QUEUED, PKT_OOO},
		     {RXP_READY, PKT_OOO}, {RXP_READ, 0},      {RXP_READ, PKT_OOO}};
	__u64 t[RXP_COUNT], d[RXS_COUNT];
	unsigned missed = 0;

	for (unsigned round = 0; round < 1000; round++)
		for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
			ordered_stamps(t);
			t[pairs[i].later] = t[pairs[i].later - 1] - 1 - rnd_log(30);
			if (pairs[i].later != RXP_READ && t[RXP_READ] < t[pairs[i].later])
				continue;
			missed += rx_split(t, t[RXP_READ], ALL_POINTS, pairs[i].flags, d) == 0;
		}
	is_u64(missed, 0, "a stamp before its predecessor is found, 1 ns to 1 s early");
}

static void test_known(void)
{
	static const __u64 t[RXP_COUNT] = {1000, 1010, 1030, 1060, 1100, 1150};
	__u64 d[RXS_COUNT];

	rx_split(t, t[RXP_READ], ALL_POINTS, 0, d);
	ok(d[RXS_STACK] == 10 && d[RXS_IP] == 20 && d[RXS_TRANSPORT] == 70 &&
		   d[RXS_APPLICATION] == 50 && d[RXS_HOL] == 0,
	   "an ordinary packet");
	rx_split(t, t[RXP_READ], ALL_POINTS, PKT_OOO, d);
	ok(d[RXS_TRANSPORT] == 30 && d[RXS_HOL] == 40 && d[RXS_APPLICATION] == 50,
	   "out of order: held from queued to ready");
	rx_split(t, t[RXP_READ], ALL_POINTS, PKT_UNNOTIFIED, d);
	ok(d[RXS_TRANSPORT] == 30 && d[RXS_APPLICATION] == 90, "no wake-up: ready = queued");
	rx_split(t, t[RXP_READ], ALL_POINTS & ~(1U << RXP_IP), 0, d);
	ok(d[RXS_STACK] == 0 && d[RXS_IP] == 30, "no ip point: stack is part of ip");
	rx_split(t, t[RXP_READ], ALL_POINTS & ~(1U << RXP_TRANSPORT), 0, d);
	ok(d[RXS_STACK] == 10 && d[RXS_IP] == 0 && d[RXS_TRANSPORT] == 90,
	   "no transport point: ip is part of transport");
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
	is_str(stage_label(NS_RX, 0, RXS_APPLICATION, label, sizeof(label)), "application",
	       "nor is anything into application");
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
		if (!once || all != (1U << RXS_COUNT) - 1)
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
	is_u64(p.ns[RXS_TOTAL], 3039500, "its total");
	is_str(packet_flag(&e, 0), "ooo", "first flag");
	is_str(packet_flag(&e, 1), "partial", "second flag");
	is_str(packet_flag(&e, 2), NULL, "no third flag");
	e.t[RXP_READ] = e.t[RXP_STACK] - 1;
	packet_read(&e, &ri, &p);
	ok(!p.valid, "read before it came");
	for (unsigned i = 0; i < RXP_COUNT; i++)
		e.t[i] = (__u64)i << 61;
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
		for (unsigned last = 0; last < RXP_READY; last++)
			for (unsigned ooo = 0; ooo < 2; ooo++) {
				struct ns_event e = sample_event();
				struct packet p;
				__u64 end = e.t[RXP_STACK], sum = 0;

				ri.points[NS_RX][NS_TCP] = mask | 1U << RXP_STACK;
				e.flags = PKT_DROPPED | (ooo ? PKT_OOO : 0);
				for (unsigned i = last + 1; i < RXP_COUNT; i++)
					e.t[i] = 0;
				for (unsigned i = 1; i <= last; i++)
					if (mask & 1U << i)
						end = e.t[i];
				packet_read(&e, &ri, &p);
				for (unsigned i = 0; i < RXS_TOTAL; i++) {
					sum += p.ns[i];
					absent += p.ns[i] && !(p.stages & 1U << i);
				}
				wrong += !p.valid || sum != p.ns[RXS_TOTAL] ||
					 sum != end - e.t[RXP_STACK];
				wrong += (p.stages & 1U << RXS_APPLICATION) != 0;
			}
	is_u64(wrong, 0, "dropped: the stages add up to the last stamp");
	is_u64(absent, 0, "and a stage that is not there is 0");
}

int main(void)
{
	test_sums();
	test_negative();
	test_known();
	test_labels();
	test_packet();
	test_dropped();
	return done();
}
