/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of all subcommands, parsed with argp. */
#ifndef NS_OPTIONS_H
#define NS_OPTIONS_H

#include <linux/types.h>
#include <stdbool.h>

#include "record.h"
#include "conns.h"
#include "hooks.h"
#include "moment.h"

/* Of softirq and irq alone. */
struct softirq_options {
	bool blame;
	__u64 blame_min_ns, burst_gap_ns;
	bool all; /* irq: lines that are not the network's too */
};

struct options {
	/* filters: of path_config what is asked for is filled here */
	struct path_config filter;
	bool has_filter; /* any filter option was given */

	unsigned dirs;	       /* bit mask of 1 << enum ns_dir */
	__u32 stages[NS_DIRS]; /* bit masks: those that are told apart */
	enum hook_policy hooks;
	__u32 max_connections;
	bool json;
	__u64 slow_ns; /* from this on a packet is slow, and its cause told; 0: never */
	int verbose;   /* -v: what is done, -vv: libbpf's messages and the verifier log */
	bool color;    /* resolved: --color, NO_COLOR, isatty */

	/* stat */
	__u64 interval_ns; /* 0: only the summary at the end */
	__u64 count;	   /* intervals; 0 = no limit */
	__u64 duration_ns; /* 0 = until Ctrl-C */
	bool histogram;
	__u32 connections; /* list that many; 0 = none */
	enum conn_sort_key sort_key;
	enum ns_dir sort_dir;
	unsigned sort_stage; /* of sort_dir; SORT_P99 only with the total, which alone has it */
	char **command;	     /* after `--`; NULL-terminated, NULL = none */

	/* top */
	bool no_header; /* stdout is a screen to draw on */
	bool no_mouse, ascii;
	bool cpus;	    /* the softirqs of each CPU too; of serve, watch and record too */
	const char *replay; /* file; NULL: measure; of watch too */

	/* watch */
	const char *exec; /* a command for /bin/sh; NULL: none */

	/* trace */
	__u64 limit;	    /* packets; 0 = no limit */
	const char *chrome; /* file */
	bool guarded;	    /* nothing chosen: --sample 1/TRACE_GUARD was put in; say so */

	/* record */
	const char *output; /* file */
	bool force;	    /* replace it if it exists */
	__u64 max_size;	    /* bytes */
	__u32 packets;	    /* slow ones that are kept of each interval */

	/* report, diff */
	const char *files[2];
	unsigned n_files;
	struct moment from, to;
	const char *html; /* file */
	bool list_packets;
	__u32 threshold; /* percent; 0: none */

	struct softirq_options softirq;

	bool daemon; /* stdout is not where its output goes: it stays when nobody reads that */
};

#define TRACE_GUARD 100

/*
 * Parse the options of one subcommand (argv[0] is its name) into *o, which is set to the
 * subcommand's defaults first. On a usage error prints one line to stderr (with the nearest
 * option name where there is one) and returns EXIT_USAGE, or EXIT_PRIVILEGE where a capability is
 * missing; returns 0 on success, -1 when all is done (--help was printed to stdout; EXIT_FAILED
 * when it could not be).
 * *o points into argv. Sets msg_verbosity.
 */
int options_stat(int argc, char **argv, struct options *o);
int options_top(int argc, char **argv, struct options *o);
int options_trace(int argc, char **argv, struct options *o);
int options_check(int argc, char **argv, struct options *o);
int options_record(int argc, char **argv, struct options *o);
int options_report(int argc, char **argv, struct options *o);
int options_diff(int argc, char **argv, struct options *o);
int options_watch(int argc, char **argv, struct options *o);
int options_softirq(int argc, char **argv, struct options *o);
int options_irq(int argc, char **argv, struct options *o);

/* Hidden --dump-options: "COMMAND --option" lines, which man pages and completion are held to. */
void options_dump(void);

#endif
