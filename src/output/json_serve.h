/* SPDX-License-Identifier: GPL-2.0-only */
/* JSON lines that only `netstrata serve` has: docs/json.md. Errors are those of json.h. */
#ifndef NS_JSON_SERVE_H
#define NS_JSON_SERVE_H

#include "json.h"

/* The first line of an answer: when the numbers that follow were taken. */
int json_moment(FILE *f, const struct snapshot *s, const struct run_info *ri);

/* One interval in short: n, sum, maximum and percentiles of each stage, and a coarse histogram of
 * the totals. */
int json_history(FILE *f, const struct snapshot *interval, const struct run_info *ri);

#endif
