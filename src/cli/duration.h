/* SPDX-License-Identifier: GPL-2.0-only */
/* Durations as people write them: 500us, 1.5ms, 2s, 1m. Pure functions. */
#ifndef NS_DURATION_H
#define NS_DURATION_H

#include <linux/types.h>
#include <stdbool.h>

/*
 * Parse all of text: decimal digits with an optional fraction, then ns, us, µs, ms, s, m or h.
 * Without a unit it is seconds, or refused if need_unit. What is finer than 1 ns is cut off.
 * Returns 0, -EINVAL (not a duration), -ENODATA (the unit is missing) or -ERANGE (over 2^63 ns);
 * on failure *ns is untouched.
 */
int duration_parse(const char *text, bool need_unit, __u64 *ns);

#endif
