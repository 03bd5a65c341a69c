// SPDX-License-Identifier: GPL-2.0-only
/*
 * `netstrata ping`: time stamps of our own echo requests (or SYNs) and of the replies to them.
 *
 * Every packet of the machine comes by here, so what is cheapest and says no most often is asked
 * first: is a reply waited for at all, has the packet the right length and protocol. Only then
 * are headers read.
 */
#include "ping_find.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define TCP_SYN_SENT 2
#define NETDEV_TX_BUSY 16

/* Kept for the drivers at work: by net_dev_xmit the skb may be freed, and its address is all that
 * can be asked. */
struct under_way under_way[PING_UNDER_WAY];

ALWAYS_INLINE struct under_way *under_way_of(u32 skb)
{
	return &under_way[(skb >> 8) % PING_UNDER_WAY];
}

ALWAYS_INLINE void stamp(struct ping_try *t, enum ping_point p)
{
	t->t[p] = bpf_ktime_get_ns();
}

/* On the way out the network header is where skb says; the link layer's may stand before it. */
ALWAYS_INLINE const unsigned char *ip_out(struct sk_buff *skb)
{
	__be16 protocol = skb->protocol;

	if (protocol != cfg.ethertype && protocol != bpf_htons(ETH_P_8021Q))
		return NULL;
	return skb->head + skb->network_header;
}

/* On the way in data is at the network header, or at a VLAN tag before it. */
ALWAYS_INLINE const unsigned char *ip_in(struct sk_buff *skb, bool direct)
{
	__be16 protocol = RD(direct, skb, protocol);

	if (protocol == cfg.ethertype)
		return RD(direct, skb, data);
	return protocol == bpf_htons(ETH_P_8021Q) ? RD(direct, skb, data) + 4 : NULL;
}

/* Devices may be stacked (bridge, VLAN): the first queue and the last driver count. */
ALWAYS_INLINE void queue(struct sk_buff *skb)
{
	const unsigned char *ip;
	struct ping_try *t;
	bool reply, own;

	if (!worth_a_look(skb, true))
		return;
	ip = ip_out(skb);
	if (!ip)
		return;
	t = find(ip, skb, &reply);
	if (!t)
		return;
	own = netns_of(skb, true) == cfg.netns;
	if (reply) { /* sent before any was received: it was made here, not forwarded */
		if (!(t->flags & PING_REPLY_IN))
			t->flags |= PING_PEER;
	} else if (!own) {
		t->flags |= PING_FORWARD;
	} else if (!t->t[PP_QUEUE]) {
		t->ifindex = skb->dev->ifindex;
		stamp(t, PP_QUEUE);
	} else if (t->ifindex == (u32)skb->dev->ifindex) {
		t->again++;
	}
}

SEC("tp_btf/net_dev_queue")
int BPF_PROG(ns_ping_queue, struct sk_buff *skb)
{
	queue(skb);
	return 0;
}

/* Is this the driver that counts? */
ALWAYS_INLINE bool starts(const struct ping_try *t, bool own, bool reply)
{
	if (reply)
		return t->flags & PING_PEER && !(t->flags & PING_REPLY_IN);
	return own && !t->t[PP_PEER_IN] && !(t->again && t->t[PP_START]);
}

ALWAYS_INLINE void start(struct sk_buff *skb)
{
	const unsigned char *ip;
	struct under_way *u;
	struct ping_try *t;
	bool reply;

	if (!worth_a_look(skb, true))
		return;
	ip = ip_out(skb);
	if (!ip)
		return;
	t = find(ip, skb, &reply);
	if (!t || !starts(t, netns_of(skb, true) == cfg.netns, reply))
		return;
	u = under_way_of(address_of(skb));
	u->key = t->key;
	u->point = reply ? PP_PEER_OUT : PP_SENT;
	u->skb = address_of(skb);
	stamp(t, reply ? PP_PEER_START : PP_START);
}

SEC("tp_btf/net_dev_start_xmit")
int BPF_PROG(ns_ping_start, struct sk_buff *skb)
{
	start(skb);
	return 0;
}

ALWAYS_INLINE void sent(struct sk_buff *skb, int rc)
{
	u32 address = address_of(skb);
	struct under_way *u = under_way_of(address);

	if (u->skb != address)
		return;
	u->skb = 0;
	if (rc != NETDEV_TX_BUSY) /* else it comes again */
		stamp(&tries[u->key % PING_TRIES], u->point == PP_SENT ? PP_SENT : PP_PEER_OUT);
}

SEC("tp_btf/net_dev_xmit")
int BPF_PROG(ns_ping_sent, struct sk_buff *skb, int rc)
{
	if (armed)
		sent(skb, rc);
	return 0;
}

/* The first reception in each namespace counts, and for a request that of the last namespace. */
ALWAYS_INLINE void stack(struct sk_buff *skb)
{
	const unsigned char *ip;
	struct ping_try *t;
	bool reply;
	u32 netns;

	if (!worth_a_look(skb, true))
		return;
	ip = ip_in(skb, true);
	if (!ip)
		return;
	t = find(ip, NULL, &reply);
	if (!t)
		return;
	netns = netns_of(skb, true);
	if (reply) {
		t->flags |= PING_REPLY_IN;
		if (netns == cfg.netns && !t->t[PP_STACK])
			stamp(t, PP_STACK);
	} else if (!(t->flags & PING_PEER) && (!t->t[PP_PEER_IN] || netns != t->peer_netns)) {
		t->peer_netns = netns;
		stamp(t, PP_PEER_IN);
	}
}

SEC("tp_btf/netif_receive_skb")
int BPF_PROG(ns_ping_stack, struct sk_buff *skb)
{
	stack(skb);
	return 0;
}

/* ip_rcv or ipv6_rcv: user space sets the one that the run needs. */
ALWAYS_INLINE void ip_input(struct sk_buff *skb, bool direct)
{
	const unsigned char *ip;
	struct ping_try *t;
	bool reply;

	if (!worth_a_look(skb, direct))
		return;
	ip = ip_in(skb, direct);
	if (!ip)
		return;
	t = find(ip, NULL, &reply);
	if (t && reply && t->t[PP_STACK] && !t->t[PP_IP] && netns_of(skb, direct) == cfg.netns)
		stamp(t, PP_IP);
}

SEC("fentry/ip_rcv")
int BPF_PROG(ns_ping_fe_ip, struct sk_buff *skb)
{
	ip_input(skb, true);
	return 0;
}

SEC("kprobe")
int BPF_KPROBE(ns_ping_kp_ip, struct sk_buff *skb)
{
	ip_input(skb, false);
	return 0;
}

/* Is it our ICMP socket that is told? Others may get copies of the reply. */
ALWAYS_INLINE bool is_ours(struct sock *sk)
{
	struct socket_alloc *s = (void *)BPF_CORE_READ(sk, sk_socket);

	return s && BPF_CORE_READ(s, vfs_inode.i_ino) == cfg.inode;
}

/* What has just been queued is the last of the receive queue. */
ALWAYS_INLINE void ready(struct sock *sk, bool direct)
{
	struct sk_buff *skb;
	struct ping_try *t;
	u8 icmp[8];

	if (!armed || RD(direct, sk, sk_protocol) != cfg.l4 || !is_ours(sk))
		return;
	skb = BPF_CORE_READ(sk, sk_receive_queue.prev);
	if (!BPF_CORE_READ(sk, sk_receive_queue.qlen) ||
	    bpf_probe_read_kernel(icmp, sizeof(icmp),
				  BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, transport_header)))
		return;
	if (icmp[0] != cfg.reply || *(__be16 *)(icmp + 4) != cfg.id)
		return;
	t = try_of(get16(icmp + 6));
	if (t && !t->t[PP_READY])
		stamp(t, PP_READY);
}

SEC("tp_btf/sk_data_ready")
int BPF_PROG(ns_ping_tp_ready, struct sock *sk)
{
	ready(sk, true);
	return 0;
}

SEC("fentry/sock_def_readable")
int BPF_PROG(ns_ping_fe_ready, struct sock *sk)
{
	ready(sk, true);
	return 0;
}

SEC("kprobe/sock_def_readable")
int BPF_KPROBE(ns_ping_kp_ready, struct sock *sk)
{
	ready(sk, false);
	return 0;
}

/* skc_num is 0 by then if the connection was refused; this stays. */
struct inet_sock___port {
	__be16 inet_sport;
} __attribute__((preserve_access_index));

/* A connect() is woken by the change of state, not by data: established, or closed by a RST. */
ALWAYS_INLINE void answered(const struct sock *sk)
{
	const struct inet_sock___port *inet = (const void *)sk;
	struct ping_try *t = try_of(bpf_ntohs(BPF_CORE_READ(inet, inet_sport)));

	if (t && t->t[PP_STACK] && !t->t[PP_READY] &&
	    sk->__sk_common.skc_net.net->ns.inum == cfg.netns)
		stamp(t, PP_READY);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(ns_ping_state, const struct sock *sk, int oldstate)
{
	if (armed && oldstate == TCP_SYN_SENT)
		answered(sk);
	return 0;
}
