/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all answers of one interval are made of: made once by the measuring thread, never changed,
 * read by the one that serves. Reference-counted, because that one may still be writing an answer
 * when the next view comes.
 */
#ifndef NS_VIEW_H
#define NS_VIEW_H

#include <stdatomic.h>

#include "anomaly.h"
#include "prometheus.h"
#include "snapshot.h"

#define VIEW_PACKETS 256   /* slow packets kept, the latest; and as many that were dropped */
#define HISTORY_POINTS 300 /* intervals kept */

/* One interval of the past, as a JSON line. */
struct history_line {
	atomic_uint refs;
	__u64 mono_ns;
	size_t len;
	char text[];
};

struct view {
	atomic_uint refs;
	const struct run_info *ri; /* outlives all views */
	struct snapshot *total;	   /* since the start, marked as final */
	struct snapshot *interval;
	struct self_use self;
	struct ns_event *packets; /* slow or dropped, the oldest first */
	size_t n_packets;
	struct history_line *history[HISTORY_POINTS]; /* the oldest first */
	size_t n_history;
	struct anomaly *anomalies; /* those that go on first */
	size_t n_anomalies;
	struct anomaly_counts anomaly_counts;
	struct prom_known known;
};

/* The latest packets of a kind. */
struct view_ring {
	struct ns_event list[VIEW_PACKETS];
	__u64 nth[VIEW_PACKETS]; /* of all kinds, as they came */
	size_t n;		 /* ever */
};

/* What the measuring thread collects between two views. */
struct view_maker {
	const struct run_info *ri;
	struct anomalies *anomalies; /* NULL: not looked for */
	struct view *last;
	struct prom_known known;	/* what has series of its own */
	struct view_ring slow, dropped; /* each with room of its own: one flood must not end both */
};

/* Remember a slow packet, or one that was dropped. */
void view_packet(struct view_maker *m, const struct ns_event *e);

/*
 * The view of a new snapshot, which it takes over (also when it fails). Two references: the
 * caller's, and the maker's own until the next one. NULL when out of memory: the last one stays.
 */
struct view *view_make(struct view_maker *m, struct snapshot *total);
void view_maker_free(struct view_maker *m);

struct view *view_get(struct view *v);
void view_put(struct view *v); /* NULL is fine */

#endif
