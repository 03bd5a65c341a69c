/* SPDX-License-Identifier: GPL-2.0-only */
/* What there is to say of a recording, besides its run. Pure data. */
#ifndef NS_RECORDING_H
#define NS_RECORDING_H

#include <linux/types.h>
#include <stdbool.h>

/* Of all of it. */
struct recording_facts {
	__u64 intervals;
	__u64 start_ns, end_ns;	       /* of the first and the last of them, CLOCK_MONOTONIC */
	__u64 forgotten, forgotten_ns; /* intervals that gave way to --max-size, and their length */
	__u64 unknown_names;	       /* stages, losses ... that this program does not know */
	char end[64]; /* why it ended: "duration"; "": still going on, or ended by force */
};

/* Of the part that is shown. */
struct recording_part {
	__u64 intervals;
	__u64 start_ns, end_ns;
	__u64 packets; /* slow ones */
	__u64 connections_left_out, packets_left_out;
	__u64 rows_left_out; /* connections that the report had no room for */
	bool cpus;	     /* it has the softirqs of each CPU */
};

#endif
