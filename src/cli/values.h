/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers, addresses and rates as people write them. Pure functions. */
#ifndef NS_VALUES_H
#define NS_VALUES_H

#include <linux/types.h>

#include "record.h"

/* All take all of text; return 0 or -errno with *out untouched. */

/* Decimal digits only, min to max. -EINVAL, or -ERANGE when out of bounds. */
int number_parse(const char *text, __u64 min, __u64 max, __u64 *out);

/*
 * ADDR or ADDR/LEN, IPv4 or IPv6. IPv4 and IPv4-mapped addresses become ::ffff:a.b.c.d; bits
 * beyond the prefix are cleared. -EINVAL (no address) or -ERANGE (prefix length).
 */
int host_parse(const char *text, struct host_match *out);

/* "1/N" or "N", N at least 1. -EINVAL. */
int sample_parse(const char *text, __u32 *out);

#endif
