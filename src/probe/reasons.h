/* SPDX-License-Identifier: GPL-2.0-only */
/* The names of this kernel's drop reasons: their numbers move with every release. */
#ifndef NS_PROBE_REASONS_H
#define NS_PROBE_REASONS_H

#include "kernel.h"

struct drop_reasons {
	const char **names; /* by number; NULL where there is none */
	unsigned n;
};

/* Read them from BTF (enum skb_drop_reason, 5.17 and later). None: n is 0. */
void reasons_read(struct drop_reasons *r, const struct kernel *k);
/* The number of "QUEUE_PURGE"; 0 where there is no such reason. */
unsigned reasons_number(const struct kernel *k, const char *name);
void reasons_free(struct drop_reasons *r);

#endif
