/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device's own receive stamp: its clock turned into CLOCK_MONOTONIC, by the programs and by
 * user space alike.
 */
#ifndef NS_HW_H
#define NS_HW_H

#include <linux/types.h>

/*
 * A device's clock showed `device` at `mono`, give or take `error` ns, and runs at a steady rate;
 * parts are of 2^32. What it is wrong by grows with the distance from there.
 */
struct hw_clock {
	__u64 device; /* 0: not known */
	__u64 mono;
	__s64 rate;  /* CLOCK_MONOTONIC gains that on it: parts of the time */
	__u32 error; /* ns */
	__u32 drift; /* what the rate may be wrong by: parts of the time */
};

/* One device. User space writes the clock that is not in use, then says that it is: a program that
 * has read `current` has a second to be done with it. */
struct hw_dev {
	struct hw_clock clocks[2];
	__u32 current;
	__u32 worst; /* the largest error that a packet's stamp had, ns */
};

#define HW_FAR_NS 4000000000LL /* further off, a stamp is not this clock's, or that is not read */

/* A stamp of the device's clock as CLOCK_MONOTONIC. Returns 0, or -1 if it is too far off. */
static inline __attribute__((always_inline)) int hw_convert(const struct hw_clock *c, __u64 stamp,
							    __u64 *mono, __u32 *error)
{
	__s64 since = stamp - c->device;

	if (!c->device || since > HW_FAR_NS || since < -HW_FAR_NS)
		return -1;
	*mono = c->mono + since + (since * c->rate >> 32);
	*error = c->error + ((__u64)(since < 0 ? -since : since) * c->drift >> 32);
	return 0;
}

/* Of one packet: so long before `stack`, give or take `error`. Less than 0 is within the error. */
struct hw_stamp {
	__s32 ago;
	__u32 error; /* 0: nobody asked for it */
};

#define HW_MISSING 0xffffffffU	/* as error: the device gave none */
#define HW_UNUSABLE 0xfffffffeU /* it did, but its clock is not known, or it cannot be true */
#define HW_ERROR_MAX 0xfffffff0U

/* Is there one? */
static inline __attribute__((always_inline)) int hw_known(struct hw_stamp s)
{
	return s.error && s.error <= HW_ERROR_MAX;
}

#endif
