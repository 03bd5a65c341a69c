/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The connections of one service in one interval: how slow they are, and how much slower than
 * usual, as histograms of an eighth of an octave. A service is a direction, a protocol, a port (the
 * smaller of a connection's two: clients' ports are large) and which end it is at. Pure
 * computation, in memory that is taken once.
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
	bool local; /* the port is the local one: here is the server */
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

struct peers {
	unsigned n;
	__u16 order[PEERS_GROUPS]; /* those in use */
	__u64 left_out;		   /* connections without a group: too many services */
	struct peers_group groups[PEERS_GROUPS];
};

struct peers_key peers_key_of(const struct flow *flow, enum ns_dir dir);

/* Forget the interval before. */
void peers_begin(struct peers *p);

/* The group of a connection; NULL: no room. */
struct peers_group *peers_group(struct peers *p, const struct peers_key *key);

void peers_add(struct peers_group *g, const struct conn_dir *d, __u32 level);
void peers_add_rise(struct peers_group *g, __s32 rise);

/* All of the interval are in. */
void peers_finish(struct peers *p);

#endif
