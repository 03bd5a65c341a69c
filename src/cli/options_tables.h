/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of check, stat and trace, and those that other commands share with them: for
 * options.c. */
#ifndef NS_OPTIONS_TABLES_H
#define NS_OPTIONS_TABLES_H

#include <argp.h>

#include "filter.h"

enum key {
	KEY_HELP = 'h',
	KEY_VERBOSE = 'v',
	KEY_JSON = 0x100,
	KEY_HOOKS,
	KEY_MAX_CONNECTIONS,
	KEY_COLOR,
	KEY_DIR,
	KEY_STAGES,
	KEY_XDP,
	KEY_SAMPLE,
	KEY_INTERVAL,
	KEY_COUNT,
	KEY_DURATION,
	KEY_HISTOGRAM,
	KEY_CONNECTIONS,
	KEY_SORT,
	KEY_SLOW,
	KEY_SLOWER,
	KEY_LIMIT,
	KEY_CHROME,
	KEY_BLAME,
};

/*
 * The order of the groups in --help, which sorts inside them. Tables that several commands share
 * are children of theirs; a row without a name is a heading.
 */
enum group { GROUP_WHAT = 1, GROUP_OUTPUT = FILTER_GROUP + 1, GROUP_KERNEL, GROUP_LAST = -1 };

static const struct argp_option output_options[] = {
	{NULL, 0, NULL, 0, "Output:", GROUP_OUTPUT},
	{"json", KEY_JSON, NULL, 0, "One JSON object per line", GROUP_OUTPUT},
	{"color", KEY_COLOR, "WHEN", 0, "auto (default), always or never", GROUP_OUTPUT},
	{0},
};

static const struct argp_option common_options[] = {
	{NULL, 0, NULL, 0, "Kernel side:", GROUP_KERNEL},
	{"hooks", KEY_HOOKS, "KIND", 0,
	 "Hooks to choose from: auto (default), tracepoint, fentry or kprobe; tracepoints are "
	 "always among them",
	 GROUP_KERNEL},
	{"verbose", KEY_VERBOSE, NULL, 0, "Say what is done; twice: with the verifier's log",
	 GROUP_LAST},
	{"help", KEY_HELP, NULL, 0, "Print this", GROUP_LAST},
	{0},
};

static const struct argp_option measure_options[] = {
	{NULL, 0, NULL, 0, "What to measure:", GROUP_WHAT},
	{"dir", KEY_DIR, "DIR", 0, "Packets received (rx), sent (tx) or both (default)",
	 GROUP_WHAT},
	{"stages", KEY_STAGES, "LIST", 0,
	 "Stages to tell apart, fewer for less: names, or all, pre, path, sched, after, none",
	 GROUP_WHAT},
	{"sample", KEY_SAMPLE, "1/N", 0, "Take one packet in N, decided before any other work",
	 GROUP_WHAT},
	{"xdp", KEY_XDP, "DEV", 0,
	 "Attach an XDP program to this device, which passes every packet and stamps it before the "
	 "stack (repeatable)",
	 GROUP_WHAT},
	{"duration", KEY_DURATION, "TIME", 0, "Stop after this time", GROUP_WHAT},
	{"max-connections", KEY_MAX_CONNECTIONS, "N", 0,
	 "Room for this many connections (default 8192)", GROUP_KERNEL},
	{0},
};

static const struct argp_option stat_options[] = {
	{"interval", KEY_INTERVAL, "TIME", 0, "Print the difference every TIME, not only the total",
	 GROUP_WHAT},
	{"count", KEY_COUNT, "N", 0, "Stop after N intervals", GROUP_WHAT},
	{"slow", KEY_SLOW, "TIME", 0,
	 "Rank why packets took TIME or longer in all (default 1ms); off: do not", GROUP_WHAT},
	{"histogram", KEY_HISTOGRAM, NULL, 0, "Draw the distributions", GROUP_OUTPUT},
	{"connections", KEY_CONNECTIONS, "N", 0, "List the top N connections", GROUP_OUTPUT},
	{"sort", KEY_SORT, "[[DIR:]STAGE:]KEY", 0,
	 "Rank connections by p99, max, sum or n of a stage (default rx:total:p99)", GROUP_OUTPUT},
	{0},
};

static const struct argp_option trace_options[] = {
	{"slower", KEY_SLOWER, "TIME", 0, "Only packets whose total is at least TIME", GROUP_WHAT},
	{"limit", KEY_LIMIT, "N", 0, "Stop after N packets", GROUP_WHAT},
	{"blame", KEY_BLAME, NULL, 0,
	 "Say who held the CPU while a packet waited for its softirq, or its reader to run",
	 GROUP_WHAT},
	{"chrome", KEY_CHROME, "FILE", 0, "Write a trace for Perfetto and chrome://tracing",
	 GROUP_OUTPUT},
	{0},
};

#endif
