/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NS_XDP_DEVICE_H
#define NS_XDP_DEVICE_H

#include "record.h"

/* --xdp: add a device of this network namespace, for that is where the kernel lets one attach. 0 or
 * -errno, logged. */
int xdp_device_add(struct path_config *config, const char *name);

#endif
