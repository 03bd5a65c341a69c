// SPDX-License-Identifier: GPL-2.0-only
/* What a recording says of its run. */
#include "reader_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"
#include "names.h"

static void set_fact(struct recording *r, const char *name, sqlite3_stmt *st, int column)
{
	const char *text = (const char *)sqlite3_column_text(st, column);
	__u64 number = sqlite3_column_int64(st, column);

	for (size_t i = 0; i < store_n_facts; i++) {
		const struct store_fact *f = &store_facts[i];
		char *at = (char *)&r->info + f->at;

		if (strcmp(f->name, name))
			continue;
		if (f->text)
			strncpy(at, text ? text : "", f->size - 1);
		else if (f->size == sizeof(bool))
			*(bool *)at = number != 0;
		else if (f->size == sizeof(__u32))
			*(__u32 *)at = number;
		else
			*(__u64 *)at = number;
	}
	if (!strcmp(name, FACT_END))
		strncpy(r->facts.end, text ? text : "", sizeof(r->facts.end) - 1);
	else if (!strcmp(name, FACT_FORGOTTEN))
		r->facts.forgotten = number;
	else if (!strcmp(name, FACT_FORGOTTEN_NS))
		r->facts.forgotten_ns = number;
}

static int get_fact(struct recording *r, sqlite3_stmt *st)
{
	const char *name = (const char *)sqlite3_column_text(st, 0);

	if (!name)
		return reader_damaged(r, "a fact without a name");
	if (!strcmp(name, FACT_BUCKETS) && sqlite3_column_int64(st, 1) != HIST_BUCKETS)
		return reader_damaged(r, "its histograms have other buckets");
	set_fact(r, name, st, 1);
	return 0;
}

static int get_name(struct recording *r, sqlite3_stmt *st)
{
	const char *kind = (const char *)sqlite3_column_text(st, 0);
	const char *name = (const char *)sqlite3_column_text(st, 2);
	__u64 number = sqlite3_column_int64(st, 1);

	if (!kind || !name)
		return reader_damaged(r, "a name is missing");
	if (strcmp(kind, NAMES_REASON)) {
		if (!dictionary_learn(&r->names, kind, number, name))
			r->facts.unknown_names++;
		return 0;
	}
	if (number >= REASONS_MAX || r->reasons[number])
		return 0;
	r->reasons[number] = strdup(name);
	if (!r->reasons[number])
		return msg_errno(ENOMEM, "cannot read %s", r->path);
	if (r->info.n_drop_reasons <= number)
		r->info.n_drop_reasons = number + 1;
	return 0;
}

static int index_of(const char *text, const char *const *names, unsigned n)
{
	for (unsigned i = 0; text && i < n; i++)
		if (!strcmp(text, names[i]))
			return (int)i;
	return -1;
}

static int get_hook(struct recording *r, sqlite3_stmt *st)
{
	const char *dir_names[NS_DIRS], *protos[NS_PROTOS], *hook;
	int dir, proto, point;
	char **place;

	for (unsigned i = 0; i < NS_DIRS; i++)
		dir_names[i] = dirs[i].name;
	for (unsigned i = 0; i < NS_PROTOS; i++)
		protos[i] = proto_name(i);
	dir = index_of((const char *)sqlite3_column_text(st, 0), dir_names, NS_DIRS);
	proto = index_of((const char *)sqlite3_column_text(st, 1), protos, NS_PROTOS);
	if (dir < 0 || proto < 0)
		return reader_damaged(r, "a hook of no direction or protocol");
	point = index_of((const char *)sqlite3_column_text(st, 2), dirs[dir].points,
			 dirs[dir].n_points);
	hook = (const char *)sqlite3_column_text(st, 3);
	if (point < 0)
		return 0; /* counted with the names */
	r->info.points[dir][proto] |= 1U << point;
	place = &r->hooks[dir][proto][point];
	if (!hook || *place)
		return 0;
	*place = strdup(hook);
	r->info.hooks[dir][proto][point] = *place;
	return *place ? 0 : msg_errno(ENOMEM, "cannot read %s", r->path);
}

static int get_extent(struct recording *r, sqlite3_stmt *st)
{
	__u64 first = sqlite3_column_int64(st, 1), length = sqlite3_column_int64(st, 2);

	r->facts.intervals = sqlite3_column_int64(st, 0);
	r->facts.start_ns = first > length ? first - length : 0;
	r->facts.end_ns = sqlite3_column_int64(st, 3);
	return 0;
}

/* Every row of a query. */
static int each_row(struct recording *r, const char *sql,
		    int (*get)(struct recording *r, sqlite3_stmt *st))
{
	sqlite3_stmt *st = store_prepare(r->db, sql);
	int rc = SQLITE_ERROR, err = 0;

	while (st && !err && (rc = sqlite3_step(st)) == SQLITE_ROW)
		err = get(r, st);
	if (!st)
		rc = sqlite3_errcode(r->db);
	sqlite3_finalize(st);
	if (err)
		return err;
	return rc == SQLITE_DONE ? 0 : reader_failed(r, rc);
}

int reader_facts(struct recording *r)
{
	static const struct {
		const char *sql;
		int (*get)(struct recording *r, sqlite3_stmt *st);
	} queries[] = {
		{"SELECT name, value FROM fact", get_fact},
		{"SELECT kind, number, name FROM name", get_name},
		{"SELECT dir, proto, point, hook FROM hook", get_hook},
		{"SELECT count(*), coalesce(min(end_ns), 0), coalesce((SELECT length_ns FROM "
		 "interval "
		 "ORDER BY end_ns LIMIT 1), 0), coalesce(max(end_ns), 0) FROM interval",
		 get_extent},
	};
	int err = 0;

	r->reasons = calloc(REASONS_MAX, sizeof(*r->reasons));
	if (!r->reasons)
		return msg_errno(ENOMEM, "cannot read %s", r->path);
	dictionary_init(&r->names);
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]) && !err; i++)
		err = each_row(r, queries[i].sql, queries[i].get);
	r->info.drop_reasons = (const char *const *)r->reasons;
	return err;
}
