/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading a device's clock (PTP hardware clock) beside CLOCK_MONOTONIC. */
#ifndef NS_PHC_H
#define NS_PHC_H

#include <time.h>

#include "hwclock.h"

/* The ways to read it, surer ones first. */
enum phc_method {
	PHC_PRECISE,  /* PTP_SYS_OFFSET_PRECISE: the hardware latches both clocks at once */
	PHC_EXTENDED, /* PTP_SYS_OFFSET_EXTENDED: the kernel reads its own right before and after */
	PHC_BETWEEN,  /* clock_gettime, between two of CLOCK_MONOTONIC */
	PHC_METHODS
};

struct phc {
	int fd; /* -1: a clock of the system's */
	clockid_t clock;
	enum phc_method method;
	char name[32]; /* "/dev/ptp0" */
};

/* Open /dev/ptp<index>. 0 or -errno, not logged. phc_close can be called on a closed one. */
int phc_open(struct phc *p, int index);
void phc_close(struct phc *p);

/*
 * A clock of the system by name ("realtime", "tai", "boottime", "raw") in place of a device's: for
 * tests, whose devices have none. 0 or -EINVAL.
 */
int phc_open_system(struct phc *p, const char *name);

/* The surest of some readings. A method that the clock does not have gives way to the next, for
 * good. 0 or -errno. */
int phc_read(struct phc *p, struct hw_reading *r);

/* "precise", "extended", "between" */
const char *phc_method_name(enum phc_method method);

#endif
