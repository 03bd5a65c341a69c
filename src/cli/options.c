// SPDX-License-Identifier: GPL-2.0-only
/* The options of stat, trace and check, and the parser that the others have too. */
#include <errno.h>
#include <stdio.h>

#include "cause.h"
#include "msg.h"
#include "options_parts.h"
#include "options_ping.h"
#include "options_serve.h"
#include "opttable.h"
#include "sort.h"
#include "stagelist.h"

static const struct argp_option stat_options[] = {
	{"interval", KEY_INTERVAL, "TIME", 0, "Print the difference every TIME, not only the total",
	 GROUP_WHAT},
	{"count", KEY_COUNT, "N", 0, "Stop after N intervals", GROUP_WHAT},
	{"slow", KEY_SLOW, "TIME", 0,
	 "Rank why packets took TIME or longer in all (default 1ms); off: do not", GROUP_WHAT},
	{"cpus", KEY_CPUS, NULL, 0, "Also what the softirqs of each CPU do", GROUP_WHAT},
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

#define TIMES                                                                                      \
	"TIME is a number with a unit, for instance 500us, 1.5ms, 2s or 1m. A number alone is "    \
	"seconds, where it can only be that."

static const struct argp stat_argp = {
	.options = stat_options,
	.parser = options_command,
	.args_doc = "[-- COMMAND [ARGS...]]",
	.doc = "Summarise where packets spend their time, per direction, protocol and stage, until "
	       "Ctrl-C, the end of --duration or of COMMAND."
	       "\v" TIMES,
	.children = options_all,
};

static const struct argp trace_argp = {
	.options = trace_options,
	.parser = options_command,
	.args_doc = "[-- COMMAND [ARGS...]]",
	.doc = "Print one line per packet, received or sent, with the time spent in each stage. "
	       "Without a "
	       "filter, --slower or --sample it takes one packet in 100."
	       "\v" TIMES,
	.children = options_printing,
};

static const struct argp_child check_children[] = {
	{&output_argp, 0, NULL, 0},
	{&common_argp, 0, NULL, 0},
	{&hooks_argp, 0, NULL, 0},
	{0},
};

static const struct argp check_argp = {
	.parser = options_command,
	.doc = "Say what can be measured on this kernel: for each point the hook chosen, and why.",
	.children = check_children,
};

void options_default(struct options *o)
{
	*o = (struct options){
		.max_connections = 8192,
		.slow_ns = SLOW_DEFAULT_NS,
		.dirs = 1 << NS_RX | 1 << NS_TX,
		.sort_key = SORT_P99,
	};
	stages_default(o->stages, true);
}

int options_parse(const struct argp *argp, int argc, char **argv, struct options *o, unsigned files)
{
	struct parse p = {
		.o = o,
		.argp = argp,
		.filter = {.config = &o->filter, .lookup = filter_lookup},
		.takes_command = argp->args_doc && !files,
		.max_files = files,
	};
	char name[64];
	int err;

	err = files ? opttable_check_words(argp, argc, argv) : opttable_check(argp, argc, argv);
	if (!err)
		err = argp_parse(argp, argc, argv,
				 ARGP_IN_ORDER | ARGP_NO_EXIT | ARGP_NO_ERRS | ARGP_NO_HELP, NULL,
				 &p);
	if (p.help && !err) {
		filter_release(&p.filter);
		snprintf(name, sizeof(name), "netstrata %s", argv[0]);
		argp_help(argp, stdout, ARGP_HELP_STD_HELP, name);
		return stdout_finish() == EXIT_OK ? -1 : EXIT_FAILED;
	}
	if (!err)
		err = filter_resolve(&p.filter);
	filter_release(&p.filter);
	if (err)
		return p.filter.error == -EPERM || p.filter.error == -EACCES ? EXIT_PRIVILEGE
									     : EXIT_USAGE;
	if (o->filter.shape.n_xdps)
		o->stages[NS_RX] |= 1U << RXS_XDP;
	o->has_filter = p.filter.any;
	o->color = !o->json && color_wanted(p.color);
	msg_verbosity = o->verbose;
	return 0;
}

void options_keep_slow(struct options *o)
{
	o->filter.shape.events = o->slow_ns != 0;
	o->filter.slower_ns = o->slow_ns;
}

int options_stat(int argc, char **argv, struct options *o)
{
	int err;

	options_default(o);
	err = options_parse(&stat_argp, argc, argv, o, 0);
	options_keep_slow(o);
	return err;
}

int options_trace(int argc, char **argv, struct options *o)
{
	int err;

	options_default(o);
	stages_default(o->stages, false);
	err = options_parse(&trace_argp, argc, argv, o, 0);
	if (err)
		return err;
	o->filter.shape.events = o->filter.shape.traces = 1;
	if (o->filter.slower_ns)
		o->slow_ns = o->filter.slower_ns;
	if (!o->has_filter && !o->filter.slower_ns && !o->filter.shape.sample) {
		o->filter.shape.sample = TRACE_GUARD;
		o->guarded = true;
	}
	return 0;
}

int options_check(int argc, char **argv, struct options *o)
{
	options_default(o);
	stages_default(o->stages, false);
	return options_parse(&check_argp, argc, argv, o, 0);
}

void options_dump(void)
{
	opttable_dump(&check_argp, "check");
	options_irq_dump();
	options_ping_dump();
	options_record_dump();
	options_serve_dump();
	options_softirq_dump();
	opttable_dump(&stat_argp, "stat");
	options_top_dump();
	opttable_dump(&trace_argp, "trace");
	options_watch_dump();
}
