/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What has become slow: connections against their own past and against their peers, services,
 * stages, queueing disciplines and CPUs against their past. Pure computation, in memory that is
 * taken once. docs/anomalies.md says how, and why so; the numbers are those of anomaly_rules[].
 *
 *	struct anomalies *a = anomalies_new(connections, ri);
 *	... anomalies_packet(a, e) for each slow packet: the examples ...
 *	anomalies_interval(a, delta, false);
 *	for (i = 0; (x = anomalies_changed(a, i)); i++) ...
 */
#ifndef NS_ANOMALY_H
#define NS_ANOMALY_H

#include "query.h"
#include "snapshot.h"
#include "usual.h"

enum anomaly_scope {
	ANOMALY_CONNECTION,
	ANOMALY_SERVICE, /* the median of a port's connections */
	ANOMALY_STAGE,
	ANOMALY_QDISC,
	ANOMALY_CPU, /* the delay of NET_RX on it */
	ANOMALY_SCOPES
};

/* A rule for each scope, and one for connections against their peers. */
enum anomaly_rule_id { RULE_PEERS = ANOMALY_SCOPES, ANOMALY_RULES };

struct anomaly_rule {
	const char *name;  /* of the scope, as in JSON */
	unsigned packets;  /* that make a value; fewer are put together with the next interval's */
	double far;	   /* so many deviations above the median; over again below half of it */
	double deviation;  /* at least, in octaves */
	__u8 raise, clear; /* values in a row */
};

extern const struct anomaly_rule anomaly_rules[ANOMALY_RULES];

#define ANOMALY_RISE_NS 5000 /* what rises by less is none */
#define ANOMALY_LASTING 600  /* values: what is so for that long is what is usual now */
#define ANOMALY_GONE 30	     /* intervals without packets: over */
#define ANOMALY_HABIT 2	     /* what began so often, ... */
#define ANOMALY_HABIT_TIME                                                                         \
	3600		/* ... each within so many intervals of the one before, is a habit */
#define ANOMALY_MAX 128 /* that are told at a time */

enum anomaly_end {
	ANOMALY_ACTIVE,
	ANOMALY_OVER,	    /* as before */
	ANOMALY_IS_USUAL,   /* ANOMALY_LASTING */
	ANOMALY_NO_PACKETS, /* ANOMALY_GONE */
	ANOMALY_ENDS
};

/* "active", "over", "lasting", "gone" */
extern const char *const anomaly_end_names[ANOMALY_ENDS];

struct anomaly {
	__u64 id; /* 1, 2 ... of this run */
	enum anomaly_scope scope;
	bool peers; /* compared with its peers, not with its past */
	enum anomaly_end end;
	enum ns_dir dir;
	unsigned proto;
	unsigned
		stage; /* the one that has grown most; STAGES_MAX: none of those before the total */
	/* Geometric means: what is usual, and what was when it began (peers: their median). */
	__u64 usual_ns, now_ns;
	__u64 latest_ns; /* the same of its latest value */
	/* Of the stage: the mean of a packet, usual and when it began. */
	__u64 stage_usual_ns, stage_now_ns;
	__u64 n;	     /* packets, when it began; of a service: connections */
	__u64 since_ns;	     /* end of the first interval that was far off (CLOCK_MONOTONIC) */
	__u64 raised_ns;     /* when that was certain */
	__u64 ended_ns;	     /* 0: it goes on */
	__u64 changed;	     /* the interval in which it began or ended */
	int cause;	     /* that held back data the longest: enum tx_cause; -1: none */
	struct conn_id conn; /* ANOMALY_CONNECTION; with its latest process */
	__u32 pid;
	char comm[COMM_LEN];
	__u16 port;	    /* ANOMALY_CONNECTION, ANOMALY_SERVICE: of the service, ... */
	bool local;	    /* ... which is at this end */
	__u32 netns;	    /* and of this end */
	struct qdisc qdisc; /* ANOMALY_QDISC: its name; no numbers */
	unsigned cpu;	    /* ANOMALY_CPU, ... */
	bool ksoftirqd; /* ... and half of its runs or more, when it began, were in that thread */
	bool has_example;
	struct ns_event example;
};

struct anomalies;

/* For that many connections at a time, at most. ri outlives it. NULL: out of memory; _free accepts
 * NULL. */
struct anomalies *anomalies_new(size_t connections, const struct run_info *ri);
void anomalies_free(struct anomalies *a);

/* A slow packet, in any order: a possible example. */
void anomalies_packet(struct anomalies *a, const struct ns_event *e);

/* One interval (as snapshot_delta() makes it). partial: not all of its connections are in it, and
 * those that are were chosen: they have no peers. */
void anomalies_interval(struct anomalies *a, const struct snapshot *delta, bool partial);

/* The i-th anomaly that began or ended in the latest interval; NULL: no more. */
const struct anomaly *anomalies_changed(const struct anomalies *a, unsigned i);

/* The i-th of all that are known: those that go on, the latest first, then those that have ended,
 * the latest first. NULL: no more. */
const struct anomaly *anomalies_at(const struct anomalies *a, unsigned i);

struct anomaly_counts {
	__u64 intervals;	      /* taken in */
	__u64 active[ANOMALY_SCOPES]; /* now */
	__u64 total[ANOMALY_SCOPES];  /* ever began */
	__u64 untracked;	      /* connections and values that found no room */
	__u64 habitual;		      /* values that were far off, but no worse than twice before */
	__u64 untold;		      /* anomalies that there was no room to tell of */
};

const struct anomaly_counts *anomalies_counts(const struct anomalies *a);

/* All that is known at one time, which later intervals leave as it is. */
struct anomaly_list {
	struct anomaly_counts counts;
	unsigned n;
	struct anomaly at[ANOMALY_MAX]; /* in the order of anomalies_at() */
};

void anomalies_list(const struct anomalies *a, struct anomaly_list *to);

__u64 anomaly_active(const struct anomaly_counts *c);

/* Intervals until the first thing can be said of a past; 0: it can. */
unsigned anomaly_warmup(const struct anomaly_counts *c);

#endif
