/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * watch --exec: a command of the user's for each anomaly. What it is about stands in the command's
 * environment, never in its text, so that no name that somebody else chose is run.
 */
#ifndef NS_NOTIFY_H
#define NS_NOTIFY_H

#include <stdbool.h>
#include <sys/types.h>

#include "anomaly.h"

#define NOTIFY_MAX 8 /* commands that run at a time */

struct notify {
	const char *command; /* NULL: none */
	pid_t running[NOTIFY_MAX];
	unsigned long left_out; /* not run, for NOTIFY_MAX were running already */
};

/* Start it, in the background; standard output goes where our messages go. */
void notify_run(struct notify *n, const struct anomaly *x, const struct run_info *ri);

/* Take leave of those that have ended; to be called now and then. */
void notify_reap(struct notify *n);

/* Say what was left out. Those that run go on. */
void notify_end(struct notify *n);

#endif
