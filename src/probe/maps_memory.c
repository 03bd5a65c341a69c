// SPDX-License-Identifier: GPL-2.0-only
#include "maps_memory.h"

#include <stdio.h>

#include <bpf/libbpf.h>

__u64 maps_memory(const struct bpf_object *obj)
{
	struct bpf_map *map;
	__u64 sum = 0;

	bpf_object__for_each_map(map, obj)
	{
		char name[64], line[128];
		unsigned long long bytes;
		FILE *f;

		snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", bpf_map__fd(map));
		f = fopen(name, "r");
		while (f && fgets(line, sizeof(line), f))
			if (sscanf(line, "memlock: %llu", &bytes) == 1)
				sum += bytes;
		if (f)
			fclose(f);
	}
	return sum;
}
