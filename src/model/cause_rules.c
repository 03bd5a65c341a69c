// SPDX-License-Identifier: GPL-2.0-only
/* The table of rules. docs/causes.md repeats it for users; tests/unit/cause_rules.c compares. */
#include <string.h>

#include "cause.h"
#include "names.h"

#define PART_OF(f, part) ((part) && (part) >= (f)->ns - (f)->ns / 2)

/* At least half of the stage was spent waiting for this cause. */
static bool held_by(struct cause_facts *f, enum ns_proto proto, enum tx_cause cause)
{
	__u64 part = f->e->tx.causes[cause];

	if (f->e->flow.proto != proto || part > f->ns || !PART_OF(f, part))
		return false;
	f->ns = part;
	return true;
}

#define X(id, name, fn, words)                                                                     \
	__attribute__((unused)) static bool tcp_held_by_##id(struct cause_facts *f)                \
	{                                                                                          \
		return held_by(f, NS_TCP, CAUSE_##id);                                             \
	}
CAUSES(X)
#undef X

static bool udp_corked(struct cause_facts *f)
{
	return held_by(f, NS_UDP, CAUSE_CORK);
}

static bool udp_blocked(struct cause_facts *f)
{
	return held_by(f, NS_UDP, CAUSE_SNDBUF);
}

/* Tracepoints alone do not tell IP output apart from the socket, and it can take as long. */
static bool past_segment(struct cause_facts *f)
{
	return f->p->wait_stage != TXS_SOCKET;
}

static bool queued(struct cause_facts *f)
{
	return f->e->flags & PKT_QUEUED;
}

static bool paced(struct cause_facts *f)
{
	__u64 edt = f->e->tx.edt_ns;

	if (!queued(f) || edt > f->ns || !PART_OF(f, edt))
		return false;
	f->ns = edt;
	return true;
}

/* The backlog counts the packet itself. */
static bool behind_others(struct cause_facts *f)
{
	__u32 n = f->e->tx.backlog_packets;

	return queued(f) && f->ri->backlog_found && n != QDISC_NONE && n > 1;
}

static bool before_others(struct cause_facts *f)
{
	return queued(f) && f->ri->backlog_found && f->e->tx.backlog_packets == 1;
}

/* From the first time that it was sent to the last is half of the time until the ACK, or more. */
static bool sent_again(struct cause_facts *f)
{
	const struct ns_event *e = f->e;

	return e->flags & PKT_RESENT && e->sends > 1 && e->again > e->t[TXP_HANDED] &&
	       PART_OF(f, e->again - e->t[TXP_HANDED]);
}

/* With tracepoints alone, and so no hook at IP input, the stage begins where TCP has the socket
 * already. */
static bool tcp_waits(struct cause_facts *f)
{
	return f->e->flow.proto == NS_TCP && f->p->points & 1U << RXP_IP;
}

static bool came_that_way(struct cause_facts *f, enum rx_way way)
{
	return f->e->flags & PKT_WAY(way);
}

static bool ran_in_ksoftirqd(struct cause_facts *f)
{
	return came_that_way(f, WAY_KSOFTIRQD);
}

/* Somebody is known who held the CPU for half of it, or more. */
static bool blamed(struct cause_facts *f)
{
	const struct blame *b = packet_blame(f->e, f->stage);

	if (!b || b->ns > f->ns || !PART_OF(f, b->ns))
		return false;
	f->ns = b->ns;
	return true;
}

/* With --blame: no task had the reader's CPU for half of it, or more. */
static bool cpu_idle(struct cause_facts *f)
{
	const struct blame *b = &f->e->runqueue_blame;

	if (b->kind != BLAME_IDLE || b->ns > f->ns || !PART_OF(f, b->ns))
		return false;
	f->ns = b->ns;
	return true;
}

static bool nobody_woken(struct cause_facts *f)
{
	return came_that_way(f, WAY_NOT_WOKEN);
}

/* For how long is not known. */
static bool reader_preempted(struct cause_facts *f)
{
	return came_that_way(f, WAY_PREEMPTED);
}

/* Seen to run, from then on. */
static bool reader_ran(struct cause_facts *f)
{
	return f->p->points & 1U << RXP_RUNNING && f->e->t[RXP_RUNNING];
}

/* Most of the wait lies behind the read that took its first part. */
static bool read_in_pieces(struct cause_facts *f)
{
	const struct ns_event *e = f->e;

	if (!(e->flags & PKT_PARTIAL) || e->again > e->t[RXP_READ])
		return false;
	return PART_OF(f, e->t[RXP_READ] - e->again);
}

static bool drop_reason_is(struct cause_facts *f, const char *beginning)
{
	char buf[32];
	const char *name = drop_reason_name(f->ri, f->e->drop_reason, buf, sizeof(buf));

	return !strncmp(name, beginning, strlen(beginning));
}

static bool receive_buffer_full(struct cause_facts *f)
{
	return drop_reason_is(f, "SOCKET_RCVBUFF");
}

static bool dropped_by_filter(struct cause_facts *f)
{
	return drop_reason_is(f, "NETFILTER_DROP");
}

static bool dropped_by_qdisc(struct cause_facts *f)
{
	return drop_reason_is(f, "QDISC_");
}

#define NEEDS(point) (1U << TXP_##point)

#define TX_WAIT(ID, id, needs, evidence_, text_, advice_)                                          \
	{                                                                                          \
		.name = id, .scope = CAUSE_OF_STAGE, .dir = NS_TX, .stage = TXS_SOCKET,            \
		.certain_with = needs, .holds = tcp_held_by_##ID,                                  \
		.evidence = "half of it: " evidence_, .text = "{ns} in {stage}: " text_,           \
		.advice = advice_                                                                  \
	}

#define STAGE(DIR, STAGE_, id, certain, holds_, evidence_, text_, advice_)                         \
	{                                                                                          \
		.name = id, .scope = CAUSE_OF_STAGE, .dir = DIR, .stage = STAGE_,                  \
		.certain_with = certain, .holds = holds_, .evidence = evidence_, .text = text_,    \
		.advice = advice_                                                                  \
	}

#define OTHER(SCOPE, DIR, id, holds_, evidence_, text_, advice_)                                   \
	{                                                                                          \
		.name = id, .scope = SCOPE, .dir = DIR, .stage = STAGES_MAX, .holds = holds_,      \
		.evidence = evidence_, .text = text_, .advice = advice_                            \
	}

const struct cause_rule cause_rules[] = {
	/* dropped */
	OTHER(CAUSE_OF_DROP, NS_RX, "drop_rcvbuf", receive_buffer_full,
	      "the kernel's reason is SOCKET_RCVBUFF",
	      "dropped in {stage}: the socket's receive buffer was full",
	      "the reader is too slow for its traffic, or SO_RCVBUF (net.core.rmem_max) too small"),
	OTHER(CAUSE_OF_DROP, NS_RX, "drop_filter", dropped_by_filter,
	      "the kernel's reason is NETFILTER_DROP", "dropped in {stage}: a netfilter rule",
	      "nft list ruleset, or iptables -L -v -n, counts what each rule drops"),
	OTHER(CAUSE_OF_DROP, NS_RX, "drop_qdisc", dropped_by_qdisc,
	      "the kernel's reason begins with QDISC_",
	      "dropped in {stage}: the queueing discipline refused it ({reason})",
	      "tc -s qdisc: its limit is too small, or its rate below what is sent"),
	OTHER(CAUSE_OF_DROP, NS_RX, "drop", NULL, "the kernel dropped it",
	      "dropped in {stage}: {reason}", NULL),

	/* received */
	STAGE(NS_RX, RXS_IRQ, "irq", 0, NULL, "the longest stage",
	      "{ns} in {stage}: the interrupt handler, until it asked for NAPI",
	      "netstrata irq shows the handler's times"),
	STAGE(NS_RX, RXS_SOFTIRQ_WAIT, "softirq_blamed", 0, blamed,
	      "half of it: who held that CPU (--blame)",
	      "{ns} until its softirq began: {holder} held the CPU",
	      "netstrata softirq; move that load, or the interrupt, to another CPU"),
	STAGE(NS_RX, RXS_SOFTIRQ_WAIT, "ksoftirqd", CAUSE_PROBABLE, ran_in_ksoftirqd,
	      "the longest stage; its softirq ran in ksoftirqd",
	      "{ns} until its softirq began: in ksoftirqd, {probably}behind other tasks",
	      "netstrata softirq; fewer real-time tasks on the CPU that takes the interrupt"),
	STAGE(NS_RX, RXS_SOFTIRQ_WAIT, "softirq_wait", 0, NULL, "the longest stage",
	      "{ns} until its softirq began: interrupts, other softirqs, or code that ran "
	      "with them disabled",
	      "netstrata softirq shows what ran meanwhile"),
	STAGE(NS_RX, RXS_NAPI, "napi", 0, NULL, "the longest stage",
	      "{ns} in {stage}: the driver's poll, packets before it, or GRO",
	      "netstrata softirq shows packets and polls for each run"),
	STAGE(NS_RX, RXS_XDP, "xdp", 0, NULL, "the longest stage",
	      "{ns} in {stage}: between the XDP stamp and the entry to the stack", NULL),
	STAGE(NS_RX, RXS_STACK, "stack", 0, NULL, "the longest stage",
	      "{ns} in {stage}: packet taps, tc ingress, bridge or VLAN handling",
	      "look for packet sockets (ss -0), tc filters and bridges on its device"),
	STAGE(NS_RX, RXS_IP, "ip", 0, NULL, "the longest stage",
	      "{ns} in {stage}: netfilter, routing or reassembly",
	      "look at the netfilter rules, and for fragments"),
	STAGE(NS_RX, RXS_TRANSPORT, "sock_locked", CAUSE_PROBABLE, tcp_waits,
	      "the longest stage, of TCP where `ip` has a hook: input waits there only while the "
	      "socket is locked",
	      "{ns} in {stage}: {probably}its socket was locked by a reader or sender",
	      "fewer threads on one connection, smaller reads and writes"),
	STAGE(NS_RX, RXS_TRANSPORT, "transport", 0, NULL, "the longest stage",
	      "{ns} in {stage}: TCP or UDP input", NULL),
	STAGE(NS_RX, RXS_HOL, "hol", 0, NULL, "the longest stage; it came out of order",
	      "{ns} head-of-line: an earlier segment was missing, lost or overtaken",
	      "look for loss on the way here, and at the sender's retransmissions"),
	STAGE(NS_RX, RXS_WAKEUP, "wakeup", 0, NULL, "the longest stage",
	      "{ns} in {stage}: told, until a thread that waited was woken", NULL),
	STAGE(NS_RX, RXS_RUNQUEUE, "runqueue_blamed", 0, blamed,
	      "half of it: who held that CPU (--blame)",
	      "{ns} runnable: {holder} held the reader's CPU",
	      "a CPU of its own for the reader, or a higher priority"),
	STAGE(NS_RX, RXS_RUNQUEUE, "runqueue_idle", 0, cpu_idle,
	      "half of it: that CPU was idle (--blame)",
	      "{ns} runnable, and its CPU idle: a CPU quota, or a CPU slow to wake up",
	      "cpu.max and cpu.stat of the reader's cgroup; idle states; steal time of a guest"),
	STAGE(NS_RX, RXS_RUNQUEUE, "runqueue", CAUSE_PROBABLE, NULL, "the longest stage",
	      "{ns} runnable: the reader was woken, and {probably}other tasks had the CPU",
	      "netstrata trace --blame names them"),
	STAGE(NS_RX, RXS_APPLICATION, "read_in_pieces", 0, read_in_pieces,
	      "half of it: from the first read of it to the last",
	      "{ns} in {stage}: {reader} read it in pieces, the last {again} after the first",
	      "larger reads"),
	STAGE(NS_RX, RXS_APPLICATION, "reader_preempted", 0, reader_preempted,
	      "the longest stage; its reader was preempted meanwhile",
	      "{ns} in {stage}: {reader} ran, and lost the CPU to others before it had read it",
	      "a CPU of its own for the reader, or a higher priority; perf sched timehist shows "
	      "for how long"),
	STAGE(NS_RX, RXS_APPLICATION, "reader_busy", 0, reader_ran,
	      "the longest stage; its reader was seen to run again",
	      "{ns} in {stage}: {reader} ran, and had not read it yet (own work, or another wait)",
	      "perf trace, or perf record, of that process"),
	STAGE(NS_RX, RXS_APPLICATION, "reader_away", 0, nobody_woken,
	      "the longest stage; nobody was woken for it",
	      "{ns} in {stage}: {reader} did not wait for it, and read it only then",
	      "perf sched timehist, or perf trace, of that process; cpu.stat of its cgroup"),
	STAGE(NS_RX, RXS_APPLICATION, "application", 0, NULL, "the longest stage",
	      "{ns} in {stage}: {reader} had not read it yet (wake-up, run queue or own work)",
	      "perf sched timehist, or perf trace, of that process"),

	/* sent: what held it back in the socket */
	TX_WAIT(NAGLE, "nagle", 0, "Nagle's algorithm held a small segment",
		"Nagle waited for an ACK", "TCP_NODELAY, or one write for what belongs together"),
	TX_WAIT(CORK, "cork", 0, "TCP_CORK was set", "TCP_CORK held a partial segment back",
		"clear TCP_CORK as soon as the message is complete"),
	TX_WAIT(MSG_MORE, "msg_more", 0, "the call said MSG_MORE", "MSG_MORE announced more data",
		"leave out MSG_MORE in the last call of a message"),
	TX_WAIT(AUTOCORK, "autocork", NEEDS(COMPLETED),
		"a small segment, while earlier ones lay in qdisc or device",
		"{probably}autocorking: an earlier segment was not sent yet",
		"net.ipv4.tcp_autocorking=0 if latency matters more than packets"),
	TX_WAIT(CWND, "cwnd", 0, "as much was in flight as the congestion window allows",
		"the congestion window left too little room",
		"look for loss and idle restarts (net.ipv4.tcp_slow_start_after_idle); ss -ti "
		"shows "
		"cwnd"),
	TX_WAIT(RWND, "rwnd", 0, "the segment did not fit the receiver's window",
		"the receiver's window left too little room",
		"the receiver reads too slowly, or its receive buffer is too small"),
	TX_WAIT(ZERO_WINDOW, "zero_window", 0, "the receiver's window was 0",
		"the receiver had closed its window", "the receiver does not read"),
	TX_WAIT(PACING, "pacing", NEEDS(SEGMENT), "before the time that TCP's pacing allowed",
		"{probably}TCP paced it", "SO_MAX_PACING_RATE, or the congestion control's rate"),
	TX_WAIT(TSQ, "tsq", NEEDS(COMPLETED), "TCP small queues: enough lay in qdisc and device",
		"{probably}TCP small queues: enough lay in qdisc and device",
		"the device is the bottleneck: look at its rate and its queueing discipline"),
	TX_WAIT(SNDBUF, "sndbuf", NEEDS(SEGMENT), "the sender was blocked, its send buffer full",
		"{probably}the sender was blocked, its send buffer full",
		"the path is slower than the sender; a larger SO_SNDBUF only hides it"),
	STAGE(NS_TX, TXS_SOCKET, "udp_cork", 0, udp_corked, "UDP_CORK or MSG_MORE was set",
	      "{ns} in {stage}: UDP_CORK or MSG_MORE collected a datagram",
	      "send the datagram by one call"),
	STAGE(NS_TX, TXS_SOCKET, "udp_sndbuf", CAUSE_PROBABLE, udp_blocked,
	      "the send buffer was full when the call began",
	      "{ns} in {stage}: {probably}the sender was blocked, its send buffer full",
	      "the device is slower than the sender"),
	STAGE(NS_TX, TXS_SOCKET, "socket_to_qdisc", 0, past_segment,
	      "the longest stage, and `segment` has no hook; no cause makes half of it",
	      "{ns} in {stage}: no cause of waiting makes half of it (copying, scheduling, IP "
	      "output)",
	      NULL),
	STAGE(NS_TX, TXS_SOCKET, "socket", 0, NULL, "the longest stage; no cause makes half of it",
	      "{ns} in {stage}: no cause of waiting makes half of it (copying, scheduling)", NULL),

	/* sent: from the socket to the device */
	STAGE(NS_TX, TXS_TRANSPORT, "tx_transport", 0, NULL, "the longest stage",
	      "{ns} in {stage}: while the header was written", NULL),
	STAGE(NS_TX, TXS_IP, "tx_ip", 0, NULL, "the longest stage",
	      "{ns} in {stage}: netfilter, routing, neighbour resolution or tc egress",
	      "ip neigh shows unresolved neighbours; look at the netfilter rules"),
	STAGE(NS_TX, TXS_QDISC, "qdisc_paced", 0, paced,
	      "half of it: the departure time was not there yet",
	      "{ns} in the qdisc {qdisc}: held until its departure time (pacing)",
	      "SO_MAX_PACING_RATE, SO_TXTIME, or the congestion control's rate"),
	STAGE(NS_TX, TXS_QDISC, "qdisc_backlog", 0, behind_others,
	      "the backlog that it found (Linux 5.14 and later)",
	      "{ns} in the qdisc {qdisc} behind {ahead}",
	      "tc -s qdisc: the device or its shaper is slower than what is sent"),
	STAGE(NS_TX, TXS_QDISC, "qdisc_alone", 0, before_others,
	      "it found no backlog (Linux 5.14 and later)",
	      "{ns} in the qdisc {qdisc} with no packet before it: the qdisc held it, or the "
	      "device "
	      "was busy",
	      "tc qdisc: a shaper or an emulated delay"),
	STAGE(NS_TX, TXS_QDISC, "qdisc", 0, queued, "it was enqueued; its backlog is not known",
	      "{ns} in the qdisc {qdisc}", "tc -s qdisc shows its rate, backlog and limits"),
	STAGE(NS_TX, TXS_QDISC, "qdisc_past", 0, NULL, "the longest stage; it was not enqueued",
	      "{ns} on its way past the queueing discipline to the driver", NULL),
	STAGE(NS_TX, TXS_DRIVER, "driver", 0, NULL, "the longest stage",
	      "{ns} in {stage}: the device's transmit function", NULL),

	/* after it was sent, if that was not slow itself */
	STAGE(NS_TX, TXS_COMPLETION, "completion", 0, NULL, "the longest after the total",
	      "{ns} until the device was done with it: its ring, DMA or the wire", NULL),
	STAGE(NS_TX, TXS_NETWORK, "resent", CAUSE_PROBABLE, sent_again,
	      "half of it: between the first time that it was sent and the last",
	      "{ns} until its ACK: sent {sends} times, the last {again} after the first; "
	      "{probably}lost on its way",
	      "look for loss on the path; ss -ti shows the retransmissions"),
	STAGE(NS_TX, TXS_NETWORK, "network", 0, NULL, "the longest after the total",
	      "{ns} until its ACK came in: network, peer or delayed ACK", NULL),
	STAGE(NS_TX, TXS_ACK, "ack", CAUSE_PROBABLE, NULL, "the longest after the total",
	      "{ns} for the ACK's way through this host: {probably}the socket was locked, or a tc "
	      "program or "
	      "netfilter took long",
	      NULL),

	/* of either direction */
	OTHER(CAUSE_OF_MERGED, NS_RX, "stages", NULL,
	      "the longest; points between them have no hook",
	      "{ns} in {stage}, which are measured as one here", NULL),
	OTHER(CAUSE_OF_MERGED, NS_TX, "tx_stages", NULL,
	      "the longest; points between them have no hook",
	      "{ns} in {stage}, which are measured as one here", NULL),

	/* sent by this kernel too, and not slow since it came in */
	OTHER(CAUSE_OF_SENT, NS_TX, "sender", NULL, "the longest stage of its sender's half",
	      "{ns} before it came in: in {stage} of its sender, on this kernel",
	      "netstrata trace --dir tx shows that half with its own cause"),
	OTHER(CAUSE_OF_WAY, NS_RX, "way", NULL,
	      "longer than each stage of its sender: from its driver to the stack here",
	      "{ns} between its sender and here, on this kernel{hops}",
	      "look at the queueing disciplines and bridges between the two"),
};

const size_t n_cause_rules = sizeof(cause_rules) / sizeof(cause_rules[0]);
