// SPDX-License-Identifier: GPL-2.0-only
/* A packet's record as bytes. */
#include <errno.h>
#include <string.h>

#include "recorded.h"

enum tag { TAG_PACKET = 1, TAG_TX, TAG_TRAIL, TAG_BLAME, TAG_HW };

/* Most stamps are close to the first one. */
static void walk_stamps(struct codec *c, enum ns_dir dir, __u64 *t, __u64 base)
{
	__u64 *stamp;

	for (int i = -1; (stamp = codec_member(c, NAMES_POINT + dir, t, sizeof(*stamp), &i));)
		codec_since(c, stamp, base);
}

/* 0 stands for no such moment, and has to stay 0. */
static void walk_moment(struct codec *c, __u64 *t, __u64 base)
{
	__u8 given = *t != 0;

	codec_u8(c, &given);
	if (given)
		codec_since(c, t, base);
}

/* The flags that are not named have the same bit in all versions. */
static void walk_flags(struct codec *c, __u16 *flags)
{
	__u16 own = *flags & PKT_FLAGS & ~PKT_WAYS;

	codec_u16(c, &own);
	*flags = (*flags & PKT_WAYS) | (own & PKT_FLAGS & ~PKT_WAYS);
}

static void walk_ways(struct codec *c, __u16 *flags)
{
	__u8 ways[WAY_COUNT] = {0}, *way;

	for (unsigned i = 0; i < WAY_COUNT; i++)
		ways[i] = *flags & PKT_WAY(i) ? 1 : 0;
	for (int i = -1; (way = codec_member(c, NAMES_WAY, ways, sizeof(*way), &i));)
		*way = 1;
	for (unsigned i = 0; i < WAY_COUNT; i++)
		*flags |= ways[i] ? PKT_WAY(i) : 0;
}

static void walk_packet(struct codec *c, struct ns_event *e, __u64 *base)
{
	unsigned dir = e->dir;

	codec_below(c, &dir, NS_DIRS);
	e->dir = dir;
	for (unsigned i = 0; c->writing && !*base && i < POINTS_MAX; i++)
		*base = e->t[i];
	codec_u64(c, base);
	walk_stamps(c, dir, e->t, *base);
	walk_moment(c, &e->again, *base);
	walk_flow(c, &e->flow);
	codec_u32(c, &e->ifindex);
	codec_u32(c, &e->seq);
	codec_u32(c, &e->len);
	codec_u32(c, &e->pid);
	codec_u16(c, &e->cpu);
	walk_flags(c, &e->flags);
	codec_text(c, e->comm, sizeof(e->comm));
	codec_u16(c, &e->sends);
	codec_name(c, NAMES_STAGE + dir, &e->stage, STAGES_MAX);
	codec_u32(c, &e->drop_reason);
	walk_ways(c, &e->flags);
}

static void walk_tx(struct codec *c, struct ns_event *e)
{
	__u64 *ns;

	for (int i = -1; (ns = codec_member(c, NAMES_CAUSE, e->tx.causes, sizeof(*ns), &i));)
		codec_u64(c, ns);
	codec_u64(c, &e->tx.edt_ns);
	codec_text(c, e->tx.qdisc, sizeof(e->tx.qdisc));
	codec_u32(c, &e->tx.backlog_packets);
	codec_u32(c, &e->tx.backlog_bytes);
	codec_text(c, e->tx.dev, sizeof(e->tx.dev));
}

static void walk_trail(struct codec *c, struct trail *trail, __u64 base)
{
	__u64 t[POINTS_MAX] = {0};

	memcpy(t, trail->t, sizeof(trail->t));
	walk_stamps(c, NS_TX, t, base);
	memcpy(trail->t, t, sizeof(trail->t));
	codec_u32(c, &trail->ifindex);
	codec_u32(c, &trail->netns);
	codec_u32(c, &trail->n_hops);
	for (unsigned i = 0; i < HOPS && i < trail->n_hops; i++) {
		walk_moment(c, &trail->hops[i].t, base);
		codec_u32(c, &trail->hops[i].ifindex);
		codec_u32(c, &trail->hops[i].netns);
	}
}

/* Of one stage; one that nobody here knows, or a kind, is left out. */
static void walk_blame(struct codec *c, struct ns_event *e, __u8 stage)
{
	struct blame other = {0}, *b = &other;

	codec_name(c, NAMES_STAGE, &stage, STAGES_MAX);
	if (stage == RXS_SOFTIRQ_WAIT)
		b = &e->softirq_blame;
	else if (stage == RXS_RUNQUEUE)
		b = &e->runqueue_blame;
	codec_u8(c, &b->kind);
	codec_u32(c, &b->pid);
	codec_u64(c, &b->ns);
	codec_text(c, b->comm, sizeof(b->comm));
	if (b->kind >= BLAME_KINDS)
		memset(b, 0, sizeof(*b));
}

static void put_blame(struct codec *c, struct ns_event *e, unsigned stage, const struct blame *b)
{
	size_t mark;

	if (b->kind == BLAME_NONE)
		return;
	codec_begin(c, TAG_BLAME, &mark);
	walk_blame(c, e, stage);
	codec_end(c, mark);
}

static void walk_hw(struct codec *c, struct hw_stamp *hw)
{
	__u32 ago = (__u32)hw->ago;

	codec_u32(c, &ago);
	hw->ago = (__s32)ago;
	codec_u32(c, &hw->error);
}

int packet_encode(const struct ns_event *event, struct codec *c)
{
	struct ns_event *e = (struct ns_event *)event; /* writing changes nothing */
	__u64 base = 0;
	size_t mark;

	codec_write(c);
	codec_begin(c, TAG_PACKET, &mark);
	walk_packet(c, e, &base);
	codec_end(c, mark);
	if (e->dir == NS_TX) {
		codec_begin(c, TAG_TX, &mark);
		walk_tx(c, e);
		codec_end(c, mark);
	} else if (e->flags & PKT_LOCAL) {
		codec_begin(c, TAG_TRAIL, &mark);
		walk_trail(c, &e->trail, base);
		codec_end(c, mark);
	}
	if (e->dir == NS_RX) {
		put_blame(c, e, RXS_SOFTIRQ_WAIT, &e->softirq_blame);
		put_blame(c, e, RXS_RUNQUEUE, &e->runqueue_blame);
		if (e->hw.error) {
			codec_begin(c, TAG_HW, &mark);
			walk_hw(c, &e->hw);
			codec_end(c, mark);
		}
	}
	return codec_finish(c);
}

int packet_decode(const void *data, size_t len, const struct dictionary *names, struct ns_event *e)
{
	struct codec c;
	__u64 base = 0;
	unsigned tag;

	memset(e, 0, sizeof(*e));
	codec_read(&c, data, len, names);
	while (codec_item(&c, &tag)) {
		if (tag == TAG_PACKET)
			walk_packet(&c, e, &base);
		else if (tag == TAG_TX && e->dir == NS_TX)
			walk_tx(&c, e);
		else if (tag == TAG_TRAIL && e->dir == NS_RX)
			walk_trail(&c, &e->trail, base);
		else if (tag == TAG_BLAME && e->dir == NS_RX)
			walk_blame(&c, e, 0);
		else if (tag == TAG_HW && e->dir == NS_RX)
			walk_hw(&c, &e->hw);
	}
	return c.failed ? -EBADMSG : 0;
}
