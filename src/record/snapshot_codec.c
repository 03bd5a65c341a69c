// SPDX-License-Identifier: GPL-2.0-only
/* A snapshot as bytes. Each walk_ function is the one description of its part, for both ways. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cpus.h"
#include "list.h"
#include "recorded.h"

/* Never used for anything else: recordings have them. */
enum tag {
	TAG_TIME = 1,
	TAG_LEDGER,
	TAG_HISTOGRAMS,
	TAG_CAUSES,
	TAG_QDISC,
	TAG_DROP,
	TAG_CONN,
	TAG_HW,
	TAG_CPUS, /* before the next */
	TAG_CPU
};

static const __u8 mapped[12] = {[10] = 0xff, [11] = 0xff}; /* what IPv4 addresses begin with */

static void walk_address(struct codec *c, __u8 addr[16], bool short_form)
{
	if (!short_form) {
		codec_bytes(c, addr, 16);
		return;
	}
	if (!c->writing)
		memcpy(addr, mapped, sizeof(mapped));
	codec_bytes(c, addr + sizeof(mapped), 4);
}

#define SHORT_LOCAL 1
#define SHORT_REMOTE 2
#define IS_IPV6 4

void walk_flow(struct codec *c, struct flow *flow)
{
	unsigned forms = (memcmp(flow->local, mapped, sizeof(mapped)) ? 0 : SHORT_LOCAL) |
			 (memcmp(flow->remote, mapped, sizeof(mapped)) ? 0 : SHORT_REMOTE) |
			 (flow->ipv6 ? IS_IPV6 : 0);
	unsigned proto = flow->proto;

	codec_below(c, &proto, NS_PROTOS);
	codec_below(c, &forms, 8);
	flow->proto = proto;
	flow->ipv6 = forms & IS_IPV6 ? 1 : 0;
	walk_address(c, flow->local, forms & SHORT_LOCAL);
	walk_address(c, flow->remote, forms & SHORT_REMOTE);
	codec_u16(c, &flow->local_port);
	codec_u16(c, &flow->remote_port);
	codec_u32(c, &flow->netns);
}

static void walk_time(struct codec *c, struct snapshot *s)
{
	codec_u64(c, &s->mono_ns);
	codec_u64(c, &s->interval_ns);
}

static void walk_ledger(struct codec *c, struct snapshot *s, unsigned dir)
{
	struct ledger *l;
	__u64 *lost, *way;

	codec_below(c, &dir, NS_DIRS);
	l = &s->ledger[dir];
	codec_u64(c, &l->seen);
	codec_u64(c, &l->taken);
	codec_u64(c, &l->undelivered);
	for (int i = -1; (lost = codec_member(c, NAMES_LOSS, l->lost, sizeof(*lost), &i));)
		codec_u64(c, lost);
	for (int i = -1; (way = codec_member(c, NAMES_WAY, l->ways, sizeof(*way), &i));)
		codec_u64(c, way);
}

static void walk_histograms(struct codec *c, struct snapshot *s, unsigned dir, unsigned proto)
{
	struct hist *h;

	codec_below(c, &dir, NS_DIRS);
	codec_below(c, &proto, NS_PROTOS);
	for (int i = -1;
	     (h = codec_member(c, NAMES_SERIES + dir, s->hist[dir][proto], sizeof(*h), &i));) {
		codec_u64(c, &h->sum);
		codec_u64(c, &h->max);
		codec_counts(c, h->count, HIST_BUCKETS, sizeof(h->count[0]));
	}
}

static void walk_causes(struct codec *c, struct cause_time *causes)
{
	struct cause_time *t;

	for (int i = -1; (t = codec_member(c, NAMES_CAUSE, causes, sizeof(*t), &i));) {
		codec_u64(c, &t->n);
		codec_u64(c, &t->sum);
	}
}

static void walk_hw(struct codec *c, struct hw_state *h)
{
	__u64 rate = (__u64)h->rate_ppb;
	__u8 known = h->known;

	codec_text(c, h->dev, sizeof(h->dev));
	codec_text(c, h->clock, sizeof(h->clock));
	codec_text(c, h->method, sizeof(h->method));
	codec_u8(c, &known);
	codec_u64(c, &h->error_ns);
	codec_u64(c, &rate);
	codec_u64(c, &h->steps);
	codec_u64(c, &h->changes);
	h->known = known != 0;
	h->rate_ppb = (__s64)rate;
}

static void walk_qdisc(struct codec *c, struct qdisc *q)
{
	codec_u64(c, &q->key);
	codec_text(c, q->dev, sizeof(q->dev));
	codec_text(c, q->kind, sizeof(q->kind));
	codec_u32(c, &q->ifindex);
	codec_u32(c, &q->netns);
	codec_u32(c, &q->handle);
	codec_u32(c, &q->backlog_packets);
	codec_u32(c, &q->backlog_bytes);
	codec_u64(c, &q->n);
	codec_u64(c, &q->bypassed);
	codec_u64(c, &q->requeues);
	codec_u64(c, &q->sum);
	codec_u64(c, &q->max);
	codec_u64(c, &q->edt);
}

static void walk_drop(struct codec *c, struct drop_count *d)
{
	unsigned dir = d->key.dir, proto = d->key.proto;

	codec_below(c, &dir, NS_DIRS);
	codec_below(c, &proto, NS_PROTOS);
	d->key.dir = dir;
	d->key.proto = proto;
	codec_name(c, NAMES_STAGE + dir, &d->key.stage, STAGES_MAX);
	codec_u32(c, &d->key.reason);
	codec_u32(c, &d->key.ifindex);
	codec_u32(c, &d->key.netns);
	codec_u64(c, &d->drop.n);
	codec_text(c, d->drop.dev, sizeof(d->drop.dev));
}

static void walk_stage(struct codec *c, struct conn_stage *s)
{
	codec_u64(c, &s->sum);
	codec_u64(c, &s->max);
	codec_u64(c, &s->n);
}

static void walk_conn(struct codec *c, struct conn *conn)
{
	struct conn_stage *s;

	walk_flow(c, &conn->flow);
	codec_u32(c, &conn->row);
	codec_u32(c, &conn->gen);
	codec_u32(c, &conn->state);
	codec_u32(c, &conn->pid);
	codec_text(c, conn->comm, sizeof(conn->comm));
	codec_u64(c, &conn->srtt_ns);
	for (unsigned d = 0; d < NS_DIRS; d++) {
		struct conn_dir *dir = &conn->dir[d];

		codec_u64(c, &dir->n);
		for (int i = -1;
		     (s = codec_member(c, NAMES_STAGE + d, dir->stages, sizeof(*s), &i));)
			walk_stage(c, s);
		codec_counts(c, dir->coarse, COARSE_BUCKETS, sizeof(dir->coarse[0]));
	}
	walk_stage(c, &conn->resent);
	walk_causes(c, conn->causes);
}

static void encode_cpus(struct codec *c, struct softirq_snapshot *s)
{
	size_t mark;

	codec_begin(c, TAG_CPUS, &mark);
	walk_cpus(c, s);
	codec_end(c, mark);
	for (unsigned i = 0; i < s->n_cpus; i++) {
		if (!cpu_there(s, i))
			continue;
		codec_begin(c, TAG_CPU, &mark);
		walk_cpu(c, s, i);
		codec_end(c, mark);
	}
}

int snapshot_encode(const struct snapshot *snapshot, struct codec *c)
{
	struct snapshot *s = (struct snapshot *)snapshot; /* writing changes nothing */
	size_t mark;

	codec_write(c);
	codec_begin(c, TAG_TIME, &mark);
	walk_time(c, s);
	codec_end(c, mark);
	for (unsigned d = 0; d < NS_DIRS; d++) {
		codec_begin(c, TAG_LEDGER, &mark);
		walk_ledger(c, s, d);
		codec_end(c, mark);
	}
	for (unsigned d = 0; d < NS_DIRS; d++) {
		for (unsigned p = 0; p < NS_PROTOS; p++) {
			codec_begin(c, TAG_HISTOGRAMS, &mark);
			walk_histograms(c, s, d, p);
			codec_end(c, mark);
		}
	}
	codec_begin(c, TAG_CAUSES, &mark);
	walk_causes(c, s->causes);
	codec_end(c, mark);
	for (__u32 i = 0; i < s->n_hws; i++) {
		codec_begin(c, TAG_HW, &mark);
		walk_hw(c, &s->hws[i]);
		codec_end(c, mark);
	}
	for (size_t i = 0; i < s->n_qdiscs; i++) {
		codec_begin(c, TAG_QDISC, &mark);
		walk_qdisc(c, &s->qdiscs[i]);
		codec_end(c, mark);
	}
	for (size_t i = 0; i < s->n_drops; i++) {
		codec_begin(c, TAG_DROP, &mark);
		walk_drop(c, &s->drops[i]);
		codec_end(c, mark);
	}
	for (size_t i = 0; i < s->n_conns; i++) {
		codec_begin(c, TAG_CONN, &mark);
		walk_conn(c, &s->conns[i]);
		codec_end(c, mark);
	}
	if (s->softirqs)
		encode_cpus(c, s->softirqs);
	return codec_finish(c);
}

static void *grow(struct codec *c, void *list, size_t *n, size_t size)
{
	c->failed |= *n >= RECORDED_MAX;
	return c->failed ? NULL : list_grow(list, n, size);
}

/* How many CPUs there can be is known now: a place for each. NULL: no such number, or no memory. */
static struct softirq_snapshot *decode_cpus(struct codec *c, const struct snapshot *s)
{
	struct softirq_snapshot head = {.mono_ns = s->mono_ns}, *cpus;

	walk_cpus(c, &head);
	c->failed |= !head.n_cpus || s->softirqs;
	cpus = c->failed ? NULL : softirq_new(head.n_cpus, 0);
	if (cpus) {
		cpus->mono_ns = head.mono_ns;
		cpus->interval_ns = head.interval_ns;
		cpus->misses = head.misses;
	}
	return cpus;
}

static int decode_item(struct codec *c, unsigned tag, struct snapshot *s)
{
	void *item = s;

	switch (tag) {
	case TAG_TIME:
		walk_time(c, s);
		break;
	case TAG_LEDGER:
		walk_ledger(c, s, 0);
		break;
	case TAG_HISTOGRAMS:
		walk_histograms(c, s, 0, 0);
		break;
	case TAG_CAUSES:
		walk_causes(c, s->causes);
		break;
	case TAG_HW:
		if (s->n_hws < FILTER_MAX)
			walk_hw(c, &s->hws[s->n_hws++]);
		break;
	case TAG_QDISC:
		item = grow(c, &s->qdiscs, &s->n_qdiscs, sizeof(*s->qdiscs));
		if (item)
			walk_qdisc(c, item);
		break;
	case TAG_DROP:
		item = grow(c, &s->drops, &s->n_drops, sizeof(*s->drops));
		if (item)
			walk_drop(c, item);
		break;
	case TAG_CONN:
		item = grow(c, &s->conns, &s->n_conns, sizeof(*s->conns));
		if (item)
			walk_conn(c, item);
		break;
	case TAG_CPUS:
		item = decode_cpus(c, s);
		if (item)
			s->softirqs = item;
		break;
	case TAG_CPU:
		c->failed |= !s->softirqs;
		if (!c->failed)
			walk_cpu(c, s->softirqs, 0);
		break;
	default: /* of a later version: passed over */
		break;
	}
	return item || c->failed ? 0 : -ENOMEM;
}

struct snapshot *snapshot_decode(const void *data, size_t len, const struct dictionary *names,
				 int *err)
{
	struct snapshot *s = snapshot_new();
	struct codec c;
	unsigned tag;

	*err = s ? 0 : -ENOMEM;
	codec_read(&c, data, len, names);
	while (!*err && codec_item(&c, &tag))
		*err = decode_item(&c, tag, s);
	if (!*err && c.failed)
		*err = -EBADMSG;
	if (!*err)
		return s;
	snapshot_free(s);
	return NULL;
}
