/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filters, decided as early as what they ask for is known: device, namespace and headers when
 * the packet enters the stack; the process when it reads. Each is compiled in, but the verifier
 * removes those that were not asked for.
 */
#ifndef NS_FILTER_BPF_H
#define NS_FILTER_BPF_H

#include "common.bpf.h"

#define MAX_EXTENSION_HEADERS 6

struct packet_key {
	u64 src[2], dst[2]; /* network order, IPv4 as ::ffff:a.b.c.d */
	u16 sport, dport;   /* host order */
	u8 l4;
	u8 family; /* FAMILY_IPV4 or FAMILY_IPV6; 0: not IP */
	u8 has_ports;
};

/* Is v one of the n numbers of list (n == 0: any)? Unrolled over a constant n. */
#define ONE_OF(v, list, n)                                                                         \
	({                                                                                         \
		bool __hit = (n) == 0;                                                             \
		for (u32 __i = 0; __i < FILTER_MAX; __i++) {                                       \
			if (__i >= (n))                                                            \
				break;                                                             \
			if ((list)[__i] == (v))                                                    \
				__hit = true;                                                      \
		}                                                                                  \
		__hit;                                                                             \
	})

ALWAYS_INLINE void v4_mapped(u64 *out, __be32 addr)
{
	out[0] = 0;
	out[1] = bpf_htonl(0xffff) | (u64)addr << 32;
}

/* IPv6: skip extension headers; *off moves to the transport header. False: no transport header
 * here (a later fragment, or too many headers to follow). */
ALWAYS_INLINE bool skip_extensions(const unsigned char *data, u32 *off, u8 *next)
{
	for (int i = 0; i < MAX_EXTENSION_HEADERS; i++) {
		u8 h[8];

		switch (*next) {
		case 0:	 /* hop by hop */
		case 43: /* routing */
		case 60: /* destination options */
			if (bpf_probe_read_kernel(h, sizeof(h), data + *off))
				return false;
			*next = h[0];
			*off += (h[1] + 1) * 8;
			break;
		case 44: /* fragment */
			if (bpf_probe_read_kernel(h, sizeof(h), data + *off) || h[2] || h[3] & 0xf8)
				return false;
			*next = h[0];
			*off += 8;
			break;
		default:
			return true;
		}
	}
	return false;
}

/* Read the headers; data is where the network header (or a VLAN tag before it) begins. */
ALWAYS_INLINE void parse_packet(const unsigned char *data, __be16 protocol, struct packet_key *k)
{
	u32 off = 0;
	u8 h[40];
	__be16 ports[2];
	bool first = true;

	__builtin_memset(k, 0, sizeof(*k));
	for (int i = 0; i < 2; i++) {
		__be16 tag[2];

		if (protocol != bpf_htons(ETH_P_8021Q) && protocol != bpf_htons(ETH_P_8021AD))
			break;
		if (bpf_probe_read_kernel(tag, sizeof(tag), data))
			return;
		protocol = tag[1];
		data += sizeof(tag);
	}
	if (protocol == bpf_htons(ETH_P_IP)) {
		if (bpf_probe_read_kernel(h, 20, data))
			return;
		k->family = FAMILY_IPV4;
		k->l4 = h[9];
		off = (h[0] & 15) * 4;
		first = !(h[6] & 0x1f) && !h[7];
		v4_mapped(k->src, *(__be32 *)&h[12]);
		v4_mapped(k->dst, *(__be32 *)&h[16]);
	} else if (protocol == bpf_htons(ETH_P_IPV6)) {
		if (bpf_probe_read_kernel(h, 40, data))
			return;
		k->family = FAMILY_IPV6;
		k->l4 = h[6];
		off = 40;
		__builtin_memcpy(k->src, &h[8], 16);
		__builtin_memcpy(k->dst, &h[24], 16);
		first = skip_extensions(data, &off, &k->l4);
	} else {
		return;
	}
	if (!first || (k->l4 != IPPROTO_TCP && k->l4 != IPPROTO_UDP))
		return;
	if (bpf_probe_read_kernel(ports, sizeof(ports), data + off))
		return;
	k->sport = bpf_ntohs(ports[0]);
	k->dport = bpf_ntohs(ports[1]);
	k->has_ports = 1;
}

ALWAYS_INLINE bool host_is(const u64 *addr, const volatile struct host_match *m)
{
	return !(((addr[0] ^ m->addr[0]) & m->mask[0]) | ((addr[1] ^ m->addr[1]) & m->mask[1]));
}

ALWAYS_INLINE bool match_headers(const struct packet_key *k)
{
	if (cfg.families && !(cfg.families & k->family))
		return false;
	if (cfg.protos && !((cfg.protos & (1 << NS_TCP) && k->l4 == IPPROTO_TCP) ||
			    (cfg.protos & (1 << NS_UDP) && k->l4 == IPPROTO_UDP)))
		return false;
	if (cfg.n_hosts) {
		bool hit = false;

		for (u32 i = 0; i < FILTER_MAX; i++) {
			if (i >= cfg.n_hosts)
				break;
			if (host_is(k->src, &cfg.hosts[i]) || host_is(k->dst, &cfg.hosts[i]))
				hit = true;
		}
		if (!hit)
			return false;
	}
	if (!k->has_ports)
		return !cfg.n_ports && !cfg.n_local_ports;
	if (cfg.n_ports && !ONE_OF(k->sport, cfg.ports, cfg.n_ports) &&
	    !ONE_OF(k->dport, cfg.ports, cfg.n_ports))
		return false;
	return ONE_OF(k->dport, cfg.local_ports, cfg.n_local_ports);
}

/* At the entry to the stack, where skb->data is at the network header. */
ALWAYS_INLINE bool match_packet(struct sk_buff *skb)
{
	if (shape.n_devs && !ONE_OF((u32)skb->dev->ifindex, cfg.devs, shape.n_devs))
		return false;
	if (cfg.n_netns) {
		u32 inum = skb->dev->nd_net.net->ns.inum;

		if (!ONE_OF(inum, cfg.netns, cfg.n_netns))
			return false;
	}
	if (cfg.filters_headers) {
		struct packet_key k;

		parse_packet(skb->data, skb->protocol, &k);
		return match_headers(&k);
	}
	return true;
}

/* The same questions of a socket that sends. Its device is not known yet. */
ALWAYS_INLINE bool match_socket(struct sock *sk, bool direct)
{
	u16 family = RD(direct, sk, __sk_common.skc_family);
	struct packet_key k = {};

	if (cfg.n_netns) {
		u32 inum = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);

		if (!ONE_OF(inum, cfg.netns, cfg.n_netns))
			return false;
	}
	/* local is what a received packet calls its destination */
	k.l4 = RD(direct, sk, sk_protocol);
	k.has_ports = 1;
	k.dport = RD(direct, sk, __sk_common.skc_num);
	k.sport = bpf_ntohs(RD(direct, sk, __sk_common.skc_dport));
	k.family = FAMILY_IPV4;
	if (family == AF_INET6) {
		BPF_CORE_READ_INTO(&k.dst, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&k.src, sk, __sk_common.skc_v6_daddr);
		if (k.src[0] || (u32)k.src[1] != bpf_htonl(0xffff))
			k.family = FAMILY_IPV6;
	} else {
		v4_mapped(k.dst, RD(direct, sk, __sk_common.skc_rcv_saddr));
		v4_mapped(k.src, RD(direct, sk, __sk_common.skc_daddr));
	}
	return match_headers(&k);
}

/* The device that a packet goes to. early: IP output may not have noted it yet (netfilter's first
 * hook); what is returned can then be read by helper only. */
ALWAYS_INLINE struct net_device *way_out(struct sk_buff *skb, bool early)
{
	struct dst_entry *dst;

	if (!early || skb->dev)
		return skb->dev;
	dst = (void *)(skb->_skb_refdst & ~1UL);
	return BPF_CORE_READ(dst, dev);
}

ALWAYS_INLINE u32 ifindex_out(struct sk_buff *skb, bool early)
{
	return early ? BPF_CORE_READ(way_out(skb, early), ifindex) : skb->dev->ifindex;
}

/* And of a packet that is sent, by its headers. */
ALWAYS_INLINE bool match_sent(struct sk_buff *skb, bool early)
{
	struct packet_key k;
	u16 port;

	if (cfg.n_netns) {
		u32 inum = early ? BPF_CORE_READ(way_out(skb, early), nd_net.net, ns.inum)
				 : skb->dev->nd_net.net->ns.inum;

		if (!ONE_OF(inum, cfg.netns, cfg.n_netns))
			return false;
	}
	parse_packet(skb->head + skb->network_header, skb->protocol, &k);
	port = k.sport;
	k.sport = k.dport;
	k.dport = port;
	return match_headers(&k);
}

/* The id of the current process's ancestor in cgroup v2 that is `level` below the root; 0 if it is
 * not that deep. */
ALWAYS_INLINE u64 ancestor_cgroup(u32 level)
{
	struct task_struct *task;
	struct cgroup___up_to_6_0 *cg;
	u64 id = 0;

	if (!bpf_core_field_exists(struct cgroup___up_to_6_0, ancestor_ids))
		return bpf_get_current_ancestor_cgroup_id(level);
	task = (void *)bpf_get_current_task();
	cg = BPF_CORE_READ(task, cgroups, dfl_cgrp);
	if (cg && (s32)level <= BPF_CORE_READ(cg, level))
		bpf_probe_read_kernel(
			&id, sizeof(id),
			(void *)cg +
				bpf_core_field_offset(struct cgroup___up_to_6_0, ancestor_ids) +
				level * sizeof(id));
	return id;
}

/* At the read or send: is the current process one that is asked for? */
ALWAYS_INLINE bool match_process(void)
{
	if (!shape.filters_readers)
		return true;
	if (cfg.n_pids) {
		u32 pid = bpf_get_current_pid_tgid() >> 32;

		if (!ONE_OF(pid, cfg.pids, cfg.n_pids))
			return false;
	}
	if (cfg.n_comms) {
		u64 comm[2] = {};
		bool hit = false;

		bpf_get_current_comm(comm, sizeof(comm));
		for (u32 i = 0; i < FILTER_MAX; i++) {
			const volatile u64 *want = (const volatile u64 *)cfg.comms[i];

			if (i >= cfg.n_comms)
				break;
			if (comm[0] == want[0] && comm[1] == want[1])
				hit = true;
		}
		if (!hit)
			return false;
	}
	if (cfg.n_cgroups) {
		bool hit = false;

		for (u32 i = 0; i < FILTER_MAX; i++) {
			if (i >= cfg.n_cgroups)
				break;
			/* the ancestor at that depth: so all that is below it matches too */
			if (ancestor_cgroup(cfg.cgroups[i].level) == cfg.cgroups[i].id)
				hit = true;
		}
		if (!hit)
			return false;
	}
	return true;
}

#endif
