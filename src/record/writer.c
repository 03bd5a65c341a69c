// SPDX-License-Identifier: GPL-2.0-only
#include "writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "msg.h"
#include "names.h"
#include "place.h"
#include "store.h"

#define BUSY_MS 1000	  /* a reader holds its lock for one interval only; most of them do */
#define LAST_BUSY_MS 5000 /* nothing comes after it */
#define SPARE_PAGES 16	  /* that an interval may take besides its data */

enum statement {
	PUT_INTERVAL,
	PUT_PACKET,
	FORGET_PACKETS,
	FORGET_INTERVAL,
	OLDEST,
	PAGES,
	N_STATEMENTS
};

static const char *const statements[N_STATEMENTS] = {
	[PUT_INTERVAL] = "INSERT INTO interval VALUES (?, ?, ?, ?, ?, ?)",
	[PUT_PACKET] = "INSERT INTO packet VALUES (?, ?, ?)",
	[FORGET_PACKETS] = "DELETE FROM packet WHERE end_ns <= ?",
	[FORGET_INTERVAL] = "DELETE FROM interval WHERE end_ns = ?",
	[OLDEST] = "SELECT end_ns, length_ns FROM interval ORDER BY end_ns LIMIT 1",
	[PAGES] = "SELECT page_count, freelist_count FROM pragma_page_count, pragma_freelist_count",
};

struct writer {
	sqlite3 *db;
	sqlite3_stmt *st[N_STATEMENTS];
	char path[PATH_BYTES];
	__u64 max_pages;
	__u64 page_size;
	__u64 forgotten_ns;
	struct writer_stats stats;
};

static int failed(struct writer *w, int rc)
{
	return store_failed(w->db, rc, "cannot write", w->path);
}

static int make_tables(struct writer *w)
{
	char version[100];
	int rc;

	snprintf(version, sizeof(version), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		 STORE_APPLICATION, STORE_VERSION);
	rc = store_exec(w->db, version);
	for (size_t i = 0; i < store_n_tables && !rc; i++)
		rc = store_exec(w->db, store_tables[i].sql);
	for (int i = 0; i < N_STATEMENTS && !rc; i++) {
		w->st[i] = store_prepare(w->db, statements[i]);
		if (!w->st[i])
			rc = sqlite3_errcode(w->db);
	}
	return rc;
}

/*
 * The journal is truncated, not deleted: making it anew takes the right to write to the directory,
 * which root has in a user's directory only until capabilities are given up.
 */
static int open_database(struct writer *w)
{
	int rc =
		sqlite3_open_v2(w->path, &w->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc)
		return rc;
	sqlite3_busy_timeout(w->db, BUSY_MS);
	rc = store_exec(w->db,
			"PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = NORMAL; BEGIN");
	if (!rc)
		rc = make_tables(w);
	return rc ? rc : store_exec(w->db, "COMMIT");
}

struct writer *writer_open(const struct writer_options *o)
{
	struct writer *w;
	int rc;

	if (place_make(o))
		return NULL;
	w = calloc(1, sizeof(*w));
	if (!w) {
		msg_errno(ENOMEM, "cannot set up the recording");
		unlink(o->path);
		return NULL;
	}
	strcpy(w->path, o->path);
	w->page_size = 4096;
	w->max_pages = o->max_size / w->page_size;
	rc = open_database(w);
	if (!rc)
		return w;
	failed(w, rc);
	writer_close(w, NULL);
	return NULL;
}

/* ---- the facts of the run ------------------------------------------------------------------- */

static int step(sqlite3_stmt *st)
{
	int rc = sqlite3_step(st);

	sqlite3_reset(st);
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static int put_fact(struct writer *w, const char *name, const char *text, __u64 number)
{
	sqlite3_stmt *st = store_prepare(w->db, "INSERT OR REPLACE INTO fact VALUES (?, ?)");
	int rc;

	if (!st)
		return sqlite3_errcode(w->db);
	sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
	if (text)
		sqlite3_bind_text(st, 2, text, -1, SQLITE_STATIC);
	else
		sqlite3_bind_int64(st, 2, (sqlite3_int64)number);
	rc = step(st);
	sqlite3_finalize(st);
	return rc;
}

static int put_name(sqlite3_stmt *st, const char *kind, unsigned number, const char *name)
{
	sqlite3_bind_text(st, 1, kind, -1, SQLITE_STATIC);
	sqlite3_bind_int(st, 2, (int)number);
	sqlite3_bind_text(st, 3, name, -1, SQLITE_STATIC);
	return step(st);
}

static int put_names(struct writer *w, const struct run_info *ri)
{
	sqlite3_stmt *st = store_prepare(w->db, "INSERT INTO name VALUES (?, ?, ?)");
	int rc = st ? SQLITE_OK : sqlite3_errcode(w->db);

	for (unsigned k = 0; k < NAMES_KINDS; k++)
		for (unsigned i = 0; i < names_count(k) && !rc; i++)
			rc = put_name(st, name_kinds[k], i, names_get(k, i));
	for (unsigned i = 0; i < ri->n_drop_reasons && !rc; i++)
		if (ri->drop_reasons[i])
			rc = put_name(st, NAMES_REASON, i, ri->drop_reasons[i]);
	sqlite3_finalize(st);
	return rc;
}

static int put_hooks(struct writer *w, const struct run_info *ri)
{
	sqlite3_stmt *st = store_prepare(w->db, "INSERT INTO hook VALUES (?, ?, ?, ?)");
	int rc = st ? SQLITE_OK : sqlite3_errcode(w->db);

	for (unsigned d = 0; d < NS_DIRS; d++) {
		for (unsigned p = 0; p < NS_PROTOS; p++) {
			for (unsigned i = 0; i < dirs[d].n_points && !rc; i++) {
				if (!(ri->points[d][p] & 1U << i))
					continue;
				sqlite3_bind_text(st, 1, dirs[d].name, -1, SQLITE_STATIC);
				sqlite3_bind_text(st, 2, proto_name(p), -1, SQLITE_STATIC);
				sqlite3_bind_text(st, 3, dirs[d].points[i], -1, SQLITE_STATIC);
				sqlite3_bind_text(st, 4, ri->hooks[d][p][i], -1, SQLITE_STATIC);
				rc = step(st);
			}
		}
	}
	sqlite3_finalize(st);
	return rc;
}

static __u64 number_at(const struct run_info *ri, const struct store_fact *f)
{
	const char *at = (const char *)ri + f->at;

	if (f->size == sizeof(bool))
		return *(const bool *)at;
	return f->size == sizeof(__u32) ? *(const __u32 *)at : *(const __u64 *)at;
}

int writer_start(struct writer *w, const struct run_info *ri)
{
	int rc = store_exec(w->db, "BEGIN IMMEDIATE");

	for (size_t i = 0; i < store_n_facts && !rc; i++) {
		const struct store_fact *f = &store_facts[i];

		rc = f->text ? put_fact(w, f->name, (const char *)ri + f->at, 0)
			     : put_fact(w, f->name, NULL, number_at(ri, f));
	}
	if (!rc)
		rc = put_fact(w, FACT_BUCKETS, NULL, HIST_BUCKETS);
	if (!rc)
		rc = put_names(w, ri);
	if (!rc)
		rc = put_hooks(w, ri);
	if (!rc)
		rc = store_exec(w->db, "COMMIT");
	return rc ? failed(w, rc) : 0;
}

/* ---- intervals ----------------------------------------------------------------------------------
 */

static int count_pages(struct writer *w, __u64 *all, __u64 *used)
{
	sqlite3_stmt *st = w->st[PAGES];
	int rc = sqlite3_step(st);

	*all = sqlite3_column_int64(st, 0);
	*used = *all - sqlite3_column_int64(st, 1);
	sqlite3_reset(st);
	return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

/* The oldest interval gives way; SQLITE_DONE: there is none. */
static int forget_oldest(struct writer *w)
{
	__s64 end, length;
	int rc = sqlite3_step(w->st[OLDEST]);

	end = sqlite3_column_int64(w->st[OLDEST], 0);
	length = sqlite3_column_int64(w->st[OLDEST], 1);
	sqlite3_reset(w->st[OLDEST]);
	if (rc != SQLITE_ROW)
		return rc;
	for (int i = FORGET_PACKETS; i <= FORGET_INTERVAL; i++) {
		sqlite3_bind_int64(w->st[i], 1, end);
		rc = step(w->st[i]);
		if (rc)
			return rc;
	}
	w->stats.forgotten++;
	w->forgotten_ns += length;
	return SQLITE_OK;
}

static int make_room(struct writer *w, size_t bytes)
{
	__u64 forgotten = w->stats.forgotten, all, used, need = bytes / w->page_size + SPARE_PAGES;
	int rc = count_pages(w, &all, &used);

	while (!rc && used + need > w->max_pages) {
		rc = forget_oldest(w);
		if (rc == SQLITE_DONE) /* a single interval needs more */
			return SQLITE_OK;
		if (!rc)
			rc = count_pages(w, &all, &used);
	}
	if (rc || w->stats.forgotten == forgotten)
		return rc;
	rc = put_fact(w, FACT_FORGOTTEN, NULL, w->stats.forgotten);
	return rc ? rc : put_fact(w, FACT_FORGOTTEN_NS, NULL, w->forgotten_ns);
}

static int put_packet(struct writer *w, __u64 end, size_t number, const struct ns_event *e)
{
	struct codec c;
	int rc;

	if (packet_encode(e, &c))
		return SQLITE_NOMEM;
	sqlite3_bind_int64(w->st[PUT_PACKET], 1, (sqlite3_int64)end);
	sqlite3_bind_int64(w->st[PUT_PACKET], 2, (sqlite3_int64)number);
	sqlite3_bind_blob64(w->st[PUT_PACKET], 3, c.data, c.len, SQLITE_STATIC);
	rc = step(w->st[PUT_PACKET]);
	free(c.data);
	return rc;
}

static int put_interval(struct writer *w, const struct recorded_interval *i)
{
	sqlite3_stmt *st = w->st[PUT_INTERVAL];
	__u64 end = i->s->mono_ns;
	bool ranked = i->slow.packets || i->slow.unclear;
	struct codec c, slow = {.data = NULL};
	int rc;

	if (snapshot_encode(i->s, &c))
		return SQLITE_NOMEM;
	if (ranked && ranking_encode(&i->slow, &slow)) {
		free(c.data);
		return SQLITE_NOMEM;
	}
	rc = make_room(w, c.len + slow.len + i->n_packets * sizeof(struct ns_event));
	sqlite3_bind_int64(st, 1, (sqlite3_int64)end);
	sqlite3_bind_int64(st, 2, (sqlite3_int64)i->s->interval_ns);
	sqlite3_bind_int64(st, 3, (sqlite3_int64)i->connections_left_out);
	sqlite3_bind_int64(st, 4, (sqlite3_int64)i->packets_left_out);
	sqlite3_bind_blob64(st, 5, c.data, c.len, SQLITE_STATIC);
	sqlite3_bind_blob64(st, 6, slow.data, slow.len, SQLITE_STATIC); /* NULL: none was slow */
	if (!rc)
		rc = step(st);
	free(c.data);
	free(slow.data);
	for (size_t k = 0; k < i->n_packets && !rc; k++)
		rc = put_packet(w, end, k, &i->packets[k]);
	return rc;
}

int writer_interval(struct writer *w, const struct recorded_interval *i)
{
	__u64 used, forgotten = w->stats.forgotten, forgotten_ns = w->forgotten_ns;
	int rc = store_exec(w->db, "BEGIN IMMEDIATE");

	if (!rc)
		rc = put_interval(w, i);
	if (!rc)
		rc = store_exec(w->db, "COMMIT");
	if (rc) {
		if ((rc & 0xff) != SQLITE_BUSY)
			failed(w, rc);
		store_exec(w->db, "ROLLBACK");
		w->stats.forgotten = forgotten;
		w->forgotten_ns = forgotten_ns;
		return (rc & 0xff) == SQLITE_BUSY ? -EBUSY : -EIO;
	}
	w->stats.intervals++;
	w->stats.packets += i->n_packets;
	if (!count_pages(w, &w->stats.bytes, &used))
		w->stats.bytes *= w->page_size;
	return 0;
}

void writer_be_patient(struct writer *w)
{
	sqlite3_busy_timeout(w->db, LAST_BUSY_MS);
}

struct writer_stats writer_stats(const struct writer *w)
{
	return w->stats;
}

int writer_close(struct writer *w, const char *reason)
{
	int rc = SQLITE_OK, err = 0;

	if (reason)
		rc = put_fact(w, FACT_END, reason, 0);
	if (rc)
		err = failed(w, rc);
	for (int i = 0; i < N_STATEMENTS; i++)
		sqlite3_finalize(w->st[i]);
	/* removes the journal, where the directory lets us: an empty one does no harm */
	store_exec(w->db, "PRAGMA journal_mode = DELETE");
	sqlite3_close(w->db);
	if (!reason)
		unlink(w->path);
	free(w);
	return err;
}
