/* SPDX-License-Identifier: GPL-2.0-only */
/* Wait for what ends a run or makes an interval of it: signals, timers, a reader that goes away. */
#ifndef NS_LOOP_H
#define NS_LOOP_H

#include <linux/types.h>

enum loop_event {
	LOOP_TICK, /* an interval has passed */
	LOOP_STOP, /* see stop_reason */
};

struct loop {
	int epoll, signals, ticks, deadline;
	const char *stop_reason;
};

/* Signals are held back from here on: before anything is attached, so that none can leave it
 * behind. 0 or -errno; loop_close in any case. */
int loop_open(struct loop *l);

/* Begin to count time; 0: no such timer. 0 or -errno. */
int loop_start(struct loop *l, __u64 interval_ns, __u64 duration_ns);

enum loop_event loop_wait(struct loop *l);
void loop_close(struct loop *l);

#endif
