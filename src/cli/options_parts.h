/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the option parser share; see options.h for its face. */
#ifndef NS_OPTIONS_PARTS_H
#define NS_OPTIONS_PARTS_H

#include <argp.h>

#include "filter.h"
#include "options.h"

enum option_key {
	KEY_HELP = 'h',
	KEY_VERBOSE = 'v',
	KEY_OUTPUT = 'o',
	KEY_JSON = 0x100,
	KEY_HOOKS,
	KEY_MAX_CONNECTIONS,
	KEY_COLOR,
	KEY_DIR,
	KEY_SAMPLE,
	KEY_INTERVAL,
	KEY_COUNT,
	KEY_DURATION,
	KEY_HISTOGRAM,
	KEY_CONNECTIONS,
	KEY_SORT,
	KEY_SLOWER,
	KEY_LIMIT,
	KEY_CHROME,
	KEY_FORCE,
	KEY_MAX_SIZE,
	KEY_PACKETS,
	KEY_FROM,
	KEY_TO,
	KEY_HTML,
	KEY_THRESHOLD,
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

enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

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
extern const struct argp common_argp; /* output, --verbose, --help */
extern const struct argp hooks_argp;
extern const struct argp measure_argp;
extern const struct argp table_argp; /* what tables of a snapshot show */

/* The parser of a command: what is in none of its children, and the words. */
error_t options_parse_command(int key, char *arg, struct argp_state *state);

/* What every command begins with. */
void options_default(struct options *o);

/*
 * Parse into *o, which has the command's defaults. files: how many words are files; 0 none, and
 * then a command may stand after `--` if args_doc says something. Returns what options.h says.
 */
int options_parse(const struct argp *argp, int argc, char **argv, struct options *o,
		  unsigned files);

void options_record_dump(void);

#endif
