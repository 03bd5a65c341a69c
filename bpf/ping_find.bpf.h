/* SPDX-License-Identifier: GPL-2.0-only */
/* Which packets are ours: the cheap questions first, then the headers. */
#ifndef NS_PING_FIND_BPF_H
#define NS_PING_FIND_BPF_H

#include "kernel.bpf.h"
#include "ping.h"

#define IPPROTO_FRAGMENT 44
#define ETH_P_IPV6 0x86dd
#define TH_SYN 2
#define TH_RST 4
#define TH_ACK 16

const volatile struct ping_config cfg = {};

/* User space maps these. */
__u32 armed; /* tries that wait for a reply */
struct ping_try tries[PING_TRIES];

ALWAYS_INLINE u16 get16(const u8 *p)
{
	return p[0] << 8 | p[1];
}

ALWAYS_INLINE u32 get32(const u8 *p)
{
	return (u32)get16(p) << 16 | get16(p + 2);
}

/* Can it be ours? Says no to nearly everything. */
ALWAYS_INLINE bool worth_a_look(struct sk_buff *skb, bool direct)
{
	u32 len;

	if (!armed)
		return false;
	len = RD(direct, skb, len);
	return len >= cfg.len_min && len <= cfg.len_max;
}

/* Copy the first 16 bytes of the transport header; false: another protocol, or a later fragment. */
ALWAYS_INLINE bool read_l4(const unsigned char *ip, u8 *l4)
{
	u8 h[64];

	if (cfg.ethertype == bpf_htons(ETH_P_IPV6)) {
		if (bpf_probe_read_kernel(h, 64, ip) || h[0] >> 4 != 6)
			return false;
		if (h[6] == cfg.l4) {
			__builtin_memcpy(l4, h + 40, 16);
			return true;
		}
		__builtin_memcpy(l4, h + 48, 16);
		return h[6] == IPPROTO_FRAGMENT && h[40] == cfg.l4 && !h[42] && !(h[43] & 0xf8);
	}
	if (bpf_probe_read_kernel(h, 40, ip) || h[0] >> 4 != 4 || h[9] != cfg.l4 || h[6] & 0x1f ||
	    h[7])
		return false;
	if (h[0] != 0x45) /* options */
		return !bpf_probe_read_kernel(l4, 16, ip + (h[0] & 15) * 4);
	__builtin_memcpy(l4, h + 20, 16);
	return true;
}

ALWAYS_INLINE struct ping_try *try_of(u16 key)
{
	struct ping_try *t = &tries[key % PING_TRIES];

	return t->flags & PING_LIVE && t->key == key ? t : NULL;
}

ALWAYS_INLINE u32 netns_of(struct sk_buff *skb, bool direct)
{
	if (direct)
		return skb->dev->nd_net.net->ns.inum;
	return BPF_CORE_READ(skb, dev, nd_net.net, ns.inum);
}

/*
 * The try that a TCP header belongs to. The first SYN from our port, in our namespace, tells its
 * sequence number; from then on that is what is looked for, together with the port.
 */
ALWAYS_INLINE struct ping_try *tcp_try(const u8 *l4, struct sk_buff *out, bool *reply)
{
	u32 ports = get32(l4);
	u8 flags = l4[13] & (TH_SYN | TH_RST | TH_ACK);
	struct ping_try *t;

	*reply = flags != TH_SYN;
	if (*reply && flags != (TH_SYN | TH_ACK) && !(flags & TH_RST))
		return NULL;
	asm volatile("" : "+r"(ports)); /* or clang chooses an address on the stack */
	t = try_of(*reply ? ports : ports >> 16);
	if (!t)
		return NULL;
	if (*reply)
		return t->flags & PING_ISN && get32(l4 + 8) == t->isn + 1 ? t : NULL;
	if (out && !(t->flags & PING_ISN) && netns_of(out, true) == cfg.netns) {
		t->isn = get32(l4 + 4);
		t->flags |= PING_ISN;
	}
	return t->flags & PING_ISN && get32(l4 + 4) == t->isn ? t : NULL;
}

/* The try that the packet with this IP header belongs to, and which way it goes; `out` is the
 * packet if it is being sent, else NULL. */
ALWAYS_INLINE struct ping_try *find(const unsigned char *ip, struct sk_buff *out, bool *reply)
{
	u8 l4[16];

	if (!read_l4(ip, l4))
		return NULL;
	if (cfg.l4 == IPPROTO_TCP)
		return tcp_try(l4, out, reply);
	*reply = l4[0] == cfg.reply;
	if ((l4[0] != cfg.request && !*reply) || l4[1] || *(__be16 *)(l4 + 4) != cfg.id)
		return NULL;
	return try_of(get16(l4 + 6));
}

#endif
