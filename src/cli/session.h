/* SPDX-License-Identifier: GPL-2.0-only */
/* What stat and trace have in common: measure until something says stop. */
#ifndef NS_SESSION_H
#define NS_SESSION_H

#include <sys/types.h>

#include "collect.h"
#include "kernel.h"
#include "load.h"
#include "loop.h"
#include "reasons.h"
#include "softirq_collect.h"
#include "options.h"
#include "snapshot.h"
#include "text.h"

enum session_event {
	SESSION_TICK,	 /* an interval has passed */
	SESSION_PACKETS, /* the event ring has records */
	SESSION_INPUT,	 /* what session_watch() was given is readable, or a signal came */
	SESSION_STOP,	 /* signal, --duration, or the command ended: see stop_reason */
};

struct session {
	const struct options *o;
	struct kernel kernel;
	struct path path;
	struct collector collector;
	struct softirq_programs softirq_programs; /* beside the path's, with o->cpus */
	struct softirq_collector softirqs;
	struct run_info info;
	struct drop_reasons reasons;
	struct text_opts text;
	struct loop loop;
	int upkeep;
	pid_t child;	  /* 0: none */
	int child_gate;	  /* closed to let the command run */
	int child_status; /* its exit status, when it has ended */
	const char *stop_reason;
	__u64 end_ns; /* when session_detach was called */
};

/*
 * Load, attach, give up capabilities, print the header and start the command. on_packet may be
 * NULL. Returns an exit status: EXIT_OK, or what to exit with, logged, nothing left attached.
 */
int session_open(struct session *s, const struct options *o, int argc, char **argv,
		 packet_fn on_packet, void *ctx);

/* The same; attached is called once it is sure that there is something to measure, and while there
 * are capabilities. What it returns, -errno, reported, ends the session. */
int session_open_with(struct session *s, const struct options *o, int argc, char **argv,
		      packet_fn on_packet, int (*attached)(void *ctx), void *ctx);

/* Only the loop: signals, timers, what is watched. An exit status as above. */
int session_open_loop(struct session *s, const struct options *o);

/* Detach (the totals stay readable); then free. Both can be called at any state. */
void session_detach(struct session *s);
void session_close(struct session *s);

/* Wait for this descriptor too. 0 or -errno. */
int session_watch(struct session *s, int fd);

/* Let ticks come every interval_ns from now on. 0 or -errno. */
int session_set_interval(struct session *s, __u64 interval_ns);

/* Wait for the next thing to do. */
enum session_event session_wait(struct session *s);

#endif
