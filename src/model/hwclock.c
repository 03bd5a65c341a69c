// SPDX-License-Identifier: GPL-2.0-only
#include "hwclock.h"

#include <math.h>
#include <string.h>

#define PARTS 4294967296.0 /* 2^32 */

/* The kernel slews by 500 parts in a million at most, and so does who adjusts a device's clock; a
 * reading that is further off than both together is of a clock that was set. */
#define RATE_MAX 1e-3

static const struct hw_reading *last(const struct hwclock *c)
{
	return &c->readings[c->n - 1];
}

/* Keep the newest `keep` readings. */
static void forget(struct hwclock *c, unsigned keep)
{
	if (keep < c->n) {
		memmove(c->readings, &c->readings[c->n - keep], keep * sizeof(c->readings[0]));
		c->n = keep;
	}
}

static double apart(__u64 a, __u64 b)
{
	return (double)(__s64)(a - b);
}

/* How far a reading is off what was predicted, beyond the error of both; at most 0: it fits. */
static double miss(const struct hwclock *c, const struct hw_reading *r)
{
	double since = apart(r->device, c->now.device);
	double predicted = since * (1 + (double)c->now.rate / PARTS);
	double error = c->now.error + since * (double)c->now.drift / PARTS;

	return fabs(apart(r->mono, c->now.mono) - predicted) - error - (double)r->half;
}

/* See whether the reading goes on where the others led; forget what no longer holds. */
static void judge(struct hwclock *c, const struct hw_reading *r)
{
	double off, elapsed = apart(r->mono, last(c)->mono);

	if (r->device <= last(c)->device || elapsed <= 0) {
		c->steps++;
		forget(c, 0);
		return;
	}
	off = c->known ? miss(c, r) : 0;
	if (off <= 0) {
		c->wander = fmax(HWCLOCK_WANDER, c->wander * 0.875);
	} else if (off > elapsed * 2 * RATE_MAX) {
		c->steps++;
		forget(c, 0);
	} else {
		c->changes++;
		c->wander = fmin(RATE_MAX, fmax(c->wander, 2 * off / elapsed));
		forget(c, 1);
	}
}

/* The line through the oldest and the newest reading, from the newest on. */
static bool fit(struct hwclock *c)
{
	const struct hw_reading *first = &c->readings[0], *end = last(c);
	double device = apart(end->device, first->device), mono = apart(end->mono, first->mono);
	double rate = mono / device - 1;
	double drift = (double)(first->half + end->half) / device + c->wander;

	/* what else is in error stands below a nanosecond: one for each rounding */
	c->now = (struct hw_clock){.device = end->device,
				   .mono = end->mono,
				   .rate = (__s64)(rate * PARTS),
				   .error = (__u32)fmin((double)end->half + 3, HW_ERROR_MAX),
				   .drift = (__u32)fmin(ceil(drift * PARTS), 0xffffffffU)};
	return device >= (double)HWCLOCK_SPAN_NS && fabs(rate) <= RATE_MAX && drift <= RATE_MAX;
}

void hwclock_add(struct hwclock *c, const struct hw_reading *r)
{
	if (c->wander < HWCLOCK_WANDER)
		c->wander = HWCLOCK_WANDER;
	if (c->n)
		judge(c, r);
	forget(c, HW_READINGS - 1);
	c->readings[c->n++] = *r;
	c->known = c->n > 1 && fit(c);
	if (!c->known)
		c->now = (struct hw_clock){0};
}

__s64 hwclock_ppb(const struct hwclock *c)
{
	return (__s64)round((double)c->now.rate / PARTS * 1e9);
}

__u64 hwclock_error(const struct hwclock *c, __u64 ahead)
{
	return c->now.error + (__u64)ceil((double)ahead * (double)c->now.drift / PARTS);
}

unsigned hwclock_surest(const struct hw_reading *r, unsigned n)
{
	unsigned best = 0;

	for (unsigned i = 1; i < n; i++)
		if (r[i].half < r[best].half)
			best = i;
	return best;
}
