/* SPDX-License-Identifier: GPL-2.0-only */
/* --sort: by what connections are ranked. */
#ifndef NS_SORT_H
#define NS_SORT_H

#include "options.h"

/* The values of --dir; the first two are those of enum ns_dir. */
extern const char *const sort_dirs[3];

/*
 * KEY, STAGE:KEY or DIR:STAGE:KEY into o->sort_...; o->dirs is known. Without DIR: the direction
 * that is measured and has the stage, received before sent. Returns 0 or -EINVAL, logged.
 */
int sort_parse(struct options *o, const char *text);

#endif
