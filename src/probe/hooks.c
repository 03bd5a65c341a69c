// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hooks.h"

#define TCP (1 << NS_TCP)
#define UDP (1 << NS_UDP)

/* The ladder: for each point its hooks, best first. */
static const struct candidate ladder[] = {
	{RXP_STACK, TCP | UDP, HOOK_TP_BTF, false, {"netif_receive_skb"}, {"ns_stack"}},
	{RXP_IP,
	 TCP | UDP,
	 HOOK_FENTRY,
	 false,
	 {"ip_rcv", "ipv6_rcv"},
	 {"ns_fe_ip_rcv", "ns_fe_ipv6_rcv"}},
	{RXP_IP,
	 TCP | UDP,
	 HOOK_KPROBE,
	 false,
	 {"ip_rcv", "ipv6_rcv"},
	 {"ns_kp_ip_rcv", "ns_kp_ipv6_rcv"}},
	{RXP_QUEUED,
	 TCP,
	 HOOK_FENTRY,
	 false,
	 {"tcp_queue_rcv", "tcp_data_queue"},
	 {"ns_fe_tcp_queue_rcv", "ns_fe_tcp_data_queue"}},
	{RXP_QUEUED,
	 TCP,
	 HOOK_KPROBE,
	 false,
	 {"tcp_queue_rcv", "tcp_data_queue"},
	 {"ns_kp_tcp_queue_rcv", "ns_kp_tcp_data_queue"}},
	{RXP_TRANSPORT,
	 TCP,
	 HOOK_FENTRY,
	 false,
	 {"tcp_v4_rcv", "tcp_v6_rcv"},
	 {"ns_fe_tcp_v4_rcv", "ns_fe_tcp_v6_rcv"}},
	{RXP_TRANSPORT,
	 TCP,
	 HOOK_KPROBE,
	 false,
	 {"tcp_v4_rcv", "tcp_v6_rcv"},
	 {"ns_kp_tcp_v4_rcv", "ns_kp_tcp_v6_rcv"}},
	{RXP_TRANSPORT, TCP, HOOK_TP_BTF, true, {"tcp_probe"}, {"ns_tcp_probe"}},
	{RXP_TRANSPORT,
	 UDP,
	 HOOK_FENTRY,
	 false,
	 {"udp_rcv", "udpv6_rcv"},
	 {"ns_fe_udp_rcv", "ns_fe_udpv6_rcv"}},
	{RXP_TRANSPORT,
	 UDP,
	 HOOK_KPROBE,
	 false,
	 {"udp_rcv", "udpv6_rcv"},
	 {"ns_kp_udp_rcv", "ns_kp_udpv6_rcv"}},
	{RXP_QUEUED,
	 UDP,
	 HOOK_FENTRY,
	 false,
	 {"__udp_enqueue_schedule_skb"},
	 {"ns_fe___udp_enqueue_schedule_skb"}},
	{RXP_QUEUED,
	 UDP,
	 HOOK_KPROBE,
	 false,
	 {"__udp_enqueue_schedule_skb"},
	 {"ns_kp___udp_enqueue_schedule_skb"}},
	{RXP_READ, TCP, HOOK_TP_BTF, false, {"tcp_rcv_space_adjust"}, {"ns_tcp_read"}},
	{RXP_READ, UDP, HOOK_FENTRY, false, {"skb_consume_udp"}, {"ns_fe_skb_consume_udp"}},
	{RXP_READ, UDP, HOOK_KPROBE, false, {"skb_consume_udp"}, {"ns_kp_skb_consume_udp"}},
	{RXP_READ, UDP, HOOK_TP_BTF, true, {"sock_recv_length"}, {"ns_udp_read_counted"}},
	{RXP_READY, TCP | UDP, HOOK_TP_BTF, false, {"sk_data_ready"}, {"ns_data_ready"}},
	{RXP_READY, TCP | UDP, HOOK_TP_BTF, true, {"sk_data_ready"}, {"ns_data_ready_counted"}},
	{RXP_READY,
	 TCP | UDP,
	 HOOK_FENTRY,
	 false,
	 {"sock_def_readable"},
	 {"ns_fe_sock_def_readable"}},
	{RXP_READY,
	 TCP | UDP,
	 HOOK_KPROBE,
	 false,
	 {"sock_def_readable"},
	 {"ns_kp_sock_def_readable"}},
	{RXP_COUNT, TCP, HOOK_TP_BTF, false, {"tcp_destroy_sock"}, {"ns_tcp_destroy"}},
	{RXP_COUNT, UDP, HOOK_FENTRY, false, {"inet_sock_destruct"}, {"ns_fe_inet_sock_destruct"}},
	{RXP_COUNT, UDP, HOOK_KPROBE, false, {"inet_sock_destruct"}, {"ns_kp_inet_sock_destruct"}},
};

#define N_LADDER (sizeof(ladder) / sizeof(ladder[0]))
_Static_assert(N_LADDER <= MAX_CANDIDATES, "hook_plan is too small");

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

static int try_target(const struct kernel *k, enum hook_kind kind, const char *target)
{
	switch (kind) {
	case HOOK_TP_BTF:
		return kernel_try_tracepoint(k, target);
	case HOOK_FENTRY:
		return kernel_try_fentry(k, target);
	default:
		if (!k->kprobes)
			return -EOPNOTSUPP;
		/* a function in BTF need not be a symbol; attaching tells, and is not costly */
		return 0;
	}
}

static void try_candidate(const struct kernel *k, struct hook_choice *h)
{
	const struct candidate *c = h->c;
	const char *kind = kind_names[c->kind];

	snprintf(h->name, sizeof(h->name), "%s/%s", kind, c->targets[0]);
	h->error = try_target(k, c->kind, c->targets[0]);
	if (h->error) {
		h->verdict = HOOK_FAILED;
		return;
	}
	if (!c->targets[1] || try_target(k, c->kind, c->targets[1]))
		return;
	h->second = true;
	snprintf(h->name + strlen(h->name), sizeof(h->name) - strlen(h->name), ", %s/%s", kind,
		 c->targets[1]);
}

const struct hook_choice *hooks_of(const struct hook_plan *plan, enum rx_point p, enum ns_proto pr)
{
	for (unsigned i = 0; i < plan->n; i++) {
		const struct hook_choice *h = &plan->choices[i];

		if (h->verdict == HOOK_CHOSEN && h->c->point == p && h->c->protos & (1 << pr))
			return h;
	}
	return NULL;
}

/* Choose the first usable hook of each point among those that are (not) `counted`. */
static void choose(const struct kernel *k, struct hook_plan *plan, enum rx_point point,
		   unsigned protos, bool counted)
{
	bool done = false;

	for (unsigned i = 0; i < plan->n; i++) {
		struct hook_choice *h = &plan->choices[i];

		if (h->c->point != point || h->c->protos != protos || h->c->counted != counted ||
		    h->verdict != HOOK_NOT_NEEDED)
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

static void unchoose(struct hook_plan *plan, enum rx_point point, enum ns_proto proto)
{
	struct hook_choice *h = (struct hook_choice *)hooks_of(plan, point, proto);

	if (h)
		h->verdict = HOOK_NOT_NEEDED;
}

/*
 * TCP needs a hook that shows the segment with its socket: tcp_queue_rcv, or else tcp_probe,
 * which then is its transport point too. UDP needs the skb both when queued and when read, or
 * else counts datagrams between sk_data_ready and sock_recv_length.
 */
int hooks_choose(const struct kernel *k, enum hook_policy policy, struct hook_plan *plan)
{
	bool udp_by_skb, usable = false;

	if (!plan->n) {
		plan->n = N_LADDER;
		for (unsigned i = 0; i < N_LADDER; i++)
			plan->choices[i].c = &ladder[i];
	}
	for (unsigned i = 0; i < N_LADDER; i++) {
		struct hook_choice *h = &plan->choices[i];

		h->verdict = allowed(ladder[i].kind, policy) ? HOOK_NOT_NEEDED : HOOK_EXCLUDED;
		snprintf(h->name, sizeof(h->name), "%s/%s", kind_names[ladder[i].kind],
			 ladder[i].targets[0]);
	}
	choose(k, plan, RXP_STACK, TCP | UDP, false);
	choose(k, plan, RXP_IP, TCP | UDP, false);
	choose(k, plan, RXP_QUEUED, TCP, false);
	if (hooks_of(plan, RXP_QUEUED, NS_TCP))
		choose(k, plan, RXP_TRANSPORT, TCP, false);
	else
		choose(k, plan, RXP_TRANSPORT, TCP, true);
	choose(k, plan, RXP_READ, TCP, false);
	choose(k, plan, RXP_QUEUED, UDP, false);
	choose(k, plan, RXP_READ, UDP, false);
	udp_by_skb = hooks_of(plan, RXP_QUEUED, NS_UDP) && hooks_of(plan, RXP_READ, NS_UDP);
	if (udp_by_skb) {
		choose(k, plan, RXP_TRANSPORT, UDP, false);
		choose(k, plan, RXP_READY, TCP | UDP, false);
	} else {
		unchoose(plan, RXP_QUEUED, NS_UDP);
		unchoose(plan, RXP_READ, NS_UDP);
		choose(k, plan, RXP_READ, UDP, true);
		choose(k, plan, RXP_READY, TCP | UDP, hooks_of(plan, RXP_READ, NS_UDP) != NULL);
		if (!hooks_of(plan, RXP_READY, NS_TCP)) /* no such tracepoint before 6.3 */
			choose(k, plan, RXP_READY, TCP | UDP, false);
	}
	choose(k, plan, RXP_COUNT, TCP, false);
	choose(k, plan, RXP_COUNT, UDP, false);

	plan->by_address = false;
	for (unsigned i = 0; i < plan->n; i++)
		if (plan->choices[i].verdict == HOOK_CHOSEN &&
		    plan->choices[i].c->kind == HOOK_KPROBE)
			plan->by_address = true;
	for (int pr = 0; pr < NS_PROTOS; pr++) {
		plan->points[pr] = 0;
		for (int p = 0; p < RXP_COUNT; p++)
			if (hooks_of(plan, p, pr))
				plan->points[pr] |= 1 << p;
		if (pr == NS_UDP && !udp_by_skb)
			plan->points[pr] &= 1 << RXP_STACK | 1 << RXP_READY | 1 << RXP_READ;
		if (!(plan->points[pr] & (1 << RXP_STACK)) ||
		    !(plan->points[pr] & (1 << RXP_READ)) ||
		    !(plan->points[pr] & (1 << RXP_READY)) ||
		    (pr == NS_TCP && !(plan->points[pr] & (1 << RXP_TRANSPORT | 1 << RXP_QUEUED))))
			plan->points[pr] = 0;
		else
			usable = true;
	}
	return usable ? 0 : -EOPNOTSUPP;
}
