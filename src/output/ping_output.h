/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `netstrata ping` prints, as text and as JSON lines. All functions flush f and return 0,
 * -ENOMEM or another -errno (the stream's error).
 */
#ifndef NS_PING_OUTPUT_H
#define NS_PING_OUTPUT_H

#include <stdio.h>

#include "roundtrip.h"

/* Facts that do not change during a run. */
struct ping_run {
	const char *version;
	char kernel[160];
	const char *host; /* as it was given */
	char target[80];  /* its address; a TCP port stands in port */
	__u16 port;	  /* 0: ICMP */
	__u32 size;	  /* ICMP: bytes of payload */
	__u64 timeout_ns;
	const char *hooks[PP_COUNT]; /* "tp_btf/net_dev_queue"; NULL = none */
	__u64 mono_ns, real_ns;	     /* the same moment on both clocks */
	bool color, utf8;
};

enum ping_result {
	PING_REPLY,
	PING_REFUSED,	/* TCP: an answer all the same */
	PING_LATE,	/* after the timeout */
	PING_DUPLICATE, /* a second answer */
	PING_TIMEOUT,
	PING_ERROR, /* an ICMP error, or the try was not sent at all */
};

/* What became of a try. */
struct ping_event {
	enum ping_result result;
	__u64 seq;		      /* from 1 */
	const char *from;	      /* address of who answered; NULL: nobody, or the target */
	const char *error;	      /* PING_ERROR: why */
	__u64 rtt_ns;		      /* of an answer; 0: not known */
	const struct roundtrip *trip; /* PING_REPLY and PING_REFUSED */
};

int ping_text_start(FILE *f, const struct ping_run *run);
int ping_text_event(FILE *f, const struct ping_event *e, const struct ping_run *run);
int ping_text_end(FILE *f, const struct ping_stats *s, const struct ping_run *run);

int ping_json_start(FILE *f, const struct ping_run *run);
int ping_json_event(FILE *f, const struct ping_event *e, const struct ping_run *run);
int ping_json_end(FILE *f, const struct ping_stats *s, const char *reason);

#endif
