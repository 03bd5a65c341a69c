// SPDX-License-Identifier: GPL-2.0-only
#include "shapes.h"

#include <string.h>

#include "shape.h"
#include "state.h"
#include "path_functions.skel.h"
#include "path_functions_pre.skel.h"
#include "path_tracepoints.skel.h"
#include "path_tracepoints_pre.skel.h"

static const struct shape_build builds[] = {
	{"functions", SHAPE_FUNCTIONS, path_functions_bpf__elf_bytes},
	{"functions_pre", SHAPE_FUNCTIONS_PRE, path_functions_pre_bpf__elf_bytes},
	{"tracepoints", SHAPE_TRACEPOINTS, path_tracepoints_bpf__elf_bytes},
	{"tracepoints_pre", SHAPE_TRACEPOINTS_PRE, path_tracepoints_pre_bpf__elf_bytes},
};

const struct shape_build *shape_builds(unsigned *n)
{
	*n = sizeof(builds) / sizeof(builds[0]);
	return builds;
}

const struct shape_build *shape_build_for(const struct path_shape *shape)
{
	struct path_shape closed = *shape;

	for (int pr = 0; pr < NS_PROTOS; pr++)
		if (closed.points[NS_RX][pr])
			closed.points[NS_RX][pr] |= SHAPE_OPEN;
	for (unsigned i = 0; i < sizeof(builds) / sizeof(builds[0]); i++)
		if (!memcmp(&closed, &builds[i].shape, sizeof(closed)))
			return &builds[i];
	return NULL;
}
