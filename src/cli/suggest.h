/* SPDX-License-Identifier: GPL-2.0-only */
/* "Did you mean ...": the nearest of several names. Pure functions. */
#ifndef NS_SUGGEST_H
#define NS_SUGGEST_H

#include <stddef.h>

#define SUGGEST_LEN 48 /* longer words are not compared */

/*
 * Edits that turn a into b: insert, delete, replace a character or swap two neighbours.
 * Both shorter than SUGGEST_LEN.
 */
unsigned int edit_distance(const char *a, const char *b);

/*
 * The name nearest to the first len bytes of word, NULL if none is near. A name that word begins
 * is nearest of all: people abbreviate.
 */
const char *suggest(const char *word, size_t len, const char *const *names, size_t n);

#endif
