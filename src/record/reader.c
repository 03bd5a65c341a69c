// SPDX-License-Identifier: GPL-2.0-only
#include "reader_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "list.h"
#include "msg.h"

#define BUSY_MS 5000
#define VALUE_MAX (8 << 20) /* bytes of one value */
#define PACKETS_MAX 100000  /* of one interval */

int reader_failed(struct recording *r, int rc)
{
	return store_failed(r->db, rc, "cannot read", r->path);
}

int reader_damaged(struct recording *r, const char *what)
{
	msg_err("%s is damaged: %s", r->path, what);
	return -EBADMSG;
}

static void harden(sqlite3 *db)
{
	sqlite3_busy_timeout(db, BUSY_MS);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, VALUE_MAX);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	store_exec(db, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0");
}

/* What SQLite says of a directory, or of an empty file, helps nobody. */
static int check_file(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return msg_errno(errno, "cannot open %s", path);
	if (fstat(fd, &st)) {
		close(fd);
		return msg_errno(errno, "cannot open %s", path);
	}
	close(fd);
	if (S_ISREG(st.st_mode) && st.st_size > 0)
		return 0;
	msg_err("%s is no recording: it is %s", path,
		S_ISREG(st.st_mode) ? "empty" : "no regular file");
	return -EBADMSG;
}

/* Writable where we may: what a writer left half done when it was killed has to be taken back. */
static int open_database(struct recording *r)
{
	int rc =
		sqlite3_open_v2(r->path, &r->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc) {
		sqlite3_close(r->db);
		rc = sqlite3_open_v2(r->path, &r->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
				     NULL);
	}
	if (rc)
		return reader_failed(r, rc);
	harden(r->db);
	return reader_check(r);
}

struct recording *recording_open(const char *path)
{
	struct recording *r;

	if (check_file(path))
		return NULL;
	r = calloc(1, sizeof(*r));
	if (!r) {
		msg_errno(ENOMEM, "cannot read %s", path);
		return NULL;
	}
	r->path = path;
	r->until = ~0ULL;
	if (open_database(r) || reader_facts(r)) {
		recording_close(r);
		return NULL;
	}
	r->intervals = store_prepare(
		r->db, "SELECT end_ns, connections_left_out, packets_left_out, data, slow "
		       "FROM interval WHERE end_ns > ? AND end_ns <= ? "
		       "ORDER BY end_ns LIMIT 1");
	r->packets =
		store_prepare(r->db, "SELECT data FROM packet WHERE end_ns = ? ORDER BY number");
	if (!r->intervals || !r->packets) {
		reader_failed(r, sqlite3_errcode(r->db));
		recording_close(r);
		return NULL;
	}
	return r;
}

void recording_close(struct recording *r)
{
	if (!r)
		return;
	sqlite3_finalize(r->intervals);
	sqlite3_finalize(r->packets);
	sqlite3_close(r->db);
	for (unsigned d = 0; d < NS_DIRS; d++)
		for (unsigned p = 0; p < NS_PROTOS; p++)
			for (unsigned i = 0; i < POINTS_MAX; i++)
				free(r->hooks[d][p][i]);
	for (unsigned i = 0; r->reasons && i < REASONS_MAX; i++)
		free(r->reasons[i]);
	free(r->reasons);
	free(r);
}

/* ---- intervals
 * ------------------------------------------------------------------------------------- */

static __s64 column_max(__u64 v)
{
	return v > INT64_MAX ? INT64_MAX : (__s64)v;
}

void recording_seek(struct recording *r, __u64 from, __u64 to)
{
	r->after = from;
	r->until = to;
}

void recorded_interval_free(struct recorded_interval *i)
{
	snapshot_free(i->s);
	free(i->packets);
	ranking_free(&i->slow);
	*i = (struct recorded_interval){0};
}

static int get_packets(struct recording *r, __u64 end, struct recorded_interval *i)
{
	sqlite3_stmt *st = r->packets;
	struct ns_event *e;
	int rc, err = 0;

	sqlite3_bind_int64(st, 1, column_max(end));
	while ((rc = sqlite3_step(st)) == SQLITE_ROW && !err) {
		const void *data = sqlite3_column_blob(st, 0);

		e = i->n_packets < PACKETS_MAX ? list_grow(&i->packets, &i->n_packets, sizeof(*e))
					       : NULL;
		if (!e)
			err = msg_errno(ENOMEM, "cannot read %s", r->path);
		else if (packet_decode(data, sqlite3_column_bytes(st, 0), &r->names, e))
			err = reader_damaged(r, "a packet cannot be read");
	}
	sqlite3_reset(st);
	if (err)
		return err;
	return rc == SQLITE_DONE ? 0 : reader_failed(r, rc);
}

static int get_ranking(struct recording *r, sqlite3_stmt *st, struct recorded_interval *i)
{
	const void *data = sqlite3_column_blob(st, 4);

	if (ranking_init(&i->slow))
		return msg_errno(ENOMEM, "cannot read %s", r->path);
	if (!data ||
	    !ranking_decode(data, sqlite3_column_bytes(st, 4), &r->names, &r->info, &i->slow))
		return 0;
	return reader_damaged(r, "the causes of an interval cannot be read");
}

static int get_interval(struct recording *r, sqlite3_stmt *st, struct recorded_interval *i)
{
	__u64 end = sqlite3_column_int64(st, 0);
	const void *data = sqlite3_column_blob(st, 3);
	int err;

	i->connections_left_out = sqlite3_column_int64(st, 1);
	i->packets_left_out = sqlite3_column_int64(st, 2);
	i->s = snapshot_decode(data, sqlite3_column_bytes(st, 3), &r->names, &err);
	if (err == -ENOMEM)
		return msg_errno(err, "cannot read %s", r->path);
	if (err || i->s->mono_ns != end)
		return reader_damaged(r, "an interval cannot be read");
	err = get_ranking(r, st, i);
	return err ? err : get_packets(r, end, i);
}

int recording_next(struct recording *r, struct recorded_interval *i)
{
	sqlite3_stmt *st = r->intervals;
	int rc, err = 0;

	*i = (struct recorded_interval){0};
	sqlite3_bind_int64(st, 1, column_max(r->after));
	sqlite3_bind_int64(st, 2, column_max(r->until));
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		r->after = sqlite3_column_int64(st, 0);
		err = get_interval(r, st, i);
	} else if (rc != SQLITE_DONE) {
		err = reader_failed(r, rc);
	}
	sqlite3_reset(st); /* a writer may go on */
	if (err)
		recorded_interval_free(i);
	return err ? err : rc == SQLITE_ROW;
}

const struct run_info *recording_info(const struct recording *r)
{
	return &r->info;
}

const struct recording_facts *recording_facts(const struct recording *r)
{
	return &r->facts;
}
