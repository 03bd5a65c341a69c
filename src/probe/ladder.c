// SPDX-License-Identifier: GPL-2.0-only
/* The ladder: for each point of each direction its hooks, best first. */
#include "ladder.h"

#define TCP (1 << NS_TCP)
#define UDP (1 << NS_UDP)

/* Two functions that serve a point together, by either kind of hook. */
#define PAIR(dir, point, protos, f, g)                                                             \
	{dir, point, protos, HOOK_FENTRY, false, 0, {#f, #g}, {"ns_fe_" #f, "ns_fe_" #g}},         \
	{                                                                                          \
		dir, point, protos, HOOK_KPROBE, false, 0, {#f, #g},                               \
		{                                                                                  \
			"ns_kp_" #f, "ns_kp_" #g                                                   \
		}                                                                                  \
	}
#define ONE(dir, point, protos, f)                                                                 \
	{dir, point, protos, HOOK_FENTRY, false, 0, {#f}, {"ns_fe_" #f}},                          \
	{                                                                                          \
		dir, point, protos, HOOK_KPROBE, false, 0, {#f},                                   \
		{                                                                                  \
			"ns_kp_" #f                                                                \
		}                                                                                  \
	}
/* A tracepoint. counted: only where nothing shows the skb; args: that it must have. */
#define TP(dir, point, protos, counted, args, tracepoint, program)                                 \
	{                                                                                          \
		dir, point, protos, HOOK_TP_BTF, counted, args, {#tracepoint},                     \
		{                                                                                  \
			program                                                                    \
		}                                                                                  \
	}

/* Two tracepoints that serve a point together. */
#define TP_PAIR(dir, point, protos, tracepoint, program, tracepoint2, program2)                    \
	{                                                                                          \
		dir, point, protos, HOOK_TP_BTF, false, 0, {#tracepoint, #tracepoint2},            \
		{                                                                                  \
			program, program2                                                          \
		}                                                                                  \
	}

/* The two of a pair are attached in this order, and taken off in the other one: what ends something
 * before what begins it, or a beginning would be remembered whose end was missed. */
const struct candidate hook_ladder[] = {
	TP_PAIR(NS_RX, RXP_IRQ, TCP | UDP, irq_handler_exit, "ns_irq_end", irq_handler_entry,
		"ns_irq"),
	TP_PAIR(NS_RX, RXP_RAISE, TCP | UDP, softirq_raise, "ns_raise", netif_rx, "ns_backlog"),
	TP_PAIR(NS_RX, RXP_SOFTIRQ, TCP | UDP, softirq_exit, "ns_softirq_end", softirq_entry,
		"ns_softirq"),
	TP(NS_RX, RXP_STACK, TCP | UDP, false, 0, netif_receive_skb, "ns_stack"),
	PAIR(NS_RX, RXP_IP, TCP | UDP, ip_rcv_core, ip6_rcv_core),
	PAIR(NS_RX, RXP_IP, TCP | UDP, ip_rcv, ipv6_rcv),
	PAIR(NS_RX, RXP_QUEUED, TCP, tcp_queue_rcv, tcp_data_queue),
	PAIR(NS_RX, RXP_TRANSPORT, TCP, tcp_v4_rcv, tcp_v6_rcv),
	TP(NS_RX, RXP_TRANSPORT, TCP, true, 0, tcp_probe, "ns_tcp_probe"),
	PAIR(NS_RX, RXP_TRANSPORT, UDP, udp_rcv, udpv6_rcv),
	ONE(NS_RX, RXP_QUEUED, UDP, __udp_enqueue_schedule_skb),
	TP(NS_RX, RXP_READ, TCP, false, 0, tcp_rcv_space_adjust, "ns_tcp_read"),
	ONE(NS_RX, RXP_READ, UDP, skb_consume_udp),
	TP(NS_RX, RXP_READ, UDP, true, 0, sock_recv_length, "ns_udp_read_counted"),
	TP(NS_RX, RXP_READY, TCP | UDP, false, 0, sk_data_ready, "ns_data_ready"),
	TP(NS_RX, RXP_READY, TCP | UDP, true, 0, sk_data_ready, "ns_data_ready_counted"),
	ONE(NS_RX, RXP_READY, TCP | UDP, sock_def_readable),

	TP(NS_RX, RXP_WOKEN, TCP | UDP, false, 0, sched_waking, "ns_waking"),
	TP(NS_RX, RXP_RUNNING, TCP | UDP, false, 0, sched_switch, "ns_switch"),

	/* do_tcp_sendpages: sendfile and splice, up to 6.4 */
	PAIR(NS_TX, TXP_SEND, TCP, tcp_sendmsg_locked, do_tcp_sendpages),
	TP(NS_TX, TXP_SEND, TCP, false, 0, tcp_sendmsg_locked, "ns_send_piece"),
	ONE(NS_TX, TXP_SEGMENT, TCP, __tcp_transmit_skb),
	PAIR(NS_TX, TXP_IP, TCP, ip_queue_xmit, inet6_csk_xmit),
	PAIR(NS_TX, TXP_SEND, UDP, udp_sendmsg, udpv6_sendmsg),
	PAIR(NS_TX, TXP_SEGMENT, UDP, udp_send_skb, udp_v6_send_skb),
	PAIR(NS_TX, TXP_IP, UDP, ip_send_skb, ip6_send_skb),
	TP(NS_TX, TXP_QDISC, TCP | UDP, false, 0, net_dev_queue, "ns_queue"),
	TP(NS_TX, TXP_DRIVER, TCP | UDP, false, 0, net_dev_start_xmit, "ns_start_xmit"),
	TP(NS_TX, TXP_HANDED, TCP | UDP, false, 0, net_dev_xmit, "ns_xmit"),
	ONE(NS_TX, TXP_COMPLETED, TCP, tcp_wfree),
	ONE(NS_TX, TXP_COMPLETED, UDP, sock_wfree),
	TP(NS_TX, TXP_ACK, TCP, false, 0, netif_receive_skb, "ns_stack"),
	TP(NS_TX, TXP_ACKED, TCP, false, 0, tcp_probe, "ns_tcp_probe_ack"),

	TP(NS_DIRS, AUX_CLOSE, TCP, false, 0, tcp_destroy_sock, "ns_tcp_destroy"),
	ONE(NS_DIRS, AUX_CLOSE, UDP, inet_sock_destruct),
	/* tcp_probe sees established connections only */
	ONE(NS_DIRS, AUX_CLOSING, TCP, tcp_rcv_state_process),
	/* the sender waits for room: after the call, and before it */
	{NS_DIRS,
	 AUX_BLOCKED,
	 TCP,
	 HOOK_FENTRY,
	 false,
	 0,
	 {"sk_stream_wait_memory", "sk_stream_wait_memory"},
	 {"ns_fx_sk_stream_wait_memory", "ns_fe_sk_stream_wait_memory"}},
	TP(NS_DIRS, AUX_ENQUEUE, TCP | UDP, false, 0, qdisc_enqueue, "ns_qdisc_enqueue"),
	TP(NS_DIRS, AUX_ENQUEUE, TCP | UDP, false, 0, qdisc_dequeue, "ns_qdisc_dequeue"),
	TP(NS_DIRS, AUX_DROP, TCP | UDP, false, 3, kfree_skb, "ns_drop"),
	TP(NS_DIRS, AUX_DROP, TCP | UDP, false, 0, kfree_skb, "ns_drop_unexplained"),
};

_Static_assert(sizeof(hook_ladder) / sizeof(hook_ladder[0]) <= MAX_CANDIDATES,
	       "hook_plan is too small");

const unsigned n_hook_ladder = sizeof(hook_ladder) / sizeof(hook_ladder[0]);

static const char *const aux_names[] = {
	[AUX_CLOSE] = "(close)",     [AUX_CLOSING] = "(closing)", [AUX_BLOCKED] = "(blocked)",
	[AUX_ENQUEUE] = "(enqueue)", [AUX_DROP] = "(drop)",
};

const char *aux_name(unsigned point)
{
	return point < AUX_COUNT ? aux_names[point] : "?";
}
