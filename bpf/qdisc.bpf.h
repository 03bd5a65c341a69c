/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Queueing disciplines: which one a packet waited in, and how long. A small table by the address of
 * the Qdisc; packets that went past theirs, or whose device has none, are counted by device.
 */
#ifndef NS_QDISC_BPF_H
#define NS_QDISC_BPF_H

#include "common.bpf.h"
#include "stats.bpf.h"

#define QDISC_PROBES 8
#define TCQ_F_CPUSTATS 0x20 /* lockless: its length is spread over the CPUs */
#define UNKNOWN (~0U)

struct qdisc qdiscs[QDISCS];

#define TX_SLOT_UDP 1
#define TX_SLOT_QUEUED 2 /* enqueued, and not sent past the queue */
#define TX_SLOT_DONE 4	 /* handed: nothing more is filed but its completion */
#define TX_SLOT_MARK 16	 /* `number` is that of an ack_mark */
#define TX_SLOT_COMPLETED 32
#define TX_SLOT_CORKED 64
#define TX_SLOT_BLOCKED 128
#define TX_SLOT_WAITED 256 /* `cause` and `cause_ns` are set */

ALWAYS_INLINE struct qdisc *qdisc_row(u32 row)
{
	return row < QDISCS ? PLACE_IN(qdiscs, row & (QDISCS - 1)) : NULL;
}

/* The row of this key, a new one (*fresh) if it has none; NULL: no room near its place. owner: the
 * Qdisc, or the device; another one can come to its address later, hence the kind too. */
ALWAYS_INLINE struct qdisc *qdisc_find(u32 owner, const struct Qdisc *q, u32 *row, bool *fresh)
{
	u64 key = (u64)owner << 32 | (address_of(q->ops) ^ q->handle);
	u32 h = owner >> 6 ^ owner >> 14;

	barrier_var(h);
	*fresh = false;
	for (u32 i = 0; i < QDISC_PROBES; i++) {
		u32 n = (h + i) & (QDISCS - 1);
		struct qdisc *q = PLACE_IN(qdiscs, n);

		*row = n;
		if (q->key == key)
			return q;
		if (!q->key) {
			q->key = key; /* two CPUs at once: one row more, or one device for both */
			*fresh = true;
			return q;
		}
	}
	*row = QDISC_NONE;
	return NULL;
}

ALWAYS_INLINE void qdisc_describe(struct qdisc *row, const struct net_device *dev,
				  const struct Qdisc *q)
{
	row->ifindex = BPF_CORE_READ(dev, ifindex);
	row->netns = BPF_CORE_READ(dev, nd_net.net, ns.inum);
	BPF_CORE_READ_INTO(&row->dev, dev, name);
	row->handle = BPF_CORE_READ(q, handle);
	BPF_CORE_READ_INTO(&row->kind, q, ops, id);
}

/* A packet goes into its queueing discipline (or, before 5.14, comes out of it). */
ALWAYS_INLINE void qdisc_enqueued(const struct Qdisc *q, const struct net_device *dev,
				  struct tx_slot *s)
{
	struct qdisc *row;
	bool fresh;

	row = qdisc_find(address_of(q), q, &s->qdisc, &fresh);
	s->flags |= TX_SLOT_QUEUED;
	s->backlog_packets = s->backlog_bytes = UNKNOWN;
	if (!row)
		return;
	if (fresh)
		qdisc_describe(row, dev, q);
	if (q->flags & TCQ_F_CPUSTATS) {
		row->backlog_packets = row->backlog_bytes = UNKNOWN;
		return;
	}
	s->backlog_packets = q->q.qlen;
	s->backlog_bytes = q->qstats.backlog;
	if (row->backlog_packets < s->backlog_packets)
		row->backlog_packets = s->backlog_packets;
	if (row->backlog_bytes < s->backlog_bytes)
		row->backlog_bytes = s->backlog_bytes;
}

/* Of the wait in the queue: until the departure time that pacing set (fq holds it until then). */
ALWAYS_INLINE u64 edt_of(const struct tx_slot *s)
{
	u64 until = s->edt < s->t[TXP_DRIVER] ? s->edt : s->t[TXP_DRIVER];

	return s->edt && (s64)(until - s->t[TXP_QDISC]) > 0 ? until - s->t[TXP_QDISC] : 0;
}

/* A packet has left: file its wait, or that it had none. */
ALWAYS_INLINE void qdisc_file(const struct tx_slot *s, const struct net_device *dev)
{
	u64 wait = s->t[TXP_DRIVER] - s->t[TXP_QDISC];
	struct qdisc *row;
	bool fresh;
	u32 n;

	if (s->flags & TX_SLOT_QUEUED) {
		row = qdisc_row(s->qdisc);
		if (!row) {
			count_tx_loss(LOSS_TABLE_FULL);
			return;
		}
		ADD(&row->n, 1);
		ADD(&row->sum, wait);
		raise_max(&row->max, wait);
		if (s->edt)
			ADD(&row->edt, edt_of(s));
		return;
	}
	row = qdisc_find(address_of(dev), dev->qdisc, &n, &fresh);
	if (!row) {
		count_tx_loss(LOSS_TABLE_FULL);
		return;
	}
	if (fresh)
		qdisc_describe(row, dev, dev->qdisc);
	ADD(&row->bypassed, 1);
}

#endif
