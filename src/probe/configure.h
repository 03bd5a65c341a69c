/* SPDX-License-Identifier: GPL-2.0-only */
/* What the path's programs are told before they are loaded. */
#ifndef NS_CONFIGURE_H
#define NS_CONFIGURE_H

#include "hooks.h"
#include "kernel.h"
#include "record.h"

struct path;

/* Fill in what follows from what was asked for, from the points of the plan and from the kernel. */
void path_complete(struct path_config *cfg, const struct hook_plan *plan, const struct kernel *k);

/* Give the opened programs their configuration, and the maps their sizes: what is off is made as
 * small as the kernel allows. */
void path_configure(struct path *path, const struct kernel *k, const struct path_config *config);

#endif
