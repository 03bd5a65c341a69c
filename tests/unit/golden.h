/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files that output is held against. UPDATE_GOLDEN=1 rewrites them: read the diff. The directory
 * is tests/unit/golden, or $GOLDEN.
 */
#ifndef NS_TEST_GOLDEN_H
#define NS_TEST_GOLDEN_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tap.h"

__attribute__((unused)) static char *read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1 << 18);

	if (f) {
		size_t n = fread(text, 1, (1 << 18) - 1, f);

		text[n] = '\0';
		fclose(f);
	} else {
		strcpy(text, "(no golden file)");
	}
	return text;
}

/* Show the first line that differs. */
__attribute__((unused)) static void show_difference(const char *got, const char *want)
{
	size_t i = 0, line = 1, start = 0;

	for (; got[i] && got[i] == want[i]; i++)
		if (got[i] == '\n') {
			line++;
			start = i + 1;
		}
	printf("#   line %zu: got  %.*s\n", line, (int)strcspn(got + start, "\n"), got + start);
	printf("#   line %zu: want %.*s\n", line, (int)strcspn(want + start, "\n"), want + start);
}

__attribute__((unused)) static void golden(const char *name, const char *got)
{
	const char *dir = getenv("GOLDEN");
	char path[400], *want;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.txt", dir ? dir : "tests/unit/golden", name);
	if (getenv("UPDATE_GOLDEN")) {
		f = fopen(path, "w");
		if (!f || fputs(got, f) == EOF || fclose(f))
			printf("# cannot write %s: %s\n", path, strerror(errno));
	}
	want = read_file(path);
	if (!ok(!strcmp(got, want), "%s", name))
		show_difference(got, want);
	free(want);
}

__attribute__((unused)) static size_t longest_line(const char *s)
{
	size_t longest = 0, n = 0;

	for (; *s; s++) {
		n = *s == '\n' ? 0 : n + ((*s & 0xc0) != 0x80);
		longest = n > longest ? n : longest;
	}
	return longest;
}

/* The same time of day everywhere. */
__attribute__((unused)) static void use_utc(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
}

#endif
