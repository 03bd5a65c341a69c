/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a packet is known by at XDP and again at `stack`: addresses, ports, and what tells it from
 * its neighbours. Of TCP that are both sequence numbers, of UDP the first eight bytes of data, and
 * of IPv4 the identification. GRO changes none of them in the packet that it keeps.
 */
#ifndef NS_XDP_TAG_BPF_H
#define NS_XDP_TAG_BPF_H

#include "kernel.bpf.h"

#define XDP_TAGS 2 /* VLAN tags that are followed */

/* Headers, as far as they are looked at; network order. */
struct eth_hdr {
	__be16 mac[6];
	__be16 protocol;
};

struct vlan_hdr {
	__be16 tci;
	__be16 protocol;
};

struct ip4_hdr {
	u8 version_ihl;
	u8 tos;
	__be16 length;
	__be16 id;
	__be16 fragment;
	u8 ttl;
	u8 l4;
	__be16 check;
	__be32 src;
	__be32 dst;
};

struct ip6_hdr {
	__be32 flow;
	__be16 length;
	u8 l4;
	u8 hops;
	__be32 src[4];
	__be32 dst[4];
};

struct tcp_hdr {
	__be32 ports;
	__be32 seq;
	__be32 ack;
	u8 offset; /* in its upper half, of words */
	u8 flags;
};

struct udp_hdr {
	__be32 ports;
	__be16 length;
	__be16 check;
};

/* Where to read: [at, end). In XDP directly, else (end is not used) by helper. */
struct headers {
	const void *at;
	const void *end;
};

#define TAKE(out, h, direct)                                                                       \
	({                                                                                         \
		const typeof(out) *__p = (h)->at;                                                  \
		bool __there;                                                                      \
		if (direct) {                                                                      \
			__there = (const void *)(__p + 1) <= (h)->end;                             \
			if (__there)                                                               \
				(out) = *__p;                                                      \
		} else {                                                                           \
			__there = !bpf_probe_read_kernel(&(out), sizeof(out), __p);                \
		}                                                                                  \
		__there;                                                                           \
	})

/* Each word has a factor of its own, and the tag is the sum: multiplications that do not wait for
 * each other. A bit of a word changes those of the tag from its own place up. */
enum { WORD_DEVICE, WORD_L4, WORD_DATA, WORD_ADDRESSES, WORDS = WORD_ADDRESSES + 4 };
static const u64 word_factors[WORDS] = {
	0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 0x94d049bb133111eb, 0xd6e8feb86659fd93,
	0xff51afd7ed558ccd, 0xc4ceb9fe1a85ec53, 0x2545f4914f6cdd1d,
};

ALWAYS_INLINE void mix(u64 *tag, u32 which, u64 word)
{
	*tag += word * word_factors[which];
}

enum tagged {
	TAG_NONE,  /* no data of TCP or UDP: nothing that reaches a socket */
	TAG_BLIND, /* it may be, but its headers are not followed that far: a fragment, IPv6
		      extensions */
	TAG_OK,
};

/* h: at the transport header; length: from there to the end of the packet; id: of IPv4, or 0. */
ALWAYS_INLINE enum tagged tag_transport(struct headers *h, u8 l4, u32 length, u16 id, u64 *tag,
					bool direct)
{
	if (l4 == IPPROTO_TCP) {
		struct tcp_hdr tcp;

		if (!TAKE(tcp, h, direct))
			return TAG_BLIND;
		if (length <= (tcp.offset >> 4) * 4)
			return TAG_NONE;
		mix(tag, WORD_L4, tcp.ports | (u64)id << 32);
		mix(tag, WORD_DATA, tcp.seq | (u64)tcp.ack << 32);
		return TAG_OK;
	}
	if (l4 == IPPROTO_UDP) {
		struct udp_hdr udp;
		u64 data = 0;

		if (!TAKE(udp, h, direct))
			return TAG_BLIND;
		h->at += sizeof(udp);
		if (length >= sizeof(udp) + sizeof(data) && !TAKE(data, h, direct))
			return TAG_BLIND;
		mix(tag, WORD_L4, udp.ports | (u64)id << 32);
		mix(tag, WORD_DATA, data);
		return TAG_OK;
	}
	return TAG_NONE;
}

/* h: at the network header, or a VLAN tag before it. */
ALWAYS_INLINE enum tagged tag_packet(struct headers *h, u32 ifindex, __be16 protocol, u64 *tag,
				     bool direct)
{
	*tag = 0;
	mix(tag, WORD_DEVICE, ifindex);
	for (int i = 0; i < XDP_TAGS; i++) {
		struct vlan_hdr vlan;

		if (protocol != bpf_htons(ETH_P_8021Q) && protocol != bpf_htons(ETH_P_8021AD))
			break;
		if (!TAKE(vlan, h, direct))
			return TAG_NONE;
		protocol = vlan.protocol;
		h->at += sizeof(vlan);
	}
	if (protocol == bpf_htons(ETH_P_IP)) {
		struct ip4_hdr ip;
		u32 length;

		if (!TAKE(ip, h, direct))
			return TAG_NONE;
		if (ip.fragment & bpf_htons(0x3fff)) /* more follow, or it is a later one */
			return TAG_BLIND;
		length = (ip.version_ihl & 15) * 4;
		h->at += length;
		mix(tag, WORD_ADDRESSES, ip.src | (u64)ip.dst << 32);
		return tag_transport(h, ip.l4, bpf_ntohs(ip.length) - length, ip.id, tag, direct);
	}
	if (protocol == bpf_htons(ETH_P_IPV6)) {
		struct ip6_hdr ip;

		if (!TAKE(ip, h, direct))
			return TAG_NONE;
		h->at += sizeof(ip);
		mix(tag, WORD_ADDRESSES, ip.src[0] | (u64)ip.src[1] << 32);
		mix(tag, WORD_ADDRESSES + 1, ip.src[2] | (u64)ip.src[3] << 32);
		mix(tag, WORD_ADDRESSES + 2, ip.dst[0] | (u64)ip.dst[1] << 32);
		mix(tag, WORD_ADDRESSES + 3, ip.dst[2] | (u64)ip.dst[3] << 32);
		switch (ip.l4) {
		case 0: { /* hop by hop; before ICMPv6 it is a multicast listener's report */
			u8 next;

			return !TAKE(next, h, direct) || next != 58 /* ICMPv6 */ ? TAG_BLIND
										 : TAG_NONE;
		}
		case 43: /* routing */
		case 44: /* fragment */
		case 60: /* destination options */
			return TAG_BLIND;
		}
		return tag_transport(h, ip.l4, bpf_ntohs(ip.length), 0, tag, direct);
	}
	return TAG_NONE;
}

#endif
