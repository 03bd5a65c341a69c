/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A value's own past, and whether it is far off now: median and MAD of its latest values, and
 * hysteresis. Values are levels: durations as a logarithm, so that a change is a factor. Pure
 * computation, a few tens of steps for each value.
 */
#ifndef NS_USUAL_H
#define NS_USUAL_H

#include <linux/types.h>
#include <stdbool.h>

/* A level is log2 of nanoseconds in steps of 1 / OCTAVE. */
#define OCTAVE 1024
#define USUAL_WARMUP 16	 /* values before anything is said */
#define USUAL_HISTORY 32 /* the latest ones that count */

__u32 level_of(__u64 ns); /* to 0.09 octaves; of 0 as of 1 */
__u64 level_ns(__u32 level);

struct usual {
	__u16 past[USUAL_HISTORY];   /* a ring ... */
	__u16 sorted[USUAL_HISTORY]; /* ... and the same by size */
	__u8 n, next;
};

void usual_add(struct usual *u, __u32 level);
static inline bool usual_ready(const struct usual *u)
{
	return u->n >= USUAL_WARMUP;
}

/* Of at least one value. */
__u32 usual_median(const struct usual *u);

/* 1.4826 times the median distance from the median: of a normal distribution its deviation. */
__u32 usual_deviation(const struct usual *u);

/* When a state that is entered and left only by several values in a row changes. */
struct hysteresis {
	bool raised;
	__u8 streak; /* values in a row that speak for a change */
};

/* One more value; raise, clear: how many in a row it takes. True: `raised` has changed. */
bool hysteresis_step(struct hysteresis *h, bool far, bool near, __u8 raise, __u8 clear);

#endif
