/* SPDX-License-Identifier: GPL-2.0-only */
/* A moment of a recording as people write it: 12:30, 90s after the start, 1m before the end. */
#ifndef NS_MOMENT_H
#define NS_MOMENT_H

#include <linux/types.h>
#include <stdbool.h>

enum moment_kind {
	MOMENT_NONE,	    /* not given */
	MOMENT_AFTER_START, /* ns */
	MOMENT_BEFORE_END,  /* ns */
	MOMENT_TIME,	    /* ns of the day, local time: the first such one after the start */
	MOMENT_DATE,	    /* ns since 1970 */
};

struct moment {
	enum moment_kind kind;
	__u64 ns;
};

/*
 * "90s", "+90s", "-1m", "12:30", "12:30:05", "2026-11-23", "2026-11-23T12:30", "2026-11-23
 * 12:30:05". All of text. Returns 0, or -EINVAL with *out untouched.
 */
int moment_parse(const char *text, struct moment *out);

/*
 * The CLOCK_REALTIME ns of a moment of a recording that went from start to end; `otherwise` if it
 * is MOMENT_NONE.
 */
__u64 moment_real(const struct moment *m, __u64 start, __u64 end, __u64 otherwise);

#endif
