/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NS_MAPS_MEMORY_H
#define NS_MAPS_MEMORY_H

#include <linux/types.h>

struct bpf_object;

/* Bytes that the kernel says the maps of a loaded object take; 0 where it does not say. */
__u64 maps_memory(const struct bpf_object *obj);

#endif
