// SPDX-License-Identifier: GPL-2.0-only
/* Is a file a recording? */
#include "reader_parts.h"

#include <errno.h>
#include <string.h>

#include "msg.h"

static int pragma(struct recording *r, const char *name, __s64 *value)
{
	sqlite3_stmt *st = store_prepare(r->db, name);
	int rc = st ? sqlite3_step(st) : sqlite3_errcode(r->db);

	*value = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
	sqlite3_finalize(st);
	return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

/* Views, triggers and the like could do anything: only our own tables may be there. */
static int check_tables(struct recording *r)
{
	sqlite3_stmt *st = store_prepare(r->db, "SELECT name, sql FROM sqlite_schema");
	size_t found = 0;
	int rc = SQLITE_ERROR;

	while (st && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(st, 0);
		const char *sql = (const char *)sqlite3_column_text(st, 1);
		size_t i = 0;

		while (i < store_n_tables && (!name || !sql || strcmp(store_tables[i].name, name) ||
					      strcmp(store_tables[i].sql, sql)))
			i++;
		if (i == store_n_tables)
			break;
		found++;
	}
	sqlite3_finalize(st);
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		return reader_failed(r, rc);
	return rc == SQLITE_DONE && found == store_n_tables
		       ? 0
		       : reader_damaged(r, "its tables are not those of a recording");
}

int reader_check(struct recording *r)
{
	__s64 application, version;
	int rc = pragma(r, "PRAGMA application_id", &application);

	if (!rc)
		rc = pragma(r, "PRAGMA user_version", &version);
	if ((rc & 0xff) == SQLITE_NOTADB || (!rc && application != STORE_APPLICATION)) {
		msg_err("%s is no recording of netstrata", r->path);
		return -EBADMSG;
	}
	if (rc)
		return reader_failed(r, rc);
	if (version > STORE_VERSION || version < 1) {
		msg_err("%s has format %lld; this netstrata reads formats up to %d: use the one "
			"that "
			"wrote it, or a later one",
			r->path, (long long)version, STORE_VERSION);
		return -EBADMSG;
	}
	return check_tables(r);
}
