/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NS_OWN_DEVICE_H
#define NS_OWN_DEVICE_H

#include "record.h"

/* --xdp, --hw: add a device of this network namespace, for that is where the kernel lets one attach
 * to it, or ask it. 0 or -errno, logged. */
int xdp_device_add(struct path_config *config, const char *name);
int hw_device_add(struct path_config *config, const char *name);

#endif
