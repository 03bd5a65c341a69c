/* SPDX-License-Identifier: GPL-2.0-only */
/* A filter that is typed while measuring: the filter options of the command line, and words. */
#ifndef NS_CONN_FILTER_H
#define NS_CONN_FILTER_H

#include "query.h"

/*
 * Blank-separated: filter options as `stat` takes them (--port 443, -4), and words that must be in
 * a connection's ends or its process. Into filter and words of q, whose order stays; "" is all.
 * 0 or -errno, reported, with q untouched.
 */
int conn_filter_parse(const char *text, struct conn_query *q);

#endif
