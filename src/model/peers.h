/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The connections of one service in one interval: how slow they are, and how much slower than
 * usual, as histograms of an eighth of an octave. A service is a direction, a protocol, a network
 * namespace, a port and which end it is at. Which of its two ports is a connection's service: the
 * one that more connections share, for each client has a port of its own; where that says nothing,
 * the smaller one. Pure computation, in memory that is taken once.
 */
#ifndef NS_PEERS_H
#define NS_PEERS_H

#include <stddef.h>

#include "snapshot.h"
#include "usual.h"

#define PEERS_GROUPS 512
#define PEERS_LEAST 10 /* connections that make a group worth comparing with */

#define PEERS_STEP (OCTAVE / 8)
#define PEERS_BINS (40 * 8) /* of levels: up to 2^40 ns */

struct peers_key {
	__u8 dir, proto;
	__u16 port;
	bool local;  /* the port is the local one: here is the server */
	__u32 netns; /* of this end */
};

struct peers_group {
	bool used;
	struct peers_key key;
	__u32 n;       /* connections */
	__u32 n_rises; /* of these, with a past */
	__u32 levels[PEERS_BINS];
	__u32 rises[2 * PEERS_BINS]; /* the middle is 0 */
	__u64 packets, stages[STAGES_MAX];

	/* what peers_finish() makes of it, of PEERS_LEAST or more */
	bool alike;
	__u32 median, deviation, high; /* high: nine tenths are not above it */
	__u32 rise;		       /* of the median connection; 0: none */
};

/* Connections of each end's port in the interval; ports that meet in a place are counted as one. */
#define PEERS_PORTS (1 << 15)

struct peers {
	__u16 ports[PEERS_PORTS];
	unsigned n;
	__u16 order[PEERS_GROUPS]; /* those in use */
	__u64 left_out;		   /* connections without a group: too many services */
	struct peers_group groups[PEERS_GROUPS];
};

bool peers_same(const struct peers_key *a, const struct peers_key *b);
__u32 peers_hash(const struct peers_key *key);

/* Forget the interval before. */
void peers_begin(struct peers *p);

/* First each connection of the interval once; then the service of one of them. */
void peers_count(struct peers *p, const struct flow *flow);
struct peers_key peers_key_of(const struct peers *p, const struct flow *flow, enum ns_dir dir);

/* The group of a connection; NULL: no room. */
struct peers_group *peers_group(struct peers *p, const struct peers_key *key);

void peers_add(struct peers_group *g, const struct conn_dir *d, __u32 level);
void peers_add_rise(struct peers_group *g, __s32 rise);

/* All of the interval are in. */
void peers_finish(struct peers *p);

#endif
