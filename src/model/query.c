// SPDX-License-Identifier: GPL-2.0-only
#include "query.h"

#include "names.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The rank is computed once for each connection, not at each comparison. */
struct ranked {
	__u64 rank;
	__u64 n; /* packets of the direction, then of both */
	__u64 n_all;
	const struct conn *conn;
};

struct conn_id conn_id(const struct conn *c)
{
	return (struct conn_id){.flow = c->flow, .gen = c->gen, .row = c->row};
}

const struct conn *conn_find(const struct conn *c, size_t n, const struct conn_id *id)
{
	for (size_t i = 0; i < n; i++)
		if (c[i].row == id->row && c[i].gen == id->gen &&
		    !memcmp(&c[i].flow, &id->flow, sizeof(id->flow)))
			return &c[i];
	return NULL;
}

/* Is there no list, or is one of it equal? */
#define ANY_OF(count, test)                                                                        \
	({                                                                                         \
		bool any_ = !(count);                                                              \
		for (__u32 i = 0; i < (count) && !any_; i++)                                       \
			any_ = (test);                                                             \
		any_;                                                                              \
	})

static bool host_is(const struct host_match *m, const __u8 address[16])
{
	__u64 a[2];

	memcpy(a, address, sizeof(a));
	return (a[0] & m->mask[0]) == m->addr[0] && (a[1] & m->mask[1]) == m->addr[1];
}

static bool passes(const struct path_config *f, const struct conn *c)
{
	const struct flow *w = &c->flow;

	if (f->protos && !(f->protos & 1U << w->proto))
		return false;
	if (f->families && !(f->families & (w->ipv6 ? FAMILY_IPV6 : FAMILY_IPV4)))
		return false;
	return ANY_OF(f->n_ports, f->ports[i] == w->local_port || f->ports[i] == w->remote_port) &&
	       ANY_OF(f->n_local_ports, f->local_ports[i] == w->local_port) &&
	       ANY_OF(f->n_hosts,
		      host_is(&f->hosts[i], w->local) || host_is(&f->hosts[i], w->remote)) &&
	       ANY_OF(f->n_netns, f->netns[i] == w->netns) &&
	       ANY_OF(f->n_pids, f->pids[i] == c->pid) &&
	       ANY_OF(f->n_comms, !strncmp(f->comms[i], c->comm, COMM_LEN));
}

/* What a word is looked for in: "ADDRESS:PORT ADDRESS:PORT COMM/PID". */
static void describe(const struct conn *c, char *buf, size_t size)
{
	static const __u8 mapped[12] = {[10] = 0xff, [11] = 0xff};
	const __u8 *ends[2] = {c->flow.local, c->flow.remote};
	char text[2][INET6_ADDRSTRLEN];

	for (unsigned i = 0; i < 2; i++) {
		bool v4 = !memcmp(ends[i], mapped, sizeof(mapped));

		if (!inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? ends[i] + 12 : ends[i], text[i],
			       sizeof(text[i])))
			text[i][0] = '\0';
	}
	snprintf(buf, size, "%s:%u %s:%u %.*s/%u", text[0], c->flow.local_port, text[1],
		 c->flow.remote_port, COMM_LEN, c->comm, c->pid);
}

bool conn_matches(const struct conn *c, const struct conn_query *q)
{
	char text[2 * INET6_ADDRSTRLEN + 2 * COMM_LEN + 32];

	if (!passes(&q->filter, c))
		return false;
	if (q->n_words)
		describe(c, text, sizeof(text));
	for (unsigned i = 0; i < q->n_words && i < QUERY_WORDS; i++)
		if (!strstr(text, q->words[i]))
			return false;
	return true;
}

static int larger(__u64 a, __u64 b)
{
	return (a < b) - (a > b);
}

static int by_rank(const void *va, const void *vb)
{
	const struct ranked *a = va, *b = vb;
	int d = larger(a->rank, b->rank);

	if (!d)
		d = larger(a->n, b->n);
	if (!d)
		d = larger(a->n_all, b->n_all);
	if (!d)
		d = memcmp(&a->conn->flow, &b->conn->flow, sizeof(a->conn->flow));
	return d ? d : (a->conn > b->conn) - (a->conn < b->conn);
}

static void swap(struct ranked *a, struct ranked *b)
{
	struct ranked t = *a;

	*a = *b;
	*b = t;
}

/* Bring the `want` first of them to the front, unsorted (quickselect, middle element as pivot). */
static void select_first(struct ranked *r, size_t n, size_t want)
{
	size_t lo = 0, hi = n;

	while (hi - lo > 1 && want > lo && want < hi) {
		size_t at = lo;

		swap(&r[lo + (hi - lo) / 2], &r[hi - 1]);
		for (size_t i = lo; i < hi - 1; i++)
			if (by_rank(&r[i], &r[hi - 1]) < 0)
				swap(&r[i], &r[at++]);
		swap(&r[at], &r[hi - 1]);
		if (want <= at)
			hi = at;
		else
			lo = at + 1;
	}
}

/* What a stage is measured with on this kernel goes by another's name. */
__u64 conn_query_rank(const struct conn *c, const struct conn_query *q)
{
	unsigned stage = q->ri ? stage_measured(q->ri, q->dir, c->flow.proto, q->stage) : q->stage;

	return conn_rank(c, q->dir, q->key, stage);
}

const struct conn **conns_select(const struct conn *c, size_t n_conns, const struct conn_query *q,
				 size_t want, size_t *n)
{
	struct ranked *r = malloc((n_conns ? n_conns : 1) * sizeof(*r));
	const struct conn **out = NULL;
	size_t found = 0;

	for (size_t i = 0; r && i < n_conns; i++)
		if (conn_matches(&c[i], q))
			r[found++] = (struct ranked){.rank = conn_query_rank(&c[i], q),
						     .n = c[i].dir[q->dir].n,
						     .n_all = c[i].dir[NS_RX].n + c[i].dir[NS_TX].n,
						     .conn = &c[i]};
	if (want > found)
		want = found;
	if (r)
		out = malloc((want ? want : 1) * sizeof(*out));
	if (out) {
		select_first(r, found, want);
		qsort(r, want, sizeof(*r), by_rank);
		for (size_t i = 0; i < want; i++)
			out[i] = r[i].conn;
		*n = found;
	}
	free(r);
	return out;
}
