// SPDX-License-Identifier: GPL-2.0-only
#include "packet.h"

#include <stddef.h>

#include "names.h"
#include "split.h"

/* Which stamps there are. */
static __u32 stamped(const __u64 *t, unsigned n)
{
	__u32 m = 0;

	for (unsigned i = 0; i < n; i++)
		if (t[i])
			m |= 1U << i;
	return m;
}

static __u64 first_stamp(const __u64 *t, __u32 points, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (points & 1U << i)
			return t[i];
	return 0;
}

/* The points of a packet that was received: of those that not every packet has, its own. */
static __u32 own_points(const struct ns_event *e, __u32 points)
{
	return points & (~RX_OPTIONAL | stamped(e->t, RXP_COUNT));
}

static bool split_rx(const __u64 *t, const struct reading *r, __u32 flags, struct packet *out)
{
	out->start = first_stamp(t, out->points, RXP_COUNT);
	if (rx_split(t, r, out->points, flags, out->ns))
		return false;
	out->start = r->read - out->ns[RXS_TOTAL]; /* generic XDP is not the first */
	return true;
}

static bool read_rx(const struct ns_event *e, struct packet *out)
{
	const struct reading r = {e->t[RXP_WOKEN], e->t[RXP_RUNNING], e->t[RXP_READ]};
	__u32 flags = e->flags, hooked = out->points;

	out->points = own_points(e, out->points);
	out->stages = stages_present(NS_RX, out->points);
	if (flags & PKT_OOO)
		out->stages |= 1U << RXS_HOL;
	if (flags & PKT_WAY(WAY_NOT_WOKEN)) /* `application` is all, and not other stages too */
		out->points |= hooked & (1U << RXP_WOKEN | 1U << RXP_RUNNING);
	return split_rx(e->t, &r, flags, out);
}

/* Dropped on its way in: as if it had been told of and read at its last stamp. */
static bool read_rx_dropped(const struct ns_event *e, struct packet *out)
{
	__u64 t[RXP_COUNT], last = 0;
	__u32 flags = e->flags, seen;
	struct reading r = {};

	seen = out->points & stamped(e->t, RXP_COUNT);
	if (!(seen & 1U << RXP_READY))
		seen &= ~(1U << RXP_WOKEN | 1U << RXP_RUNNING);
	out->points = seen;
	for (unsigned i = 0; i < RXP_COUNT; i++) {
		t[i] = e->t[i];
		if (seen & 1U << i)
			last = t[i];
	}
	if (seen & 1U << RXP_XDP && t[RXP_XDP] > last) /* generic, and dropped at once */
		last = t[RXP_XDP];
	r = (struct reading){t[RXP_WOKEN], t[RXP_RUNNING], last};
	out->stages = stages_present(NS_RX, seen) & ~(1U << RXS_TRANSPORT | 1U << RXS_APPLICATION);
	if (seen & 1U << RXP_READ)
		out->stages |= 1U << RXS_APPLICATION;
	if (seen & 1U << RXP_READY || flags & PKT_UNNOTIFIED) {
		out->stages |= 1U << RXS_TRANSPORT | (flags & PKT_OOO ? 1U << RXS_HOL : 0);
	} else {
		flags = 0;
		t[RXP_READY] = last;
		if (seen & 1U << RXP_QUEUED)
			out->stages |= 1U << RXS_TRANSPORT;
	}
	return split_rx(t, &r, flags, out) && seen & 1U << RXP_STACK;
}

/* A stage after the total; one whose stamps are missing, or out of order, is not there. */
static void after(struct packet *out, const __u64 *t, unsigned stage, unsigned from, unsigned to)
{
	if (!t[from] || !t[to] || t[to] < t[from] || !(out->stages & 1U << stage))
		out->stages &= ~(1U << stage);
	else
		out->ns[stage] = t[to] - t[from];
}

static bool split_tx(const __u64 *t, struct packet *out)
{
	out->dir = NS_TX;
	out->stages = stages_present(NS_TX, out->points);
	out->start = first_stamp(t, out->points, TXP_HANDED + 1);
	return tx_split(t, out->points, out->ns) == 0;
}

/* `socket`, or the stage that it is merged into where `segment` has no hook. */
static int wait_stage(__u32 points)
{
	if (!(points & 1U << TXP_SEND))
		return -1;
	for (int p = TXP_SEGMENT; p <= TXP_HANDED; p++)
		if (points & 1U << p)
			return p - 1; /* every stage ends at the point after its own number */
	return -1;
}

static bool read_tx(const struct ns_event *e, struct packet *out)
{
	bool ordered;

	if (e->flags & PKT_DROPPED)
		out->points &= stamped(e->t, TXP_HANDED + 1);
	ordered = split_tx(e->t, out);
	out->wait_stage = wait_stage(out->points);
	after(out, e->t, TXS_COMPLETION, TXP_HANDED, TXP_COMPLETED);
	/* the ACK's entry to the stack is not always known: then `network` lasts until it is taken
	 */
	after(out, e->t, TXS_NETWORK, TXP_HANDED, e->t[TXP_ACK] ? TXP_ACK : TXP_ACKED);
	after(out, e->t, TXS_ACK, TXP_ACK, TXP_ACKED);
	return ordered;
}

/* The parts may be in order and their sum still wrap: no JSON integer could hold it. */
static bool fits(const struct packet *p)
{
	return (__s64)p->ns[dirs[p->dir].total] >= 0;
}

void packet_read(const struct ns_event *e, const struct run_info *ri, struct packet *out)
{
	bool ordered;

	*out = (struct packet){.dir = e->dir == NS_TX ? NS_TX : NS_RX, .wait_stage = -1};
	if (e->flow.proto < NS_PROTOS)
		out->points = ri->points[out->dir][e->flow.proto];
	if (out->dir == NS_TX)
		ordered = read_tx(e, out);
	else if (e->flags & PKT_DROPPED)
		ordered = read_rx_dropped(e, out);
	else
		ordered = read_rx(e, out);
	out->stages &= ~(1U << dirs[out->dir].total);
	out->valid = ordered && fits(out);
}

bool packet_read_sent(const struct ns_event *e, struct packet *out, __u64 *local_ns)
{
	const struct trail *trail = &e->trail;
	bool ordered;

	*out = (struct packet){.wait_stage = -1, .points = stamped(trail->t, TXP_HANDED + 1)};
	if (e->dir != NS_RX || !(e->flags & PKT_LOCAL) || !out->points)
		return false;
	ordered = split_tx(trail->t, out);
	out->stages &= ~(1U << TXS_TOTAL);
	out->valid = ordered && fits(out);
	*local_ns = e->t[RXP_READ] - out->start;
	return (__s64)*local_ns >= 0;
}

const char *packet_flag(const struct ns_event *e, unsigned n)
{
	static const struct {
		unsigned flag;
		const char *name;
	} flags[] = {{PKT_OOO, "ooo"},	       {PKT_UNNOTIFIED, "unnotified"},
		     {PKT_PARTIAL, "partial"}, {PKT_RESENT, "resent"},
		     {PKT_DROPPED, "dropped"}, {PKT_LOCAL, "local"}};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (e->flags & flags[i].flag && n-- == 0)
			return flags[i].name;
	for (unsigned i = 0; i < WAY_COUNT; i++)
		if (e->flags & PKT_WAY(i) && n-- == 0)
			return way_infos[i].name;
	return NULL;
}

const struct blame *packet_blame(const struct ns_event *e, unsigned stage)
{
	const struct blame *b = stage == RXS_SOFTIRQ_WAIT ? &e->softirq_blame
				: stage == RXS_RUNQUEUE	  ? &e->runqueue_blame
							  : NULL;

	if (!b || e->dir != NS_RX || b->kind == BLAME_NONE || b->kind >= BLAME_IDLE)
		return NULL;
	return b;
}

const char *blame_kind_name(const struct blame *b)
{
	static const char *const names[BLAME_KINDS] = {"none", "task", "softirq", "irq", "idle"};

	return b->kind < BLAME_KINDS ? names[b->kind] : "?";
}

const char *blame_name(const struct blame *b)
{
	/* the kernel's own order, as in /proc/softirqs */
	static const char *const softirqs[] = {"HI",	   "TIMER",   "NET_TX", "NET_RX",  "BLOCK",
					       "IRQ_POLL", "TASKLET", "SCHED",	"HRTIMER", "RCU"};

	if (b->kind != BLAME_SOFTIRQ)
		return b->comm;
	return b->pid < sizeof(softirqs) / sizeof(softirqs[0]) ? softirqs[b->pid] : "?";
}
