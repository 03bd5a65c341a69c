/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the JSON renderer share. Functions that make a value return NULL when memory is
 * short: jansson refuses to set a NULL member and says so, and json_line() gets what was refused.
 */
#ifndef NS_JSON_PARTS_H
#define NS_JSON_PARTS_H

#include <jansson.h>

#include "cause.h"
#include "json.h"

/* A new line of a type. */
json_t *json_object_of(const char *type);

/* Write the line and let go of it. failed: not 0 if a member could not be set. */
int json_line(FILE *f, json_t *line, int failed);

/* What was written goes out now: 0 or -errno. */
int json_flush(FILE *f);

/* null where there are too few samples */
json_t *json_quantile(const struct hist *h, double q);

/* [[le_ns, count], ...] without the empty buckets; the overflow bucket's le_ns is null. */
json_t *json_buckets(const struct hist *h);

/* Integers are signed in jansson; no sum of real durations comes near 2^63 ns, and others are cut.
 */
json_t *json_u64(__u64 v);

/* Text that somebody else chose: up to len bytes, made printable. */
json_t *json_text(const char *text, size_t len);

/* The q quantile in ns; null where there are too few samples. */
json_t *json_quantile(const struct hist *h, double q);

/* A drop's reason by name; null where the kernel tells none. */
json_t *json_reason(const struct run_info *ri, __u32 reason);

/* A stage's own name; null for a number that is none. */
json_t *json_stage(unsigned dir, unsigned stage);

/* Why a packet was slow: *c is what cause_find() made of *e. */
json_t *json_cause(const struct cause *c, const struct ns_event *e, const struct run_info *ri);

/* The `packet` object of json_packet(). */
json_t *json_packet_object(const struct ns_event *e, const struct run_info *ri);

/* Which of these devices have stamps of their own: the member `hw` of `start` and `check`. */
json_t *json_hw_infos(const struct hw_info *infos, unsigned n);

/* A received packet's; null where its device gave none that can be used. */
json_t *json_hw_stamp(const struct ns_event *e);

/* The members that say which flow, in this order, in packets and connections. */
int json_set_flow(json_t *line, const struct flow *flow, __u32 pid, const char *comm);

/* Lines of json_snapshot() that have a file of their own. */
int json_connections(FILE *f, const struct snapshot *s, const struct run_info *ri,
		     const struct text_opts *o);
int json_hws(FILE *f, const struct snapshot *s);
int json_causes(FILE *f, const struct snapshot *s);
int json_cpus(FILE *f, const struct snapshot *s);

/* `cpus` and `cpus_left_out` of a line of history, where the snapshot has them. Not 0: failed. */
int json_set_cpus(json_t *line, const struct snapshot *s);
int json_qdiscs(FILE *f, const struct snapshot *s);
int json_drops(FILE *f, const struct snapshot *s, const struct run_info *ri);

#endif
