/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Queueing disciplines: which one a packet waited in, and how long. A small table by the address of
 * the Qdisc (of noqueue, each device has its own).
 */
#ifndef NS_QDISC_BPF_H
#define NS_QDISC_BPF_H

#include "common.bpf.h"
#include "stats.bpf.h"

#define QDISC_PROBES 8
#define TCQ_F_CPUSTATS 0x20 /* lockless: its length is spread over the CPUs */
#define TCQ_F_CAN_BYPASS 0x4
#define TCQ_F_MQROOT 0x8 /* it stands for those of the device's queues */
#define UNKNOWN (~0U)

struct qdisc qdiscs[QDISCS];

ALWAYS_INLINE struct qdisc *qdisc_row(u32 row)
{
	return row < QDISCS ? PLACE_IN(qdiscs, row & (QDISCS - 1)) : NULL;
}

/* Another Qdisc can come to the address of one that is gone: what tells them apart. */
#define QDISC_IS(ops, handle) (address_of(ops) ^ (handle))

/* The row of this key, a new one (*fresh) if it has none; NULL: no room near its place. owner: the
 * Qdisc. */
ALWAYS_INLINE struct qdisc *qdisc_find(u32 owner, u32 is, u32 *row, bool *fresh)
{
	u64 key = (u64)owner << 32 | is;
	/* The address alone would crowd: a device's next Qdisc often comes to where the last one
	 * was. */
	u32 h = (owner ^ is) * 0x9e3779b1 >> 24;

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
	row->requeues = row->requeues_before = BPF_CORE_READ(q, qstats.requeues);
	if (BPF_CORE_READ(q, flags) & TCQ_F_CPUSTATS)
		row->backlog_packets = row->backlog_bytes = UNKNOWN;
}

/* Written when it changes only: every CPU that sends reads that cache line. */
ALWAYS_INLINE void note_requeues(struct qdisc *row, u64 requeues)
{
	if (row->requeues != requeues)
		row->requeues = requeues;
}

/* A packet goes into its queueing discipline (or, before 5.14, comes out of it). */
ALWAYS_INLINE void qdisc_enqueued(const struct Qdisc *q, const struct net_device *dev,
				  struct tx_slot *s)
{
	struct qdisc *row;
	bool fresh;

	row = qdisc_find(address_of(q), QDISC_IS(q->ops, q->handle), &s->qdisc, &fresh);
	s->flags |= TX_SLOT_QUEUED;
	s->backlog_packets = s->backlog_bytes = UNKNOWN;
	if (!row)
		return;
	if (fresh)
		qdisc_describe(row, dev, q);
	if (q->flags & TCQ_F_CPUSTATS)
		return;
	note_requeues(row, q->qstats.requeues);
	s->backlog_packets = q->q.qlen;
	s->backlog_bytes = q->qstats.backlog;
	if (row->backlog_packets < s->backlog_packets)
		row->backlog_packets = s->backlog_packets;
	if (row->backlog_bytes < s->backlog_bytes)
		row->backlog_bytes = s->backlog_bytes;
}

/* The number of the row of the one that a device with many queues has for this queue, or
 * QDISC_NONE: no room. */
ALWAYS_INLINE u32 qdisc_of_queue(const struct net_device *dev, u32 queue)
{
	/* As a number: the verifier allows no arithmetic with dev->_tx. */
	const struct netdev_queue *txq = (const void *)BPF_CORE_READ(dev, _tx) +
					 queue * bpf_core_type_size(struct netdev_queue);
	const struct Qdisc *q = BPF_CORE_READ(txq, qdisc);
	struct qdisc *row;
	bool fresh;
	u32 n;

	row = qdisc_find(address_of(q), QDISC_IS(BPF_CORE_READ(q, ops), BPF_CORE_READ(q, handle)),
			 &n, &fresh);
	if (row && fresh)
		qdisc_describe(row, dev, q);
	if (row)
		note_requeues(row, BPF_CORE_READ(q, qstats.requeues));
	return n;
}

/* The same of the one that a packet went past. queue: that of the device. */
ALWAYS_INLINE u32 qdisc_passed(const struct net_device *dev, u32 queue)
{
	const struct Qdisc *q = dev->qdisc;
	u32 flags = q->flags;
	struct qdisc *row;
	bool fresh;
	u32 n;

	if (flags & TCQ_F_MQROOT)
		return qdisc_of_queue(dev, queue);
	row = qdisc_find(address_of(q), QDISC_IS(q->ops, q->handle), &n, &fresh);
	if (row && fresh)
		qdisc_describe(row, dev, q);
	/* A packet that goes past can be put back, too: then the next one enters, and not this one.
	 */
	if (row && flags & TCQ_F_CAN_BYPASS)
		note_requeues(row, q->qstats.requeues);
	return n;
}

/* Of the wait in the queue: until the departure time that pacing set (fq holds it until then). */
ALWAYS_INLINE u64 edt_of(const struct tx_slot *s)
{
	u64 until;

	if (!(s->flags & TX_SLOT_EDT))
		return 0;
	until = s->edt < s->t_driver ? s->edt : s->t_driver;
	return (s64)(until - s->t_qdisc) > 0 ? until - s->t_qdisc : 0;
}

/* A packet has left: file its wait, or that it had none. */
ALWAYS_INLINE void qdisc_file(struct cpu_row *cpu, const struct tx_slot *s)
{
	struct qdisc_use *use = &cpu->qdiscs[s->qdisc & (QDISCS - 1)];
	u64 wait = s->t_driver - s->t_qdisc;

	if (s->qdisc == QDISC_NONE) {
		count_tx_loss(LOSS_TABLE_FULL);
		return;
	}
	if (!(s->flags & TX_SLOT_QUEUED)) {
		ADD_AS(ONE_PROGRAM, &use->bypassed, 1);
		return;
	}
	ADD_AS(ONE_PROGRAM, &use->n, 1);
	ADD_AS(ONE_PROGRAM, &use->sum, wait);
	raise_max(&use->max, wait);
	if (s->flags & TX_SLOT_EDT)
		ADD_AS(ONE_PROGRAM, &use->edt, edt_of(s));
}

#endif
