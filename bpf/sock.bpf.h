/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is kept for each socket: marks for the data in its receive queue, and its row in the
 * connection table.
 *
 * Identity across the socket is never the skb, which TCP merges, splits and frees: a mark is
 * found again by the sequence number at its end (TCP), or by counting datagrams (UDP, where no
 * hook shows the skb at the read).
 *
 * The state lives in socket storage, which goes with the socket. Tracing programs have that
 * from 5.11 (8e4597c627fb), kprobes never: there a bounded hash keyed by the socket's address
 * serves, emptied when the socket is destroyed.
 */
#ifndef NS_SOCK_BPF_H
#define NS_SOCK_BPF_H

#include "common.bpf.h"
#include "stats.bpf.h"

#define MARKS 64 /* packets queued at one socket that are followed at once; a power of two */
#define NO_CONN (~0U)

struct mark {
	u64 t[RXP_READ];
	u32 seq;
	u32 end; /* TCP: sequence number after the last byte */
	u32 ifindex;
	u16 cpu;
	u16 flags; /* PKT_... and MARK_... */
};

#define MARK_DONE 0x8000 /* TCP: read, but an earlier one of the ring is not */
#define MARK_LIVE 0x4000 /* UDP: holds the stamps of a datagram */

/* head, ready and tail count packets and only grow; a mark's place is its number % MARKS. */
struct sock_state {
	u32 conn; /* row of the connection table, or NO_CONN */
	u32 conn_gen;
	u32 head;  /* next to be queued */
	u32 ready; /* next to be told to the reader */
	u32 tail;  /* next to be read */
	u32 n_ooo; /* marks between tail and head that still wait for a missing segment */
	u32 disorder; /* marks between tail and head are not all in sequence */
	u32 pad;
	u64 first_read; /* of the mark that has been read in part: there is one at most */
	struct mark marks[MARKS];
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct sock_state);
} sock_storage SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* set before load if cfg.sock_map */
	__type(key, u64);
	__type(value, struct sock_state);
} sock_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* --max-connections */
	__type(key, u32);
	__type(value, struct conn);
} conns SEC(".maps");

/* Free rows of conns; user space fills it, and returns rows that are closed or long idle. */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 1);
	__type(value, u32);
} free_conns SEC(".maps");

/* A hash value too large for the stack has to come from somewhere. */
static const struct sock_state empty_state = {};

ALWAYS_INLINE struct sock_state *state_find(struct sock *sk)
{
	if (cfg.sock_map) {
		u64 key = (u64)sk;

		return bpf_map_lookup_elem(&sock_hash, &key);
	}
	return bpf_sk_storage_get(&sock_storage, sk, 0, 0);
}

ALWAYS_INLINE void fill_flow(struct sock *sk, struct flow *f, bool direct)
{
	u32 *local = (u32 *)f->local, *remote = (u32 *)f->remote;

	f->local_port = RD(direct, sk, __sk_common.skc_num);
	f->remote_port = bpf_ntohs(RD(direct, sk, __sk_common.skc_dport));
	f->proto = RD(direct, sk, sk_protocol) == IPPROTO_TCP ? NS_TCP : NS_UDP;
	f->pad = 0;
	f->netns = RD(direct, sk, __sk_common.skc_net.net) ?
			   BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum) :
			   0;
	if (RD(direct, sk, __sk_common.skc_family) == AF_INET6) {
		BPF_CORE_READ_INTO(&f->local, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&f->remote, sk, __sk_common.skc_v6_daddr);
		/* an IPv6 socket that talks IPv4 */
		f->ipv6 = local[2] != bpf_htonl(0xffff) && remote[2] != bpf_htonl(0xffff);
		return;
	}
	f->ipv6 = 0;
	local[0] = local[1] = remote[0] = remote[1] = 0;
	local[2] = remote[2] = bpf_htonl(0xffff);
	local[3] = RD(direct, sk, __sk_common.skc_rcv_saddr);
	remote[3] = RD(direct, sk, __sk_common.skc_daddr);
}

/* Give the socket a row of the connection table; without one its packets still count in the
 * totals, and are counted as untracked. */
ALWAYS_INLINE void conn_alloc(struct sock *sk, struct sock_state *st, bool direct)
{
	u32 row = NO_CONN;
	struct conn *c;

	st->conn = NO_CONN;
	st->conn_gen = 1;
	if (bpf_map_pop_elem(&free_conns, &row))
		return;
	c = bpf_map_lookup_elem(&conns, &row);
	if (!c)
		return;
	fill_flow(sk, &c->flow, direct);
	c->state = CONN_LIVE;
	if (!c->gen)
		c->gen = 1;
	st->conn = row;
	st->conn_gen = c->gen;
}

ALWAYS_INLINE struct sock_state *state_get(struct sock *sk, bool direct)
{
	struct sock_state *st;

	if (cfg.sock_map) {
		u64 key = (u64)sk;

		st = bpf_map_lookup_elem(&sock_hash, &key);
		if (!st) {
			bpf_map_update_elem(&sock_hash, &key, &empty_state, BPF_NOEXIST);
			st = bpf_map_lookup_elem(&sock_hash, &key);
		}
	} else {
		st = bpf_sk_storage_get(&sock_storage, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	}
	if (st && !st->conn_gen)
		conn_alloc(sk, st, direct);
	return st;
}

/* The socket's row, or NO_CONN. User space may have taken back one that was idle. */
ALWAYS_INLINE u32 conn_of(struct sock *sk, struct sock_state *st, bool direct)
{
	u32 row = st->conn;
	struct conn *c;

	if (row == NO_CONN)
		return NO_CONN;
	c = bpf_map_lookup_elem(&conns, &row);
	if (!c || c->gen != st->conn_gen)
		conn_alloc(sk, st, direct);
	return st->conn;
}

/* The socket is going: what it still holds was not read, and its row can be used again. */
ALWAYS_INLINE void state_drop(struct sock *sk)
{
	struct sock_state *st = state_find(sk);
	struct rx_cpu *row = this_row();
	u32 id, unread = 0;
	struct conn *c;

	if (!st || !row)
		return;
	for (u32 i = 0; i < MARKS; i++) {
		u32 n = st->tail + i;

		if ((s32)(st->head - n) <= 0)
			break;
		unread += !(st->marks[n % MARKS].flags & MARK_DONE);
	}
	if (unread)
		ADD(&row->lost[LOSS_UNREAD], unread);
	st->tail = st->head;
	id = st->conn;
	if (id != NO_CONN) {
		c = bpf_map_lookup_elem(&conns, &id);
		if (c && c->gen == st->conn_gen)
			c->state = CONN_CLOSED;
		st->conn = NO_CONN;
	}
	if (cfg.sock_map) {
		u64 key = (u64)sk;

		bpf_map_delete_elem(&sock_hash, &key);
	}
}

#endif
