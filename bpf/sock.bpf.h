/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is kept for each socket: a row of the connection table, and under the same number the
 * marks for the data in its receive queue.
 *
 * Identity across the socket is never the skb, which TCP merges, splits and frees: a mark is
 * found again by the sequence number at its end (TCP), or by counting datagrams (UDP, where no
 * hook shows the skb at the read).
 *
 * A hash says which row a socket has. In front of it stands a direct-mapped cache, which answers
 * in a few instructions where the hash, or socket storage, takes a helper call of sixty and more;
 * and which, unlike socket storage, works in every kind of program and on 5.10. The cache may be
 * wrong at any time: a row says itself whose it is.
 */
#ifndef NS_SOCK_BPF_H
#define NS_SOCK_BPF_H

#include "common.bpf.h"
#include "stats.bpf.h"

#define SOCK_CACHE 16384

/* which row each socket has */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* these four: --max-connections */
	__type(key, u64);
	__type(value, u32);
} sock_rows SEC(".maps");

/* MMAPABLE, though nobody maps it: so its rows begin with a page, and lie as struct sock_state
 * says. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct sock_state);
} socks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct conn);
} conns SEC(".maps");

/* Free rows; user space fills it, and returns those of closed and of long idle connections. */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 1);
	__type(value, u32);
} free_rows SEC(".maps");

struct sock_ref sock_cache[SOCK_CACHE];

ALWAYS_INLINE struct sock_ref *sock_ref_of(const struct sock *sk)
{
	u32 a = address_of(sk), h = a >> 6 ^ a >> 17;

	barrier_var(h); /* or clang takes the mask into the xor, where 6.1's verifier loses it */
	return PLACE_IN(sock_cache, h & (SOCK_CACHE - 1));
}

/* The socket's state, or NULL if it has none. */
ALWAYS_INLINE struct sock_state *state_find(struct sock *sk)
{
	struct sock_ref *ref = sock_ref_of(sk);
	u64 key = (u64)sk;
	struct sock_state *st;
	u32 *found, row;

	if (ref->sk == key) {
		row = ref->row;
		st = bpf_map_lookup_elem(&socks, &row);
		if (st && st->sk == key)
			return st;
	}
	found = bpf_map_lookup_elem(&sock_rows, &key);
	if (!found)
		return NULL;
	row = *found;
	ref->row = row;
	ref->sk = key;
	st = bpf_map_lookup_elem(&socks, &row);
	return st && st->sk == key ? st : NULL;
}

ALWAYS_INLINE void fill_flow(struct sock *sk, struct flow *f, bool direct)
{
	u32 *local = (u32 *)f->local, *remote = (u32 *)f->remote;

	f->local_port = RD(direct, sk, __sk_common.skc_num);
	f->remote_port = bpf_ntohs(RD(direct, sk, __sk_common.skc_dport));
	f->proto = RD(direct, sk, sk_protocol) == IPPROTO_TCP ? NS_TCP : NS_UDP;
	f->pad = 0;
	f->netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
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

/* A state for a socket that has none. NULL: the table is full. */
ALWAYS_INLINE struct sock_state *state_new(struct sock *sk, bool direct)
{
	struct sock_state *st;
	u64 key = (u64)sk;
	struct conn *c;
	u32 row;

	if (bpf_map_pop_elem(&free_rows, &row))
		return NULL;
	st = bpf_map_lookup_elem(&socks, &row);
	c = bpf_map_lookup_elem(&conns, &row);
	if (!st || !c)
		return NULL;
	if (bpf_map_update_elem(&sock_rows, &key, &row, BPF_NOEXIST)) {
		/* another CPU was first (UDP), or the hash is full */
		bpf_map_push_elem(&free_rows, &row, BPF_ANY);
		return state_find(sk);
	}
	st->row = row;
	st->gen = c->gen;
	st->ready = st->read = st->tail = st->head; /* no mark is live: state_drop */
	st->n_ooo = st->disorder = st->woken = 0;
	st->id = st->inode = 0;
	st->tx.send_head = st->tx.send_tail = 0;
	st->ack_tail = st->tx.acked = st->tx.ack_head;
	st->tx.flags = st->tx.known = st->cuttable = st->tx.wait_head = st->tx.missed = 0;
	st->tx.charged = st->tx.blocked = st->throttled = st->tx.id = 0;
	st->tx.t[TXP_SEND] = st->tx.paced = 0;
	fill_flow(sk, &c->flow, direct);
	c->row = row;
	c->sk = key;
	c->state = CONN_LIVE;
	st->sk = key;
	return st;
}

ALWAYS_INLINE struct sock_state *state_get(struct sock *sk, bool direct)
{
	struct sock_state *st = state_find(sk);

	return st ? st : state_new(sk, direct);
}

/* The socket is going: what it still holds was not read. User space frees the row when it has
 * taken down its totals. */
ALWAYS_INLINE void state_drop(struct sock *sk)
{
	struct sock_state *st = state_find(sk);
	struct cpu_dir *cpu = this_cpu(NS_RX);
	u32 row, unread = 0;
	u64 key = (u64)sk;
	struct conn *c;

	if (!st || !cpu)
		return;
	for (u32 i = 0; i < MARKS; i++) {
		u32 n = st->tail + i;
		struct mark *m = &st->marks[n % MARKS];

		if ((s32)(st->head - n) <= 0)
			break;
		unread += !!(m->flags & MARK_LIVE);
		m->flags = 0;
	}
	if (unread && !closing)
		ADD(&cpu->lost[LOSS_UNREAD], unread);
	row = st->row;
	if (st->tx.ack_head != st->ack_tail)
		ns_unacked(st->tx.ack_head - st->ack_tail);
	for (u32 i = 0; i < ACKS; i++) {
		u32 n = st->ack_tail + i;

		if ((s32)(st->tx.ack_head - n) <= 0)
			break;
		st->tx.acks[n % ACKS].sends = 0;
	}
	st->sk = 0;
	bpf_map_delete_elem(&sock_rows, &key);
	c = bpf_map_lookup_elem(&conns, &row);
	if (c)
		c->state = CONN_CLOSED;
}

#endif
