/* SPDX-License-Identifier: GPL-2.0-only */
/* Snapshots and packets as the bytes of a recording, and back. Pure functions of their input. */
#ifndef NS_RECORDED_H
#define NS_RECORDED_H

#include "codec.h"
#include "ranking.h"
#include "snapshot.h"
#include "softirq_model.h"

/* Connections, qdiscs or drops of one interval that a reader takes; more is no valid recording. */
#define RECORDED_MAX (1 << 16)

/* One interval of a recording. */
struct recorded_interval {
	struct snapshot *s;	  /* what was new in it */
	struct ns_event *packets; /* the slow ones, in the order in which they ended */
	size_t n_packets;
	struct ranking slow; /* of all slow ones; no rules: there are none */
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

int ranking_encode(const struct ranking *r, struct codec *c);
/* Into *r, which ranking_init() has seen. 0 or -EBADMSG. ri: of the recording. */
int ranking_decode(const void *data, size_t len, const struct dictionary *names,
		   const struct run_info *ri, struct ranking *r);

/* Parts that both have. */
void walk_flow(struct codec *c, struct flow *flow);

/* What all CPUs have in common, but for mono_ns; and CPU `cpu`, or, reading, whichever it is. */
void walk_cpus(struct codec *c, struct softirq_snapshot *s);
void walk_cpu(struct codec *c, struct softirq_snapshot *s, unsigned cpu);

#endif
