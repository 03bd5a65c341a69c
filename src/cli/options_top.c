// SPDX-License-Identifier: GPL-2.0-only
/* The options of top. */
#include <errno.h>

#include "msg.h"
#include "options_parts.h"
#include "opttable.h"

#define INTERVAL_DEFAULT 1000000000ULL

/* All of it but --json, which no screen is. */
static const struct argp_option top_options[] = {
	{"replay", KEY_REPLAY, "FILE", 0, "Show a recording, an interval of it every --interval",
	 GROUP_WHAT},
	OPTION_NO_CPUS,
	{NULL, 0, NULL, 0, "Output:", GROUP_OUTPUT},
	{"interval", KEY_INTERVAL, "TIME", 0, "New numbers every TIME (default 1s)", GROUP_OUTPUT},
	{"sort", KEY_SORT, "[[DIR:]STAGE:]KEY", 0,
	 "Rank connections by p99, max, sum or n of a stage (default rx:total:p99)", GROUP_OUTPUT},
	{"slow", KEY_SLOW, "TIME", 0,
	 "Keep packets that took TIME or longer as examples (default 1ms); off: none", GROUP_WHAT},
	{"no-mouse", KEY_NO_MOUSE, NULL, 0, "Leave the mouse to the terminal", GROUP_OUTPUT},
	{"ascii", KEY_ASCII, NULL, 0, "Draw with ASCII, whatever the locale is", GROUP_OUTPUT},
	{"color", KEY_COLOR, "WHEN", 0, "auto (default), always or never", GROUP_OUTPUT},
	{"verbose", KEY_VERBOSE, NULL, 0, "Say what is done; twice: with the verifier's log",
	 GROUP_LAST},
	{"help", KEY_HELP, NULL, 0, "Print this", GROUP_LAST},
	{0},
};

static error_t parse_top(int key, char *arg, struct argp_state *state)
{
	struct options *o = ((struct parse *)state->input)->o;

	switch (key) {
	case KEY_NO_MOUSE:
		o->no_mouse = true;
		return 0;
	case KEY_ASCII:
		o->ascii = true;
		return 0;
	case KEY_REPLAY:
		o->replay = arg;
		if (*arg)
			return 0;
		msg_err("--replay: empty file name");
		return EINVAL;
	default:
		return options_command(key, arg, state);
	}
}

static const struct argp_child top_children[] = {
	{&hooks_argp, 0, NULL, 0},
	{&measure_argp, 0, NULL, 0},
	{&filter_argp, 0, NULL, 0},
	{0},
};

static const struct argp top_argp = {
	.options = top_options,
	.parser = parse_top,
	.doc = "Show live where packets spend their time: stages, their history, connections and "
	       "what held them back. '?' lists the keys."
	       "\vTIME is a number with a unit, for instance 200ms or 2s. A number alone is "
	       "seconds.",
	.children = top_children,
};

int options_top(int argc, char **argv, struct options *o)
{
	int err;

	options_default(o);
	o->interval_ns = INTERVAL_DEFAULT;
	o->no_header = true;
	o->cpus = true;
	err = options_parse(&top_argp, argc, argv, o, 0);
	options_keep_slow(o);
	return err;
}

void options_top_dump(void)
{
	opttable_dump(&top_argp, "top");
}
