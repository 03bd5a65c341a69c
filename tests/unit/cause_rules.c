// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of rules is sound, and docs/causes.md ($CAUSES_MD) shows it as it is.
 * UPDATE_GOLDEN=1 writes it there: read the diff.
 */
#include <stdlib.h>

#include "cause.h"
#include "golden.h"
#include "names.h"

#define BEGIN "<!-- rules: begin -->\n"
#define END "<!-- rules: end -->\n"

static void put_scope(FILE *f, const struct cause_rule *r)
{
	static const char *const words[] = {
		[CAUSE_OF_DROP] = "dropped",
		[CAUSE_OF_MERGED] = "several as one",
		[CAUSE_OF_SENT] = "a stage of the local sender",
		[CAUSE_OF_WAY] = "between local sender and here",
	};

	if (r->scope == CAUSE_OF_DROP)
		fputs(words[r->scope], f);
	else if (r->scope != CAUSE_OF_STAGE)
		fprintf(f, "%s: %s", dirs[r->dir].verb, words[r->scope]);
	else
		fprintf(f, "%s: `%s`", dirs[r->dir].verb, dirs[r->dir].stages[r->stage]);
}

static void put_certain(FILE *f, const struct cause_rule *r)
{
	if (!r->certain_with)
		fputs("yes", f);
	else if (r->certain_with == CAUSE_PROBABLE)
		fputs("no", f);
	else
		for (unsigned i = 0; i < dirs[r->dir].n_points; i++)
			if (r->certain_with & 1U << i)
				fprintf(f, "with `%s`", dirs[r->dir].points[i]);
}

static char *table(void)
{
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	fputs("| rule | stage | evidence | sentence | certain | advice "
	      "|\n|---|---|---|---|---|---|\n",
	      f);
	for (size_t i = 0; i < n_cause_rules; i++) {
		const struct cause_rule *r = &cause_rules[i];

		fprintf(f, "| `%s` | ", r->name);
		put_scope(f, r);
		fprintf(f, " | %s | %s | ", r->evidence, r->text);
		put_certain(f, r);
		fprintf(f, " | %s |\n", r->advice ? r->advice : "");
	}
	fclose(f);
	return text;
}

/* The table in the page, which begins and ends with a comment of its own. */
static void test_page(void)
{
	const char *path = getenv("CAUSES_MD") ? getenv("CAUSES_MD") : "docs/causes.md";
	char *want = table(), *page = read_file(path), *begin = strstr(page, BEGIN), *end;
	FILE *f;

	end = begin ? strstr(begin, END) : NULL;
	if (!ok(end != NULL, "docs/causes.md has a place for the table"))
		goto out;
	begin += strlen(BEGIN);
	if (getenv("UPDATE_GOLDEN") && (f = fopen(path, "w"))) {
		fprintf(f, "%.*s%s%s", (int)(begin - page), page, want, end);
		fclose(f);
		free(page);
		page = read_file(path);
		begin = strstr(page, BEGIN) + strlen(BEGIN);
		end = strstr(begin, END);
	}
	*end = '\0';
	if (!ok(!strcmp(begin, want), "docs/causes.md shows the table"))
		show_difference(begin, want);
out:
	free(page);
	free(want);
}

static bool same_place(const struct cause_rule *a, const struct cause_rule *b)
{
	return a->scope == b->scope && (a->scope == CAUSE_OF_DROP || a->dir == b->dir) &&
	       (a->scope != CAUSE_OF_STAGE || a->stage == b->stage);
}

/* A rule that is never asked, or a place where none may hold, would be an error. */
static void test_order(void)
{
	for (size_t i = 0; i < n_cause_rules; i++) {
		const struct cause_rule *r = &cause_rules[i];
		bool last = true, fresh = true;

		for (size_t k = 0; k < n_cause_rules; k++) {
			last &= k <= i || !same_place(r, &cause_rules[k]);
			fresh &= k == i || strcmp(r->name, cause_rules[k].name) != 0;
		}
		ok(!r->holds == last, "%s: the last of its place always holds, and no other",
		   r->name);
		ok(fresh, "%s: a name of its own", r->name);
		ok(!r->certain_with == !strstr(r->text, "{probably}"),
		   "%s: what is not always certain can say so", r->name);
		ok(r->evidence && !strchr(r->text, '|'), "%s: has evidence", r->name);
	}
}

/* Each stage of each direction is somebody's. */
static void test_stages(void)
{
	for (unsigned d = 0; d < NS_DIRS; d++) {
		for (unsigned s = 0; s < dirs[d].n_stages; s++) {
			bool found = s == dirs[d].total;

			for (size_t i = 0; i < n_cause_rules; i++)
				found |= cause_rules[i].scope == CAUSE_OF_STAGE &&
					 cause_rules[i].dir == d && cause_rules[i].stage == s;
			ok(found, "%s %s has a rule", dirs[d].name, dirs[d].stages[s]);
		}
	}
}

int main(void)
{
	test_order();
	test_stages();
	test_page();
	return done();
}
