// SPDX-License-Identifier: GPL-2.0-only
#include "store.h"

#include <errno.h>
#include <string.h>

#include "msg.h"

const struct store_table store_tables[] = {
	{"fact", "CREATE TABLE fact(name TEXT PRIMARY KEY, value) WITHOUT ROWID"},
	{"name",
	 "CREATE TABLE name(kind TEXT, number INTEGER, name TEXT, PRIMARY KEY(kind, number)) "
	 "WITHOUT ROWID"},
	{"hook", "CREATE TABLE hook(dir TEXT, proto TEXT, point TEXT, hook TEXT, "
		 "PRIMARY KEY(dir, proto, point)) WITHOUT ROWID"},
	{"interval",
	 "CREATE TABLE interval(end_ns INTEGER PRIMARY KEY, length_ns INTEGER, "
	 "connections_left_out INTEGER, packets_left_out INTEGER, data BLOB, slow BLOB)"},
	{"packet", "CREATE TABLE packet(end_ns INTEGER, number INTEGER, data BLOB, "
		   "PRIMARY KEY(end_ns, number)) WITHOUT ROWID"},
};

const size_t store_n_tables = sizeof(store_tables) / sizeof(store_tables[0]);

#define MEMBER_SIZE(m) sizeof(((struct run_info *)0)->m)
#define TEXT(m)                                                                                    \
	{                                                                                          \
		.name = #m, .at = offsetof(struct run_info, m), .size = MEMBER_SIZE(m),            \
		.text = true                                                                       \
	}
#define NUMBER(m)                                                                                  \
	{                                                                                          \
		.name = #m, .at = offsetof(struct run_info, m), .size = MEMBER_SIZE(m)             \
	}

const struct store_fact store_facts[] = {
	TEXT(version),	 TEXT(kernel),		TEXT(host),
	TEXT(options),	 NUMBER(mono_ns),	NUMBER(real_ns),
	NUMBER(sample),	 NUMBER(slower_ns),	NUMBER(budget_bytes),
	NUMBER(slow_ns), NUMBER(backlog_found),
};

const size_t store_n_facts = sizeof(store_facts) / sizeof(store_facts[0]);

static int errno_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return ENOSPC;
	case SQLITE_NOMEM:
		return ENOMEM;
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_AUTH:
		return EROFS;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return EBUSY;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return EBADMSG;
	default:
		return EIO;
	}
}

int store_failed(sqlite3 *db, int rc, const char *what, const char *path)
{
	int error = db ? sqlite3_system_errno(db) : 0;

	if (db && sqlite3_extended_errcode(db) == SQLITE_READONLY_ROLLBACK)
		msg_err("%s %s: its writer was killed in the middle of an interval; who may write "
			"to it and its directory has to read it once",
			what, path);
	else if ((rc & 0xff) == SQLITE_FULL)
		msg_err("%s %s: no space left on device", what, path);
	else if (error && ((rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_CANTOPEN))
		msg_errno(error, "%s %s", what, path);
	else
		msg_err("%s %s: %s", what, path, sqlite3_errstr(rc));
	return -errno_of(rc);
}

int store_exec(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

sqlite3_stmt *store_prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st = NULL;

	return sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL) == SQLITE_OK
		       ? st
		       : NULL;
}
