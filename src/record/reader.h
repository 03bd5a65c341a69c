/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading a recording, also one that is still being written. The file is not trusted: whatever is
 * in it, functions return, and what is wrong is reported once. Nothing is written to it.
 *
 *	struct recording *r = recording_open(path);
 *	struct recorded_interval i;
 *	recording_seek(r, 0, ~0ULL);
 *	while ((err = recording_next(r, &i)) > 0) {
 *		... i.s, recording_info(r) ...
 *		recorded_interval_free(&i);
 *	}
 *	recording_close(r);
 */
#ifndef NS_READER_H
#define NS_READER_H

#include "recorded.h"
#include "recording.h"

struct recording;

/* NULL: reported. */
struct recording *recording_open(const char *path);
void recording_close(struct recording *r); /* accepts NULL */

/* Valid until recording_close(). */
const struct run_info *recording_info(const struct recording *r);
const struct recording_facts *recording_facts(const struct recording *r);

/*
 * The next recording_next() gives the first interval that ends after `from`; none that ends after
 * `to` will follow. CLOCK_MONOTONIC of the recorded machine, ns.
 */
void recording_seek(struct recording *r, __u64 from, __u64 to);

/* 1: *i is the next interval, for recorded_interval_free(); 0: no more; -errno, reported. */
int recording_next(struct recording *r, struct recorded_interval *i);
void recorded_interval_free(struct recorded_interval *i);

#endif
