/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device's clock as CLOCK_MONOTONIC: from readings of both to a conversion, and to what that may
 * be wrong by. Pure: who reads the clocks is src/probe/phc.h, who converts bpf/hw.h.
 */
#ifndef NS_HWCLOCK_H
#define NS_HWCLOCK_H

#include <linux/types.h>
#include <stdbool.h>

#include "hw.h"

/* The device's clock showed `device` at `mono`, give or take `half` ns. */
struct hw_reading {
	__u64 device;
	__u64 mono;
	__u64 half;
};

#define HW_READINGS 16

struct hwclock {
	struct hw_reading readings[HW_READINGS]; /* the oldest first, of one steady rate */
	unsigned n;
	double wander; /* what the rate is taken to change by at most; a part of the time */
	__u64 steps;   /* times that a clock was set, or stood still */
	__u64 changes; /* times that the rate changed by more than that */
	struct hw_clock now;
	bool known; /* `now` is */
};

/*
 * Two clocks, of which one keeps its rate, are taken to wander by no more than this in between two
 * readings a second apart, unless they showed that they do: room temperature, crystal oscillators,
 * no one who adjusts them.
 */
#define HWCLOCK_WANDER 1e-7

/*
 * Take in a reading, later than the one before; two that are HWCLOCK_SPAN_NS apart make the clock
 * known. One that does not fit what was predicted says that the rate changed, or that a clock was
 * set: then older ones are forgotten, and `now` is wrong by more than it says from that change on
 * to this call, which `changes` or `steps` counts.
 */
void hwclock_add(struct hwclock *c, const struct hw_reading *r);

#define HWCLOCK_SPAN_NS 5000000ULL

/* What CLOCK_MONOTONIC gains on the device's clock, in parts of 10^9; 0: not known. */
__s64 hwclock_ppb(const struct hwclock *c);

/* The largest error that a stamp has which is taken at most `ahead` ns after the last reading. */
__u64 hwclock_error(const struct hwclock *c, __u64 ahead);

/* Of some readings that were taken at once, the number of the surest. n > 0. */
unsigned hwclock_surest(const struct hw_reading *r, unsigned n);

#endif
