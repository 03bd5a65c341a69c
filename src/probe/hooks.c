// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hooks.h"

#define TCP (1 << NS_TCP)
#define UDP (1 << NS_UDP)

static const char *const kind_names[] = {"tp_btf", "fentry", "kprobe"};

const char *hook_kind_name(enum hook_kind kind)
{
	return kind_names[kind];
}

static bool allowed(enum hook_kind kind, enum hook_policy policy)
{
	switch (policy) {
	case HOOKS_TRACEPOINT:
		return kind == HOOK_TP_BTF;
	case HOOKS_FENTRY:
		return kind != HOOK_KPROBE;
	case HOOKS_KPROBE:
		return kind != HOOK_FENTRY;
	default:
		return true;
	}
}

static int try_target(const struct kernel *k, const struct candidate *c, unsigned i)
{
	switch (c->kind) {
	case HOOK_TP_BTF:
		return kernel_try_tracepoint(k, c->targets[i], c->args);
	case HOOK_FENTRY:
		return kernel_try_fentry(k, c->targets[i]);
	default:
		if (!k->kprobes)
			return -EOPNOTSUPP;
		/* a function in BTF need not be a symbol; attaching tells, and is not costly */
		return kernel_has_function(k, c->targets[i]) ? 0 : -ENOENT;
	}
}

static void try_candidate(const struct kernel *k, struct hook_choice *h)
{
	const struct candidate *c = h->c;
	const char *kind = kind_names[c->kind];

	snprintf(h->name, sizeof(h->name), "%s/%s", kind, c->targets[0]);
	h->error = try_target(k, c, 0);
	if (h->error) {
		h->verdict = HOOK_FAILED;
		return;
	}
	if (!c->targets[1] || try_target(k, c, 1))
		return;
	h->second = true;
	if (strcmp(c->targets[0], c->targets[1]) != 0)
		snprintf(h->name + strlen(h->name), sizeof(h->name) - strlen(h->name), ", %s/%s",
			 kind, c->targets[1]);
}

const struct hook_choice *hooks_of(const struct hook_plan *plan, unsigned dir, unsigned point,
				   enum ns_proto pr)
{
	for (unsigned i = 0; i < plan->n; i++) {
		const struct hook_choice *h = &plan->choices[i];

		if (h->verdict == HOOK_CHOSEN && h->c->dir == dir && h->c->point == point &&
		    h->c->protos & (1 << pr))
			return h;
	}
	return NULL;
}

/* One program for tcp_probe where both directions want it: the ACK must be looked at first. */
const char *hooks_program(const struct hook_plan *plan, const struct hook_choice *h, unsigned i)
{
	const struct hook_choice *rx = hooks_of(plan, NS_RX, RXP_TRANSPORT, NS_TCP);
	const struct hook_choice *tx = hooks_of(plan, NS_TX, TXP_ACKED, NS_TCP);

	if ((h == rx || h == tx) && rx && tx && rx->c->kind == HOOK_TP_BTF &&
	    tx->c->kind == HOOK_TP_BTF)
		return "ns_tcp_probe_both";
	return h->c->progs[i];
}

/* Choose the first usable hook of each point among those that are (not) `counted`. */
static void choose(const struct kernel *k, struct hook_plan *plan, unsigned dir, unsigned point,
		   unsigned protos, bool counted)
{
	bool done = dir < NS_DIRS && !(plan->want[dir] & 1U << point);

	for (unsigned i = 0; i < plan->n; i++) {
		struct hook_choice *h = &plan->choices[i];

		if (h->c->dir != dir || h->c->point != point || h->c->protos != protos ||
		    h->c->counted != counted || h->verdict != HOOK_NOT_NEEDED)
			continue;
		if (done || !k->btf)
			continue;
		h->verdict = HOOK_CHOSEN;
		if (h->error) /* found out when attaching */
			h->verdict = HOOK_FAILED;
		else
			try_candidate(k, h);
		done = h->verdict == HOOK_CHOSEN;
	}
}

static void unchoose(struct hook_plan *plan, unsigned dir, unsigned point, enum ns_proto proto)
{
	struct hook_choice *h = (struct hook_choice *)hooks_of(plan, dir, point, proto);

	if (h)
		h->verdict = HOOK_NOT_NEEDED;
}

static void begin(struct hook_plan *plan, enum hook_policy policy)
{
	if (!plan->n) {
		plan->n = n_hook_ladder;
		for (unsigned i = 0; i < n_hook_ladder; i++)
			plan->choices[i].c = &hook_ladder[i];
	}
	for (unsigned i = 0; i < plan->n; i++) {
		struct hook_choice *h = &plan->choices[i];

		h->verdict = allowed(hook_ladder[i].kind, policy) ? HOOK_NOT_NEEDED : HOOK_EXCLUDED;
		snprintf(h->name, sizeof(h->name), "%s/%s", kind_names[hook_ladder[i].kind],
			 hook_ladder[i].targets[0]);
	}
}

/* Around the path: hooks that are of use only together. */
static void choose_around(const struct kernel *k, struct hook_plan *plan)
{
	choose(k, plan, NS_RX, RXP_SOFTIRQ, TCP | UDP, false);
	if (hooks_of(plan, NS_RX, RXP_SOFTIRQ, NS_TCP))
		choose(k, plan, NS_RX, RXP_RAISE, TCP | UDP, false);
	if (hooks_of(plan, NS_RX, RXP_RAISE, NS_TCP))
		choose(k, plan, NS_RX, RXP_IRQ, TCP | UDP, false);
	choose(k, plan, NS_RX, RXP_WOKEN, TCP | UDP, false);
	if (hooks_of(plan, NS_RX, RXP_WOKEN, NS_TCP))
		choose(k, plan, NS_RX, RXP_RUNNING, TCP | UDP, false);
	if (!hooks_of(plan, NS_RX, RXP_RUNNING, NS_TCP))
		unchoose(plan, NS_RX, RXP_WOKEN, NS_TCP);
}

/*
 * TCP needs a hook that shows the segment with its socket: tcp_queue_rcv, or else tcp_probe,
 * which then is its transport point too. UDP needs the skb both when queued and when read, or
 * else counts datagrams between sk_data_ready and sock_recv_length.
 */
static void choose_rx(const struct kernel *k, struct hook_plan *plan)
{
	bool udp_by_skb;

	choose_around(k, plan);
	choose(k, plan, NS_RX, RXP_STACK, TCP | UDP, false);
	choose(k, plan, NS_RX, RXP_IP, TCP | UDP, false);
	choose(k, plan, NS_RX, RXP_QUEUED, TCP, false);
	if (!hooks_of(plan, NS_RX, RXP_QUEUED, NS_TCP))
		plan->want[NS_RX] |= 1U << RXP_TRANSPORT;
	choose(k, plan, NS_RX, RXP_TRANSPORT, TCP, !hooks_of(plan, NS_RX, RXP_QUEUED, NS_TCP));
	choose(k, plan, NS_RX, RXP_READ, TCP, false);
	choose(k, plan, NS_RX, RXP_QUEUED, UDP, false);
	choose(k, plan, NS_RX, RXP_READ, UDP, false);
	udp_by_skb = hooks_of(plan, NS_RX, RXP_QUEUED, NS_UDP) &&
		     hooks_of(plan, NS_RX, RXP_READ, NS_UDP);
	if (udp_by_skb) {
		choose(k, plan, NS_RX, RXP_TRANSPORT, UDP, false);
		choose(k, plan, NS_RX, RXP_READY, TCP | UDP, false);
		return;
	}
	unchoose(plan, NS_RX, RXP_QUEUED, NS_UDP);
	unchoose(plan, NS_RX, RXP_READ, NS_UDP);
	choose(k, plan, NS_RX, RXP_READ, UDP, true);
	choose(k, plan, NS_RX, RXP_READY, TCP | UDP,
	       hooks_of(plan, NS_RX, RXP_READ, NS_UDP) != NULL);
	if (!hooks_of(plan, NS_RX, RXP_READY, NS_TCP)) /* no such tracepoint before 6.3 */
		choose(k, plan, NS_RX, RXP_READY, TCP | UDP, false);
}

/*
 * The segment shows with its socket at __tcp_transmit_skb, or else at net_dev_queue, by its
 * headers. A datagram is followed from its send only if its skb shows when it is built.
 */
static void choose_tx(const struct kernel *k, struct hook_plan *plan)
{
	choose(k, plan, NS_TX, TXP_QDISC, TCP | UDP, false);
	choose(k, plan, NS_TX, TXP_DRIVER, TCP | UDP, false);
	choose(k, plan, NS_TX, TXP_HANDED, TCP | UDP, false);
	choose(k, plan, NS_TX, TXP_SEND, TCP, false);
	choose(k, plan, NS_TX, TXP_SEGMENT, TCP, false);
	if (hooks_of(plan, NS_TX, TXP_SEGMENT, NS_TCP))
		choose(k, plan, NS_TX, TXP_IP, TCP, false);
	choose(k, plan, NS_TX, TXP_SEND, UDP, false);
	choose(k, plan, NS_TX, TXP_SEGMENT, UDP, false);
	if (hooks_of(plan, NS_TX, TXP_SEND, NS_UDP) && hooks_of(plan, NS_TX, TXP_SEGMENT, NS_UDP)) {
		choose(k, plan, NS_TX, TXP_IP, UDP, false);
	} else {
		unchoose(plan, NS_TX, TXP_SEND, NS_UDP);
		unchoose(plan, NS_TX, TXP_SEGMENT, NS_UDP);
	}
	choose(k, plan, NS_TX, TXP_COMPLETED, TCP, false);
	choose(k, plan, NS_TX, TXP_COMPLETED, UDP, false);
	choose(k, plan, NS_TX, TXP_ACKED, TCP, false);
	if (hooks_of(plan, NS_TX, TXP_ACKED, NS_TCP))
		choose(k, plan, NS_TX, TXP_ACK, TCP, false);
	choose(k, plan, NS_DIRS, AUX_CLOSING, TCP, false);
	choose(k, plan, NS_DIRS, AUX_BLOCKED, TCP, false);
	choose(k, plan, NS_DIRS, AUX_ENQUEUE, TCP | UDP, false);
}

/* Points without which a direction of a protocol cannot be measured. */
static bool usable(unsigned dir, enum ns_proto pr, __u32 points)
{
	static const __u32 needed[NS_DIRS] = {
		[NS_RX] = 1 << RXP_STACK | 1 << RXP_READY | 1 << RXP_READ,
		[NS_TX] = 1 << TXP_QDISC | 1 << TXP_DRIVER | 1 << TXP_HANDED,
	};

	if ((points & needed[dir]) != needed[dir])
		return false;
	return dir == NS_TX || pr == NS_UDP || points & (1 << RXP_TRANSPORT | 1 << RXP_QUEUED);
}

static __u32 points_of(const struct hook_plan *plan, unsigned dir, enum ns_proto pr)
{
	__u32 points = 0;

	for (int p = 0; p < POINTS_MAX; p++)
		if (hooks_of(plan, dir, p, pr))
			points |= 1 << p;
	if (dir == NS_RX && pr == NS_UDP && !(points & 1 << RXP_QUEUED)) /* counted */
		points &= ~(1U << RXP_IP | 1U << RXP_TRANSPORT);
	return usable(dir, pr, points) ? points : 0;
}

static __u32 points_for(enum ns_dir dir, __u32 stages)
{
	static const struct {
		enum ns_dir dir;
		unsigned stage, point;
	} needs[] = {
#define X(id, name, from, to, doc) {NS_RX, RXS_##id, RXP_##from}, {NS_RX, RXS_##id, RXP_##to},
		RX_STAGES(X)
#undef X
#define X(id, name, from, to, doc) {NS_TX, TXS_##id, TXP_##from}, {NS_TX, TXS_##id, TXP_##to},
			TX_STAGES(X) TX_AFTER(X)
#undef X
	};
	/* TCP's segments are known by the socket's queue, so `queued` is no matter of choice */
	__u32 points =
		dir == NS_RX ? 1U << RXP_STACK | 1U << RXP_QUEUED | 1U << RXP_READY | 1U << RXP_READ
			     : 1U << TXP_QDISC | 1U << TXP_DRIVER | 1U << TXP_HANDED;

	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (needs[i].dir == dir && stages & 1U << needs[i].stage)
			points |= 1U << needs[i].point;
	if (dir == NS_TX)
		return points & (1U << TXP_ACK | 1U << TXP_ACKED)
			       ? points | 1U << TXP_ACK | 1U << TXP_ACKED
			       : points;
	if (points & 1U << RXP_IRQ)
		points |= 1U << RXP_RAISE;
	if (points & 1U << RXP_RAISE)
		points |= 1U << RXP_SOFTIRQ;
	if (points & (1U << RXP_WOKEN | 1U << RXP_RUNNING))
		points |= 1U << RXP_WOKEN | 1U << RXP_RUNNING;
	return points;
}

void hooks_want(unsigned dirs, const __u32 stages[NS_DIRS], __u32 want[NS_DIRS])
{
	for (unsigned dir = 0; dir < NS_DIRS; dir++)
		want[dir] = dirs & 1U << dir ? points_for(dir, stages[dir]) : 0;
}

int hooks_choose(const struct kernel *k, enum hook_policy policy, const __u32 *want,
		 struct hook_plan *plan)
{
	bool any = false;

	begin(plan, policy);
	for (unsigned dir = 0; dir < NS_DIRS; dir++)
		plan->want[dir] = want[dir];
	if (want[NS_RX])
		choose_rx(k, plan);
	if (want[NS_TX])
		choose_tx(k, plan);
	choose(k, plan, NS_DIRS, AUX_CLOSE, TCP, false);
	choose(k, plan, NS_DIRS, AUX_CLOSE, UDP, false);
	choose(k, plan, NS_DIRS, AUX_DROP, TCP | UDP, false);

	for (unsigned dir = 0; dir < NS_DIRS; dir++) {
		for (int pr = 0; pr < NS_PROTOS; pr++) {
			plan->points[dir][pr] = points_of(plan, dir, pr);
			any |= plan->points[dir][pr] != 0;
		}
	}
	return any ? 0 : -EOPNOTSUPP;
}
