/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a running display shows: the latest interval, the total, and the history; of what is
 * measured, or of a recording.
 */
#ifndef NS_LIVE_H
#define NS_LIVE_H

#include "accumulate.h"
#include "anomaly.h"
#include "collect.h"
#include "series.h"
#include "slow.h"
#include "snapshot.h"

struct live {
	struct collector *collector;
	struct recording *recording; /* instead; its time stands still while held */
	struct accumulator sums;     /* of the recording: what `total` is of the other */
	bool ended;		     /* no more of it */
	struct series *series;
	struct anomalies *anomalies;   /* they go on while held */
	struct anomaly_list *list;     /* of them, as shown */
	struct slow *slow, *held_slow; /* the same; and as they were then */
	struct snapshot *interval;     /* as shown; NULL before the first */
	struct snapshot *total;	 /* since the reset, as of the latest time that it was wanted */
	struct snapshot *base;	 /* at the reset; NULL: the start */
	bool held;		 /* interval, total and list stay as they are */
	struct snapshot *latest; /* what interval will be then; NULL: as it is */
	unsigned newer;		 /* intervals in the series since then */
};

/* 0 or -ENOMEM; live_close accepts any state. */
int live_open(struct live *l, struct collector *c, const struct run_info *ri);
void live_close(struct live *l);

/* The same of a recording. A failure is reported. */
int live_open_recording(struct live *l, const char *path);

/* A slow packet was measured. ri: as of live_open(). */
void live_packet(struct live *l, const struct ns_event *e, const struct run_info *ri);

/* The slow packets to show. */
struct slow *live_slow(const struct live *l);

/* Whose numbers they are. */
const struct run_info *live_info(const struct live *l, const struct run_info *measured);

/* The snapshot to show; NULL before the first interval. */
const struct snapshot *live_shown(const struct live *l, bool total);

/* An interval has passed. want_total: bring the total up to date too. 0 or -ENOMEM. */
int live_tick(struct live *l, bool want_total);

/* The total of now; not while held. 0 or -ENOMEM. */
int live_total(struct live *l);

/* Hold what is shown, the total with it; or go on with what is so now. The series goes on in any
 * case. 0 or -ENOMEM. */
int live_hold(struct live *l, bool held);

/* Let the total begin now; what is held stays. 0 or -ENOMEM. */
int live_reset(struct live *l);

#endif
