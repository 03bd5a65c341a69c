/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading back what src/output/json*.c has written. */
#ifndef NS_TEST_JSON_LINES_H
#define NS_TEST_JSON_LINES_H

#include <jansson.h>
#include <stdlib.h>

#include "json.h"
#include "tap.h"

#define MAX_LINES 200

struct lines {
	size_t n;
	json_t *line[MAX_LINES];
};

/* Parse what was written, one object per line; complain about anything else. */
__attribute__((unused)) static void parse(struct lines *l, char *text)
{
	unsigned bad = 0;

	l->n = 0;
	for (char *p = text, *end; (end = strchr(p, '\n')) && l->n < MAX_LINES; p = end + 1) {
		*end = '\0';
		l->line[l->n] = json_loads(p, JSON_REJECT_DUPLICATES, NULL);
		bad += !json_is_object(l->line[l->n]) || strchr(p, '\t') || strstr(p, "\": ") ||
		       json_integer_value(json_object_get(l->line[l->n], "v")) != 1 ||
		       !json_is_string(json_object_get(l->line[l->n], "type"));
		l->n++;
	}
	is_u64(bad, 0, "every line is a compact object with v and type");
}

__attribute__((unused)) static void drop(struct lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		json_decref(l->line[i]);
}

__attribute__((unused)) static const char *str(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

__attribute__((unused)) static __u64 num(const json_t *o, const char *key)
{
	return (__u64)json_integer_value(json_object_get(o, key));
}

__attribute__((unused)) static json_t *sub(const json_t *o, const char *key)
{
	return json_object_get(o, key);
}

__attribute__((unused)) static json_t *find(const struct lines *l, const char *type,
					    const char *proto, const char *stage)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(str(l->line[i], "type"), type) &&
		    (!proto || !strcmp(str(l->line[i], "proto"), proto)) &&
		    (!stage || !strcmp(str(l->line[i], "stage"), stage)))
			return l->line[i];
	return NULL;
}

__attribute__((unused)) static size_t count(const struct lines *l, const char *type)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += !strcmp(str(l->line[i], "type"), type);
	return n;
}

__attribute__((unused)) static void snapshot_lines(struct lines *l, const struct snapshot *s,
						   const struct run_info *ri,
						   const struct text_opts *o)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	is_u64((unsigned)json_snapshot(f, s, ri, o), 0, "snapshot written");
	fclose(f);
	parse(l, text);
	free(text);
}

#endif
