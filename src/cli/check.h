/* SPDX-License-Identifier: GPL-2.0-only */
/* What `netstrata check` found out, for its two ways to print it. */
#ifndef NS_CHECK_H
#define NS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "hooks.h"
#include "hw_used.h"
#include "kernel.h"
#include "msg.h"

struct check {
	struct kernel kernel;
	struct hook_plan plan;
	struct hw_info hws[HWS_MAX];
	unsigned n_hws; /* may be more than there is room for */
	bool tried;	/* hooks were: not without BTF or the capabilities */
	bool tstamps;	/* there are the sockops timestamping callbacks (6.15); only BTF tells */
	enum exit_status status;
	char verdict[200]; /* a sentence */
};

/* What serves one protocol: a point of a direction, or (dir NS_DIRS) of enum aux_point. */
struct check_point {
	unsigned dir;
	unsigned point;
	enum ns_proto proto;
};

/* "stack", "(close)" */
const char *check_name(struct check_point at);

/* Is the i-th choice an alternative to the hook that is used? */
bool check_alternative(const struct check *c, unsigned i, struct check_point at);

/* The hook that is used, or NULL. */
const struct hook_choice *check_hook(const struct check *c, struct check_point at);

/* Why this alternative is not taken, in a few words. */
const char *check_why(const struct check *c, const struct hook_choice *h, struct check_point at);

/* What this point's hook cannot show or has not proven, or NULL. */
const char *check_remark(const struct check *c, struct check_point at);

/* One JSON object on a line. Returns 0, -ENOMEM or what the stream says. */
int check_json(FILE *f, const struct check *c);

#endif
