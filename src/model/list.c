// SPDX-License-Identifier: GPL-2.0-only
#include "list.h"

#include <stdlib.h>
#include <string.h>

void *list_grow(void *list, size_t *n, size_t size)
{
	void *items, *more;

	memcpy(&items, list, sizeof(items)); /* a pointer to any type of item */
	if (!(*n & (*n - 1))) {		     /* full at each power of two */
		more = realloc(items, (*n ? *n * 2 : 1) * size);
		if (!more)
			return NULL;
		items = more;
		memcpy(list, &items, sizeof(items));
	}
	return memset((char *)items + (*n)++ * size, 0, size);
}
