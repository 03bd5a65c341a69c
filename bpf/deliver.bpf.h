/* SPDX-License-Identifier: GPL-2.0-only */
/* A packet has been read: file it in the totals and its connection, and report it if asked. */
#ifndef NS_DELIVER_BPF_H
#define NS_DELIVER_BPF_H

#include "common.bpf.h"
#include "stats.bpf.h"
#include "sock.bpf.h"
#include "filter.bpf.h"
#include "blame.bpf.h"
#include "hw.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096); /* set before load if shape.events */
} events SEC(".maps");

/* A trace is printed as it comes; what only counts is fetched now and then, and wakes nobody. */
#define BPF_RB_NO_WAKEUP 1
#define WAKE (shape.traces ? 0 : BPF_RB_NO_WAKEUP)

/* Where a packet is filed: this CPU's histograms, one direction of its connection, and who else
 * writes to each of them. */
struct file {
	struct hist *h;
	struct conn_dir *c;
	enum writers on_cpu, on_conn;
};

/* Add ns to a stage. Returns the histogram's bucket. */
ALWAYS_INLINE u32 file_stage(const struct file *f, u32 stage, u64 ns)
{
	ADD_AS(f->on_conn, &f->c->stages[stage].sum, ns);
	raise_max(&f->c->stages[stage].max, ns);
	return hist_count(&f->h[stage], ns, f->on_cpu);
}

/* Look now and then who uses the connection, by a number that is as good as random: it rarely
 * changes. */
ALWAYS_INLINE void note_user(struct conn *c, u64 random)
{
	u32 pid;

	if (c->pid && random & 15)
		return;
	pid = bpf_get_current_pid_tgid() >> 32;
	if (c->pid != pid) {
		c->pid = pid;
		bpf_get_current_comm(c->comm, sizeof(c->comm));
	}
}

/* A stage that only some packets have: those that it took any time of. */
ALWAYS_INLINE void file_sometimes(const struct file *f, u32 stage, u64 ns)
{
	if (!ns)
		return;
	ADD_AS(f->on_conn, &f->c->stages[stage].n, 1);
	file_stage(f, stage, ns);
}

/*
 * File one packet that was read in the totals and in the row of its connection. since_sent: from
 * the sender's first stamp, if this kernel sent it; else 0. A TCP socket is locked then, and one
 * program files all; datagrams of one socket can be read on several CPUs.
 */
ALWAYS_INLINE void file_read(u32 row, enum ns_proto proto, const u64 *d, u64 since_sent, u32 flags)
{
	const enum writers w = proto == NS_TCP ? WRITE_ALONE : WRITE_SHARED;
	const u32 points = points_of(NS_RX, proto);
	struct cpu_row *cpu_row = this_row();
	struct conn *conn = bpf_map_lookup_elem(&conns, &row);
	struct cpu_dir *cpu;
	struct file f = {.on_cpu = proto == NS_TCP ? ONE_PROGRAM : WRITE_SHARED, .on_conn = w};
	u32 b;

	if (!cpu_row || !conn)
		return;
	cpu = &cpu_row->dir[NS_RX];
	f.h = cpu->hist[proto];
	f.c = &conn->dir[NS_RX];
	ADD_AS(w, &f.c->n, 1);
	if (points & RX_BEFORE) { /* 0 where there is no such stage */
		file_sometimes(&f, RXS_IRQ, d[RXS_IRQ]);
		file_sometimes(&f, RXS_SOFTIRQ_WAIT, d[RXS_SOFTIRQ_WAIT]);
		file_sometimes(&f, RXS_NAPI, d[RXS_NAPI]);
		file_sometimes(&f, RXS_XDP, d[RXS_XDP]);
	}
	if (points & (1 << RXP_IP))
		file_stage(&f, RXS_STACK, d[RXS_STACK]);
	if (points & (1 << RXP_TRANSPORT))
		file_stage(&f, RXS_IP, d[RXS_IP]);
	file_stage(&f, RXS_TRANSPORT, d[RXS_TRANSPORT]);
	if (points & (1 << RXP_RUNNING)) {
		file_sometimes(&f, RXS_WAKEUP, d[RXS_WAKEUP]);
		file_sometimes(&f, RXS_RUNQUEUE, d[RXS_RUNQUEUE]);
	}
	file_stage(&f, RXS_APPLICATION, d[RXS_APPLICATION]);
	if (flags & PKT_OOO) {
		ADD_AS(w, &f.c->stages[RXS_HOL].n, 1);
		file_stage(&f, RXS_HOL, d[RXS_HOL]);
	}
	b = coarse_of_bucket(file_stage(&f, RXS_TOTAL, d[RXS_TOTAL]));
	if (b < COARSE_BUCKETS)
		ADD_AS(w, &f.c->coarse[b], 1);
	if (since_sent)
		hist_add_as(&cpu->hist[proto][RXH_LOCAL], since_sent, f.on_cpu);
	note_user(conn, d[RXS_TOTAL]);
	if (points & RX_OPTIONAL && flags & PKT_WAYS)
		ADD_AS(f.on_cpu, &cpu_row->ways[proto][PKT_WAY_SET(flags)], 1);
}

#define NO_WAIT (~0ULL)

/* Two packets, one after the other in the same copy: for the oldest and newest byte's wait.
 * NO_WAIT: there was none before. */
__attribute__((noinline)) int ns_file_pair(u64 first, u64 second)
{
	struct cpu_dir *cpu = this_cpu(NS_RX);

	if (!cpu || first == NO_WAIT)
		return 0;
	hist_add_as(&cpu->hist[NS_TCP][RXH_NOT_LAST], first, ONE_PROGRAM);
	hist_add_as(&cpu->hist[NS_TCP][RXH_NOT_FIRST], second, ONE_PROGRAM);
	return 0;
}

/* Who sent a datagram. The socket of a server that is not connected does not know. */
struct peer {
	u64 addr[2]; /* network order, IPv4 as ::ffff:a.b.c.d */
	u16 port;    /* host order; 0: not known */
};

/* From the headers, which stay in place until the datagram is read. */
ALWAYS_INLINE void fill_peer(struct sk_buff *skb, struct peer *peer, bool direct)
{
	unsigned char *head = RD(direct, skb, head);
	unsigned char *ip = head + RD(direct, skb, network_header);
	__be16 port = 0;
	__be32 v4 = 0;
	u8 version = 0;

	bpf_probe_read_kernel(&version, 1, ip);
	if (version >> 4 == 6) {
		bpf_probe_read_kernel(peer->addr, 16, ip + 8);
	} else {
		bpf_probe_read_kernel(&v4, 4, ip + 12);
		v4_mapped(peer->addr, v4);
	}
	bpf_probe_read_kernel(&port, 2, head + RD(direct, skb, transport_header));
	peer->port = bpf_ntohs(port);
}

/*
 * The sender's half of packets that both ends of are on this kernel, by the sender's first stamp,
 * and only for a trace. One that gave way to another is found not to match.
 */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* TRAILS, if shape.traces */
	__type(key, u32);
	__type(value, struct trail_slot);
} trails SEC(".maps");

/*
 * end: sequence number after the packet, for one call of send can be many; 0 of a datagram. Those
 * follow each other by the MSS, a multiple of 8: multiplied, or they meet in few places.
 */
ALWAYS_INLINE struct trail_slot *trail_of(u64 sent, u32 end)
{
	u32 i = (sent ^ end * 0x9e3779b1ULL) * 0x9e3779b97f4a7c15ULL >> 32 & (TRAILS - 1);

	return bpf_map_lookup_elem(&trails, &i);
}

/* Write the record of a packet that was read. t: its stamps up to `ready`; hw: hw_packed(). sk:
 * of UDP, whose flow can change while its row has the old one, and peer is the sender; else NULL.
 */
ALWAYS_INLINE void report(struct sock *sk, u32 row, const u64 *t, u64 sent, const struct reading *r,
			  u64 first_read, u64 hw, u32 seq, u32 len, u32 ifindex, u32 packed,
			  const struct peer *peer, bool direct)
{
	const struct conn *conn = bpf_map_lookup_elem(&conns, &row);
	struct ns_event *e;

	if (!conn)
		return;
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e) {
		count_loss(LOSS_EVENT_FULL);
		return;
	}
	for (int i = 0; i < RX_STAMPS; i++)
		e->t[i] = i < RXP_STACK && !(points_of(NS_RX, NS_TCP) & 1 << i) ? 0 : t[i];
	e->t[RXP_WOKEN] = r->woken;
	e->t[RXP_RUNNING] = r->running;
	e->t[RXP_READ] = r->read;
	e->dir = NS_RX;
	e->stage = 0;
	e->sends = 0;
	e->drop_reason = 0;
	e->cpu = packed >> 16;
	e->flags = packed & PKT_FLAGS;
	e->hw.ago = (u32)hw;
	e->hw.error = hw >> 32;
	e->again = e->flags & PKT_PARTIAL ? first_read : 0;
	if (sk)
		fill_flow(sk, &e->flow, direct);
	else
		e->flow = conn->flow;
	if (peer && peer->port) {
		__builtin_memcpy(e->flow.remote, peer->addr, 16);
		e->flow.remote_port = peer->port;
	}
	e->ifindex = ifindex;
	e->seq = seq;
	e->len = len;
	e->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	if (shape.traces && sent) {
		u32 end = seq ? seq + len : 0;
		struct trail_slot *trail = trail_of(sent, end);

		if (trail && trail->sent == sent && trail->end == end) {
			e->trail = trail->trail;
			e->flags |= PKT_LOCAL;
		}
	}
	if (shape.blame) {
		take_blame(e->t[RXP_RAISE], e->t[RXP_SOFTIRQ], &e->softirq_blame);
		take_blame(r->woken, r->running, &e->runqueue_blame);
	} else {
		e->softirq_blame.kind = e->runqueue_blame.kind = BLAME_NONE;
	}
	bpf_ringbuf_submit(e, WAKE);
}

#endif
