// SPDX-License-Identifier: GPL-2.0-only
/* src/tui/keys.h: the table against itself and against netstrata-top(1). From the top of the tree.
 */
#include <ctype.h>
#include <stdlib.h>

#include "keys.h"
#include "tap.h"

#define HELP_WIDTH 44 /* what is left beside the keys' names in 60 columns */
#define NAMES_WIDTH 16

static void test_table(void)
{
	unsigned twice = 0, wide = 0, lost = 0;

	for (int a = ACT_NONE + 1; a < ACT_COUNT; a++) {
		const struct key_info *k = &key_infos[a];

		wide += strlen(k->help) > HELP_WIDTH || strlen(k->names) >= NAMES_WIDTH;
		for (unsigned v = 0; v < VIEW_COUNT; v++) {
			if (!(k->views & IN(v)))
				continue;
			for (unsigned i = 0; i < 2; i++)
				lost += k->keys[i] != TK_NONE &&
					key_action(k->keys[i], v) != (enum action)a;
		}
		for (int b = a + 1; b < ACT_COUNT; b++)
			for (unsigned i = 0; i < 4; i++)
				twice += k->keys[i / 2] != TK_NONE &&
					 k->keys[i / 2] == key_infos[b].keys[i % 2];
	}
	is_u64(twice, 0, "no key has two meanings");
	is_u64(lost, 0, "each key does what the table says");
	is_u64(wide, 0, "the help fits 60 columns");
	is_u64(key_action(TK_NONE, VIEW_OVERVIEW), ACT_NONE, "no key, no action");
}

/* ".It Ic q , F10" without what is mdoc's: "q, F10". In place. */
static char *plain_text(char *line)
{
	static const struct {
		const char *mdoc, *text;
	} table[] = {{" , ", ", "}, {"\\&", ""}, {"\\e", "\\"}, {"\\-", "-"}, {"\n", ""}};
	char *at;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		while ((at = strstr(line, table[i].mdoc))) {
			size_t len = strlen(table[i].text), old = strlen(table[i].mdoc);

			memcpy(at, table[i].text, len);
			memmove(at + len, at + old, strlen(at + old) + 1);
		}
	return line;
}

/* The help as a sentence of the man page. */
static const char *sentence(const char *help, char *buf, size_t size)
{
	size_t len;

	help += strncmp(help, "... ", 4) ? 0 : 4;
	len = strlen(help);
	snprintf(buf, size, "%c%s%s", toupper(*help), help + 1, help[len - 1] == '.' ? "" : ".");
	return buf;
}

static void test_man_page(void)
{
	FILE *f = fopen("man/netstrata-top.1", "r");
	char line[256], want[256];
	int a = ACT_NONE;

	ok(f != NULL, "the man page is there");
	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, ".It Ic ", 7))
			continue;
		if (++a < ACT_COUNT)
			is_str(plain_text(line + strlen(".It Ic ")), key_infos[a].names,
			       key_infos[a].help);
		if (a < ACT_COUNT && fgets(line, sizeof(line), f))
			is_str(plain_text(line), sentence(key_infos[a].help, want, sizeof(want)),
			       "and what it does");
	}
	is_u64((unsigned)a, ACT_COUNT - 1, "the man page has as many keys as the table");
	if (f)
		fclose(f);
}

int main(void)
{
	test_table();
	test_man_page();
	return done();
}
