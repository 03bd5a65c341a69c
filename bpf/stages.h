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
	X(STACK, "stack", "the packet enters the network stack (netif_receive_skb)")               \
	X(IP, "ip", "IP input (ip_rcv, ipv6_rcv)")                                                 \
	X(TRANSPORT, "transport", "TCP or UDP input (tcp_v4_rcv, udp_rcv, ...)")                   \
	X(QUEUED, "queued", "put on a queue of the socket")                                        \
	X(READY, "ready", "the reader is told (sk_data_ready)")                                    \
	X(READ, "read", "the last byte is copied to the reader")

/* X(id, name, from, to, what a long time here means) */
#define RX_STAGES(X)                                                                               \
	X(STACK, "stack", "stack", "ip",                                                           \
	  "device input: packet taps, tc ingress, bridge and VLAN handling")                       \
	X(IP, "ip", "ip", "transport", "IP input: netfilter, routing, reassembly")                 \
	X(TRANSPORT, "transport", "transport", "ready",                                            \
	  "TCP or UDP input, with the wait for a socket that its reader holds locked")             \
	X(HOL, "hol", "queued", "ready",                                                           \
	  "head of line: held out of order until a missing segment arrived (the network's part)")  \
	X(APPLICATION, "application", "ready", "read",                                             \
	  "told, but not yet read: the reader's wake-up, run queue and own work")

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
	X(SOCKET, "socket", "send", "segment",                                                     \
	  "in the socket: copied, and held back for one of the causes")                            \
	X(TRANSPORT, "transport", "segment", "ip", "the TCP or UDP header is written")             \
	X(IP, "ip", "ip", "qdisc", "IP output: routing, netfilter, neighbour, tc egress")          \
	X(QDISC, "qdisc", "qdisc", "driver", "waiting in the queueing discipline")                 \
	X(DRIVER, "driver", "driver", "handed", "inside the driver's transmit function")

/* After `handed`, and so no part of the total: completion and network run at the same time. */
#define TX_AFTER(X)                                                                                \
	X(COMPLETION, "completion", "handed", "completed", "the device has it: ring, DMA, wire")   \
	X(NETWORK, "network", "handed", "ack", "network and peer, delayed ACKs among it")          \
	X(ACK, "ack", "ack", "acked", "the ACK's own way through this host")

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

#define POINTS_MAX 9

/* In both directions: the stages that make the total, the total, and stages after it. */
#define STAGE_TOTAL 5
#define STAGES_MAX 9

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
 * RESENT: of segments sent more than once, from the last time to the ACK (NETWORK: from the first).
 */
enum rx_series { RXH_NOT_FIRST = RXS_COUNT, RXH_NOT_LAST, RXH_LOCAL, RXH_COUNT };
enum tx_series { TXH_RESENT = TXS_COUNT, TXH_COUNT };

#define HISTS_MAX 10

_Static_assert((int)RXS_TOTAL == STAGE_TOTAL && (int)TXS_TOTAL == STAGE_TOTAL,
	       "one place for both");
_Static_assert(RXS_COUNT <= STAGES_MAX && TXS_COUNT <= STAGES_MAX, "STAGES_MAX");
_Static_assert(RXH_COUNT <= HISTS_MAX && TXH_COUNT <= HISTS_MAX, "HISTS_MAX");
_Static_assert(RXP_COUNT <= POINTS_MAX && TXP_COUNT <= POINTS_MAX, "POINTS_MAX");

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
	X(UNACKED, "unacked", 1, "in the totals, but its ACK was not seen: the socket closed")     \
	X(MISSED, "program_misses", 1, "runs that the kernel skipped: program busy on that CPU")   \
	X(TABLE_FULL, "table_full", 1,                                                             \
	  "counted, but in no row of the queueing disciplines or drops: their table was full")     \
	X(EVENT_FULL, "event_ring_full", 1, "in the totals, but the event ring was full")

enum ns_loss {
#define X(id, name, in_totals, doc) LOSS_##id,
	LOSSES(X)
#undef X
		LOSS_COUNT
};

#endif
