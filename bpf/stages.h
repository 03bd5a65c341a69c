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

enum rx_point {
#define X(id, name, doc) RXP_##id,
	RX_POINTS(X)
#undef X
		RXP_COUNT
};

enum rx_stage {
#define X(id, name, from, to, doc) RXS_##id,
	RX_STAGES(X)
#undef X
		RXS_TOTAL, /* from the first point to the last; always the sum of the stages */
	RXS_COUNT
};

/*
 * Histograms beside the stages, kept only where one copy out of the receive queue took
 * several packets: the application wait of all packets of the copy but its first, and of
 * all but its last. application minus NOT_FIRST is then the oldest byte's wait per copy,
 * application minus NOT_LAST the newest byte's. A copy of one packet costs nothing extra.
 */
enum rx_series { RXH_NOT_FIRST = RXS_COUNT, RXH_NOT_LAST, RXH_COUNT };

enum ns_proto { NS_TCP, NS_UDP, NS_PROTOS };

/*
 * Why a sample was not taken. Every one of them is shown in every output.
 * X(id, JSON name, in_totals, what happened). in_totals: 1 when the packet is in the totals and
 * only its row or its line is missing, so that seen = taken + pending + the sum of the others.
 */
#define LOSSES(X)                                                                                  \
	X(SAMPLED, "sampled", 0, "left out by --sample")                                           \
	X(FILTERED, "filtered", 0, "read by a process that the filter leaves out")                 \
	X(MARK_FULL, "mark_ring_full", 0, "the socket's ring of queued packets was full")          \
	X(MAP_FULL, "map_full", 0, "no room for another connection (--max-connections)")           \
	X(UNMATCHED, "unmatched", 0, "another point of the same packet was not seen")              \
	X(PUSHED_OUT, "pushed_out", 0, "its stamps gave way to those of another packet")           \
	X(NEGATIVE, "negative_delta", 0, "a stamp lay before the one that precedes it")            \
	X(DUPLICATE, "duplicate", 0, "out of order, and waiting already: a copy sent again")       \
	X(UNREAD, "unread", 0, "the socket was closed, or dropped the packet, before it was read") \
	X(MISSED, "program_misses", 1, "runs that the kernel skipped: program busy on that CPU")   \
	X(EVENT_FULL, "event_ring_full", 1, "in the totals, but the event ring was full")

enum ns_loss {
#define X(id, name, in_totals, doc) LOSS_##id,
	LOSSES(X)
#undef X
		LOSS_COUNT
};

#endif
