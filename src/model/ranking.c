// SPDX-License-Identifier: GPL-2.0-only
#include "ranking.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "packet.h"

int ranking_init(struct ranking *r)
{
	memset(r, 0, sizeof(*r));
	r->rules = calloc(n_cause_rules, sizeof(*r->rules));
	return r->rules ? 0 : -ENOMEM;
}

void ranking_free(struct ranking *r)
{
	free(r->rules);
	memset(r, 0, sizeof(*r));
}

void ranking_add(struct ranking *r, const struct ns_event *e, const struct run_info *ri)
{
	struct ranked *mine;
	struct cause cause;
	struct packet p;

	packet_read(e, ri, &p);
	if (!cause_find(e, &p, ri, &cause)) {
		r->unclear++;
		return;
	}
	r->packets++;
	r->sum += cause.of_ns;
	mine = &r->rules[cause.rule - cause_rules];
	mine->n++;
	mine->sum += cause.ns;
	if (mine->n == 1 || cause.ns > mine->worst.ns) {
		mine->worst = cause;
		mine->event = *e;
	}
}

void ranking_merge(struct ranking *to, const struct ranking *from)
{
	to->packets += from->packets;
	to->sum += from->sum;
	to->unclear += from->unclear;
	for (size_t i = 0; i < n_cause_rules; i++) {
		struct ranked *mine = &to->rules[i];
		const struct ranked *other = &from->rules[i];

		if (other->n && (!mine->n || other->worst.ns > mine->worst.ns)) {
			mine->worst = other->worst;
			mine->event = other->event;
		}
		mine->n += other->n;
		mine->sum += other->sum;
	}
}

void ranking_reset(struct ranking *r)
{
	r->packets = r->sum = r->unclear = 0;
	memset(r->rules, 0, n_cause_rules * sizeof(*r->rules));
}

__u64 ranking_missed(const struct snapshot *total)
{
	__u64 n = 0;

	for (int dir = 0; dir < NS_DIRS; dir++)
		n += total->ledger[dir].lost[LOSS_EVENT_FULL];
	return n;
}

static int by_time(const void *va, const void *vb)
{
	const struct ranked *a = *(const struct ranked *const *)va;
	const struct ranked *b = *(const struct ranked *const *)vb;

	if (a->sum != b->sum)
		return a->sum > b->sum ? -1 : 1;
	return a < b ? -1 : a > b;
}

size_t ranking_order(const struct ranking *r, const struct ranked **list)
{
	size_t n = 0;

	for (size_t i = 0; i < n_cause_rules; i++)
		if (r->rules[i].n)
			list[n++] = &r->rules[i];
	qsort(list, n, sizeof(*list), by_time);
	return n;
}
