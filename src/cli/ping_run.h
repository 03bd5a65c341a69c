/* SPDX-License-Identifier: GPL-2.0-only */
/* The tries of `netstrata ping`: sent, waited for, given up. */
#ifndef NS_PING_RUN_H
#define NS_PING_RUN_H

#include "options_ping.h"
#include "ping_load.h"
#include "ping_net.h"
#include "ping_output.h"

struct ping_slot {
	__u64 seq;	      /* from 1; 0: never used */
	__u64 sent, returned; /* when the call of send began and was over; ns */
	__u16 key;	      /* under which the programs look for it */
	bool waiting;
	int fd; /* TCP: of its own */
	struct ping_try *try;
};

struct ping_session {
	const struct ping_options *o;
	struct ping_ends ends;
	struct ping_icmp icmp; /* without --tcp */
	struct ping_programs programs;
	struct ping_run run;
	struct ping_stats stats;
	struct ping_slot slots[PING_TRIES]; /* at key modulo PING_TRIES */
	unsigned waiting;
	unsigned char answered[65536 / 8]; /* ICMP: by sequence number */
	int failed;			   /* -errno of the output */
};

/* Send the next request or open the next connection; what fails at once is a lost try. */
void ping_try_next(struct ping_session *s);

/* Something can be read: the ICMP socket, or the try's own. */
void ping_take_icmp(struct ping_session *s);
void ping_take_tcp(struct ping_session *s, struct ping_slot *slot);

/* Give up what has waited too long. Returns when the next one will have; ~0 if nothing waits. */
__u64 ping_expire(struct ping_session *s, __u64 now);

/* Leave what still waits. */
void ping_abandon(struct ping_session *s);

#endif
