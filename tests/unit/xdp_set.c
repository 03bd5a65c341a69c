// SPDX-License-Identifier: GPL-2.0-only
/*
 * What XDP leaves for the stack (bpf/xdp_tag.bpf.h, bpf/xdp_set.bpf.h themselves): each packet
 * finds its own stamp or none, never another's.
 */
#pragma GCC diagnostic ignored "-Wunused-function" /* helpers that it does not ask for */
#include "bpf_host.h"
#undef const

#include <arpa/inet.h>

#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86dd
#define ETH_P_8021Q 0x8100
#define ETH_P_8021AD 0x88a8
#define bpf_htons htons
#define bpf_ntohs ntohs
static long bpf_probe_read_kernel(void *to, u32 size, const void *from)
{
	memcpy(to, from, size);
	return 0;
}

/* Headers lie in a frame as they come: the verifier lets them be read there, C would not. */
#ifdef __clang__
#pragma clang attribute push(__attribute__((no_sanitize("alignment"))), apply_to = function)
#endif
#include "xdp_tag.bpf.h"
#ifdef __clang__
#pragma clang attribute pop
#endif
#include "xdp_set.bpf.h"
#include "tap.h"
#include "rnd.h"

#define MS 1000000ULL

static struct xdp_set sets[XDP_SETS];
static struct xdp_hw hws[XDP_SETS];
static u64 now_ns = 5000 * MS;

static void forget(void)
{
	memset(sets, 0, sizeof(sets));
	memset(hws, 0, sizeof(hws));
	now_ns += 5000 * MS;
}

/* Tags of one set. */
static u64 rival(u64 i)
{
	return 0x0123456700000000ULL + i * 0x9e37;
}

static u64 leave(u64 tag, u64 hw)
{
	now_ns += 100;
	xdp_put(&sets[xdp_set_of(tag)], hw ? &hws[xdp_set_of(tag)] : NULL, tag, now_ns, hw);
	return now_ns & ~XDP_TWICE;
}

static u64 take(u64 tag)
{
	u64 hw = 0;

	return xdp_find(&sets[xdp_set_of(tag)], NULL, tag, now_ns + 50, &hw);
}

static void test_four(void)
{
	u64 t[XDP_WAYS + 1];

	forget();
	ok(!take(rival(0)), "nothing was left");
	for (unsigned i = 0; i < XDP_WAYS; i++)
		t[i] = leave(rival(i), 0);
	for (unsigned i = 0; i < XDP_WAYS; i++)
		is_u64(take(rival(i)), t[i], "one of four in a set");
	for (unsigned i = 0; i < XDP_WAYS; i++)
		ok(!take(rival(i)), "is found once");
	for (unsigned i = 0; i <= XDP_WAYS; i++)
		t[i] = leave(rival(i), 0);
	ok(!take(rival(0)), "of five the oldest gives way");
	for (unsigned i = 1; i <= XDP_WAYS; i++)
		is_u64(take(rival(i)), t[i], "and no other");
}

/* Those that come and are taken at once push nobody out. */
static void test_waits(void)
{
	unsigned bad = 0;
	u64 t;

	forget();
	t = leave(rival(0), 0);
	for (unsigned i = 1; i <= 100; i++) {
		u64 now = leave(rival(i), 0);

		bad += take(rival(i)) != now;
	}
	is_u64(bad, 0, "a hundred come and are taken");
	is_u64(take(rival(0)), t, "while one waits");
}

static void test_twice(void)
{
	u64 t;

	forget();
	leave(rival(0), 0);
	leave(rival(1), 0);
	leave(rival(0), 0);
	ok(!take(rival(0)) && !take(rival(0)), "two that nothing tells apart: neither is measured");
	ok(take(rival(1)), "what came between them is");
	for (unsigned i = 0; i < 3; i++)
		leave(rival(0), 0);
	ok(!take(rival(0)) && !take(rival(0)) && !take(rival(0)), "nor of three any");
	leave(rival(0), 0);
	now_ns += XDP_STALE_NS;
	ok(!take(rival(0)), "what lay for a second is of a packet before");
	leave(rival(0), 0);
	now_ns += XDP_STALE_NS;
	t = leave(rival(0), 0);
	is_u64(take(rival(0)), t, "and does not spoil the next");
}

static void test_hw(void)
{
	u64 hw = 0, t[XDP_WAYS + 1], tag = rival(0);
	struct xdp_set *set = &sets[xdp_set_of(tag)];
	struct xdp_hw *h = &hws[xdp_set_of(tag)];
	unsigned good = 0;

	forget();
	for (unsigned i = 0; i <= XDP_WAYS; i++)
		t[i] = leave(rival(i), 1000 + i);
	for (unsigned i = 0; i <= XDP_WAYS; i++) {
		u64 found = xdp_find(set, h, rival(i), now_ns, &hw);

		good += i ? found == t[i] && hw == 1000 + i : !found;
	}
	is_u64(good, XDP_WAYS + 1, "a device's own stamp stays with its packet");
	leave(tag, 0xabcdef);
	h->stamps[0] ^= 1;
	ok(!xdp_find(set, h, tag, now_ns, &hw), "one that another CPU wrote into is nobody's");
}

/* Packets of a stream: one poll's worth has a set each, or nearly. */
static struct {
	struct ip4_hdr ip;
	struct tcp_hdr tcp;
	u8 data[100];
} packet;

static enum tagged tag_of(u64 *tag)
{
	struct headers h = {&packet, (char *)&packet + sizeof(packet)};

	packet.ip.version_ihl = 0x45;
	packet.ip.length = htons(sizeof(packet));
	packet.tcp.offset = 5 << 4;
	return tag_packet(&h, 7, htons(ETH_P_IP), tag, true);
}

static void begin_packets(u8 l4)
{
	memset(&packet, 0, sizeof(packet));
	packet.ip.l4 = l4;
	packet.ip.src = htonl(0x0a000001);
	packet.ip.dst = htonl(0x0a000002);
	packet.tcp.ports = 0x1234abcd;
}

/* How many would push another out, of a hundred polls with 64 packets each. */
static unsigned crowded(u8 l4, unsigned step)
{
	unsigned n = 0;
	u8 in[XDP_SETS];

	begin_packets(l4);
	for (unsigned i = 0; i < 6400; i++) {
		u64 tag;

		if (i % 64 == 0)
			memset(in, 0, sizeof(in));
		packet.ip.id = htons(i);
		packet.tcp.seq = l4 == IPPROTO_TCP ? htonl(i * step) : 0;
		if (tag_of(&tag) != TAG_OK)
			return ~0U;
		n += in[xdp_set_of(tag)]++ >= XDP_WAYS;
	}
	return n;
}

static unsigned crowded_hosts(void)
{
	unsigned n = 0;
	u8 in[XDP_SETS] = {};

	begin_packets(IPPROTO_UDP);
	for (unsigned i = 0; i < 256; i++) {
		u64 tag;

		packet.ip.dst = htonl(0x0a000000 + i);
		if (tag_of(&tag) != TAG_OK)
			return ~0U;
		n += in[xdp_set_of(tag)]++ >= XDP_WAYS;
	}
	return n;
}

static void test_tags(void)
{
	u64 a = 0, b = 0;
	u8 *bytes = (u8 *)&packet;
	unsigned same = 0, n = 0;

	is_u64(crowded(IPPROTO_TCP, 1448), 0, "TCP: segments of a stream");
	is_u64(crowded(IPPROTO_TCP, 1), 0, "of single bytes");
	is_u64(crowded(IPPROTO_UDP, 0), 0, "UDP: the same data, but for the identification");
	is_u64(crowded_hosts(), 0, "one datagram to each of 256 addresses");
	packet.ip.l4 = IPPROTO_TCP;
	tag_of(&a);
	for (unsigned i = 0; i < 8 * 32; i++) {
		unsigned at = i / 8;

		if (at < 4 || (at >= 6 && at < 12)) /* not looked at, or TTL and checksum */
			continue;
		bytes[at] ^= 1 << i % 8;
		tag_of(&b);
		bytes[at] ^= 1 << i % 8;
		same += a == b;
		n++;
	}
	is_u64(same, 0, "each bit counts");
	is_u64(n, 8 * 22, "of identification, addresses, ports and sequence numbers");
}

/* Many at once, taken in any order: what is found is right. */
static void test_random(void)
{
	enum { UNDER_WAY = 64 };
	u64 tags[UNDER_WAY] = {}, times[UNDER_WAY];
	unsigned wrong = 0, lost = 0, turns = 100000;

	forget();
	for (unsigned i = 0; i < turns; i++) {
		unsigned k = rnd() % UNDER_WAY;
		u64 t = tags[k] ? take(tags[k]) : 0;

		wrong += t && t != times[k];
		lost += tags[k] && !t;
		tags[k] = (u64)rnd() << 32 | (u32)rnd();
		times[k] = leave(tags[k], 0);
	}
	is_u64(wrong, 0, "64 under way: none has another's stamp");
	ok(lost < turns / 1000, "%u of %u were pushed out", lost, turns);
}

int main(void)
{
	test_four();
	test_waits();
	test_twice();
	test_hw();
	test_tags();
	test_random();
	return done();
}
