/* SPDX-License-Identifier: GPL-2.0-only */
/* The way from the queueing discipline to the device, of TCP and UDP alike. */
#ifndef NS_XMIT_BPF_H
#define NS_XMIT_BPF_H

#include "common.bpf.h"
#include "queue.bpf.h"
#include "datagram.bpf.h"
#include "sent.bpf.h"

/* net_dev_queue: every packet of every device. */
ALWAYS_INLINE void at_qdisc(struct sk_buff *skb)
{
	struct place *place = tx_place(skb, NULL);
	struct tx_slot *s = &place->tx;
	struct sock *sk = skb->sk;
	u8 state;

	/* Should it come in again on this kernel, `stack` needs that cache line, which the CPU of
	 * an earlier packet's reader can have. Nobody reads this stamp where no function is hooked.
	 */
	if (shape.joins && !(points_of(NS_RX, NS_UDP) & 1 << RXP_QUEUED))
		AT(&place->rx, RXP_READY) = 0;
	if (s->skb == (u64)skb && s->t_qdisc) {
		if (s->flags & TX_SLOT_DONE) {
			if (!skb->skb_iif) /* not that packet, but a new one */
				s->skb = 0;
		} else if (s->t_driver) { /* a device on top of another: this is the real one
					   */
			s->dev = address_of(skb->dev);
			return;
		} else {
			/* the memory is in use again: the packet that had it went its own way */
			count_tx_loss(LOSS_UNMATCHED);
			s->skb = 0;
		}
	}
	if (!sk) /* not sent by a socket, or forwarded */
		return;
	state = sk->__sk_common.skc_state;
	if (state == TCP_TIME_WAIT || state == TCP_NEW_SYN_RECV) /* no full sockets */
		return;
	if (sk->sk_protocol == IPPROTO_TCP)
		tcp_at_qdisc(sk, skb, false);
	else if (sk->sk_protocol == IPPROTO_UDP)
		udp_at_qdisc(sk, skb, false);
}

/* qdisc_enqueue (5.14 and later); or qdisc_dequeue, with all that came out at once. */
ALWAYS_INLINE void enqueued(const struct Qdisc *q, const struct netdev_queue *txq,
			    struct sk_buff *skb)
{
	struct tx_slot *s = tx_slot_under_way(skb);

	if (s)
		qdisc_enqueued(q, BPF_CORE_READ(txq, dev), s);
}

#define DEQUEUE_BATCH 8

ALWAYS_INLINE void dequeued(const struct Qdisc *q, const struct netdev_queue *txq,
			    struct sk_buff *skb)
{
	for (int i = 0; i < DEQUEUE_BATCH && skb; i++) {
		enqueued(q, txq, skb);
		skb = BPF_CORE_READ(skb, next);
	}
}

/*
 * A segment that was cut on its way (GSO in software: by the qdisc, or for a device that cannot do
 * it) comes to the driver in pieces, which are new skbs. The first one says when, and the last one
 * takes the slot over, so that `handed` is when the driver has all of it.
 */
ALWAYS_INLINE void piece_at_driver(struct sk_buff *skb)
{
	struct sock *sk = skb->sk;
	struct sock_state *st;
	struct tx_slot *to;
	u32 seq, end, in_ifindex;
	u8 passed;

	if (!sk || skb->skb_iif)
		return;
	to = tx_slot_of(skb);
	if (to->skb == (u64)skb && to->flags & TX_SLOT_DONE) {
		if (to->flags & TX_SLOT_AGAIN) {
			to->flags |= TX_SLOT_TRIED;
			return;
		}
		/* Not followed: what one before it in the same memory left is not its own
		 * (sent_here). */
		to->skb = 0;
	}
	if (sk->__sk_common.skc_state == TCP_TIME_WAIT ||
	    sk->__sk_common.skc_state == TCP_NEW_SYN_RECV || sk->sk_protocol != IPPROTO_TCP)
		return;
	st = state_find(sk);
	if (!st || !st->cuttable || !tcp_headers(skb, &seq, &end))
		return;
	for_each_place(i, ACKS)
	{
		u32 n = st->ack_tail + i;
		const struct ack_mark *m = &st->tx.acks[n % ACKS];
		struct tx_slot *from;

		if ((s32)(st->tx.ack_head - n) <= 0)
			return;
		if (before(seq, m->seq) || !before(seq, m->end))
			continue;
		from = tx_slot_at(m->place);
		if (!from->skb || from->number != n || from->end != m->end ||
		    (from->flags & (TX_SLOT_DONE | TX_SLOT_MARK)) != TX_SLOT_MARK)
			return;
		if (!from->t_driver)
			from->t_driver = bpf_ktime_get_ns();
		if (before(end, m->end))
			return;
		to = tx_slot_at(tx_slot_take(skb, 0));
		in_ifindex = to->in_ifindex;
		passed = to->passed;
		*to = *from;
		to->in_ifindex = in_ifindex;
		to->passed = passed;
		to->skb = (u64)skb;
		from->skb = 0;
		return;
	}
}

/* net_dev_start_xmit; again if the driver was busy. */
ALWAYS_INLINE void at_driver(struct sk_buff *skb)
{
	struct tx_slot *s = tx_slot_under_way(skb);

	if (!s) {
		piece_at_driver(skb);
		return;
	}
	s->t_driver = bpf_ktime_get_ns();
	if (!(s->flags & TX_SLOT_QUEUED))
		s->qdisc = skb->queue_mapping;
}

/* File a packet that the driver has taken. Returns 1 if its record is to be written now, -1 if it
 * is not taken. A TCP socket's packets come one after the other: on its way through one queue of
 * the device, or straight from the locked socket. */
ALWAYS_INLINE int file_sent(struct cpu_dir *cpu, struct conn *conn, struct tx_slot *s,
			    enum ns_proto proto, u64 now)
{
	const u64 t[] = {s->t_send, s->t_segment, s->t_ip, s->t_qdisc, s->t_driver, now};
	const u32 points = points_of(NS_TX, proto), present = shape.tx_stages[proto];
	struct file f = {.on_cpu = WRITE_ALONE,
			 .on_conn = proto == NS_TCP ? WRITE_ALONE : WRITE_SHARED};
	u64 d[STAGES_MAX];
	u32 b;

	if (tx_split(t, points, d)) {
		count_tx_loss(LOSS_NEGATIVE);
		return -1;
	}
	f.h = cpu->hist[proto];
	f.c = &conn->dir[NS_TX];
	ADD_AS(f.on_conn, &f.c->n, 1);
	if (present & (1 << TXS_SOCKET))
		file_stage(&f, TXS_SOCKET, d[TXS_SOCKET]);
	if (present & (1 << TXS_TRANSPORT))
		file_stage(&f, TXS_TRANSPORT, d[TXS_TRANSPORT]);
	if (present & (1 << TXS_IP))
		file_stage(&f, TXS_IP, d[TXS_IP]);
	file_stage(&f, TXS_QDISC, d[TXS_QDISC]);
	file_stage(&f, TXS_DRIVER, d[TXS_DRIVER]);
	b = coarse_of_bucket(file_stage(&f, TXS_TOTAL, d[TXS_TOTAL]));
	if (b < COARSE_BUCKETS)
		ADD_AS(f.on_conn, &f.c->coarse[b], 1);
	return shape.events && !shape.traces && d[TXS_TOTAL] >= cfg.slower_ns;
}

/* The mark that waits for the segment's ACK learns when it was handed on. False: nobody waits; if
 * that is because the ACK was faster (of what was sent again, say), this one has none. */
ALWAYS_INLINE bool mark_handed(struct tx_slot *s, u64 now)
{
	struct sock_state *st = bpf_map_lookup_elem(&socks, &s->row);
	struct ack_mark *m;

	if (!st || !st->sk)
		return false;
	m = &st->tx.acks[s->number % ACKS];
	if (m->end != s->end || !m->sends) {
		if ((s32)(s->number - st->ack_tail) < 0)
			ns_unacked(1);
		return false;
	}
	m->first = now;
	if (shape.traces) {
		struct sent *r = sent_of(s->row, s->number);

		if (r && r->number == s->number && r->end == s->end)
			fill_sent(&r->e, s);
	}
	return true;
}

__attribute__((noinline)) int ns_file_sent(u32 place, u64 now)
{
	struct tx_slot *s = tx_slot_at(place);
	struct cpu_row *cpu_row = this_row();
	struct cpu_dir *cpu;
	u32 row = s->row;
	struct conn *conn = bpf_map_lookup_elem(&conns, &row);
	int filed;

	if (!cpu_row || !conn)
		return -1;
	cpu = &cpu_row->dir[NS_TX];
	if (conn->gen != s->gen) { /* the connection ended before, and its row is another's now */
		count_tx_loss(LOSS_UNMATCHED);
		return -1;
	}
	filed = s->flags & TX_SLOT_UDP ? file_sent(cpu, conn, s, NS_UDP, now)
				       : file_sent(cpu, conn, s, NS_TCP, now);
	if (filed >= 0)
		qdisc_file(cpu_row, s);
	return filed;
}

/* What a segment waited for the longest, of those that can be slow by it: a cause that was charged
 * (WAITED), or none. In a trace its waits stand in struct sent, so of one without a mark nothing is
 * known. */
ALWAYS_INLINE void longest_cause(const struct tx_slot *s, struct ns_event *e)
{
	const u64 until = points_of(NS_TX, NS_TCP) & (1 << TXP_SEGMENT) ? s->t_segment : s->t_qdisc;

	if (s->flags & TX_SLOT_WAITED && s->cause < CAUSE_COUNT)
		e->tx.causes[s->cause] = s->cause_ns;
	else if (!shape.traces && s->t_send && until - s->t_send >= cfg.slower_ns / WAITED_PART)
		e->tx.causes[CAUSE_OTHER] = until - s->t_send;
}

/* A record that is written at once: of a datagram, of a segment that no mark waits for, or that is
 * not part of a trace. */
__attribute__((noinline)) int ns_report_sent(u32 place, u64 completed)
{
	struct tx_slot *s = tx_slot_at(place);
	struct ns_event *e = scratch_event();
	u32 row = s->row;
	struct conn *c = bpf_map_lookup_elem(&conns, &row);
	bool udp = s->flags & TX_SLOT_UDP;

	if (!e || !c)
		return 0;
	fill_sent(e, s);
	fill_user(e, c);
	e->t[TXP_COMPLETED] = completed;
	__builtin_memset(e->tx.causes, 0, sizeof(e->tx.causes));
	e->len = s->len;
	e->seq = s->end - s->len; /* TCP */
	e->cpu = bpf_get_smp_processor_id();
	if (!udp)
		longest_cause(s, e);
	if (udp) {
		e->seq = 0;
		e->tx.causes[udp_cause(s)] = udp_wait(s);
		if (shape.traces) {
			__builtin_memcpy(e->flow.remote, s->peer, 16);
			e->flow.remote_port = s->peer_port;
		}
		put_sent(e, sent_total(e, points_of(NS_TX, NS_UDP)));
	} else {
		put_sent(e, sent_total(e, points_of(NS_TX, NS_TCP)));
	}
	return 0;
}

#define NETDEV_TX_BUSY 0x10

/* net_dev_xmit: what the driver said. The skb may be gone by now; only its address is used. */
ALWAYS_INLINE void handed(const struct sk_buff *skb, int rc, const struct net_device *dev)
{
	u32 place;
	struct tx_slot *s = &tx_place(skb, &place)->tx;
	bool waits;
	int filed;
	u64 now;

	if (rc == NETDEV_TX_BUSY) /* put back, and tried again */
		return;
	if (!tx_under_way(s, skb)) {
		if (s->skb == (u64)skb && s->flags & TX_SLOT_TRIED)
			s->skb = 0;
		return;
	}
	if (s->dev != address_of(dev) || !s->t_driver)
		return;
	now = bpf_ktime_get_ns();
	/* for `completed` and a trace; else its line need not be touched */
	if (shape.traces ||
	    (points_of(NS_TX, NS_TCP) | points_of(NS_TX, NS_UDP)) & (1 << TXP_COMPLETED))
		s->t_handed = now;
	barrier(); /* `completed`, on another CPU, looks at that once it sees this */
	s->flags |= TX_SLOT_DONE;
	if (!(s->flags & TX_SLOT_QUEUED))
		s->qdisc = qdisc_passed(dev, s->qdisc);
	filed = ns_file_sent(place, now);
	if (filed < 0)
		return;
	if (filed) {
		s->t_handed = now;
		ns_report_sent(place, 0);
	}
	if (s->flags & TX_SLOT_MARK && mark_handed(s, now))
		return;
	if (!shape.traces)
		return;
	waits = s->flags & TX_SLOT_UDP ? points_of(NS_TX, NS_UDP) & (1 << TXP_COMPLETED) : false;
	if (!waits || s->completed)
		ns_report_sent(place, 0);
	else
		s->flags |= TX_SLOT_OWED;
}

/*
 * tcp_wfree, sock_wfree: the skb's memory no longer counts as the socket's: its driver is done with
 * it, or it has come in again on this kernel (veth: ip_rcv).
 */
ALWAYS_INLINE void completed(struct sk_buff *skb, bool tcp, bool direct)
{
	u32 place;
	struct tx_slot *s = &tx_place(skb, &place)->tx;
	struct file f = {.on_cpu = ONE_PROGRAM, .on_conn = WRITE_SHARED};
	struct conn *c;
	struct cpu_dir *cpu;
	u64 now, took;
	u32 row;

	if (tcp) {
		struct sock *sk = RD(direct, skb, sk);

		if (RD(direct, sk, sk_tsq_flags) & TSQF_THROTTLED) {
			struct sock_state *st = state_find(sk);

			if (st)
				st->throttled = bpf_ktime_get_ns();
		}
	}
	if (s->skb != (u64)skb || s->completed)
		return;
	s->completed = TX_COMPLETED;
	if (!(s->flags & TX_SLOT_DONE)) /* inside the driver, as loopback does: there is no wait */
		return;
	row = s->row;
	cpu = this_cpu(NS_TX);
	c = bpf_map_lookup_elem(&conns, &row);
	if (!cpu || !c || c->gen != s->gen)
		return;
	now = bpf_ktime_get_ns();
	took = now - s->t_handed;
	f.h = cpu->hist[tcp ? NS_TCP : NS_UDP];
	f.c = &c->dir[NS_TX];
	ADD(&f.c->stages[TXS_COMPLETION].n, 1);
	file_stage(&f, TXS_COMPLETION, took);
	if (!shape.traces)
		return;
	if (s->flags & TX_SLOT_MARK) {
		struct sent *r = sent_of(row, s->number);

		if (r && r->number == s->number && r->end == s->end)
			r->e.t[TXP_COMPLETED] = now;
	} else if (!tcp && s->flags & TX_SLOT_OWED) {
		s->completed = TX_REPORTED;
		ns_report_sent(place, now);
	}
}

#endif
