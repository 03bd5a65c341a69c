// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "changes.h"
#include "collect.h"
#include "histogram.h"
#include "map_array.h"
#include "msg.h"
#include "names.h"
#include "softirq_collect.h"
#include "state.h"
#include "tables.h"
#include "totals.h"
#include "path.skel.h"

#define CLOSED_MAX 4096 /* connections remembered after they ended */
#define SECOND 1000000000ULL

struct conn_use {
	__u64 n;
	__u64 since_ns;
};

static int handle_event(void *ctx, void *data, size_t size)
{
	struct collector *c = ctx;
	int err = size < sizeof(struct ns_event) ? 0 : c->on_packet(c->ctx, data);

	if (err)
		return err;
	return --c->left ? 0 : -EAGAIN;
}

int collector_open(struct collector *c, const struct path *path, packet_fn on_packet, void *ctx)
{
	memset(c, 0, sizeof(*c));
	c->path = path;
	c->on_packet = on_packet;
	c->ctx = ctx;
	c->start_ns = mono_now();
	c->rows = map_array(path->skel->maps.cpus, &c->rows_bytes);
	c->conns = map_array(path->skel->maps.conns, &c->conns_bytes);
	c->uses = calloc(path->max_connections, sizeof(*c->uses));
	c->ended = calloc(1, sizeof(*c->ended));
	if (!c->uses || !c->ended)
		return msg_errno(ENOMEM, "cannot set up the connection table");
	if (!c->rows || !c->conns)
		return msg_errno(errno, "cannot map the programs' tables");
	if (on_packet) {
		c->ring = ring_buffer__new(bpf_map__fd(path->skel->maps.events), handle_event, c,
					   NULL);
		if (!c->ring)
			return msg_errno(errno, "cannot map the event ring");
	}
	return 0;
}

void collector_close(struct collector *c)
{
	ring_buffer__free(c->ring);
	if (c->rows)
		munmap((void *)c->rows, c->rows_bytes);
	if (c->conns)
		munmap(c->conns, c->conns_bytes);
	changes_free(c->changes);
	snapshot_free(c->before);
	free(c->closed);
	free(c->ended);
	free(c->uses);
	memset(c, 0, sizeof(*c));
}

int collector_fd(const struct collector *c)
{
	return c->ring ? ring_buffer__epoll_fd(c->ring) : -1;
}

/* A record in the ring, with its header. */
#define RECORD_BYTES (sizeof(struct ns_event) + BPF_RINGBUF_HDR_SZ)

int collector_poll(struct collector *c)
{
	int n;

	if (!c->ring)
		return 0;
	c->left = bpf_map__max_entries(c->path->skel->maps.events) / RECORD_BYTES + 1;
	n = ring_buffer__consume(c->ring);
	return n < 0 && c->left ? n : 0;
}

/* Has it anything to tell? Data can have waited, or been sent again, that never got to the driver.
 */
static bool in_use(const struct conn *c)
{
	bool waited = c->resent.n != 0;

	for (int i = 0; i < CAUSE_COUNT; i++)
		waited |= c->causes[i].n != 0;
	return c->dir[NS_RX].n || c->dir[NS_TX].n || waited;
}

static __u64 slowest(const struct conn *c)
{
	__u64 rx = c->dir[NS_RX].stages[RXS_TOTAL].max, tx = c->dir[NS_TX].stages[TXS_TOTAL].max;

	return rx > tx ? rx : tx;
}

/* Keep a connection that has ended. When there are too many, the fastest one gives way. */
static void remember(struct collector *c, const struct conn *conn)
{
	size_t least = 0;

	if (!c->closed) {
		c->closed = calloc(CLOSED_MAX, sizeof(*c->closed));
		if (!c->closed)
			return;
	}
	if (c->n_closed < CLOSED_MAX) {
		c->closed[c->n_closed++] = *conn;
		return;
	}
	for (size_t i = 1; i < c->n_closed; i++)
		if (slowest(&c->closed[i]) < slowest(&c->closed[least]))
			least = i;
	if (slowest(&c->closed[least]) < slowest(conn))
		c->closed[least] = *conn;
}

/* The state of a row's socket. By system call, for it is rarely wanted: mapped, all of it would
 * count as our resident memory. */
static bool read_state(const struct collector *c, __u32 row, struct sock_state *st)
{
	return !bpf_map_lookup_elem(bpf_map__fd(c->path->skel->maps.socks), &row, st);
}

/* Take a row from a socket that may live; it may come again, and gets another row then. Not with
 * TCP data that it has yet to read. */
static bool take_from_socket(struct collector *c, __u32 row)
{
	const struct conn *conn = &c->conns[row];
	struct sock_state st;

	if (!read_state(c, row, &st) || (st.head != st.tail && conn->flow.proto == NS_TCP))
		return false;
	if (st.tx.send_head != st.tx.send_tail) /* data that TCP has yet to send */
		return false;
	for (int i = 0; i < MARKS; i++) {
		c->unread += !!(st.marks[i].flags & MARK_LIVE);
		st.marks[i].flags = 0;
	}
	c->unacked += st.tx.ack_head - st.ack_tail;
	for (int i = 0; i < ACKS; i++)
		st.tx.acks[i].sends = 0;
	st.sk = 0;
	bpf_map_delete_elem(bpf_map__fd(c->path->skel->maps.sock_rows), &conn->sk);
	return !bpf_map_update_elem(bpf_map__fd(c->path->skel->maps.socks), &row, &st, BPF_ANY);
}

/* Empty a row and put it back on the free list. */
static void take_back(struct collector *c, __u32 row)
{
	struct conn *conn = &c->conns[row];
	__u32 gen = conn->gen + 1;

	if (in_use(conn)) {
		totals_add(c->ended, conn);
		remember(c, conn);
	}
	if (c->changes) {
		changes_look(c->changes, row, conn);
		changes_forget(c->changes, row);
	}
	memset(conn, 0, sizeof(*conn));
	conn->gen = gen ? gen : 1;
	c->uses[row] = (struct conn_use){0};
	bpf_map_update_elem(bpf_map__fd(c->path->skel->maps.free_rows), NULL, &row, BPF_ANY);
}

/* Rows are first given out in order: the first that never was in use ends the table. */
static bool never_used(const struct conn *conn)
{
	return conn->state == CONN_FREE && conn->gen == 0;
}

/* How long a row has not grown, in ns. */
static __u64 idle_ns(struct collector *c, __u32 row, __u64 now)
{
	struct conn_use *u = &c->uses[row];
	__u64 n = c->conns[row].dir[NS_RX].n + c->conns[row].dir[NS_TX].n;

	if (u->n != n || !u->since_ns) {
		u->n = n;
		u->since_ns = now;
	}
	return now - u->since_ns;
}

/*
 * The fuller the table, the sooner a row that does not grow can be given to another connection.
 * Where tracepoints are all there is, nothing tells that a UDP socket was closed, so that
 * short-lived ones would fill it.
 */
static __u64 patience_ns(__u32 live, __u32 max)
{
	if (live < max - max / 4)
		return ~0ULL;
	return live < max - max / 16 ? 30 * SECOND : 2 * SECOND;
}

/* What a closed connection has sent can still lie in a queueing discipline: its row is kept this
 * long, unless there are many of its kind. */
#define CLOSED_NS SECOND

/* Give rows back: of connections that are closed, and of idle ones once rows are scarce. Returns
 * how many rows are or were in use. */
static __u32 maintain(struct collector *c, __u64 now)
{
	__u32 max = c->path->max_connections, used = 0, live = 0, closed = 0;
	__u64 patience;

	while (used < max && !never_used(&c->conns[used])) {
		live += c->conns[used].state == CONN_LIVE;
		closed += c->conns[used].state == CONN_CLOSED;
		used++;
	}
	for (__u32 i = 0; i < used; i++)
		if (c->conns[i].state == CONN_CLOSED &&
		    (closed > max / 8 || idle_ns(c, i, now) >= CLOSED_NS))
			take_back(c, i);
	if (live < max / 2)
		return used;
	patience = patience_ns(live, max);
	for (__u32 i = 0; i < used; i++)
		if (c->conns[i].state == CONN_LIVE && idle_ns(c, i, now) > patience &&
		    take_from_socket(c, i))
			take_back(c, i);
	return used;
}

void collector_maintain(struct collector *c)
{
	maintain(c, mono_now());
	if (!c->path->skel->rodata->cfg.shape.traces)
		collector_poll(c);
}

/* The connections, and from them the totals. */
static int copy_conns(struct collector *c, struct snapshot *s)
{
	__u32 used = maintain(c, s->mono_ns);
	struct totals all = *c->ended;
	size_t n = used + c->n_closed;

	s->conns = malloc((n ? n : 1) * sizeof(*s->conns));
	if (!s->conns)
		return -ENOMEM;
	for (__u32 i = 0; i < used; i++) {
		const struct conn *conn = &c->conns[i];

		if (conn->state != CONN_FREE && in_use(conn)) {
			s->conns[s->n_conns] = *conn;
			totals_add(&all, &s->conns[s->n_conns]);
			s->n_conns++;
		}
	}
	totals_put(&all, s);
	if (c->n_closed)
		memcpy(s->conns + s->n_conns, c->closed, c->n_closed * sizeof(*s->conns));
	s->n_conns += c->n_closed;
	return 0;
}

static void copy_hws(const struct collector *c, struct snapshot *s)
{
	const struct hw *hw = &c->path->hw;

	for (unsigned i = 0; i < hw->n && s->n_hws < FILTER_MAX; i++)
		if (!hw->used[i].lacks) {
			hw_state(&hw->used[i], &s->hws[s->n_hws]);
			s->hws[s->n_hws].error_ns = hw->devs[s->n_hws].worst;
			s->n_hws++;
		}
}

/* Everything but what the connections know. NULL: out of memory. */
static struct snapshot *collect(struct collector *c)
{
	struct snapshot *s = snapshot_new();

	if (!s)
		return NULL;
	s->mono_ns = mono_now();
	s->interval_ns = s->mono_ns - c->start_ns;
	for (unsigned i = 0; i < c->path->cpus; i++)
		snapshot_add_cpu(s, &c->rows[i]);
	s->ledger[NS_RX].lost[LOSS_UNREAD] += c->unread;
	s->ledger[NS_TX].lost[LOSS_UNACKED] += c->unacked;
	for (int dir = 0; dir < NS_DIRS; dir++)
		s->ledger[dir].lost[LOSS_MISSED] = path_misses(c->path, dir);
	copy_hws(c, s);
	if (c->softirqs)
		s->softirqs = softirq_collect(c->softirqs, false);
	if (tables_copy(c, s) || (c->softirqs && !s->softirqs)) {
		snapshot_free(s);
		return NULL;
	}
	return s;
}

struct snapshot *collector_snapshot(struct collector *c)
{
	struct snapshot *s = collect(c);

	if (s && copy_conns(c, s)) {
		snapshot_free(s);
		return NULL;
	}
	return s;
}

int collector_track(struct collector *c)
{
	c->changes = changes_new(c->path->max_connections);
	return c->changes ? 0 : -ENOMEM;
}

struct snapshot *collector_interval(struct collector *c)
{
	struct snapshot *now = collect(c), *out = snapshot_new();
	int err = now && out ? 0 : -ENOMEM;
	__u32 used = maintain(c, mono_now());

	for (__u32 i = 0; !err && i < used; i++)
		if (c->conns[i].state != CONN_FREE)
			err = changes_look(c->changes, i, &c->conns[i]);
	if (!err) {
		totals_put(&c->changes->totals, now);
		err = snapshot_delta(now, c->before, out);
	}
	if (err) {
		snapshot_free(now);
		snapshot_free(out);
		return NULL;
	}
	changes_take(c->changes, out);
	snapshot_free(c->before);
	c->before = now;
	return out;
}
