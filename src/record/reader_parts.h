/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the reader share. */
#ifndef NS_READER_PARTS_H
#define NS_READER_PARTS_H

#include "reader.h"
#include "store.h"

#define REASONS_MAX 4096

struct recording {
	sqlite3 *db;
	sqlite3_stmt *intervals, *packets;
	const char *path;
	struct run_info info;
	struct recording_facts facts;
	struct dictionary names;
	char *hooks[NS_DIRS][NS_PROTOS][POINTS_MAX];
	char **reasons; /* REASONS_MAX */
	__u64 after, until;
};

/* Report; return -errno. */
int reader_failed(struct recording *r, int rc);
int reader_damaged(struct recording *r, const char *what);

/* Is it a recording, and one of ours? 0 or -errno, reported. */
int reader_check(struct recording *r);

/* Fill info, facts and names. 0 or -errno, reported. */
int reader_facts(struct recording *r);

#endif
