// SPDX-License-Identifier: GPL-2.0-only
/* The options of watch. */
#include <errno.h>

#include "msg.h"
#include "options_parts.h"
#include "opttable.h"

#define INTERVAL_DEFAULT 1000000000ULL
/* Lower than of stat: the records are only examples, and one that is 5 times as slow as 50 us must
 * be among them. docs/overhead.md has what a flood of them costs. */
#define SLOW_DEFAULT_WATCH 100000ULL

static const struct argp_option watch_options[] = {
	{"interval", KEY_INTERVAL, "TIME", 0, "Look every TIME (default 1s)", GROUP_WHAT},
	{"count", KEY_COUNT, "N", 0, "Stop after N intervals", GROUP_WHAT},
	{"slow", KEY_SLOW, "TIME", 0,
	 "Keep packets that took TIME or longer as examples (default 100us); off: none",
	 GROUP_WHAT},
	OPTION_NO_CPUS,
	{"replay", KEY_REPLAY, "FILE", 0, "Look at a recording instead", GROUP_WHAT},
	{"exec", KEY_EXEC, "COMMAND", 0,
	 "Run COMMAND for each beginning and end, with NETSTRATA_... in its environment",
	 GROUP_OUTPUT},
	{0},
};

static error_t parse_watch(int key, char *arg, struct argp_state *state)
{
	struct options *o = options_of(state);

	switch (key) {
	case KEY_REPLAY:
		return -options_file("replay", arg, &o->replay);
	case KEY_EXEC:
		o->exec = arg;
		if (*arg)
			return 0;
		msg_err("--exec: empty command");
		return EINVAL;
	case ARGP_KEY_END:
		if (!o->replay || !o->command)
			return options_command(key, arg, state);
		msg_err("--replay measures nothing: no command to run");
		return EINVAL;
	default:
		return options_command(key, arg, state);
	}
}

static const struct argp watch_argp = {
	.options = watch_options,
	.parser = parse_watch,
	.args_doc = "[-- COMMAND [ARGS...]]",
	.doc = "Say what becomes slow, when, and why: connections, services, stages, queueing "
	       "disciplines and CPUs whose latency is far from their own past, or from their "
	       "peers'. One line when it begins, and one when it ends."
	       "\vTIME is a number with a unit, for instance 500us, 1.5ms, 2s or 1m. A number "
	       "alone "
	       "is seconds, where it can only be that.",
	.children = options_printing,
};

int options_watch(int argc, char **argv, struct options *o)
{
	int err;

	options_default(o);
	o->interval_ns = INTERVAL_DEFAULT;
	o->slow_ns = SLOW_DEFAULT_WATCH;
	o->cpus = true;
	err = options_parse(&watch_argp, argc, argv, o, 0);
	options_keep_slow(o);
	return err;
}

void options_watch_dump(void)
{
	opttable_dump(&watch_argp, "watch");
}
