/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recording as one page: no script, nothing that is fetched from anywhere, readable in the dark
 * and on a phone. A pure function of its input.
 */
#ifndef NS_HTML_H
#define NS_HTML_H

#include "recording.h"
#include "text.h"
#include "timeline.h"

#define HTML_COLUMNS 120 /* of the plots over time */

struct html_report {
	const struct run_info *ri;
	const struct snapshot *total; /* final */
	const struct timeline *time;
	const struct recording_part *part;
	const struct recording_facts *facts;
	const struct ns_event *packets; /* slow ones */
	size_t n_packets;
	const struct ranking *ranking; /* why packets were slow */
	const struct text_opts *text;  /* for what is shown as text */
};

/* 0, -ENOMEM or -errno of the stream. Flushes f. */
int html_report(FILE *f, const struct html_report *r);

#endif
