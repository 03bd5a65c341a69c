/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NS_MAP_ARRAY_H
#define NS_MAP_ARRAY_H

#include <stddef.h>

struct bpf_map;

/* The elements of a mmapable array, to be read (and written) without system calls. NULL, errno set,
 * if they cannot be mapped; *bytes is what munmap() needs. */
void *map_array(const struct bpf_map *map, size_t *bytes);

#endif
