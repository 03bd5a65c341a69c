/* SPDX-License-Identifier: GPL-2.0-only */
/* What the commands that measure or show snapshots share in their options; see options.h for the
 * face of it. */
#ifndef NS_OPTIONS_PARTS_H
#define NS_OPTIONS_PARTS_H

#include <argp.h>

#include "filter.h"
#include "options.h"
#include "optvalue.h"

enum option_key {
	KEY_HELP = 'h',
	KEY_VERBOSE = 'v',
	KEY_OUTPUT = 'o',
	KEY_JSON = 0x100,
	KEY_HOOKS,
	KEY_MAX_CONNECTIONS,
	KEY_COLOR,
	KEY_DIR,
	KEY_STAGES,
	KEY_XDP,
	KEY_HW,
	KEY_HW_ENABLE,
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
	KEY_FORCE,
	KEY_MAX_SIZE,
	KEY_PACKETS,
	KEY_FROM,
	KEY_TO,
	KEY_HTML,
	KEY_THRESHOLD,
	KEY_LISTEN,
	KEY_TLS_CERT,
	KEY_TLS_KEY,
	KEY_TOKEN_FILE,
	KEY_COMPAT,
	KEY_REPLAY,
	KEY_NO_MOUSE,
	KEY_NO_CPUS,
	KEY_CPUS,
	KEY_ASCII,
	KEY_EXEC,
	KEY_NO_BLAME,
	KEY_BURST_GAP,
	KEY_ALL,
};

/*
 * The order of the groups in --help, which sorts inside them. Tables that several commands share
 * are children of theirs; a row without a name is a heading.
 */
enum option_group {
	GROUP_WHAT = 1,
	GROUP_OUTPUT = FILTER_GROUP + 1,
	GROUP_KERNEL,
	GROUP_LAST = -1
};

#define CONNECTIONS_MAX (1 << 20)

/* A row of those commands whose snapshots have the softirqs of each CPU, unless it is given. */
#define OPTION_NO_CPUS                                                                             \
	{                                                                                          \
		"no-cpus", KEY_NO_CPUS, NULL, 0,                                                   \
			"Leave out what the softirqs of each CPU do, and the hooks for it",        \
			GROUP_WHAT                                                                 \
	}

/* One command line on its way into struct options. */
struct parse {
	struct options *o;
	const struct argp *argp;
	struct filter_args filter;
	enum color_when color;
	bool takes_command;
	unsigned max_files; /* words that are files, into o->files */
	const char *sort;   /* --sort, understood when --dir is known */
	bool help;
};

/* Tables that several commands share. Their input is the struct parse. */
extern const struct argp table_argp;   /* what tables of a snapshot show */
extern const struct argp output_argp;  /* --json, --color */
extern const struct argp common_argp;  /* --verbose, --help */
extern const struct argp hooks_argp;   /* the kernel side */
extern const struct argp measure_argp; /* what to measure; filter_argp goes with it */

/* Children of an argp: all of these; all but the first; the last three and --help. */
extern const struct argp_child options_all[];
#define options_printing (options_all + 1)
#define options_measuring (options_all + 2)

/* The parser of a table that is a child of a command's. */
error_t options_key(int key, char *arg, struct argp_state *state);

/* The parser of a command: every key of these tables, and the words. What is its own it takes out
 * of options_of() before. */
error_t options_command(int key, char *arg, struct argp_state *state);
struct options *options_of(struct argp_state *state);

/* The name of a file, which is not empty. 0 or -EINVAL, reported. */
int options_file(const char *option, const char *arg, const char **out);

/* What every command begins with. */
void options_default(struct options *o);

/*
 * Parse into *o, which has the command's defaults. files: how many words are files; 0 none, and
 * then a command may stand after `--` if args_doc says something. Returns what options.h says.
 */
int options_parse(const struct argp *argp, int argc, char **argv, struct options *o,
		  unsigned files);

/* Let the records of slow packets come, for commands that list no others: what is kept has a cause.
 */
void options_keep_slow(struct options *o);

/* Parts of options_dump(). */
void options_record_dump(void);
void options_softirq_dump(void);
void options_irq_dump(void);
void options_top_dump(void);
void options_watch_dump(void);

#endif
