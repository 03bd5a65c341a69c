/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records of what is sent. For a trace that of a TCP segment is kept until its ACK, so that one
 * line tells all of it, and a datagram's is written when it is done. Else both are judged, and
 * written if they were slow, when the driver has them.
 */
#ifndef NS_SENT_BPF_H
#define NS_SENT_BPF_H

#include "common.bpf.h"
#include "sock.bpf.h"
#include "deliver.bpf.h"
#include "cause.bpf.h"
#include "qdisc.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* ACKS for each connection, if shape.traces */
	__type(key, u32);
	__type(value, struct sent);
} sents SEC(".maps");

ALWAYS_INLINE struct sent *sent_of(u32 row, u32 number)
{
	u32 place = row * ACKS + number % ACKS;

	return bpf_map_lookup_elem(&sents, &place);
}

/* `segment`: the record of the segment that will have the next mark. */
ALWAYS_INLINE void note_segment(struct sock_state *st, const struct send *e, u32 seq, u32 end,
				u64 now)
{
	struct tx_sock *x = &st->tx;
	struct sent *r = sent_of(st->row, x->ack_head);

	if (!r || x->ack_head - st->ack_tail >= ACKS)
		return;
	r->number = x->ack_head;
	r->end = end;
	r->e.seq = seq;
	r->e.len = end - seq;
	r->e.cpu = bpf_get_smp_processor_id();
	if (e)
		split_causes(x, e, now, r->e.tx.causes);
	else
		__builtin_memset(r->e.tx.causes, 0, sizeof(r->e.tx.causes));
}

/* Its stamps up to `handed`. */
ALWAYS_INLINE void tx_stamps(const struct tx_slot *s, u64 *t)
{
	const u32 points = points_of(NS_TX, s->flags & TX_SLOT_UDP ? NS_UDP : NS_TCP);

	t[TXP_SEND] = points & (1 << TXP_SEND) ? s->t_send : 0;
	t[TXP_SEGMENT] = points & (1 << TXP_SEGMENT) ? s->t_segment : 0;
	t[TXP_IP] = points & (1 << TXP_IP) ? s->t_ip : 0;
	t[TXP_QDISC] = s->t_qdisc;
	t[TXP_DRIVER] = s->t_driver;
	t[TXP_HANDED] = s->t_handed;
}

/* What the slot of a packet knows, when the driver has it. */
ALWAYS_INLINE void fill_sent(struct ns_event *e, const struct tx_slot *s)
{
	const struct qdisc *q;

	tx_stamps(s, e->t);
	e->t[TXP_COMPLETED] = e->t[TXP_ACK] = e->t[TXP_ACKED] = 0;
	e->dir = NS_TX;
	e->stage = 0;
	e->drop_reason = 0;
	e->sends = 1;
	e->again = 0;
	e->flags = 0;
	e->ifindex = s->ifindex;
	e->tx.edt_ns = edt_of(s);
	e->tx.backlog_packets = s->backlog_packets;
	e->tx.backlog_bytes = s->backlog_bytes;
	if (s->flags & TX_SLOT_QUEUED)
		e->flags |= PKT_QUEUED;
	q = s->flags & TX_SLOT_QUEUED ? qdisc_row(s->qdisc) : NULL;
	if (q) {
		__builtin_memcpy(e->tx.qdisc, q->kind, KIND_LEN);
		__builtin_memcpy(e->tx.dev, q->dev, DEV_LEN);
	} else {
		__builtin_memset(e->tx.qdisc, 0, KIND_LEN);
		__builtin_memset(e->tx.dev, 0, DEV_LEN);
	}
}

ALWAYS_INLINE void fill_user(struct ns_event *e, const struct conn *c)
{
	e->flow = c->flow;
	e->pid = c->pid;
	__builtin_memcpy(e->comm, c->comm, COMM_LEN);
}

/* One record of no packet's own, for those that are written at once: of each CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct ns_event);
} scratch SEC(".maps");

ALWAYS_INLINE struct ns_event *scratch_event(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&scratch, &zero);
}

/* Write a copy of a finished record. */
ALWAYS_INLINE void put_sent(const struct ns_event *e, u64 total)
{
	if (total >= cfg.slower_ns && bpf_ringbuf_output(&events, (void *)e, sizeof(*e), WAKE))
		count_tx_loss(LOSS_EVENT_FULL);
}

ALWAYS_INLINE u64 sent_total(const struct ns_event *e, u32 points)
{
	u64 d[STAGES_MAX];

	tx_split(e->t, points, d);
	return d[TXS_TOTAL];
}

/* The segment's ACK: its record is complete. */
__attribute__((noinline)) int ns_report_acked(u32 row, u32 number, u64 ack_in, u64 now)
{
	struct sock_state *st = bpf_map_lookup_elem(&socks, &row);
	struct conn *c = bpf_map_lookup_elem(&conns, &row);
	struct sent *r = sent_of(row, number);
	const struct ack_mark *m;

	if (!st || !c || !r || r->number != number ||
	    !(r->e.t[TXP_HANDED] || r->e.flags & PKT_DROPPED))
		return 0;
	m = &st->tx.acks[number % ACKS];
	if (m->end != r->end)
		return 0;
	r->e.t[TXP_ACK] = ack_in >= r->e.t[TXP_HANDED] ? ack_in : 0;
	r->e.t[TXP_ACKED] = now; /* 0: the socket goes without it */
	r->e.sends = m->sends;
	if (m->last) {
		r->e.flags |= PKT_RESENT;
		r->e.again = m->last;
	}
	fill_user(&r->e, c);
	put_sent(&r->e,
		 r->e.flags & PKT_DROPPED ? ~0ULL : sent_total(&r->e, points_of(NS_TX, NS_TCP)));
	r->e.t[TXP_HANDED] = 0; /* written */
	r->e.flags = 0;
	return 0;
}

/* The socket goes: the records of what was not acknowledged are written as they are. */
ALWAYS_INLINE void report_unacked(struct sock *sk)
{
	struct sock_state *st = state_find(sk);

	if (!st)
		return;
	for (u32 i = 0; i < ACKS; i++) {
		u32 n = st->ack_tail + i;

		if ((s32)(st->tx.ack_head - n) <= 0)
			break;
		ns_report_acked(st->row, n, 0, 0);
	}
}

#endif
