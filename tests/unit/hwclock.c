// SPDX-License-Identifier: GPL-2.0-only
/* src/model/hwclock.c, bpf/hw.h */
#include <linux/types.h>
#include <math.h>

#include "hwclock.h"
#include "rnd.h"
#include "tap.h"

#define SECOND 1000000000ULL
#define EPOCH 1700000000000000000ULL /* what a device's clock shows when it shows TAI */

/* A device whose clock runs by `ppb` slower than CLOCK_MONOTONIC, and how surely it is read. */
struct device {
	double mono, clock; /* ns since the beginning */
	double ppb;
	__u64 jitter;  /* half a reading's window, at most */
	__u64 worst;   /* error of a conversion that was checked, beyond what was stated */
	double widest; /* the largest error that was stated */
	unsigned checked;
};

static void run(struct device *d, double ns)
{
	d->mono += ns;
	d->clock += ns / (1 + d->ppb / 1e9);
}

static __u64 shown(const struct device *d)
{
	return EPOCH + (__u64)d->clock;
}

/* The truth lies anywhere in the window. */
static struct hw_reading look(const struct device *d)
{
	struct hw_reading r = {.device = shown(d), .half = 1 + rnd() % d->jitter};

	r.mono = (__u64)d->mono + SECOND + rnd() % (2 * r.half) - r.half;
	return r;
}

static void read_clock(struct device *d, struct hwclock *c)
{
	struct hw_reading r = look(d);

	hwclock_add(c, &r);
}

/* A packet is stamped now. */
static void stamp(struct device *d, const struct hwclock *c)
{
	__u64 mono = 0, off;
	__u32 error = 0;

	if (hw_convert(&c->now, shown(d), &mono, &error))
		return;
	off = (__u64)fabs((double)(__s64)(mono - SECOND) - d->mono);
	d->checked++;
	d->widest = fmax(d->widest, error);
	if (off > error && off - error > d->worst)
		d->worst = off - error;
}

/* A second: packets, then a reading. */
static void second(struct device *d, struct hwclock *c)
{
	for (int i = 0; i < 20; i++) {
		run(d, 0.05 * (double)SECOND);
		stamp(d, c);
	}
	read_clock(d, c);
}

static struct hwclock begin(struct device *d)
{
	struct hwclock c = {0};

	read_clock(d, &c);
	ok(!c.known, "one reading is no conversion");
	run(d, 0.05 * (double)SECOND);
	read_clock(d, &c);
	ok(c.known, "two are");
	return c;
}

/* Any rate, any jitter: nothing is further off than was stated. */
static void steady(double ppb, __u64 jitter, double widest)
{
	struct device d = {.ppb = ppb, .jitter = jitter};
	struct hwclock c = begin(&d);

	for (int i = 0; i < 30; i++)
		second(&d, &c);
	ok(d.checked == 600 && !d.worst, "%g ppb, +-%llu ns: all %u within the error", ppb, jitter,
	   d.checked);
	ok(!c.steps && !c.changes, "and nothing was taken for a change");
	d.widest = 0;
	second(&d, &c);
	ok(d.widest <= widest, "an error of at most %g ns in the end (%g)", widest, d.widest);
	is_u64(hwclock_error(&c, 0), c.now.error, "the error at the reading");
	ok(hwclock_error(&c, SECOND) > c.now.error, "and more after it");
}

/* A crystal that warms up: 20 ppb more each second. */
static void warming(void)
{
	struct device d = {.ppb = -30000, .jitter = 50};
	struct hwclock c = begin(&d);

	for (int i = 0; i < 60; i++) {
		d.ppb += 20;
		second(&d, &c);
	}
	ok(!c.steps, "a slow drift is no step");
	ok(d.worst < 500, "off by less than 500 ns while it is learnt (%llu)", d.worst);
}

static void rate_changes(void)
{
	struct device d = {.ppb = 1000, .jitter = 100};
	struct hwclock c = begin(&d);

	for (int i = 0; i < 10; i++)
		second(&d, &c);
	d.ppb = 200000; /* somebody adjusts it */
	second(&d, &c);
	is_u64(c.changes, 1, "a change of rate is counted");
	ok(c.known && !c.steps, "and is no step");
	ok(d.worst > 100000, "which could not be known before (%llu)", d.worst);
	d.worst = 0;
	for (int i = 0; i < 10; i++)
		second(&d, &c);
	ok(!d.worst, "from then on all are within the error again (%llu)", d.worst);
	is_u64(c.changes, 1, "once");
	for (int i = 0; i < 60; i++)
		second(&d, &c);
	ok(c.wander < 2 * HWCLOCK_WANDER, "and the error shrinks again");
}

static void steps(void)
{
	struct device d = {.ppb = 1000, .jitter = 100};
	struct hwclock c = begin(&d);
	struct hw_reading same;

	for (int i = 0; i < 5; i++)
		second(&d, &c);
	d.clock += 37.0 * (double)SECOND; /* TAI for UTC */
	stamp(&d, &c);
	is_u64(d.worst, 0, "37 s off: not taken at all");
	read_clock(&d, &c);
	is_u64(c.steps, 1, "set forward: a step");
	ok(!c.known, "and no conversion until the next reading");
	second(&d, &c);
	ok(c.known, "then there is one");
	d.worst = 0;
	second(&d, &c);
	ok(!d.worst, "which is right");
	d.clock -= 2.0 * (double)SECOND;
	read_clock(&d, &c);
	is_u64(c.steps, 2, "set back: another");
	second(&d, &c);
	d.clock += 0.01 * (double)SECOND;
	run(&d, (double)SECOND);
	read_clock(&d, &c);
	is_u64(c.steps, 3, "10 ms are one too");
	run(&d, (double)SECOND);
	same = look(&d);
	hwclock_add(&c, &same);
	ok(c.known, "and again");
	same.mono += SECOND;
	hwclock_add(&c, &same);
	is_u64(c.steps, 4, "a clock that stands still is none");
	ok(!c.known, "and is not converted");
}

/* The machine slept: CLOCK_MONOTONIC stood still meanwhile. */
static void suspended(void)
{
	struct device d = {.ppb = 0, .jitter = 100};
	struct hwclock c = begin(&d);

	second(&d, &c);
	d.clock += 3600.0 * (double)SECOND;
	second(&d, &c);
	is_u64(c.steps, 1, "a suspend is a step");
}

static void unusable(void)
{
	struct device d = {.ppb = 5e6, .jitter = 100};
	struct hwclock c = {0};
	__u64 mono;
	__u32 error;

	read_clock(&d, &c);
	second(&d, &c);
	ok(!c.known, "5000 ppm: no clock");
	ok(hw_convert(&c.now, shown(&d), &mono, &error) < 0, "and nothing is converted by it");
	d = (struct device){.jitter = 10000000};
	c = (struct hwclock){0};
	read_clock(&d, &c);
	run(&d, 1e6);
	read_clock(&d, &c);
	ok(!c.known, "read too coarsely in too short a time: not known yet");
	for (int i = 0; i < 40; i++)
		second(&d, &c);
	ok(c.known && !d.worst, "known in time, and right");
}

static void far(void)
{
	const struct hw_clock c = {.device = EPOCH, .mono = 100 * SECOND, .error = 7, .drift = 43};
	__u64 mono = 0;
	__u32 error = 0;

	ok(!hw_convert(&c, EPOCH - SECOND, &mono, &error), "before the reading");
	is_u64(mono, 99 * SECOND, "is converted too");
	is_u64(error, 17, "with 10 ppb more of error for each second");
	ok(hw_convert(&c, EPOCH + 5 * SECOND, &mono, &error) < 0, "5 s after it: too far");
	ok(hw_convert(&c, EPOCH - 5 * SECOND, &mono, &error) < 0, "and before it");
	ok(hw_convert(&c, 0xffff888100000000ULL, &mono, &error) < 0, "a pointer is no time");
}

static void surest(void)
{
	const struct hw_reading r[] = {{1, 1, 900}, {2, 2, 300}, {3, 3, 300}, {4, 4, 5000}};

	is_u64(hwclock_surest(r, 4), 1, "of several readings the narrowest");
	is_u64(hwclock_surest(r, 1), 0, "of one itself");
}

int main(void)
{
	steady(0, 20, 250);
	steady(40000, 500, 1700);
	steady(-123456, 2000, 6000);
	steady(900000, 20, 250);
	warming();
	rate_changes();
	steps();
	suspended();
	unusable();
	far();
	surest();
	return done();
}
