/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values of options: parse one, or say what is wrong with it, naming the option and the form
 * that is accepted. All return a negative errno on failure, *out untouched.
 */
#ifndef NS_OPTVALUE_H
#define NS_OPTVALUE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

/* The index of the first len bytes of text in names, or -EINVAL. */
int optvalue_choose(const char *option, const char *text, size_t len, const char *const *names,
		    size_t n);

/* More than 0; a number alone is seconds, or refused if need_unit. */
int optvalue_duration(const char *option, const char *text, bool need_unit, __u64 *ns);

/* A time with its unit; "off": 0. */
int optvalue_threshold(const char *option, const char *text, __u64 *ns);

/* 1 to max */
int optvalue_number(const char *option, const char *text, __u64 max, __u64 *n);
int optvalue_number32(const char *option, const char *text, __u32 max, __u32 *n);

enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
int optvalue_color(const char *option, const char *text, enum color_when *when);

/* Whether to use colours: by NO_COLOR, TERM and what stdout is, if `when` leaves it open. */
bool color_wanted(enum color_when when);

#endif
