// SPDX-License-Identifier: GPL-2.0-only
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "map_array.h"

void *map_array(const struct bpf_map *map, size_t *bytes)
{
	size_t page = sysconf(_SC_PAGESIZE);
	void *p;

	*bytes = (size_t)bpf_map__value_size(map) * bpf_map__max_entries(map);
	*bytes = (*bytes + page - 1) & ~(page - 1);
	p = mmap(NULL, *bytes, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
	return p == MAP_FAILED ? NULL : p;
}
