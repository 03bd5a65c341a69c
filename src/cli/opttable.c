// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "msg.h"
#include "opttable.h"
#include "suggest.h"

#define OPTIONS_MAX 64

/* The options of argp and of its children as one list; returns their number. */
static size_t collect(const struct argp *argp, const struct argp_option **list)
{
	const struct argp_child *child = argp->children;
	const struct argp_option *o;
	size_t n = 0;

	for (;;) {
		for (o = argp->options; o && (o->name || o->key || o->doc); o++)
			if (o->name && n < OPTIONS_MAX)
				list[n++] = o;
		if (!child || !child->argp)
			return n;
		argp = child++->argp;
	}
}

static bool has_short(const struct argp_option *o)
{
	return o->key > ' ' && o->key < 127;
}

static const struct argp_option *find_long(const struct argp_option **list, size_t n,
					   const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(list[i]->name) == len && memcmp(list[i]->name, name, len) == 0)
			return list[i];
	return NULL;
}

static const struct argp_option *find_short(const struct argp_option **list, size_t n, char c)
{
	for (size_t i = 0; i < n; i++)
		if (has_short(list[i]) && list[i]->key == c)
			return list[i];
	return NULL;
}

static int unknown_long(const struct argp_option **list, size_t n, const char *name, size_t len)
{
	const char *names[OPTIONS_MAX], *nearest;

	for (size_t i = 0; i < n; i++)
		names[i] = list[i]->name;
	nearest = suggest(name, len, names, n);
	if (nearest)
		msg_err("unknown option '--%.*s'; did you mean '--%s'?", (int)len, name, nearest);
	else
		msg_err("unknown option '--%.*s'; --help lists the options", (int)len, name);
	return -EINVAL;
}

/* Returns how many more words belong to the option at argv[0], or -EINVAL. */
static int check_long(const struct argp_option **list, size_t n, char **argv)
{
	const char *name = argv[0] + 2;
	size_t len = strcspn(name, "=");
	const struct argp_option *o = find_long(list, n, name, len);

	if (!o)
		return unknown_long(list, n, name, len);
	if (!o->arg && name[len]) {
		msg_err("option '--%s' takes no value", o->name);
		return -EINVAL;
	}
	if (!o->arg || name[len])
		return 0;
	if (!argv[1]) {
		msg_err("option '--%s' needs a value: --%s %s", o->name, o->name, o->arg);
		return -EINVAL;
	}
	return 1;
}

/* Letters in one word; the last may have a value, in the rest of the word or in the next. */
static int check_short(const struct argp_option **list, size_t n, char **argv)
{
	const char *word = argv[0];
	const struct argp_option *o;

	for (const char *c = word + 1; *c; c++) {
		o = find_short(list, n, *c);
		if (o && !o->arg)
			continue;
		if (o && (c[1] || argv[1]))
			return c[1] ? 0 : 1;
		if (o)
			msg_err("option '-%c' needs a value: -%c %s", *c, *c, o->arg);
		else if (c == word + 1 && find_long(list, n, c, strcspn(c, "="))) /* "-port 80" */
			msg_err("unknown option '%s'; did you mean '-%s'?", word, word);
		else
			msg_err("unknown option '-%c'; --help lists the options", *c);
		return -EINVAL;
	}
	return 0;
}

static int check(const struct argp *argp, int argc, char **argv, bool words)
{
	const struct argp_option *list[OPTIONS_MAX];
	size_t n = collect(argp, list);
	int more;

	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];

		if (strcmp(word, "--") == 0)
			return 0;
		if (word[0] != '-' || !word[1]) {
			if (!words)
				return 0;
			continue;
		}
		more = word[1] == '-' ? check_long(list, n, argv + i)
				      : check_short(list, n, argv + i);
		if (more < 0)
			return more;
		i += more;
	}
	return 0;
}

int opttable_check(const struct argp *argp, int argc, char **argv)
{
	return check(argp, argc, argv, false);
}

int opttable_check_words(const struct argp *argp, int argc, char **argv)
{
	return check(argp, argc, argv, true);
}

const char *opttable_name(const struct argp *argp, int key)
{
	const struct argp_option *list[OPTIONS_MAX];
	size_t n = collect(argp, list);

	for (size_t i = 0; i < n; i++)
		if (list[i]->key == key)
			return list[i]->name;
	return "?";
}

void opttable_dump(const struct argp *argp, const char *command)
{
	const struct argp_option *list[OPTIONS_MAX];
	size_t n = collect(argp, list);

	for (size_t i = 0; i < n; i++) {
		printf("%s --%s\n", command, list[i]->name);
		if (has_short(list[i]))
			printf("%s -%c\n", command, list[i]->key);
	}
}
