// SPDX-License-Identifier: GPL-2.0-only
#include "conn_filter.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "msg.h"
#include "opttable.h"

#define WORDS_MAX 32

struct typed {
	struct filter_args filter;
	struct conn_query *q;
};

static int add_word(struct conn_query *q, const char *word)
{
	if (q->n_words == QUERY_WORDS || strlen(word) >= QUERY_WORD_LEN) {
		msg_err("'%s': at most %d words, shorter than %d", word, QUERY_WORDS,
			QUERY_WORD_LEN);
		return -E2BIG;
	}
	strcpy(q->words[q->n_words++], word);
	return 0;
}

/* argp: errno values are positive. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct typed *t = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &t->filter;
		return 0;
	case ARGP_KEY_ARG:
		return -add_word(t->q, arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option no_options[] = {{0}};
static const struct argp_child children[] = {{&filter_argp, 0, NULL, 0}, {0}};
static const struct argp typed_argp = {
	.options = no_options, .parser = parse, .args_doc = "[WORD...]", .children = children};

static int split(char *text, char **argv)
{
	static char name[] = "filter";
	int argc = 1;
	char *word;

	argv[0] = name;
	while ((word = strsep(&text, " \t")))
		if (*word && argc < WORDS_MAX)
			argv[argc++] = word;
	argv[argc] = NULL;
	return argc;
}

int conn_filter_parse(const char *text, struct conn_query *q)
{
	struct conn_query new = {.dir = q->dir, .key = q->key, .stage = q->stage, .ri = q->ri};
	struct typed t = {.filter = {.config = &new.filter, .lookup = filter_lookup}, .q = &new};
	char *argv[WORDS_MAX + 1], *copy = strdup(text);
	int argc, err;

	if (!copy)
		return msg_errno(ENOMEM, "filter");
	argc = split(copy, argv);
	err = opttable_check_words(&typed_argp, argc, argv);
	if (!err)
		err = -argp_parse(&typed_argp, argc, argv,
				  ARGP_NO_EXIT | ARGP_NO_ERRS | ARGP_NO_HELP, NULL, &t);
	if (!err && (new.filter.shape.n_devs || new.filter.n_cgroups)) {
		msg_err("a connection does not tell its device or cgroup: give --dev and --cgroup "
			"when starting");
		err = -EINVAL;
	}
	filter_release(&t.filter);
	free(copy);
	if (!err)
		*q = new;
	return err;
}
