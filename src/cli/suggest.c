// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "suggest.h"

static unsigned int min(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Optimal string alignment; three rows of the usual table are enough for the swap. */
unsigned int edit_distance(const char *a, const char *b)
{
	unsigned int rows[3][SUGGEST_LEN + 1];
	unsigned int *before = rows[0], *prev = rows[1], *cur = rows[2], *next;
	size_t la = strlen(a), lb = strlen(b);

	for (size_t j = 0; j <= lb; j++)
		prev[j] = j;
	for (size_t i = 1; i <= la; i++) {
		cur[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			cur[j] = min(min(prev[j], cur[j - 1]) + 1,
				     prev[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				cur[j] = min(cur[j], before[j - 2] + 1);
		}
		next = before;
		before = prev;
		prev = cur;
		cur = next;
	}
	return prev[lb];
}

const char *suggest(const char *word, size_t len, const char *const *names, size_t n)
{
	char copy[SUGGEST_LEN];
	const char *best = NULL;
	unsigned int distance, limit;

	if (len == 0 || len >= sizeof(copy))
		return NULL;
	memcpy(copy, word, len);
	copy[len] = '\0';

	/* Half of a word wrong is another word. */
	limit = len < 4 ? 1 : len < 8 ? 2 : 3;
	for (size_t i = 0; i < n; i++) {
		if (strlen(names[i]) >= SUGGEST_LEN)
			continue;
		if (len > 1 && strncmp(names[i], copy, len) == 0)
			return names[i];
		distance = edit_distance(copy, names[i]);
		if (distance <= limit) {
			best = names[i];
			limit = distance - !!distance; /* the first of equals stays */
		}
	}
	return best;
}
