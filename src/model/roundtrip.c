// SPDX-License-Identifier: GPL-2.0-only
#include "roundtrip.h"

#include <stdio.h>
#include <string.h>

const char *const ping_stage_names[PS_COUNT] = {
	[PS_SEND] = "send",	[PS_RESOLVE] = "resolve", [PS_QDISC] = "qdisc",
	[PS_DRIVER] = "driver", [PS_NETWORK] = "network", [PS_PEER] = "peer",
	[PS_STACK] = "stack",	[PS_IP] = "ip",		  [PS_WAKEUP] = "wakeup",
};

const char *const ping_point_names[PP_COUNT] = {
	[PP_QUEUE] = "queue",
	[PP_START] = "start",
	[PP_SENT] = "sent",
	[PP_PEER_IN] = "peer_in",
	[PP_PEER_START] = "peer_start",
	[PP_PEER_OUT] = "peer_out",
	[PP_STACK] = "stack",
	[PP_IP] = "ip",
	[PP_READY] = "ready",
};

/* The stages that follow each other without a gap, and the points at their ends. */
static const struct {
	enum ping_stage stage;
	int end; /* PP_COUNT: the return of recv */
} chain[] = {
	{PS_SEND, PP_QUEUE}, {PS_QDISC, PP_START}, {PS_DRIVER, PP_SENT},  {PS_NETWORK, PP_STACK},
	{PS_STACK, PP_IP},   {PS_IP, PP_READY},	   {PS_WAKEUP, PP_COUNT},
};

#define CHAIN (sizeof(chain) / sizeof(chain[0]))

/*
 * Keep the stamps that are in order, from the end back: of two that are not, the earlier one is
 * wrong, taken by a CPU that was late (the driver's return is stamped while the other CPU
 * receives).
 */
static void keep_ordered(const struct ping_try *t, struct roundtrip *r)
{
	bool peer = t->flags & PING_PEER && t->t[PP_PEER_IN];
	__u64 bound = r->received;

	for (int p = PP_COUNT - 1; p >= 0; p--) {
		if (!t->t[p] || t->t[p] < r->sent || t->t[p] > bound)
			continue;
		if (p > PP_SENT && p < PP_STACK && (!peer || !r->t[PP_STACK]))
			continue;
		r->t[p] = bound = t->t[p];
	}
}

/* What the peer did, out of the time that the network and it took together. */
static void cut_peer(struct roundtrip *r)
{
	__u64 out = r->t[PP_PEER_OUT] ? r->t[PP_PEER_OUT] : r->t[PP_PEER_START];

	if (!r->t[PP_PEER_IN] || !r->covers[PS_NETWORK])
		return;
	if (!out)
		out = r->t[PP_STACK];
	r->ns[PS_PEER] = out - r->t[PP_PEER_IN];
	r->ns[PS_NETWORK] -= r->ns[PS_PEER];
	r->covers[PS_PEER] = 1U << PS_PEER;
}

/*
 * The call hands the packet to the device before it returns, unless the neighbour's link-layer
 * address has to be asked for: then the packet waits for the answer of another host.
 */
static void cut_resolve(struct roundtrip *r, __u64 returned)
{
	if (r->t[PP_QUEUE] <= returned)
		return;
	r->ns[PS_RESOLVE] = r->t[PP_QUEUE] - returned;
	r->ns[PS_SEND] -= r->ns[PS_RESOLVE];
	r->kernel_ns -= r->ns[PS_RESOLVE];
	r->covers[PS_RESOLVE] = 1U << PS_RESOLVE;
}

void roundtrip_split(const struct ping_try *t, __u64 sent, __u64 returned, __u64 received,
		     struct roundtrip *out)
{
	__u64 from = sent;
	__u32 covers = 0;

	memset(out, 0, sizeof(*out));
	out->sent = sent;
	out->received = received;
	out->rtt_ns = received - sent;
	out->again = t->again;
	out->forwarded = t->flags & PING_FORWARD;
	keep_ordered(t, out);
	for (size_t i = 0; i < CHAIN; i++) {
		__u64 to = chain[i].end == PP_COUNT ? received : out->t[chain[i].end];

		covers |= 1U << chain[i].stage;
		if (!to)
			continue;
		out->ns[chain[i].stage] = to - from;
		out->covers[chain[i].stage] = covers;
		if (!(covers & 1U << PS_NETWORK))
			out->kernel_ns += to - from;
		else
			out->kernel_whole = covers == 1U << PS_NETWORK;
		from = to;
		covers = 0;
	}
	cut_peer(out);
	cut_resolve(out, returned);
}

const char *roundtrip_label(__u32 covers, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (int i = 0; i < PS_COUNT; i++)
		if (covers & 1U << i && len < size)
			len += snprintf(buf + len, size - len, "%s%s", len ? "+" : "",
					ping_stage_names[i]);
	return buf;
}

static void series_add(struct ping_series *s, __u64 ns, __u32 covers)
{
	if (!s->hist.sum && !hist_n(&s->hist))
		s->min = ns;
	if (ns < s->min)
		s->min = ns;
	if (ns > s->hist.max)
		s->hist.max = ns;
	s->hist.sum += ns;
	s->hist.count[hist_bucket(ns)]++;
	s->covers |= covers;
}

void ping_stats_add(struct ping_stats *s, const struct roundtrip *r)
{
	s->received++;
	s->again += r->again;
	s->peer += r->covers[PS_PEER] != 0;
	series_add(&s->rtt, r->rtt_ns, 0);
	if (r->kernel_whole)
		series_add(&s->kernel, r->kernel_ns, 0);
	for (int i = 0; i < PS_COUNT; i++)
		if (r->covers[i])
			series_add(&s->stages[i], r->ns[i], r->covers[i]);
}
