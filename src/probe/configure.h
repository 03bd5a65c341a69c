/* SPDX-License-Identifier: GPL-2.0-only */
/* What the path's programs are told before they are loaded. */
#ifndef NS_CONFIGURE_H
#define NS_CONFIGURE_H

#include "kernel.h"
#include "record.h"

struct path;

/* The sizes of the maps, and the configuration: what is off is made as small as the kernel allows.
 * The plan of the hooks is known. */
void path_configure(struct path *path, const struct kernel *k, const struct path_config *config);

#endif
