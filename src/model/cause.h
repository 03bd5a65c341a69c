/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a packet was slow: the stage that made most of it, and the rule of the table that the record
 * gives evidence for. docs/causes.md shows the table to users; a test compares the two.
 */
#ifndef NS_CAUSE_H
#define NS_CAUSE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "packet.h"
#include "record.h"
#include "snapshot.h"

/* From this total on a packet is slow, if the user says nothing else. docs/causes.md has why. */
#define SLOW_DEFAULT_NS 1000000ULL

/* What a rule is about. */
enum cause_scope {
	CAUSE_OF_STAGE,	 /* a stage of the packet: cause_rule.stage */
	CAUSE_OF_DROP,	 /* the packet was dropped */
	CAUSE_OF_MERGED, /* several stages that are measured as one */
	CAUSE_OF_SENT,	 /* this kernel sent it too: a stage of its sender */
	CAUSE_OF_WAY,	 /* the same: between its sender's last point and the stack here */
};

struct cause_facts {
	const struct ns_event *e;
	const struct run_info *ri;
	const struct packet *p; /* the half that `stage` belongs to */
	unsigned stage;
	__u64 ns; /* of that stage; a rule that explains a part of it sets it to that part */
};

struct cause_rule {
	const char *name; /* as in JSON */
	enum cause_scope scope;
	enum ns_dir dir;
	unsigned stage; /* enum rx_stage or tx_stage, of CAUSE_OF_STAGE */
	/* Bit mask of the points that must have a hook for the statement to be certain: without
	 * one of them it is only probable. PROBABLE: it always is. */
	__u32 certain_with;
	bool (*holds)(struct cause_facts *f); /* NULL: always */
	const char *evidence;
	/* The sentence: {words in braces} are what cause_text() (output/) puts in. */
	const char *text;
	const char *advice; /* NULL: none */
};

#define CAUSE_PROBABLE (~0U)

/* For each scope, direction and stage, in the order in which they are asked. */
extern const struct cause_rule cause_rules[];
extern const size_t n_cause_rules;

struct cause {
	const struct cause_rule *rule;
	enum ns_dir dir; /* of the stage: NS_TX too of a received packet that its sender held */
	unsigned stage;	 /* STAGES_MAX: none, of CAUSE_OF_WAY */
	__u32 points;	 /* with a hook, in that direction: for stage_label() */
	__u64 ns;	 /* explained */
	__u64 of_ns;	 /* of all that was looked at: the total, or the time since the sender's
			    first stamp, or (what followed the total) the stage itself */
	bool certain;
};

/*
 * The cause of a packet that was slow (ri->slow_ns or longer) or dropped; *p is what packet_read()
 * made of *e. Looked at is its total; if that was not slow, what followed it or, of a local packet,
 * what was before it. False: it was not slow, its stamps are out of order, or ri->slow_ns is 0.
 */
bool cause_find(const struct ns_event *e, const struct packet *p, const struct run_info *ri,
		struct cause *out);

/* The same of one of its stages, whether or not that was the longest: of what is an example for
 * that stage. False: it has none of its own, or its stamps are out of order. */
bool cause_of_stage(const struct ns_event *e, const struct packet *p, const struct run_info *ri,
		    unsigned stage, struct cause *out);

#endif
