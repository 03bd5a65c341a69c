/* SPDX-License-Identifier: GPL-2.0-only */
/* A packet has been read: file it in the totals and its connection, and report it if asked. */
#ifndef NS_DELIVER_BPF_H
#define NS_DELIVER_BPF_H

#include "common.bpf.h"
#include "stats.bpf.h"
#include "sock.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096); /* set before load if cfg.events */
} events SEC(".maps");

/* One packet, by the values that both the mark of a TCP segment and the slot of a datagram have. */
struct packet {
	u64 t[RXP_COUNT];
	u64 first_read;
	u32 seq, len, ifindex;
	u16 cpu, flags;
};

/*
 * File one packet in the totals and in its connection's row. A global function, so that the
 * verifier checks it once and not for each mark of a loop; 5.10 lets those take numbers only, so
 * what else is to be said is packed: proto and out-of-order flag, row of the table, time held out
 * of order. The other arguments are its stages in ns.
 */
#define META_PROTO 1
#define META_OOO 2
#define META_CONN_SHIFT 2
#define META_CONN_BITS 22
#define META_HOL_SHIFT (META_CONN_SHIFT + META_CONN_BITS)
#define HOL_LIMIT (1ULL << (64 - META_HOL_SHIFT)) /* 18 minutes */

ALWAYS_INLINE void conn_add(struct conn *c, enum rx_stage stage, u64 ns)
{
	/* A TCP socket is locked here; datagrams of one socket can be read on several CPUs. */
	ADD(&c->stages[stage].sum, ns);
	raise_max(&c->stages[stage].max, ns);
}

__attribute__((noinline)) int ns_file(u64 meta, u64 stack, u64 ip, u64 transport, u64 application)
{
	u32 proto = meta & META_PROTO, id = meta >> META_CONN_SHIFT & ((1 << META_CONN_BITS) - 1);
	const u32 points = cfg.points[NS_TCP] | cfg.points[NS_UDP];
	u64 hol = meta >> META_HOL_SHIFT, total = stack + ip + transport + hol + application;
	struct rx_cpu *row = this_row();
	struct hist *h;
	struct conn *c;
	u32 pid, b;

	if (!row)
		return 0;
	h = row->hist[proto];
	ADD(&row->taken, 1);
	if (points & (1 << RXP_IP))
		hist_add(&h[RXS_STACK], stack);
	if (points & (1 << RXP_TRANSPORT))
		hist_add(&h[RXS_IP], ip);
	hist_add(&h[RXS_TRANSPORT], transport);
	hist_add(&h[RXS_APPLICATION], application);
	hist_add(&h[RXS_TOTAL], total);
	if (meta & META_OOO)
		hist_add(&h[RXS_HOL], hol);

	c = bpf_map_lookup_elem(&conns, &id);
	if (!c) {
		count_loss(row, LOSS_UNTRACKED);
		return 0;
	}
	ADD(&c->n, 1);
	if (points & (1 << RXP_IP))
		conn_add(c, RXS_STACK, stack);
	if (points & (1 << RXP_TRANSPORT))
		conn_add(c, RXS_IP, ip);
	conn_add(c, RXS_TRANSPORT, transport);
	conn_add(c, RXS_APPLICATION, application);
	conn_add(c, RXS_TOTAL, total);
	if (meta & META_OOO) {
		ADD(&c->n_hol, 1);
		conn_add(c, RXS_HOL, hol);
	}
	b = ns_coarse_bucket(total);
	if (b < COARSE_BUCKETS)
		ADD(&c->coarse[b], 1);
	pid = bpf_get_current_pid_tgid() >> 32;
	if (c->pid != pid) {
		c->pid = pid;
		bpf_get_current_comm(c->comm, sizeof(c->comm));
	}
	return 0;
}

/* Two packets, one after the other in the same copy: for the oldest and newest byte's wait. */
__attribute__((noinline)) int ns_file_pair(u64 first, u64 second)
{
	struct rx_cpu *row = this_row();

	if (!row)
		return 0;
	hist_add(&row->hist[NS_TCP][RXH_NOT_LAST], first);
	hist_add(&row->hist[NS_TCP][RXH_NOT_FIRST], second);
	return 0;
}

ALWAYS_INLINE void report(struct sock *sk, const struct packet *p, struct rx_cpu *row, bool direct)
{
	struct rx_event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e) {
		count_loss(row, LOSS_EVENT_FULL);
		return;
	}
	__builtin_memcpy(e->t, p->t, sizeof(e->t));
	e->first_read = p->flags & PKT_PARTIAL ? p->first_read : 0;
	fill_flow(sk, &e->flow, direct);
	e->ifindex = p->ifindex;
	e->seq = p->seq;
	e->len = p->len;
	e->pid = bpf_get_current_pid_tgid() >> 32;
	e->cpu = p->cpu;
	e->flags = p->flags;
	e->pad = 0;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	bpf_ringbuf_submit(e, 0);
}

/* Returns whether the packet could be taken, with its application wait in ns. */
ALWAYS_INLINE bool deliver(struct sock *sk, u32 conn, struct packet *p, struct rx_cpu *row,
			   u32 proto, u64 *wait, bool direct)
{
	u64 d[RXS_COUNT], meta;

	if (rx_split(p->t, cfg.points[proto], p->flags, d) || d[RXS_HOL] >= HOL_LIMIT) {
		count_loss(row, LOSS_NEGATIVE);
		return false;
	}
	meta = proto | (p->flags & PKT_OOO ? META_OOO : 0) | d[RXS_HOL] << META_HOL_SHIFT |
	       (u64)(conn & ((1 << META_CONN_BITS) - 1)) << META_CONN_SHIFT;
	ns_file(meta, d[RXS_STACK], d[RXS_IP], d[RXS_TRANSPORT], d[RXS_APPLICATION]);
	if (cfg.events && d[RXS_TOTAL] >= cfg.slower_ns)
		report(sk, p, row, direct);
	*wait = d[RXS_APPLICATION];
	return true;
}

#endif
