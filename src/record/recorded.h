/* SPDX-License-Identifier: GPL-2.0-only */
/* Snapshots and packets as the bytes of a recording, and back. Pure functions of their input. */
#ifndef NS_RECORDED_H
#define NS_RECORDED_H

#include "codec.h"
#include "snapshot.h"

/* Connections, qdiscs or drops of one interval that a reader takes; more is no valid recording. */
#define RECORDED_MAX (1 << 16)

/* One interval of a recording. */
struct recorded_interval {
	struct snapshot *s;	  /* what was new in it */
	struct ns_event *packets; /* the slow ones, in the order in which they ended */
	size_t n_packets;
	__u64 connections_left_out, packets_left_out; /* what it had besides */
};

/* The bytes are c->data, c->len, to be freed by the caller. 0 or -ENOMEM. */
int snapshot_encode(const struct snapshot *s, struct codec *c);

/* A new snapshot, never final. NULL: *err is -ENOMEM, or -EBADMSG for bytes that are none. */
struct snapshot *snapshot_decode(const void *data, size_t len, const struct dictionary *names,
				 int *err);

int packet_encode(const struct ns_event *e, struct codec *c);
int packet_decode(const void *data, size_t len, const struct dictionary *names,
		  struct ns_event *e); /* 0 or -EBADMSG */

/* Parts that both have. */
void walk_flow(struct codec *c, struct flow *flow);

#endif
