/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON lines: one compact object per line, as docs/json.md says. Each function writes to f and
 * returns 0, -ENOMEM, or -EIO or another -errno when the stream failed.
 */
#ifndef NS_JSON_H
#define NS_JSON_H

#include <stdio.h>

#include "ranking.h"
#include "text.h"

/* The first line: what runs where, with which hooks. Flushes f. */
int json_start(FILE *f, const struct run_info *ri);

/*
 * The `stage`, `cause`, `qdisc` and `drop` objects, the first o->connections `connection` objects
 * in o's order, and the `ledger` objects of one interval, or of the whole run if s->final. Flushes
 * f.
 */
int json_snapshot(FILE *f, const struct snapshot *s, const struct run_info *ri,
		  const struct text_opts *o);

/* One `packet` object. */
int json_packet(FILE *f, const struct ns_event *e, const struct run_info *ri);

/*
 * What the slow packets of a run were slow for: a `slow` object, and a `slow_cause` object for each
 * cause, the largest first. `unranked`: how many slow packets have no part in it. Flushes f.
 */
int json_ranking(FILE *f, const struct ranking *r, __u64 unranked, const struct run_info *ri);

/* The last line: the ledgers of the whole run, and why it ended. Flushes f. */
int json_end(FILE *f, const struct snapshot *total, const struct run_info *ri, const char *reason);

#endif
