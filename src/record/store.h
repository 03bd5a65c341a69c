/* SPDX-License-Identifier: GPL-2.0-only */
/* What writer and reader of a recording share: the schema, and how a run's facts stand in it. */
#ifndef NS_STORE_H
#define NS_STORE_H

#include <linux/types.h>
#include <sqlite3.h>
#include <stddef.h>

#include "snapshot.h"

#define STORE_APPLICATION 0x6e737472 /* "nstr": PRAGMA application_id */
#define STORE_VERSION 1		     /* PRAGMA user_version; older ones stay readable */

/* The tables, each with the statement that makes it. Nothing else may be in a recording. */
struct store_table {
	const char *name, *sql;
};

extern const struct store_table store_tables[];
extern const size_t store_n_tables;

/* The facts of a run that stand in the table `fact` by their names. */
struct store_fact {
	const char *name;
	size_t at, size; /* in struct run_info; size of a text; 4 or 8 of a number */
	bool text;
};

extern const struct store_fact store_facts[];
extern const size_t store_n_facts;

/* Facts that are no part of struct run_info. */
#define FACT_BUCKETS "histogram_buckets"
#define FACT_END "end"			     /* why the recording ended; missing: it did not */
#define FACT_FORGOTTEN "intervals_forgotten" /* to stay below --max-size */
#define FACT_FORGOTTEN_NS "forgotten_ns"
#define NAMES_REASON "drop reason" /* kind of names that are this kernel's */

/* Say what SQLite says about a file. Returns -errno to match. */
int store_failed(sqlite3 *db, int rc, const char *what, const char *path);

/* Run statements without results. 0 or an SQLite code. */
int store_exec(sqlite3 *db, const char *sql);

/* A statement; NULL: store_failed() tells. */
sqlite3_stmt *store_prepare(sqlite3 *db, const char *sql);

#endif
