/* SPDX-License-Identifier: GPL-2.0-only */
/* --stages: which stages are told apart, and so which hooks are loaded. */
#ifndef NS_STAGELIST_H
#define NS_STAGELIST_H

#include <linux/types.h>
#include <stdbool.h>

#include "stages.h"

/* The stages that are told apart where nothing else is said, bit masks by direction: all, or
 * (cheap) those without what is before the stack. */
void stages_default(__u32 stages[NS_DIRS], bool cheap);

/*
 * Understand a list of stages ("ip", "tx:ip") and groups, parted by commas. Returns 0, or -EINVAL
 * with the reason logged.
 */
int stages_parse(const char *text, __u32 stages[NS_DIRS]);

/* --blame has something to say of these. */
void stages_for_blame(__u32 stages[NS_DIRS]);

#endif
