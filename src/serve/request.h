/* SPDX-License-Identifier: GPL-2.0-only */
/* What a client sends, as far as libmicrohttpd has not read it already. Pure functions. */
#ifndef NS_REQUEST_H
#define NS_REQUEST_H

#include <linux/types.h>
#include <stdbool.h>

#include "conns.h"

/* Does the Accept header prefer OpenMetrics 1.0.0 to plain text, or like both the same? NULL: no
 * header, no. */
bool request_wants_openmetrics(const char *accept);

/* Is the Authorization header "Bearer TOKEN"? Takes the same time for every wrong token of a
 * length. */
bool request_has_token(const char *authorization, const char *token);

/*
 * Is the Host header an address, localhost, or missing? A name that somebody else's DNS points here
 * is how a page of theirs could read ours (DNS rebinding).
 */
bool request_host_is_local(const char *host);

struct query {
	bool whole_run; /* span=run; otherwise span=interval */
	unsigned n;	/* of connections, 1 to QUERY_N_MAX */
	enum ns_dir dir;
	enum conn_sort_key by;
	__u64 since_ns; /* what is newer than this, CLOCK_MONOTONIC */
};

#define QUERY_N_MAX 100
#define QUERY_DEFAULTS ((struct query){.n = 20, .dir = NS_RX, .by = SORT_P99})

/* One argument of the query string. 0, -ENOENT (no such argument) or -EINVAL (its value), with *q
 * untouched. value may be NULL. */
int request_argument(struct query *q, const char *name, const char *value);

#endif
