// SPDX-License-Identifier: GPL-2.0-only
#include "peers.h"

#include <string.h>

#define PROBES 16

#define PORT_MANY 0xffff

bool peers_same(const struct peers_key *a, const struct peers_key *b)
{
	return a->dir == b->dir && a->proto == b->proto && a->port == b->port &&
	       a->local == b->local && a->netns == b->netns;
}

__u32 peers_hash(const struct peers_key *key)
{
	__u32 h = (key->port * 8U + key->proto * 4U + key->dir * 2U + key->local) * 2654435761U;

	return (h ^ key->netns) * 2246822519U;
}

/* The place of the port of one end, whatever the direction is. */
static unsigned place_of(const struct flow *flow, bool local)
{
	const struct peers_key key = {.proto = flow->proto,
				      .port = local ? flow->local_port : flow->remote_port,
				      .local = local,
				      .netns = flow->netns};

	return (peers_hash(&key) >> 16) % PEERS_PORTS;
}

void peers_count(struct peers *p, const struct flow *flow)
{
	for (int local = 0; local < 2; local++) {
		__u16 *n = &p->ports[place_of(flow, local)];

		*n += *n < PORT_MANY;
	}
}

struct peers_key peers_key_of(const struct peers *p, const struct flow *flow, enum ns_dir dir)
{
	__u16 here = p->ports[place_of(flow, true)], there = p->ports[place_of(flow, false)];
	bool smaller = flow->local_port <= flow->remote_port;
	bool local = !flow->remote_port || (here == there ? smaller : here > there);

	return (struct peers_key){
		.dir = (__u8)dir,
		.proto = flow->proto,
		.port = local ? flow->local_port : flow->remote_port,
		.local = local,
		.netns = flow->netns,
	};
}

void peers_begin(struct peers *p)
{
	for (unsigned i = 0; i < p->n; i++)
		memset(&p->groups[p->order[i]], 0, sizeof(p->groups[0]));
	p->n = 0;
	memset(p->ports, 0, sizeof(p->ports));
}

struct peers_group *peers_group(struct peers *p, const struct peers_key *key)
{
	__u32 h = peers_hash(key);

	for (unsigned i = 0; i < PROBES; i++) {
		unsigned at = ((h >> 16) + i) % PEERS_GROUPS;
		struct peers_group *g = &p->groups[at];

		if (g->used && peers_same(&g->key, key))
			return g;
		if (!g->used) {
			g->used = true;
			g->key = *key;
			p->order[p->n++] = (__u16)at;
			return g;
		}
	}
	p->left_out++;
	return NULL;
}

static __u32 bin_of(__u32 level)
{
	__u32 bin = level / PEERS_STEP;

	return bin < PEERS_BINS ? bin : PEERS_BINS - 1;
}

void peers_add(struct peers_group *g, const struct conn_dir *d, __u32 level)
{
	g->n++;
	g->levels[bin_of(level)]++;
	g->packets += d->n;
	for (unsigned i = 0; i < STAGES_MAX; i++)
		g->stages[i] += d->stages[i].sum;
}

void peers_add_rise(struct peers_group *g, __s32 rise)
{
	__u32 bin = bin_of((__u32)(rise < 0 ? -rise : rise));

	g->n_rises++;
	g->rises[rise < 0 ? PEERS_BINS - 1 - bin : PEERS_BINS + bin]++;
}

/* The bin of the sample of this rank, from 1. */
static unsigned ranked(const __u32 *bins, unsigned n_bins, __u32 rank)
{
	__u32 n = 0;

	for (unsigned i = 0; i < n_bins; i++) {
		n += bins[i];
		if (n >= rank)
			return i;
	}
	return n_bins - 1;
}

/* How many bins away from the middle one half of all are. */
static unsigned median_distance(const struct peers_group *g, unsigned middle)
{
	__u32 n = g->levels[middle];
	unsigned away = 0;

	while (n < (g->n + 1) / 2 && ++away < PEERS_BINS) {
		if (middle >= away)
			n += g->levels[middle - away];
		if (middle + away < PEERS_BINS)
			n += g->levels[middle + away];
	}
	return away;
}

static void finish(struct peers_group *g)
{
	unsigned middle, rise;

	if (g->n_rises >= PEERS_LEAST) {
		rise = ranked(g->rises, 2 * PEERS_BINS, (g->n_rises + 1) / 2);
		g->rise = rise > PEERS_BINS ? (rise - PEERS_BINS) * PEERS_STEP : 0;
	}
	g->alike = g->n >= PEERS_LEAST;
	if (!g->alike)
		return;
	middle = ranked(g->levels, PEERS_BINS, (g->n + 1) / 2);
	g->median = middle * PEERS_STEP + PEERS_STEP / 2;
	g->deviation = (__u32)(1.4826 * median_distance(g, middle) * PEERS_STEP);
	g->high = (ranked(g->levels, PEERS_BINS, g->n - g->n / 10) + 1) * PEERS_STEP;
}

void peers_finish(struct peers *p)
{
	for (unsigned i = 0; i < p->n; i++)
		finish(&p->groups[p->order[i]]);
}
