/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stage table: the only place where a point or a stage is named.
 *
 * A point is where a timestamp is taken; a stage is the time between two points.
 * Metric labels, JSON keys, column heads, documentation and tests all come from
 * here. Included by the BPF programs and by user space.
 */
#ifndef NS_STAGES_H
#define NS_STAGES_H

/* X(id, name, what the stamp means), in the order in which a packet passes them. */
#define RX_POINTS(X)                                                                               \
	X(IRQ, "irq", "entry of the handler of the hard interrupt that led here")                  \
	X(RAISE, "raise", "NET_RX is raised: the oldest raise not yet served; netif_rx")           \
	X(SOFTIRQ, "softirq", "the softirq NET_RX begins")                                         \
	X(XDP, "xdp", "an XDP program sees the frame; generic XDP does so after `stack` (--xdp)")  \
	X(STACK, "stack", "the packet enters the network stack (netif_receive_skb)")               \
	X(IP, "ip", "IP input (ip_rcv, ipv6_rcv)")                                                 \
	X(TRANSPORT, "transport", "TCP or UDP input (tcp_v4_rcv, udp_rcv, ...)")                   \
	X(QUEUED, "queued", "put on a queue of the socket")                                        \
	X(READY, "ready", "the reader is told (sk_data_ready)")                                    \
	X(WOKEN, "woken", "a thread that waits for it is woken (sched_waking)")                    \
	X(RUNNING, "running", "that thread is on a CPU (sched_switch)")                            \
	X(READ, "read", "the last byte is copied to the reader")

/* X(id, name, from, to, what a long time here means); from and to are ids of points */
#define RX_STAGES(X)                                                                               \
	X(IRQ, "irq", IRQ, RAISE, "in the interrupt handler, until it asks for NAPI")              \
	X(SOFTIRQ_WAIT, "softirq_wait", RAISE, SOFTIRQ,                                            \
	  "until the softirq begins: interrupts, other softirqs, code that runs with them "        \
	  "disabled,"                                                                              \
	  " ksoftirqd behind other tasks")                                                         \
	X(NAPI, "napi", SOFTIRQ, XDP,                                                              \
	  "polling: the driver, packets before it, GRO; up to `stack` where there is no `xdp`")    \
	X(XDP, "xdp", XDP, STACK,                                                                  \
	  "from XDP to the stack: XDP programs, skb built, GRO, RPS (generic: to XDP from there)") \
	X(STACK, "stack", STACK, IP,                                                               \
	  "device input: packet taps, tc ingress, bridge and VLAN handling")                       \
	X(IP, "ip", IP, TRANSPORT, "IP input: netfilter, routing, reassembly")                     \
	X(TRANSPORT, "transport", TRANSPORT, READY,                                                \
	  "TCP or UDP input, with the wait for a socket that its reader holds locked")             \
	X(HOL, "hol", QUEUED, READY,                                                               \
	  "head of line: held out of order until a missing segment arrived (the network's part)")  \
	X(WAKEUP, "wakeup", READY, WOKEN, "told, until a thread that waits for it is woken")       \
	X(RUNQUEUE, "runqueue", WOKEN, RUNNING, "runnable, but not on a CPU yet")                  \
	X(APPLICATION, "application", RUNNING, READ,                                               \
	  "the reader runs, but has not read: its own work, and other waits of its own")

#define TX_POINTS(X)                                                                               \
	X(SEND, "send", "the application sends (tcp_sendmsg, udp_sendmsg, ...)")                   \
	X(SEGMENT, "segment", "TCP sends a segment, or UDP has built its datagram")                \
	X(IP, "ip", "IP output (ip_queue_xmit, ip_send_skb, ...)")                                 \
	X(QDISC, "qdisc", "given to the queueing discipline (net_dev_queue)")                      \
	X(DRIVER, "driver", "given to the driver (net_dev_start_xmit)")                            \
	X(HANDED, "handed", "the driver has taken it (net_dev_xmit)")                              \
	X(COMPLETED, "completed", "the driver is done with it: the socket may send more")          \
	X(ACK, "ack", "the ACK that covers it enters the network stack")                           \
	X(ACKED, "acked", "TCP takes that ACK (tcp_rcv_established)")

#define TX_STAGES(X)                                                                               \
	X(SOCKET, "socket", SEND, SEGMENT,                                                         \
	  "in the socket: copied, and held back for one of the causes")                            \
	X(TRANSPORT, "transport", SEGMENT, IP, "the TCP or UDP header is written")                 \
	X(IP, "ip", IP, QDISC, "IP output: routing, netfilter, neighbour, tc egress")              \
	X(QDISC, "qdisc", QDISC, DRIVER, "waiting in the queueing discipline")                     \
	X(DRIVER, "driver", DRIVER, HANDED, "inside the driver's transmit function")

/* After `handed`, and so no part of the total: completion and network run at the same time. */
#define TX_AFTER(X)                                                                                \
	X(COMPLETION, "completion", HANDED, COMPLETED, "the device has it: ring, DMA, wire")       \
	X(NETWORK, "network", HANDED, ACK, "network and peer, delayed ACKs among it")              \
	X(ACK, "ack", ACK, ACKED, "the ACK's own way through this host")

enum ns_dir { NS_RX, NS_TX, NS_DIRS };

enum rx_point {
#define X(id, name, doc) RXP_##id,
	RX_POINTS(X)
#undef X
		RXP_COUNT
};

enum tx_point {
#define X(id, name, doc) TXP_##id,
	TX_POINTS(X)
#undef X
		TXP_COUNT
};

#define POINTS_MAX 12 /* of either direction */
#define STAGES_MAX 12

enum rx_stage {
#define X(id, name, from, to, doc) RXS_##id,
	RX_STAGES(X)
#undef X
		RXS_TOTAL, /* from the first point to the last; always the sum of the stages */
	RXS_COUNT
};

enum tx_stage {
#define X(id, name, from, to, doc) TXS_##id,
	TX_STAGES(X)
#undef X
		TXS_TOTAL, /* from the first point to `handed`; always the sum of the stages */
#define X(id, name, from, to, doc) TXS_##id,
	TX_AFTER(X)
#undef X
		TXS_COUNT
};

/*
 * Histograms beside the stages. NOT_FIRST and NOT_LAST, kept only where one copy out of the receive
 * queue took several packets: the application wait of all packets of the copy but its first, and of
 * all but its last. application minus NOT_FIRST is then the oldest byte's wait per copy,
 * application minus NOT_LAST the newest byte's. A copy of one packet costs nothing extra.
 * LOCAL: from the first point of the sender to the read, where both are on this kernel.
 * X(id, name, what it is)
 */
#define RX_SERIES(X)                                                                               \
	X(NOT_FIRST, "not_first", "`application` of all packets of a copy but its first")          \
	X(NOT_LAST, "not_last", "`application` of all packets of a copy but its last")             \
	X(LOCAL, "local", "sent by this kernel too, from send to read")                            \
	X(HW, "hw_to_stack", "no part of the total: from the device's own stamp to `stack`")

#define TX_SERIES(X)                                                                               \
	X(RESENT, "resent",                                                                        \
	  "sent more than once, from the last time to the ACK (network: the first)")

enum rx_series {
	RXH_BEFORE = RXS_COUNT - 1,
#define X(id, name, doc) RXH_##id,
	RX_SERIES(X)
#undef X
		RXH_COUNT
};

enum tx_series {
	TXH_BEFORE = TXS_COUNT - 1,
#define X(id, name, doc) TXH_##id,
	TX_SERIES(X)
#undef X
		TXH_COUNT
};

#define HISTS_MAX 16

/* In the programs' rows only: NETWORK and ACK of a connection that closes, which another program
 * files than of one that is open. */
#define TXH_CLOSING(stage) (TXH_COUNT + (stage)-TXS_NETWORK)

_Static_assert(RXS_COUNT <= STAGES_MAX && TXS_COUNT <= STAGES_MAX, "STAGES_MAX");
_Static_assert(RXH_COUNT <= HISTS_MAX && TXH_CLOSING(TXS_ACK) < HISTS_MAX, "HISTS_MAX");
_Static_assert(RXP_COUNT <= POINTS_MAX && TXP_COUNT <= POINTS_MAX, "POINTS_MAX");

/*
 * How a packet came in, and how it was read: flags of its record, and counted in the totals. They
 * say why a stage is not there. X(id, name, what it means)
 */
#define RX_WAYS(X)                                                                                 \
	X(KSOFTIRQD, "ksoftirqd", "its softirq ran in ksoftirqd")                                  \
	X(NO_IRQ, "no_irq",                                                                        \
	  "no interrupt handler raised its softirq: sent on this host, passed on by another CPU "  \
	  "(RPS), or polled again")                                                                \
	X(THREADED, "threaded_napi", "polled by a thread of NAPI: nothing before `stack` is seen") \
	X(BUSY_POLL, "busy_poll", "polled by a process (busy polling): no softirq brought it")     \
	X(NO_SOFTIRQ, "no_softirq",                                                                \
	  "given to the stack by a process (tun): no softirq brought it")                          \
	X(NOT_WOKEN, "not_woken",                                                                  \
	  "nobody was woken for it: its reader was awake, or slept for another reason")            \
	X(OTHER_THREAD, "other_thread", "another thread read it than was woken for it")            \
	X(PREEMPTED, "preempted",                                                                  \
	  "its reader ran, but lost the CPU before it read: that wait is in `application`, too")

enum rx_way {
#define X(id, name, doc) WAY_##id,
	RX_WAYS(X)
#undef X
		WAY_COUNT
};
#define WAY_SETS (1 << WAY_COUNT) /* of ways that one packet can have */

/*
 * Why TCP held data back. X(id, name, the kernel's decision that it follows, plain words)
 */
#define CAUSES(X)                                                                                  \
	X(NAGLE, "nagle", "tcp_nagle_check", "Nagle: a small segment waited for an ACK")           \
	X(CORK, "cork", "tcp_nagle_check", "TCP_CORK held a partial segment back")                 \
	X(MSG_MORE, "msg_more", "tcp_push", "MSG_MORE announced more data")                        \
	X(AUTOCORK, "autocork", "tcp_should_autocork",                                             \
	  "a small segment waited until the device had sent an earlier one")                       \
	X(CWND, "cwnd", "tcp_cwnd_test", "the congestion window was full")                         \
	X(RWND, "rwnd", "tcp_snd_wnd_test", "the receiver's window was full")                      \
	X(ZERO_WINDOW, "zero_window", "tcp_snd_wnd_test", "the receiver had closed its window")    \
	X(PACING, "pacing", "tcp_pacing_check", "paced: too early to send by the pacing rate")     \
	X(TSQ, "tsq", "tcp_small_queue_check", "TCP small queues: enough lay in qdisc and device") \
	X(SNDBUF, "sndbuf", "sk_stream_wait_memory", "the sender was blocked: send buffer full")   \
	X(OTHER, "other", "", "copying, scheduling, and what is none of the others")

enum tx_cause {
#define X(id, name, function, doc) CAUSE_##id,
	CAUSES(X)
#undef X
		CAUSE_COUNT
};

enum ns_proto { NS_TCP, NS_UDP, NS_PROTOS };

/*
 * Why a sample was not taken. Every one of them is shown in every output.
 * X(id, JSON name, in_totals, what happened). in_totals: 1 when the packet is in the totals and
 * only its row or its line is missing, so that seen = taken + pending + the sum of the others.
 */
#define LOSSES(X)                                                                                  \
	X(SAMPLED, "sampled", 0, "left out by --sample")                                           \
	X(FILTERED, "filtered", 0, "read or sent by a process that is left out")                   \
	X(MARK_FULL, "mark_ring_full", 0, "the socket's ring of queued packets was full")          \
	X(MAP_FULL, "map_full", 0, "no room for another connection (--max-connections)")           \
	X(UNMATCHED, "unmatched", 0, "another point of the same packet was not seen")              \
	X(PUSHED_OUT, "pushed_out", 0, "its stamps gave way to those of another packet")           \
	X(NEGATIVE, "negative_delta", 0, "a stamp lay before the one that precedes it")            \
	X(DUPLICATE, "duplicate", 0, "out of order, and waiting already: a copy sent again")       \
	X(UNREAD, "unread", 0, "the socket was closed, or dropped the packet, before it was read") \
	X(SENDS_FULL, "send_ring_full", 0, "the socket's ring of sends was full")                  \
	X(DROPPED, "dropped", 0, "the kernel dropped it (the drops say where and why)")            \
	X(ACKS_FULL, "unacked_ring_full", 1, "in the totals, but its ACK was not waited for")      \
	X(UNFOLLOWED, "resent_unfollowed", 1,                                                      \
	  "sent again, but not followed, as it was not when it was sent first")                    \
	X(UNACKED, "unacked", 1, "in the totals, but its ACK was not seen: the socket closed")     \
	X(WAKE, "wake_unknown", 1,                                                                 \
	  "in the totals, but its wake-up was not kept: all is application")                       \
	X(MISSED, "program_misses", 1, "runs that the kernel skipped: program busy on that CPU")   \
	X(TABLE_FULL, "table_full", 1,                                                             \
	  "counted, but in no row of the queueing disciplines or drops: their table was full")     \
	X(NO_XDP, "xdp_unmatched", 1, "in the totals, but the stamp of XDP was not found (--xdp)") \
	X(HW_MISSING, "hw_missing", 1, "in the totals, but the device gave it no stamp (--hw)")    \
	X(HW_UNUSABLE, "hw_unusable", 1,                                                           \
	  "in the totals, but its device's stamp could not be converted (--hw)")                   \
	X(EVENT_FULL, "event_ring_full", 1, "in the totals, but the event ring was full")

enum ns_loss {
#define X(id, name, in_totals, doc) LOSS_##id,
	LOSSES(X)
#undef X
		LOSS_COUNT
};

#endif
