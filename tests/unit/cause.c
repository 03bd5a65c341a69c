// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each rule of the table: a packet that it is for, its sentence, and whether it is certain. A rule
 * that no line here names is an error, so that none can be added without its test.
 */
#include <stdlib.h>

#include "cause.h"
#include "cause_sample.h"
#include "cause_text.h"
#include "tap.h"

static struct run_info ri;
static bool *named; /* by rule */

/* The sentence of one packet, "" if it has none. */
static const char *sentence(const struct ns_event *e, struct cause *c)
{
	static char text[CAUSE_TEXT_LEN];
	struct packet p;

	packet_read(e, &ri, &p);
	if (!cause_find(e, &p, &ri, c))
		return "";
	named[c->rule - cause_rules] = true;
	return cause_text(c, e, &ri, true, text, sizeof(text));
}

static void expect(struct ns_event e, const char *rule, bool certain, const char *text)
{
	struct cause c;

	if (!is_str(sentence(&e, &c), text, rule) || !*text)
		return;
	is_str(c.rule->name, rule, "the rule");
	ok(c.certain == certain, "%s: %s", rule, certain ? "certain" : "probable");
}

static void test_drops(void)
{
	static const char *const reasons[] = {[2] = "NOT_SPECIFIED",
					      [3] = "SOCKET_RCVBUFF",
					      [4] = "NETFILTER_DROP",
					      [5] = "QDISC_OVERLIMIT"};

	ri.drop_reasons = reasons;
	ri.n_drop_reasons = 6;
	expect(dropped(NS_RX, RXS_TRANSPORT, 3), "drop_rcvbuf", true,
	       "dropped in transport: the socket's receive buffer was full");
	expect(dropped(NS_RX, RXS_IP, 4), "drop_filter", true, "dropped in ip: a netfilter rule");
	expect(dropped(NS_TX, TXS_QDISC, 5), "drop_qdisc", true,
	       "dropped in qdisc: the queueing discipline refused it (QDISC_OVERLIMIT)");
	expect(dropped(NS_TX, TXS_IP, 2), "drop", true, "dropped in ip: NOT_SPECIFIED");
	expect(dropped(NS_RX, RXS_IP, 0), "drop", true,
	       "dropped in ip: this kernel tells no reason");
	expect(dropped(NS_RX, 77, 99), "drop", true, "dropped in an unknown stage: reason 0x63");
}

static void test_arrived(void)
{
	struct ns_event e = arrived(US, 4 * MS, US, 0);

	expect(arrived(3 * MS, US, US, 0), "irq", true,
	       "3ms in irq: the interrupt handler, until it asked for NAPI");
	expect(e, "softirq_wait", true,
	       "4ms until its softirq began: interrupts, other softirqs, or code that ran with "
	       "them disabled");
	e.flags |= PKT_WAY(WAY_KSOFTIRQD);
	expect(e, "ksoftirqd", false,
	       "4ms until its softirq began: in ksoftirqd, probably behind other tasks");
	expect(blamed(arrived(US, 2 * MS, US, 0), BLAME_TASK, 88, 2 * MS), "softirq_blamed", true,
	       "2ms until its softirq began: stress-ng/88 held the CPU");
	expect(blamed(arrived(US, 2 * MS, US, 0), BLAME_SOFTIRQ, 1, 2 * MS), "softirq_blamed", true,
	       "2ms until its softirq began: the softirq TIMER held the CPU");
	expect(blamed(arrived(US, 2 * MS, US, 0), BLAME_IRQ, 24, 2 * MS), "softirq_blamed", true,
	       "2ms until its softirq began: the interrupt 24 (stress-ng) held the CPU");
	expect(arrived(US, US, 2 * MS, 0), "napi", true,
	       "2ms in napi: the driver's poll, packets before it, or GRO");
	expect(arrived(US, US, US, 2 * MS), "xdp", true,
	       "2ms in xdp: between the XDP stamp and the entry to the stack");
}

static void test_woken(void)
{
	struct ns_event e = received(US, US, US, 0, 5 * MS);

	expect(woken(2 * MS, US, US), "wakeup", true,
	       "2ms in wakeup: told, until a thread that waited was woken");
	expect(woken(US, 3900 * US, US), "runqueue", false,
	       "3.9ms runnable: the reader was woken, and probably other tasks had the CPU");
	expect(blamed(woken(US, 4 * MS, US), BLAME_IDLE, 0, 3 * MS), "runqueue_idle", true,
	       "3ms runnable, and its CPU idle: a CPU quota, or a CPU slow to wake up");
	expect(blamed(woken(US, 4 * MS, US), BLAME_IDLE, 0, MS), "runqueue", false,
	       "4ms runnable: the reader was woken, and probably other tasks had the CPU");
	expect(blamed(woken(US, 4 * MS, US), BLAME_TASK, 567, 3900 * US), "runqueue_blamed", true,
	       "3.9ms runnable: stress-ng/567 held the reader's CPU");
	expect(blamed(woken(US, 4 * MS, US), BLAME_TASK, 567, 1900 * US), "runqueue", false,
	       "4ms runnable: the reader was woken, and probably other tasks had the CPU");
	expect(woken(US, US, 2 * MS), "reader_busy", true,
	       "2ms in application: nginx/1234 ran, and had not read it yet (own work, or another "
	       "wait)");
	e.flags |= PKT_WAY(WAY_NOT_WOKEN);
	expect(e, "reader_away", true,
	       "5ms in application: nginx/1234 did not wait for it, and read it only then");
	e = woken(US, US, 2 * MS);
	e.flags |= PKT_WAY(WAY_PREEMPTED);
	expect(e, "reader_preempted", true,
	       "2ms in application: nginx/1234 ran, and lost the CPU to others before it had read "
	       "it");
}

static void test_received(void)
{
	struct ns_event e;

	expect(received(2 * MS, US, US, 0, US), "stack", true,
	       "2ms in stack: packet taps, tc ingress, bridge or VLAN handling");
	expect(received(US, 2 * MS, US, 0, US), "ip", true,
	       "2ms in ip: netfilter, routing or reassembly");
	expect(received(US, US, 2 * MS, 0, US), "sock_locked", false,
	       "2ms in transport: probably its socket was locked by a reader or sender");
	e = received(US, US, 2 * MS, 0, US);
	e.flow.proto = NS_UDP;
	expect(e, "transport", true, "2ms in transport: TCP or UDP input");
	expect(received(US, US, US, 18 * MS, US), "hol", true,
	       "18ms head-of-line: an earlier segment was missing, lost or overtaken");
	expect(received(US, US, US, 0, 5 * MS), "application", true,
	       "5ms in wakeup+runqueue+application: nginx/1234 had not read it yet (wake-up, run "
	       "queue or own "
	       "work)");
	e = received(US, US, US, 0, 5 * MS);
	e.flags = PKT_PARTIAL;
	e.again = e.t[RXP_READ] - 3 * MS;
	expect(e, "read_in_pieces", true,
	       "5ms in wakeup+runqueue+application: nginx/1234 read it in pieces, the last 3ms "
	       "after the first");
	e.again = e.t[RXP_READ] - 2 * MS;
	expect(e, "application", true,
	       "5ms in wakeup+runqueue+application: nginx/1234 had not read it yet (wake-up, run "
	       "queue or own "
	       "work)");
	expect(received(600 * US, 700 * US, US, 0, 800 * US), "application", true,
	       "800us of 2.1ms in wakeup+runqueue+application: nginx/1234 had not read it yet "
	       "(wake-up, run queue "
	       "or own work)");
}

static void test_waits(void)
{
	struct ns_event e;

	expect(waited(CAUSE_NAGLE), "nagle", true, "9ms in socket: Nagle waited for an ACK");
	expect(waited(CAUSE_CORK), "cork", true,
	       "9ms in socket: TCP_CORK held a partial segment back");
	expect(waited(CAUSE_MSG_MORE), "msg_more", true,
	       "9ms in socket: MSG_MORE announced more data");
	expect(waited(CAUSE_AUTOCORK), "autocork", true,
	       "9ms in socket: autocorking: an earlier segment was not sent yet");
	expect(waited(CAUSE_CWND), "cwnd", true,
	       "9ms in socket: the congestion window left too little room");
	expect(waited(CAUSE_RWND), "rwnd", true,
	       "9ms in socket: the receiver's window left too little room");
	expect(waited(CAUSE_ZERO_WINDOW), "zero_window", true,
	       "9ms in socket: the receiver had closed its window");
	expect(waited(CAUSE_PACING), "pacing", true, "9ms in socket: TCP paced it");
	expect(waited(CAUSE_TSQ), "tsq", true,
	       "9ms in socket: TCP small queues: enough lay in qdisc and device");
	expect(waited(CAUSE_SNDBUF), "sndbuf", true,
	       "9ms in socket: the sender was blocked, its send buffer full");
	expect(waited(CAUSE_OTHER), "socket", true,
	       "10ms in socket: no cause of waiting makes half of it (copying, scheduling)");
	e = waited(CAUSE_NAGLE);
	e.tx.causes[CAUSE_NAGLE] = 5 * MS;
	expect(e, "nagle", true, "5ms of 10ms in socket: Nagle waited for an ACK");
	e.tx.causes[CAUSE_NAGLE]--;
	expect(e, "socket", true,
	       "10ms in socket: no cause of waiting makes half of it (copying, scheduling)");
	e.tx.causes[CAUSE_NAGLE] = 11 * MS; /* more than there was: not to be believed */
	expect(e, "socket", true,
	       "10ms in socket: no cause of waiting makes half of it (copying, scheduling)");
	e = waited(CAUSE_NAGLE);
	e.flow.proto = NS_UDP;
	expect(e, "socket", true,
	       "10ms in socket: no cause of waiting makes half of it (copying, scheduling)");
	e = waited(CAUSE_CORK);
	e.flow.proto = NS_UDP;
	expect(e, "udp_cork", true, "9ms in socket: UDP_CORK or MSG_MORE collected a datagram");
	e = waited(CAUSE_SNDBUF);
	e.flow.proto = NS_UDP;
	expect(e, "udp_sndbuf", false,
	       "9ms in socket: probably the sender was blocked, its send buffer full");
}

static void test_sent(void)
{
	struct ns_event e;

	expect(sent(US, 2 * MS, US, US, US), "tx_transport", true,
	       "2ms in transport: while the header was written");
	expect(sent(US, US, 2 * MS, US, US), "tx_ip", true,
	       "2ms in ip: netfilter, routing, neighbour resolution or tc egress");
	expect(queued(38), "qdisc_backlog", true,
	       "8ms in the qdisc netem of eth0 behind 37 packets");
	expect(queued(2), "qdisc_backlog", true, "8ms in the qdisc netem of eth0 behind 1 packet");
	expect(queued(1), "qdisc_alone", true,
	       "8ms in the qdisc netem of eth0 with no packet before it: the qdisc held it, or "
	       "the device was busy");
	expect(queued(QDISC_NONE), "qdisc", true, "8ms in the qdisc netem of eth0");
	ri.backlog_found = false; /* before 5.14 it is what was left */
	expect(queued(38), "qdisc", true, "8ms in the qdisc netem of eth0");
	expect(queued(1), "qdisc", true, "8ms in the qdisc netem of eth0");
	ri.backlog_found = true;
	e = queued(38);
	e.tx.edt_ns = 5 * MS;
	expect(e, "qdisc_paced", true,
	       "5ms in the qdisc netem of eth0: held until its departure time (pacing)");
	e.tx.edt_ns = 3 * MS;
	expect(e, "qdisc_backlog", true, "8ms in the qdisc netem of eth0 behind 37 packets");
	expect(sent(US, US, US, 2 * MS, US), "qdisc_past", true,
	       "2ms on its way past the queueing discipline to the driver");
	expect(sent(US, US, US, US, 2 * MS), "driver", true,
	       "2ms in driver: the device's transmit function");
}

static void test_after(void)
{
	struct ns_event e = after(US, 30 * MS, US);

	expect(e, "network", true, "30ms until its ACK came in: network, peer or delayed ACK");
	expect(after(5 * MS, 2 * MS, US), "completion", true,
	       "5ms until the device was done with it: its ring, DMA or the wire");
	expect(after(US, US, 5 * MS), "ack", false,
	       "5ms for the ACK's way through this host: probably the socket was locked, or a tc "
	       "program or netfilter took long");
	e = after(US, 230 * MS, US);
	e.flags = PKT_RESENT;
	e.sends = 2;
	e.again = e.t[TXP_HANDED] + 200 * MS;
	expect(e, "resent", false,
	       "230ms until its ACK: sent 2 times, the last 200ms after the first; probably lost "
	       "on its way");
	e.again = e.t[TXP_HANDED] + 100 * MS;
	expect(e, "network", true, "230ms until its ACK came in: network, peer or delayed ACK");
	e = after(US, 300 * MS, US); /* what is in the total comes first */
	e.flags = 0;
	e.t[TXP_SEND] -= 2 * MS;
	expect(e, "socket", true,
	       "2ms in socket: no cause of waiting makes half of it (copying, scheduling)");
}

static void test_local(void)
{
	expect(local(4 * MS, 2 * MS, MS), "sender", true,
	       "4ms before it came in: in socket of its sender, on this kernel");
	expect(local(US, 2 * MS, MS), "sender", true,
	       "2ms before it came in: in qdisc of its sender, on this kernel");
	expect(local(US, US, 9 * MS), "way", true,
	       "9ms between its sender and here, on this kernel, through 2 devices");
	expect(local(US, US, US), "", true, "");
}

/* A kernel with tracepoints alone: fewer points, and less that is certain. */
static void test_merged(void)
{
	ri.points[NS_TX][NS_TCP] =
		ALL_TX_POINTS & ~(1U << TXP_SEGMENT | 1U << TXP_IP | 1U << TXP_COMPLETED);
	ri.points[NS_RX][NS_TCP] = ALL_POINTS & ~(1U << RXP_IP);
	expect(waited(CAUSE_NAGLE), "nagle", true,
	       "9ms in socket+transport+ip: Nagle waited for an ACK");
	expect(waited(CAUSE_TSQ), "tsq", false,
	       "9ms in socket+transport+ip: probably TCP small queues: enough lay in qdisc and "
	       "device");
	expect(waited(CAUSE_AUTOCORK), "autocork", false,
	       "9ms in socket+transport+ip: probably autocorking: an earlier segment was not sent "
	       "yet");
	expect(waited(CAUSE_PACING), "pacing", false,
	       "9ms in socket+transport+ip: probably TCP paced it");
	expect(waited(CAUSE_SNDBUF), "sndbuf", false,
	       "9ms in socket+transport+ip: probably the sender was blocked, its send buffer "
	       "full");
	expect(waited(CAUSE_OTHER), "socket_to_qdisc", true,
	       "10ms in socket+transport+ip: no cause of waiting makes half of it (copying, "
	       "scheduling, IP output)");
	expect(received(US, 0, 2 * MS, 0, US), "transport", true,
	       "2ms in transport: TCP or UDP input");
	expect(received(MS, MS, US, 0, US), "stages", true,
	       "2ms in stack+ip, which are measured as one here");
	ri.points[NS_TX][NS_TCP] = ALL_TX_POINTS & ~(1U << TXP_QDISC);
	expect(sent(US, US, MS, MS, US), "tx_stages", true,
	       "2ms in ip+qdisc, which are measured as one here");
	ri = sample_run_both();
}

static void test_none(void)
{
	struct ns_event e = received(US, US, US, 0, MS - 3 * US - 1);

	expect(e, "not slow", true, "");
	e.t[RXP_READ]++;
	expect(e, "application", true,
	       "997us in wakeup+runqueue+application: nginx/1234 had not read it yet (wake-up, run "
	       "queue or own "
	       "work)");
	ri.slow_ns = 0;
	expect(e, "turned off", true, "");
	expect(dropped(NS_RX, RXS_IP, 0), "turned off: dropped", true, "");
	ri.slow_ns = MS;
	e.t[RXP_READ] = e.t[RXP_STACK] - 1;
	expect(e, "stamps out of order", true, "");
	expect(sent(US, US, US, US, US), "sent, not slow", true, "");
}

static void test_names(void)
{
	struct ns_event e = received(US, US, US, 0, 5 * MS);
	char small[20];
	struct cause c;
	struct packet p;

	memcpy(e.comm,
	       "a\033[2J\xff"
	       "evil",
	       11);
	ok(!strchr(sentence(&e, &c), '\033'), "a name is made printable");
	packet_read(&e, &ri, &p);
	cause_text(&c, &e, &ri, true, small, sizeof(small));
	is_str(small, "5ms in wakeup+runqu", "cut to the room there is");
}

int main(void)
{
	ri = sample_run_both();
	named = calloc(n_cause_rules, sizeof(*named));
	test_drops();
	ri = sample_run_both();
	test_arrived();
	test_received();
	test_woken();
	test_waits();
	test_sent();
	test_after();
	test_local();
	test_merged();
	test_none();
	test_names();
	for (size_t i = 0; i < n_cause_rules; i++)
		ok(named[i], "%s has a test", cause_rules[i].name);
	free(named);
	return done();
}
