// SPDX-License-Identifier: GPL-2.0-only
/* How stamps of packets that are sent become stages: bpf/split.h, src/model/{packet,names}.c. */
#include <linux/types.h>

#include "names.h"
#include "packet.h"
#include "rnd.h"
#include "sample.h"
#include "split.h"
#include "tap.h"

#define N_TOTAL_MASKS (1U << (TXP_HANDED + 1)) /* of the points that make the total */
#define N_MASKS (1U << TXP_COUNT)

/* Each point at its own time, in order; completed and acked both after `handed`. */
static void ordered_stamps(__u64 *t)
{
	t[0] = 1 + (rnd() >> 2);
	for (unsigned i = 1; i < TXP_COUNT; i++)
		t[i] = t[i - 1] + rnd_log(40);
}

static __u64 sum_of(const __u64 *d)
{
	__u64 sum = 0;

	for (unsigned i = 0; i < TXS_TOTAL; i++)
		sum += d[i];
	return sum;
}

/* The first and the last point of a mask: what the total spans. */
static __u64 span(const __u64 *t, __u32 mask)
{
	int first = -1, last = 0;

	for (int i = 0; i <= TXP_HANDED; i++)
		if (mask & 1U << i) {
			first = first < 0 ? i : first;
			last = i;
		}
	return first < 0 ? 0 : t[last] - t[first];
}

static void test_sums(void)
{
	unsigned wrong = 0, absent = 0, refused = 0;
	__u64 t[TXP_COUNT], d[STAGES_MAX];

	for (unsigned mask = 0; mask < N_TOTAL_MASKS; mask++)
		for (unsigned round = 0; round < 200; round++) {
			__u32 present = tx_stages_present(mask);

			ordered_stamps(t);
			memset(d, 0xff, sizeof(d));
			refused += tx_split(t, mask, d) != 0;
			wrong += sum_of(d) != d[TXS_TOTAL] || d[TXS_TOTAL] != span(t, mask);
			for (unsigned i = 0; i < TXS_TOTAL; i++)
				absent += !(present & 1U << i) && d[i];
		}
	is_u64(wrong, 0, "all point masks: the stages add up to the total");
	is_u64(refused, 0, "ordered stamps are never refused");
	is_u64(absent, 0, "a stage that is not there is 0");
}

static void test_negative(void)
{
	__u64 t[TXP_COUNT], d[STAGES_MAX];
	unsigned missed = 0;

	for (unsigned round = 0; round < 1000; round++)
		for (unsigned later = 1; later <= TXP_HANDED; later++) {
			ordered_stamps(t);
			t[later] = t[later - 1] - 1 - rnd_log(30);
			missed += tx_split(t, ALL_TX_POINTS, d) == 0;
		}
	is_u64(missed, 0, "a stamp before its predecessor is found, 1 ns to 1 s early");
}

static void is_label(__u32 points, enum tx_stage stage, const char *want)
{
	char label[64];

	is_str(stage_label(NS_TX, points, stage, label, sizeof(label)), want, want);
}

static void test_labels(void)
{
	is_label(ALL_TX_POINTS, TXS_QDISC, "qdisc");
	is_label(ALL_TX_POINTS & ~(1U << TXP_IP), TXS_IP, "transport+ip");
	is_label(ALL_TX_POINTS & ~(1U << TXP_SEND | 1U << TXP_SEGMENT), TXS_IP, "ip");
	is_label(1U << TXP_SEGMENT | 1U << TXP_HANDED, TXS_DRIVER, "transport+ip+qdisc+driver");
	is_label(1U << TXP_SEND | 1U << TXP_HANDED, TXS_DRIVER, "socket+transport+ip+qdisc+driver");
	is_label(0, TXS_NETWORK, "network");
	is_label(0, TXS_TOTAL, "total");
	for (unsigned mask = 0; mask < N_MASKS; mask++) {
		__u32 all = 0, present = stages_present(NS_TX, mask), want = 0;
		bool once = true, begun = false;
		int last = -1;

		for (unsigned i = 0; i < TXS_COUNT; i++) {
			__u32 covers = stage_covers(NS_TX, mask, i);

			if (!(present & 1U << i))
				continue;
			once &= !(all & covers);
			all |= covers;
		}
		/* from the first point that has a hook to the last, and what follows the total */
		for (int i = 0; i <= TXP_HANDED; i++)
			if (mask & 1U << i)
				last = i;
		for (int i = 0; i < last; i++) {
			begun |= mask >> i & 1;
			want |= begun ? 1U << i : 0;
		}
		want |= present & ~((1U << TXS_TOTAL) - 1);
		if (!once || all != want)
			ok(false, "point mask %#x: covers %#x, not %#x", mask, all, want);
	}
	ok(true,
	   "all point masks: each stage between the first and the last point is covered once");
}

/* A drop is counted under a stage of the table; what is shown is the stage that this run measures.
 */
static void test_measured(void)
{
	struct run_info ri = {0};

	ri.points[NS_TX][NS_TCP] = ALL_TX_POINTS & ~(1U << TXP_SEGMENT | 1U << TXP_IP);
	is_u64(stage_measured(&ri, NS_TX, NS_TCP, TXS_SOCKET), TXS_IP, "socket is part of ip");
	is_u64(stage_measured(&ri, NS_TX, NS_TCP, TXS_QDISC), TXS_QDISC, "qdisc is its own");
	is_u64(stage_measured(&ri, NS_TX, NS_UDP, TXS_IP), TXS_IP, "nothing measured: itself");
	ri.points[NS_RX][NS_TCP] = 1U << RXP_STACK | 1U << RXP_READY | 1U << RXP_READ;
	is_u64(stage_measured(&ri, NS_RX, NS_TCP, RXS_STACK), RXS_TRANSPORT,
	       "stack, ip and transport are one");
}

static void test_packet(void)
{
	struct run_info ri = sample_run_both();
	struct ns_event e = sample_sent();
	struct packet p;

	packet_read(&e, &ri, &p);
	ok(p.valid && p.dir == NS_TX && p.start == e.t[TXP_SEND], "packet");
	is_u64(p.ns[TXS_TOTAL], 40807000, "its total");
	is_u64(p.ns[TXS_COMPLETION], 43000, "the device");
	is_u64(p.ns[TXS_NETWORK], 200000000, "the network");
	is_u64(p.ns[TXS_ACK], 3500, "the ACK");
	is_u64(p.stages, ((1U << TXS_COUNT) - 1) & ~(1U << TXS_TOTAL), "it has them all");
	is_str(packet_flag(&e, 0), "resent", "flag");
	is_str(packet_flag(&e, 1), NULL, "queued is no flag");

	e.t[TXP_COMPLETED] = e.t[TXP_ACK] = e.t[TXP_ACKED] = 0;
	packet_read(&e, &ri, &p);
	is_u64(p.stages, (1U << TXS_TOTAL) - 1, "not acked: only what makes the total");
	e.t[TXP_ACK] = e.t[TXP_HANDED] - 1;
	e.t[TXP_ACKED] = e.t[TXP_ACK] + 5;
	packet_read(&e, &ri, &p);
	ok(p.valid && p.stages & 1U << TXS_ACK && !(p.stages & 1U << TXS_NETWORK),
	   "an ACK that overtook the driver: no network, and no harm");
	e.t[TXP_SEGMENT] = e.t[TXP_SEND] - 1;
	packet_read(&e, &ri, &p);
	ok(!p.valid, "out of order");
}

static void test_dropped(void)
{
	struct run_info ri = sample_run_both();
	unsigned wrong = 0;

	for (unsigned mask = 0; mask < N_TOTAL_MASKS; mask++)
		for (unsigned last = 0; last <= TXP_HANDED; last++) {
			__u32 seen = mask & ((2U << last) - 1);
			struct ns_event e = sample_sent();
			struct packet p;

			ri.points[NS_TX][NS_TCP] = mask;
			e.flags = PKT_DROPPED;
			for (unsigned i = last + 1; i < TXP_COUNT; i++)
				e.t[i] = 0;
			packet_read(&e, &ri, &p);
			wrong += !p.valid || p.ns[TXS_TOTAL] != span(e.t, seen);
			wrong += p.stages != (tx_stages_present(seen) & ~(1U << TXS_TOTAL));
		}
	is_u64(wrong, 0, "dropped: the stages up to its last stamp");
}

static void test_local(void)
{
	struct ns_event e = sample_local();
	struct packet sent;
	__u64 local = 0;

	ok(packet_read_sent(&e, &sent, &local) && sent.valid && sent.dir == NS_TX, "sender's half");
	is_u64(local, 10100 + 59500, "from send to read");
	is_u64(sent.start, e.trail.t[TXP_SEND], "its start");
	is_u64(sent.ns[TXS_TOTAL], 2600, "its total, up to the last stamp");
	is_u64(sent.stages, 1U << TXS_SOCKET | 1U << TXS_TRANSPORT | 1U << TXS_IP | 1U << TXS_QDISC,
	       "without the driver");
	e.trail.t[TXP_SEND] = e.t[RXP_READ] + 1;
	ok(!packet_read_sent(&e, &sent, &local), "read before it was sent");
	e = sample_local();
	e.trail.t[TXP_IP] = 1;
	ok(packet_read_sent(&e, &sent, &local) && !sent.valid, "its stamps out of order");
	memset(&e.trail, 0, sizeof(e.trail));
	ok(!packet_read_sent(&e, &sent, &local), "no stamps");
	e = sample_local();
	e.flags = 0;
	ok(!packet_read_sent(&e, &sent, &local), "not local");
}

static void test_reasons(void)
{
	struct run_info ri = sample_run_both();
	char buf[32];

	is_str(drop_reason_name(&ri, 5, buf, sizeof(buf)), "QDISC_DROP", "a reason");
	is_str(drop_reason_name(&ri, 0, buf, sizeof(buf)), "-", "none");
	is_str(drop_reason_name(&ri, 3, buf, sizeof(buf)), "reason 0x3", "without a name");
	is_str(drop_reason_name(&ri, 0x10003, buf, sizeof(buf)), "reason 0x10003",
	       "of a subsystem");
}

int main(void)
{
	test_sums();
	test_negative();
	test_labels();
	test_measured();
	test_packet();
	test_dropped();
	test_local();
	test_reasons();
	return done();
}
