/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets that were slow in a known place. */
#ifndef NS_TEST_CAUSE_SAMPLE_H
#define NS_TEST_CAUSE_SAMPLE_H

#include "sample.h"

#define US 1000ULL
#define MS 1000000ULL

/* A received segment: the stages in order of the table, in ns. */
static struct ns_event received(__u64 stack, __u64 ip, __u64 transport, __u64 hol, __u64 app)
{
	struct ns_event e = sample_event();
	__u64 *t = e.t;

	e.flags = hol ? PKT_OOO : 0;
	t[RXP_IRQ] = t[RXP_RAISE] = t[RXP_SOFTIRQ] = t[RXP_XDP] = 0;
	t[RXP_WOKEN] = t[RXP_RUNNING] = 0;
	t[RXP_IP] = t[RXP_STACK] + stack;
	t[RXP_TRANSPORT] = t[RXP_IP] + ip;
	t[RXP_QUEUED] = t[RXP_TRANSPORT] + transport;
	t[RXP_READY] = t[RXP_QUEUED] + hol;
	t[RXP_READ] = t[RXP_READY] + app;
	return e;
}

/* The same with what was before the stack, in ns. */
static struct ns_event arrived(__u64 irq, __u64 wait, __u64 napi, __u64 xdp)
{
	struct ns_event e = received(US, US, US, 0, US);

	e.t[RXP_XDP] = xdp ? e.t[RXP_STACK] - xdp : 0;
	e.t[RXP_SOFTIRQ] = e.t[RXP_STACK] - xdp - napi;
	e.t[RXP_RAISE] = e.t[RXP_SOFTIRQ] - wait;
	e.t[RXP_IRQ] = e.t[RXP_RAISE] - irq;
	return e;
}

/* And with the reader's wake-up. */
static struct ns_event woken(__u64 wakeup, __u64 runqueue, __u64 app)
{
	struct ns_event e = received(US, US, US, 0, wakeup + runqueue + app);

	e.t[RXP_WOKEN] = e.t[RXP_READY] + wakeup;
	e.t[RXP_RUNNING] = e.t[RXP_WOKEN] + runqueue;
	return e;
}

/* Somebody held the CPU, of both waits. */
static struct ns_event blamed(struct ns_event e, enum blame_kind kind, __u32 id, __u64 ns)
{
	e.runqueue_blame =
		(struct blame){.ns = ns, .pid = id, .kind = (__u8)kind, .comm = "stress-ng"};
	e.softirq_blame = e.runqueue_blame;
	return e;
}

/* A segment that was sent, not queued and not acknowledged. */
static struct ns_event sent(__u64 socket, __u64 transport, __u64 ip, __u64 qdisc, __u64 driver)
{
	const __u64 ns[] = {socket, transport, ip, qdisc, driver};
	struct ns_event e = sample_sent();

	e.flags = 0;
	e.sends = 1;
	e.again = 0;
	e.tx.edt_ns = 0;
	memset(e.tx.causes, 0, sizeof(e.tx.causes));
	for (unsigned i = TXP_SEGMENT; i <= TXP_HANDED; i++)
		e.t[i] = e.t[i - 1] + ns[i - 1];
	e.t[TXP_COMPLETED] = e.t[TXP_ACK] = e.t[TXP_ACKED] = 0;
	return e;
}

static struct ns_event waited(enum tx_cause cause)
{
	struct ns_event e = sent(10 * MS, 1, 1, 1, 1);

	e.tx.causes[cause] = 9 * MS;
	e.tx.causes[CAUSE_OTHER] += MS;
	return e;
}

static struct ns_event queued(__u32 backlog)
{
	struct ns_event e = sent(US, US, US, 8 * MS, US);

	e.flags = PKT_QUEUED;
	memcpy(e.tx.qdisc, "netem", 6);
	e.tx.backlog_packets = backlog;
	return e;
}

static struct ns_event dropped(enum ns_dir dir, unsigned stage, __u32 reason)
{
	struct ns_event e = dir == NS_RX ? received(US, US, US, 0, US) : sample_dropped();

	e.flags = PKT_DROPPED;
	if (dir == NS_RX)
		e.t[RXP_QUEUED] = e.t[RXP_READY] = e.t[RXP_READ] = 0;
	e.stage = (__u8)stage;
	e.drop_reason = reason;
	return e;
}

/* Handed at once; the device, the ACK and its way through this host as given. */
static struct ns_event after(__u64 completion, __u64 network, __u64 ack)
{
	struct ns_event e = sent(US, US, US, US, US);

	e.t[TXP_COMPLETED] = e.t[TXP_HANDED] + completion;
	e.t[TXP_ACK] = e.t[TXP_HANDED] + network;
	e.t[TXP_ACKED] = e.t[TXP_ACK] + ack;
	return e;
}

/* Sent on this kernel: its stages and the way here. */
static struct ns_event local(__u64 socket, __u64 qdisc, __u64 way)
{
	const __u64 ns[] = {socket, US, US, qdisc, US};
	struct ns_event e = received(US, US, US, 0, US);
	__u64 t = e.t[RXP_STACK] - way - socket - qdisc - 3 * US;

	e.flags = PKT_LOCAL;
	e.trail = (struct trail){.t = {t}, .netns = 1, .n_hops = 2};
	for (unsigned i = TXP_SEGMENT; i <= TXP_HANDED; i++)
		e.trail.t[i] = t += ns[i - 1];
	return e;
}

#endif
