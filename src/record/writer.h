/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing a recording: one transaction for each interval, so that whatever ends the program, the
 * file holds all intervals that were finished. Failures are reported here.
 */
#ifndef NS_WRITER_H
#define NS_WRITER_H

#include "recorded.h"

struct writer;

struct writer_options {
	const char *path;
	bool force;	/* an existing file is replaced */
	__u64 max_size; /* bytes; the oldest intervals give way */
};

/*
 * Create the file, with all that must be done while capabilities are there. NULL: reported; nothing
 * is left of it.
 */
struct writer *writer_open(const struct writer_options *o);

/* The facts of the run, before its first interval. 0 or -errno. */
int writer_start(struct writer *w, const struct run_info *ri);

/* The next interval. 0 or -errno; -EBUSY, which is not reported: somebody holds it locked to read
 * it, and nothing of the interval was written. */
int writer_interval(struct writer *w, const struct recorded_interval *i);

/* From now on wait longer for whoever reads it: the end comes. */
void writer_be_patient(struct writer *w);

/* What was written so far. */
struct writer_stats {
	__u64 intervals, packets, bytes, forgotten;
};

struct writer_stats writer_stats(const struct writer *w);

/*
 * The end; frees w. reason: "duration", or NULL if nothing was measured: then the file is removed,
 * if it is a new one. 0 or -errno.
 */
int writer_close(struct writer *w, const char *reason);

#endif
