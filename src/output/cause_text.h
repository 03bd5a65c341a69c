/* SPDX-License-Identifier: GPL-2.0-only */
/* The sentence that says why a packet was slow. */
#ifndef NS_CAUSE_TEXT_H
#define NS_CAUSE_TEXT_H

#include <stddef.h>

#include "cause.h"

#define CAUSE_TEXT_LEN 256 /* enough for every rule */

/*
 * The sentence of *c, which cause_find() made of *e, in buf. Names that somebody else chose are
 * made printable; utf8: may they have more than ASCII? Returns buf.
 */
char *cause_text(const struct cause *c, const struct ns_event *e, const struct run_info *ri,
		 bool utf8, char *buf, size_t size);

#endif
