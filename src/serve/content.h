/* SPDX-License-Identifier: GPL-2.0-only */
/* What is to be had, and how it is written. Knows nothing of HTTP but its types of content. */
#ifndef NS_CONTENT_H
#define NS_CONTENT_H

#include <stdbool.h>
#include <stdio.h>

#include "request.h"
#include "view.h"

struct serve_opts {
	unsigned connections; /* series for that many; 0: none */
	bool netstacklat;
};

struct content {
	const char *path;
	const char *type;
	/* What needs no token, because it tells nothing of this host: text and len. */
	const char *text;
	const char *text_end;
	/* Everything else; 0 or -errno. */
	int (*write)(FILE *f, const struct view *v, const struct query *q,
		     const struct serve_opts *o);
	bool arguments; /* depends on the query */
};

/* By path; NULL: no such thing. */
const struct content *content_find(const char *path);

/* A line of all paths, cut to size. */
void content_paths(char *buf, size_t size);

/* /metrics as OpenMetrics. */
extern const struct content content_openmetrics;

/* The number of a content that does not depend on the query, for a cache; below CONTENT_MAX. */
#define CONTENT_MAX 16
unsigned content_number(const struct content *c);

#endif
