/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists that grow, as a snapshot has them: a pointer and a number of items. */
#ifndef NS_LIST_H
#define NS_LIST_H

#include <stddef.h>

/*
 * Room for one more item, all 0, at the end; NULL when memory is short. list: the address of the
 * pointer, NULL in the beginning. Only lists that this made grow.
 */
void *list_grow(void *list, size_t *n, size_t size);

#endif
