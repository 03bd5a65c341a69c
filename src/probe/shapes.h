/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NS_SHAPES_H
#define NS_SHAPES_H

#include <stddef.h>

#include "record.h"

/* A build of the path's programs (bpf/shape.h). */
struct shape_build {
	const char *name;
	struct path_shape shape;
	const void *(*elf)(size_t *size); /* the object; it stays where it is */
};

/* Those there are, *n of them. */
const struct shape_build *shape_builds(unsigned *n);

/* The one for this shape; NULL: that for any shape, path.skel.h. */
const struct shape_build *shape_build_for(const struct path_shape *shape);

#endif
