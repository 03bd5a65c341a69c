/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Test Anything Protocol in one header. ok() and friends print one line each and return what
 * they found; `return done();` at the end of main() prints the plan and is the exit status.
 */
#ifndef NS_TAP_H
#define NS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_run, tap_failed;

__attribute__((format(printf, 2, 3), unused)) static bool ok(bool good, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", good ? "" : "not ", ++tap_run);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	tap_failed += !good;
	return good;
}

__attribute__((unused)) static bool is_u64(unsigned long long got, unsigned long long want,
					   const char *name)
{
	if (!ok(got == want, "%s", name))
		printf("#   got %llu, want %llu\n", got, want);
	return got == want;
}

__attribute__((unused)) static bool is_str(const char *got, const char *want, const char *name)
{
	bool same = got && want ? !strcmp(got, want) : got == want;

	if (!ok(same, "%s", name))
		printf("#   got \"%s\", want \"%s\"\n", got ? got : "NULL", want ? want : "NULL");
	return same;
}

/* A test that cannot run here; why is required reading. */
__attribute__((unused)) static void skip(const char *name, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_run, name, why);
}

__attribute__((unused)) static int done(void)
{
	printf("1..%d\n", tap_run);
	return tap_failed ? 1 : 0;
}

#endif
