/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The connections that changed from one look to the next, at the price of those that did: most of
 * many connections are idle, and of a row that stands still only its counters are read.
 */
#ifndef NS_CHANGES_H
#define NS_CHANGES_H

#include <stddef.h>

#include "totals.h"

struct changes {
	struct conn *seen; /* each row as it was when it was last looked at */
	__u64 *activity;   /* the sum of its counters then */
	struct totals totals;
	struct conn *found; /* what is new, of rows that have something to tell */
	size_t n_found, room, max;
};

/* For a table of n rows. NULL when out of memory; changes_free accepts NULL. */
struct changes *changes_new(size_t n);
void changes_free(struct changes *ch);

/* Look at a row. -ENOMEM: it has changed, but stays for the next time. */
int changes_look(struct changes *ch, __u32 row, const struct conn *now);

/* The row goes to another connection. */
void changes_forget(struct changes *ch, __u32 row);

/* Move what was found into s, whose connections it replaces. */
void changes_take(struct changes *ch, struct snapshot *s);

#endif
