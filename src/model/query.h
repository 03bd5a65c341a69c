/* SPDX-License-Identifier: GPL-2.0-only */
/* Which connections of a snapshot, and in which order. Pure functions. */
#ifndef NS_QUERY_H
#define NS_QUERY_H

#include <stddef.h>

#include "conns.h"

#define QUERY_WORDS 4
#define QUERY_WORD_LEN 48

struct run_info;

struct conn_query {
	enum ns_dir dir; /* ranked by these, as conn_rank() */
	enum conn_sort_key key;
	unsigned stage;
	const struct run_info *ri;		 /* which stages are measured as one; NULL: none */
	struct path_config filter;		 /* of it: what a connection can tell */
	char words[QUERY_WORDS][QUERY_WORD_LEN]; /* all must be in its ends or its process */
	unsigned n_words;
};

/* One use of one row of the table. */
struct conn_id {
	struct flow flow;
	__u32 gen, row;
};

struct conn_id conn_id(const struct conn *c);

/* NULL when it is not in the list. */
const struct conn *conn_find(const struct conn *c, size_t n, const struct conn_id *id);

/* What it is ranked by: conn_rank() of the stage, or of the one that measures it with others. */
__u64 conn_query_rank(const struct conn *c, const struct conn_query *q);

bool conn_matches(const struct conn *c, const struct conn_query *q);

/*
 * The first `want` of those that match, largest first: an array of pointers to be freed by the
 * caller; NULL when out of memory. *n: how many match, which may be more or less than `want`.
 */
const struct conn **conns_select(const struct conn *c, size_t n_conns, const struct conn_query *q,
				 size_t want, size_t *n);

#endif
