/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of `netstrata ping`, which has hardly any in common with the other subcommands. */
#ifndef NS_OPTIONS_PING_H
#define NS_OPTIONS_PING_H

#include <linux/types.h>
#include <stdbool.h>

#include "hooks.h"

struct ping_options {
	const char *host;
	__u64 count; /* 0 = no limit */
	__u64 interval_ns;
	__u64 timeout_ns;
	int family;	/* AF_INET, AF_INET6 or AF_UNSPEC */
	__u16 tcp_port; /* 0: ICMP */
	__u32 size;	/* ICMP: bytes of payload */
	const char *source, *dev;
	enum hook_policy hooks;
	bool json;
	bool color; /* resolved: --color, NO_COLOR, isatty */
	int verbose;
};

/* As options_stat() and the others (options.h). *o points into argv. */
int options_ping(int argc, char **argv, struct ping_options *o);

/* Its part of options_dump(). */
void options_ping_dump(void);

#endif
