/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text for a reader: pure functions of a snapshot or a packet. All that can fail returns 0 or
 * -errno (the stream's error), so that a pipe that was closed is noticed.
 */
#ifndef NS_TEXT_H
#define NS_TEXT_H

#include <linux/types.h>
#include <stdbool.h>
#include <stdio.h>

#include "conns.h"
#include "ranking.h"
#include "record.h"
#include "snapshot.h"

struct text_opts {
	bool color, utf8;
	bool histogram;
	unsigned width;	      /* columns; 0 = 80 */
	unsigned connections; /* list that many; 0 = none */
	enum conn_sort_key sort_key;
	enum ns_dir sort_dir;
	unsigned sort_stage; /* of sort_dir: enum rx_stage or tx_stage */
};

/* Once at the start: where, what is measured, and what this kernel does not offer. */
int text_header(FILE *f, const struct run_info *ri, const struct text_opts *o);

/* The tables of one interval, or of the whole run if s->final. Flushes f. */
int text_snapshot(FILE *f, const struct snapshot *s, const struct run_info *ri,
		  const struct text_opts *o);

/*
 * What the slow packets of a run were slow for, the largest cause first, with its worst example.
 * `unranked`: how many slow packets have no part in it. Flushes f.
 */
int text_ranking(FILE *f, const struct ranking *r, __u64 unranked, const struct run_info *ri,
		 const struct text_opts *o);

/* What became of all packets, by direction; the last lines of text_snapshot(). */
void text_ledger(FILE *f, const struct snapshot *s, const struct run_info *ri,
		 const struct text_opts *o);

/* One line for one packet. */
int text_packet(FILE *f, const struct ns_event *e, const struct run_info *ri,
		const struct text_opts *o);

#endif
