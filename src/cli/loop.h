/* SPDX-License-Identifier: GPL-2.0-only */
/* Wait for what ends a run, makes an interval of it, or is to be read: signals, timers,
 * descriptors. */
#ifndef NS_LOOP_H
#define NS_LOOP_H

#include <linux/types.h>
#include <stdbool.h>

enum loop_event {
	LOOP_TICK,   /* an interval has passed */
	LOOP_CHILD,  /* a child has ended */
	LOOP_FD,     /* one that is watched: see fd */
	LOOP_SIGNAL, /* another one, which has been handled */
	LOOP_STOP,   /* see stop_reason */
};

struct loop {
	int epoll, signals, ticks, deadline;
	int fd;
	bool readable; /* fd has something to read; else only that its other end went away */
	const char *stop_reason;
};

/* Signals are held back from here on: before anything is attached, so that none can leave it
 * behind. 0 or -errno; loop_close in any case. */
int loop_open(struct loop *l);

/* Begin to count time; 0: no such timer. 0 or -errno. */
int loop_start(struct loop *l, __u64 interval_ns, __u64 duration_ns);

/* Let ticks come every interval_ns from now on. 0 or -errno. */
int loop_set_interval(struct loop *l, __u64 interval_ns);

/* Wait for this descriptor too. 0 or -errno. */
int loop_watch(struct loop *l, int fd);

/* A timer more: *fd, which is the caller's, is watched. 0 or -errno. */
int loop_add_timer(struct loop *l, int *fd, __u64 every_ns);

/* Stop when nobody reads stdout any more. */
void loop_watch_stdout(struct loop *l);

enum loop_event loop_wait(struct loop *l);
void loop_close(struct loop *l);

#endif
