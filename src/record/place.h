/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a recording is to be. */
#ifndef NS_PLACE_H
#define NS_PLACE_H

#include "writer.h"

#define PATH_BYTES 4096

/* Can the file be made, as far as can be told without touching it? 0 or -errno, reported. */
int place_check(const struct writer_options *o);

/* An empty file of our own: SQLite would open whatever is there. 0 or -errno, reported. */
int place_make(const struct writer_options *o);

#endif
