// SPDX-License-Identifier: GPL-2.0-only
/*
 * The receive path: one handler for each point, and the hooks that can feed it. User space loads
 * one hook of each point (src/probe/hooks.c has the table) and leaves out the rest.
 */
#include "common.bpf.h"
#include "filter.bpf.h"
#include "stats.bpf.h"
#include "slot.bpf.h"
#include "sock.bpf.h"
#include "deliver.bpf.h"
#include "tcp.bpf.h"
#include "udp.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* stack: every packet, whatever it is. */
SEC("tp_btf/netif_receive_skb")
int BPF_PROG(ns_stack, struct sk_buff *skb)
{
	if (cfg.bench == BENCH_EMPTY)
		return 0;
	struct slot *s = slot_of(skb);

	if (s->skb) {
		/* The stack sets skb_iif on its first pass and every new skb has 0: this one comes
		 * again, by a bridge or a VLAN device, and has been here since the first time. */
		if (s->skb == (u64)skb && skb->skb_iif && !(s->flags & SLOT_FILTERED))
			return 0;
		slot_leftover(s, skb);
	}
	s->skb = (u64)skb;
	if (!match_packet(skb)) {
		s->flags = SLOT_FILTERED;
		return 0;
	}
	if (cfg.sample > 1 && bpf_get_prandom_u32() % cfg.sample) {
		s->flags = SLOT_SAMPLED;
		return 0;
	}
	s->flags = 0;
	if (cfg.events) {
		s->ifindex = skb->dev->ifindex;
		s->cpu = bpf_get_smp_processor_id();
	}
	s->t[RXP_STACK] = bpf_ktime_get_ns();
	return 0;
}

/* ip and transport in softirq: only a stamp. */
ALWAYS_INLINE int stamp(const struct sk_buff *skb, enum rx_point point)
{
	struct slot *s = slot_of(skb);

	if (s->skb == (u64)skb && !(s->flags & SLOT_SKIP))
		s->t[point] = bpf_ktime_get_ns();
	return 0;
}

/* Both hooks that a function can have. */
#define STAMP_HOOK(fn, point)                                                                      \
	SEC("fentry/" #fn) int BPF_PROG(ns_fe_##fn, struct sk_buff *skb)                           \
	{                                                                                          \
		if (cfg.bench == BENCH_EMPTY)                                                            \
			return 0;                                                                  \
		return stamp(skb, point);                                                          \
	}                                                                                          \
	SEC("kprobe/" #fn) int BPF_KPROBE(ns_kp_##fn, struct sk_buff *skb)                         \
	{                                                                                          \
		if (cfg.bench == BENCH_EMPTY)                                                            \
			return 0;                                                                  \
		return stamp(skb, point);                                                          \
	}

STAMP_HOOK(ip_rcv, RXP_IP)
STAMP_HOOK(ipv6_rcv, RXP_IP)
STAMP_HOOK(tcp_v4_rcv, RXP_TRANSPORT)
STAMP_HOOK(tcp_v6_rcv, RXP_TRANSPORT)
STAMP_HOOK(udp_rcv, RXP_TRANSPORT)
STAMP_HOOK(udpv6_rcv, RXP_TRANSPORT)

#define SOCK_HOOK(fn, args, direct_call, kprobe_call)                                              \
	SEC("fentry/" #fn) int BPF_PROG(ns_fe_##fn, args)                                          \
	{                                                                                          \
		if (cfg.bench == BENCH_EMPTY)                                                            \
			return 0;                                                                  \
		direct_call;                                                                       \
		return 0;                                                                          \
	}                                                                                          \
	SEC("kprobe/" #fn) int BPF_KPROBE(ns_kp_##fn, args)                                        \
	{                                                                                          \
		if (cfg.bench == BENCH_EMPTY)                                                            \
			return 0;                                                                  \
		kprobe_call;                                                                       \
		return 0;                                                                          \
	}
#define COMMA ,

ALWAYS_INLINE void data_queue(struct sock *sk, struct sk_buff *skb, bool direct)
{
	struct tcp_skb_cb *cb = (void *)&skb->cb;

	/* in order it goes on to tcp_queue_rcv */
	if (before(TCP_FIELD(sk, rcv_nxt), RD(direct, cb, seq)))
		tcp_segment(sk, skb, RXP_QUEUED, true, direct);
}

ALWAYS_INLINE void data_ready(struct sock *sk, bool direct)
{
	u16 protocol = RD(direct, sk, sk_protocol);

	if (protocol == IPPROTO_TCP) {
		struct sock_state *st = state_find(sk);

		if (st && st->head != st->tail)
			tcp_ready(sk, st);
	} else if (protocol == IPPROTO_UDP && cfg.points[NS_UDP] & (1 << RXP_QUEUED)) {
		udp_ready(sk, direct);
	}
}

SOCK_HOOK(tcp_queue_rcv, struct sock *sk COMMA struct sk_buff *skb,
	  tcp_segment(sk, skb, RXP_QUEUED, false, true),
	  tcp_segment(sk, skb, RXP_QUEUED, false, false))
SOCK_HOOK(tcp_data_queue, struct sock *sk COMMA struct sk_buff *skb, data_queue(sk, skb, true),
	  data_queue(sk, skb, false))
SOCK_HOOK(__udp_enqueue_schedule_skb, struct sock *sk COMMA struct sk_buff *skb,
	  udp_queued(skb, true), udp_queued(skb, false))
SOCK_HOOK(sock_def_readable, struct sock *sk, data_ready(sk, true), data_ready(sk, false))
SOCK_HOOK(skb_consume_udp, struct sock *sk COMMA struct sk_buff *skb, udp_read(sk, skb, true),
	  udp_read(sk, skb, false))
SOCK_HOOK(inet_sock_destruct, struct sock *sk, state_drop(sk), state_drop(sk))

SEC("tp_btf/sk_data_ready")
int BPF_PROG(ns_data_ready, struct sock *sk)
{
	if (cfg.bench == BENCH_EMPTY)
		return 0;
	data_ready(sk, true);
	return 0;
}

/* The same where UDP has no other hook than this and sock_recv_length: from 6.3 on. Its atomic
 * fetch does not load before 5.12, so it is a program of its own. */
SEC("tp_btf/sk_data_ready")
int BPF_PROG(ns_data_ready_counted, struct sock *sk)
{
	if (cfg.bench == BENCH_EMPTY)
		return 0;
	if (sk->sk_protocol == IPPROTO_UDP)
		udp_ready_counted(sk);
	else
		data_ready(sk, true);
	return 0;
}

SEC("tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(ns_tcp_read, struct sock *sk)
{
	if (cfg.bench == BENCH_EMPTY)
		return 0;
	tcp_read(sk, true);
	return 0;
}

#define MSG_PEEK 2

SEC("tp_btf/sock_recv_length")
int BPF_PROG(ns_udp_read_counted, struct sock *sk, int ret, int flags)
{
	if (cfg.bench == BENCH_EMPTY)
		return 0;
	if (sk->sk_protocol == IPPROTO_UDP && ret >= 0 && !(flags & MSG_PEEK))
		udp_read_counted(sk);
	return 0;
}

/* TCP with tracepoints alone: tcp_rcv_established, before it looks at the segment. */
SEC("tp_btf/tcp_probe")
int BPF_PROG(ns_tcp_probe, struct sock *sk, struct sk_buff *skb)
{
	if (cfg.bench == BENCH_EMPTY)
		return 0;
	struct tcp_skb_cb *cb = (void *)&skb->cb;
	u32 rcv_nxt = TCP_FIELD(sk, rcv_nxt);

	if (before(rcv_nxt, cb->end_seq)) /* else nothing new: an ACK, or data sent again */
		tcp_segment(sk, skb, RXP_TRANSPORT, before(rcv_nxt, cb->seq), true);
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(ns_tcp_destroy, struct sock *sk)
{
	if (cfg.bench == BENCH_EMPTY)
		return 0;
	state_drop(sk);
	return 0;
}
