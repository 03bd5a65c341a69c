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

/* What every program is: a call. bench/ builds this file with BENCH_EMPTY too, to measure what the
 * hooks cost by themselves. */
#ifdef BENCH_EMPTY
#define RUN(call) return 0
#else
#define RUN(call)                                                                                  \
	do {                                                                                       \
		call;                                                                              \
		return 0;                                                                          \
	} while (0)
#endif

/* What the filters, and --sample, say of a packet: 0, or the flag of one to be left out. */
ALWAYS_INLINE u16 verdict(struct sk_buff *skb)
{
	if (!match_packet(skb))
		return SLOT_FILTERED;
	if (cfg.sample > 1 && bpf_get_prandom_u32() % cfg.sample)
		return SLOT_SAMPLED;
	return 0;
}

/* stack: every packet, whatever it is. */
ALWAYS_INLINE void stack(struct sk_buff *skb)
{
	struct slot *s = slot_of(skb);

	if (s->skb) {
		/* The stack sets skb_iif on its first pass and every new skb has 0: this one comes
		 * again, by a bridge or a VLAN device, and has been here since the first time. */
		if (s->skb == (u64)skb && skb->skb_iif && !(s->flags & SLOT_FILTERED))
			return;
		slot_leftover(s, skb);
	}
	s->skb = (u64)skb;
	s->flags = cfg.filters_packets ? verdict(skb) : 0;
	if (cfg.filters_packets && s->flags)
		return;
	if (cfg.events) {
		s->ifindex = skb->dev->ifindex;
		s->cpu = bpf_get_smp_processor_id();
	}
	s->t[RXP_STACK] = bpf_ktime_get_ns();
}

SEC("tp_btf/netif_receive_skb")
int BPF_PROG(ns_stack, struct sk_buff *skb)
{
	RUN(stack(skb));
}

/* ip and transport in softirq: only a stamp. */
ALWAYS_INLINE void stamp(const struct sk_buff *skb, enum rx_point point)
{
	struct slot *s = slot_of(skb);

	if (s->skb == (u64)skb && !(s->flags & SLOT_SKIP))
		s->t[point] = bpf_ktime_get_ns();
}

/* Both hooks that a function can have. */
#define STAMP_HOOK(fn, point)                                                                      \
	SEC("fentry/" #fn) int BPF_PROG(ns_fe_##fn, struct sk_buff *skb)                           \
	{                                                                                          \
		RUN(stamp(skb, point));                                                            \
	}                                                                                          \
	SEC("kprobe/" #fn) int BPF_KPROBE(ns_kp_##fn, struct sk_buff *skb)                         \
	{                                                                                          \
		RUN(stamp(skb, point));                                                            \
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
		RUN(direct_call);                                                                  \
	}                                                                                          \
	SEC("kprobe/" #fn) int BPF_KPROBE(ns_kp_##fn, args)                                        \
	{                                                                                          \
		RUN(kprobe_call);                                                                  \
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
	RUN(data_ready(sk, true));
}

/* The same where UDP has no other hook than this and sock_recv_length: from 6.3 on. Its atomic
 * fetch does not load before 5.12, so it is a program of its own. */
ALWAYS_INLINE void data_ready_counted(struct sock *sk)
{
	if (sk->sk_protocol == IPPROTO_UDP)
		udp_ready_counted(sk);
	else
		data_ready(sk, true);
}

SEC("tp_btf/sk_data_ready")
int BPF_PROG(ns_data_ready_counted, struct sock *sk)
{
	RUN(data_ready_counted(sk));
}

SEC("tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(ns_tcp_read, struct sock *sk)
{
	RUN(tcp_read(sk, true));
}

#define MSG_PEEK 2

ALWAYS_INLINE void recv_length(struct sock *sk, int ret, int flags)
{
	if (sk->sk_protocol == IPPROTO_UDP && ret >= 0 && !(flags & MSG_PEEK))
		udp_read_counted(sk);
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(ns_udp_read_counted, struct sock *sk, int ret, int flags)
{
	RUN(recv_length(sk, ret, flags));
}

/* TCP with tracepoints alone: tcp_rcv_established, before it looks at the segment. */
ALWAYS_INLINE void established(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = (void *)&skb->cb;
	u32 rcv_nxt = TCP_FIELD(sk, rcv_nxt);

	if (before(rcv_nxt, cb->end_seq)) /* else nothing new: an ACK, or data sent again */
		tcp_segment(sk, skb, RXP_TRANSPORT, before(rcv_nxt, cb->seq), true);
}

SEC("tp_btf/tcp_probe")
int BPF_PROG(ns_tcp_probe, struct sock *sk, struct sk_buff *skb)
{
	RUN(established(sk, skb));
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(ns_tcp_destroy, struct sock *sk)
{
	RUN(state_drop(sk));
}
