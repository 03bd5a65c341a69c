/* SPDX-License-Identifier: GPL-2.0-only */
/* What a packet's record means: the one reading of it that all outputs share. */
#ifndef NS_PACKET_H
#define NS_PACKET_H

#include <linux/types.h>
#include <stdbool.h>

#include "record.h"
#include "snapshot.h"

struct packet {
	bool valid; /* false: a stamp lies before its predecessor, or absurdly far off */
	enum ns_dir dir;
	__u32 points; /* bit mask of the points with a hook for its direction and protocol; of those
		       * that only some packets have, its own */
	__u32 stages; /* bit mask of what this packet has, without the total; hol only if PKT_OOO */
	__u64 ns[STAGES_MAX]; /* the stages, and the total as the exact sum of those before it */
	__u64 start;	      /* its first stamp */
	int wait_stage;	      /* TX: the stage that the wait in the socket is part of, or -1 */
};

/* Any content of e is safe. A dropped packet has the stages it went through; its total is theirs.
 */
void packet_read(const struct ns_event *e, const struct run_info *ri, struct packet *out);

/*
 * The sender's half of a received packet that this kernel sent too (PKT_LOCAL), read as a packet
 * that is sent; and the time from its first stamp to the read. False where there is none, or the
 * read lies before it. Of stamps out of order only out->valid tells.
 */
bool packet_read_sent(const struct ns_event *e, struct packet *out, __u64 *local_ns);

/* The name of the n-th flag that is set ("ooo", "unnotified", "partial", "resent", "dropped",
 * "local", and the ways of stages.h), NULL after the last. PKT_QUEUED is none: the qdisc's kind
 * says it. */
const char *packet_flag(const struct ns_event *e, unsigned n);

/* Who is to blame for a stage of a received packet (RXS_SOFTIRQ_WAIT, RXS_RUNQUEUE); NULL where
 * nobody is known. Its text is the name of a task, an interrupt or a softirq. */
const struct blame *packet_blame(const struct ns_event *e, unsigned stage);
const char *blame_kind_name(const struct blame *b);
const char *blame_name(const struct blame *b);

#endif
