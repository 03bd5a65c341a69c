// SPDX-License-Identifier: GPL-2.0-only
/*
 * The packet's path, in and out: the hooks that can feed the handler of each point. User space
 * loads one hook of each point (src/probe/ladder.c has the table) and leaves out the rest.
 */
#include "common.bpf.h"
#include "filter.bpf.h"
#include "stats.bpf.h"
#include "slot.bpf.h"
#include "arrival.bpf.h"
#include "xdp_match.bpf.h"
#include "sched.bpf.h"
#include "sock.bpf.h"
#include "deliver.bpf.h"
#include "tcp.bpf.h"
#include "udp.bpf.h"
#include "send.bpf.h"
#include "ack.bpf.h"
#include "queue.bpf.h"
#include "datagram.bpf.h"
#include "xmit.bpf.h"
#include "drop.bpf.h"
#include "local.bpf.h"
#include "traced.bpf.h"

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
	if (shape.sample > 1 && bpf_get_prandom_u32() % shape.sample)
		return SLOT_SAMPLED;
	return 0;
}

/*
 * stack: every packet, whatever it is. The clock comes before the packet's place here, and before
 * what another CPU has written in other programs: a look at it waits for all that was asked of
 * memory until then.
 */
ALWAYS_INLINE void stack(struct sk_buff *skb)
{
	const u16 skip = cfg.filters_packets ? verdict(skb) : 0;
	const u64 now = skip ? 0 : bpf_ktime_get_ns();
	struct place *place = rx_place_for(skb, now);
	struct slot *s = &place->rx;
	u64 sent, hw = 0;

	if (shape.n_xdps && xdp_generic)
		xdp_announce(0);
	if (s->skb) {
		/* The stack sets skb_iif on its first pass and every new skb has 0: this one comes
		 * again, by a bridge or a VLAN device, and has been here since the first time. */
		if (s->skb == (u64)skb && skb->skb_iif && !(s->flags & SLOT_FILTERED)) {
			if (shape.traces && WHEN_SENT(s))
				note_hop(skb);
			forget_backlog(skb);
			return;
		}
		slot_leftover(s, skb);
	}
	sent = shape.joins ? sent_here(skb, s) : 0;
	AT(s, RXP_STACK) = now; /* from here on nobody else takes it (rx_busy) */
	s->skb = (u64)skb;
	s->flags = skip;
	s->sent = sent;
	if (cfg.filters_packets && skip) {
		pass_backlog(skb);
		return;
	}
	s->head = address_of(skb->head);
	if (shape.traces) {
		place->tx.in_ifindex = skb->dev->ifindex;
		s->cpu = bpf_get_smp_processor_id();
	}
	if (points_of(NS_RX, NS_TCP) & 1 << RXP_SOFTIRQ)
		s->flags |= arrived(skb, sent);
	if (shape.n_xdps)
		hw = xdp_match(skb, now);
	if (shape.n_hws)
		hw_stamped(skb, hw, now);
	if (shape.traces && sent)
		note_hop(skb);
}

SEC("tp_btf/netif_receive_skb")
int BPF_PROG(ns_stack, struct sk_buff *skb)
{
	RUN(stack(skb));
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

/* In lists, as GRO hands them on, packets do not come by ip_rcv: ip_list_rcv calls these. */
STAMP_HOOK(ip_rcv_core, RXP_IP)
STAMP_HOOK(ip6_rcv_core, RXP_IP)
STAMP_HOOK(ip_rcv, RXP_IP)
STAMP_HOOK(ipv6_rcv, RXP_IP)
STAMP_HOOK(tcp_v4_rcv, RXP_TRANSPORT)
STAMP_HOOK(tcp_v6_rcv, RXP_TRANSPORT)
STAMP_HOOK(udp_rcv, RXP_TRANSPORT)
STAMP_HOOK(udpv6_rcv, RXP_TRANSPORT)

#include "around.bpf.h"

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
	if (before(TCP_FIELD(direct, sk, rcv_nxt), RD(direct, cb, seq)))
		tcp_segment(sk, skb, RXP_QUEUED, true, direct);
}

ALWAYS_INLINE void data_ready(struct sock *sk, bool direct)
{
	u16 protocol = RD(direct, sk, sk_protocol);
	struct sock_state *st;

	if (protocol == IPPROTO_TCP) {
		st = state_find(sk);
		if (st && (st->head != st->ready || st->n_ooo))
			tcp_ready(sk, st, direct);
	} else if (protocol == IPPROTO_UDP && points_of(NS_RX, NS_UDP) & (1 << RXP_QUEUED)) {
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

SEC("tp_btf/tcp_probe")
int BPF_PROG(ns_tcp_probe, struct sock *sk, struct sk_buff *skb)
{
	RUN(established(sk, skb));
}

/* ---- transmit ---- */

ALWAYS_INLINE void sendmsg(struct sock *sk, struct msghdr *msg, size_t size, bool direct)
{
	tcp_send(sk, size, RD(direct, msg, msg_flags) & MSG_MORE, direct);
}

SOCK_HOOK(tcp_sendmsg_locked, struct sock *sk COMMA struct msghdr *msg COMMA size_t size,
	  sendmsg(sk, msg, size, true), sendmsg(sk, msg, size, false))
/* sendfile and splice, up to 6.4 */
SOCK_HOOK(do_tcp_sendpages,
	  struct sock *sk COMMA void *page COMMA int offset COMMA size_t size COMMA int flags,
	  tcp_send(sk, size, flags &MSG_MORE, true), tcp_send(sk, size, flags &MSG_MORE, false))
SOCK_HOOK(__tcp_transmit_skb, struct sock *sk COMMA struct sk_buff *skb,
	  tcp_transmit(sk, skb, true), tcp_transmit(sk, skb, false))
SOCK_HOOK(ip_queue_xmit, struct sock *sk, tcp_ip(sk), tcp_ip(sk))
SOCK_HOOK(inet6_csk_xmit, struct sock *sk, tcp_ip(sk), tcp_ip(sk))

ALWAYS_INLINE void acked(struct sock *sk, struct sk_buff *skb, bool closing, bool direct)
{
	struct tcp_skb_cb *cb = (void *)&skb->cb;

	tcp_acked(sk, skb, RD(direct, cb, ack_seq), closing, direct);
}

/* What tcp_probe does not see: ACKs while a connection is opened or closed. */
SOCK_HOOK(tcp_rcv_state_process, struct sock *sk COMMA struct sk_buff *skb,
	  acked(sk, skb, true, true), acked(sk, skb, true, false))

SEC("fentry/sk_stream_wait_memory")
int BPF_PROG(ns_fe_sk_stream_wait_memory, struct sock *sk)
{
	RUN(send_blocked(sk));
}

SEC("fexit/sk_stream_wait_memory")
int BPF_PROG(ns_fx_sk_stream_wait_memory, struct sock *sk, long *timeout, int err)
{
	RUN(send_unblocked(sk, err));
}

SOCK_HOOK(udp_sendmsg, struct sock *sk, udp_send(sk, true), udp_send(sk, false))
SOCK_HOOK(udpv6_sendmsg, struct sock *sk, udp_send(sk, true), udp_send(sk, false))
SOCK_HOOK(udp_send_skb, struct sk_buff *skb, udp_built(skb, true), udp_built(skb, false))
SOCK_HOOK(udp_v6_send_skb, struct sk_buff *skb, udp_built(skb, true), udp_built(skb, false))
SOCK_HOOK(ip_send_skb, struct net *net COMMA struct sk_buff *skb, udp_ip(skb), udp_ip(skb))
SOCK_HOOK(ip6_send_skb, struct sk_buff *skb, udp_ip(skb), udp_ip(skb))
SOCK_HOOK(tcp_wfree, struct sk_buff *skb, completed(skb, true, true), completed(skb, true, false))
SOCK_HOOK(sock_wfree, struct sk_buff *skb, completed(skb, false, true),
	  completed(skb, false, false))

SEC("tp_btf/net_dev_queue")
int BPF_PROG(ns_queue, struct sk_buff *skb)
{
	RUN(at_qdisc(skb));
}

SEC("tp_btf/qdisc_enqueue")
int BPF_PROG(ns_qdisc_enqueue, struct Qdisc *q, struct netdev_queue *txq, struct sk_buff *skb)
{
	RUN(enqueued(q, txq, skb));
}

SEC("tp_btf/qdisc_dequeue")
int BPF_PROG(ns_qdisc_dequeue, struct Qdisc *q, struct netdev_queue *txq, int packets,
	     struct sk_buff *skb)
{
	RUN(dequeued(q, txq, skb));
}

SEC("tp_btf/net_dev_start_xmit")
int BPF_PROG(ns_start_xmit, struct sk_buff *skb)
{
	RUN(at_driver(skb));
}

SEC("tp_btf/net_dev_xmit")
int BPF_PROG(ns_xmit, struct sk_buff *skb, int rc, struct net_device *dev)
{
	RUN(handed(skb, rc, dev));
}

/* The reason is there since 5.17 (c504e5c2f964). */
SEC("tp_btf/kfree_skb")
int BPF_PROG(ns_drop, struct sk_buff *skb, void *location, u32 reason)
{
	RUN(dropped(skb, reason));
}

SEC("tp_btf/kfree_skb")
int BPF_PROG(ns_drop_unexplained, struct sk_buff *skb)
{
	RUN(dropped(skb, 0));
}

SEC("tp_btf/tcp_sendmsg_locked")
int BPF_PROG(ns_send_piece, struct sock *sk, struct msghdr *msg)
{
	RUN(send_piece(sk, msg));
}

/* Every segment of an established connection, before TCP looks at it; the cb has its ACK already.
 * It costs half of what a fentry of tcp_ack does. */
SEC("tp_btf/tcp_probe")
int BPF_PROG(ns_tcp_probe_ack, struct sock *sk, struct sk_buff *skb)
{
	RUN(acked(sk, skb, false, true));
}

SEC("tp_btf/tcp_probe")
int BPF_PROG(ns_tcp_probe_both, struct sock *sk, struct sk_buff *skb)
{
	RUN(established_both(sk, skb));
}

ALWAYS_INLINE void tcp_gone(struct sock *sk)
{
	struct sock_state *st = state_find(sk);

	struct tcp_sock *tp = tcp_of(sk, true);
	struct conn *c = st ? bpf_map_lookup_elem(&conns, &st->row) : NULL;

	if (c && tp && st->tx.known) /* it has sent */
		note_srtt(c, tp, true);
	if (st && st->tx.flags & TX_UNDER_WAY)
		ns_left_behind(st->tx.flags);
	if (shape.traces)
		report_unacked(sk);
	state_drop(sk);
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(ns_tcp_destroy, struct sock *sk)
{
	RUN(tcp_gone(sk));
}
