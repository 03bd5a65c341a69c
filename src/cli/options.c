// SPDX-License-Identifier: GPL-2.0-only
#include <argp.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "filter.h"
#include "msg.h"
#include "names.h"
#include "options.h"
#include "options_parts.h"
#include "options_ping.h"
#include "options_serve.h"
#include "options_softirq.h"
#include "opttable.h"
#include "optvalue.h"
#include "sort.h"
#include "values.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define CONNECTIONS_DEFAULT 10
#define CONNECTIONS_MAX (1 << 20)

enum key {
	KEY_HELP = 'h',
	KEY_VERBOSE = 'v',
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
	{"sample", KEY_SAMPLE, "1/N", 0, "Take one packet in N, decided before any other work",
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
	{"histogram", KEY_HISTOGRAM, NULL, 0, "Draw the distributions", GROUP_OUTPUT},
	{"connections", KEY_CONNECTIONS, "N", 0, "List the top N connections", GROUP_OUTPUT},
	{"sort", KEY_SORT, "[[DIR:]STAGE:]KEY", 0,
	 "Rank connections by p99, max, sum or n of a stage (default rx:total:p99)", GROUP_OUTPUT},
	{0},
};

static const struct argp_option trace_options[] = {
	{"slower", KEY_SLOWER, "TIME", 0, "Only packets whose total is at least TIME", GROUP_WHAT},
	{"limit", KEY_LIMIT, "N", 0, "Stop after N packets", GROUP_WHAT},
	{"chrome", KEY_CHROME, "FILE", 0, "Write a trace for Perfetto and chrome://tracing",
	 GROUP_OUTPUT},
	{0},
};

/* One command line on its way into struct options. */
struct parse {
	struct options *o;
	const struct argp *argp;
	struct filter_args filter;
	enum color_when color;
	bool takes_command;
	const char *sort; /* --sort, understood when --dir is known */
	bool help;
};

static const char *const hook_names[] = {
	[HOOKS_AUTO] = "auto",
	[HOOKS_TRACEPOINT] = "tracepoint",
	[HOOKS_FENTRY] = "fentry",
	[HOOKS_KPROBE] = "kprobe",
};

static int parse_option(struct parse *p, int key, const char *name, const char *arg)
{
	struct options *o = p->o;
	int n;

	switch (key) {
	case KEY_HELP:
		p->help = true;
		return 0;
	case KEY_VERBOSE:
		o->verbose++;
		return 0;
	case KEY_JSON:
		o->json = true;
		return 0;
	case KEY_HISTOGRAM:
		o->histogram = true;
		return 0;
	case KEY_HOOKS:
		n = optvalue_choose(name, arg, strlen(arg), hook_names, ARRAY_SIZE(hook_names));
		o->hooks = n < 0 ? HOOKS_AUTO : n;
		return n < 0 ? n : 0;
	case KEY_COLOR:
		return optvalue_color(name, arg, &p->color);
	case KEY_MAX_CONNECTIONS:
		return optvalue_number32(name, arg, CONNECTIONS_MAX, &o->max_connections);
	case KEY_CONNECTIONS:
		return optvalue_number32(name, arg, CONNECTIONS_MAX, &o->connections);
	case KEY_COUNT:
		return optvalue_number(name, arg, ~0ULL, &o->count);
	case KEY_LIMIT:
		return optvalue_number(name, arg, ~0ULL, &o->limit);
	case KEY_INTERVAL:
		return optvalue_duration(name, arg, false, &o->interval_ns);
	case KEY_DURATION:
		return optvalue_duration(name, arg, false, &o->duration_ns);
	case KEY_SLOWER:
		return optvalue_duration(name, arg, true, &o->filter.slower_ns);
	case KEY_DIR:
		n = optvalue_choose(name, arg, strlen(arg), sort_dirs, 3);
		o->dirs = n < 0 ? 0 : (unsigned)n + 1; /* 1 << NS_RX, 1 << NS_TX, or both bits */
		return n < 0 ? n : 0;
	case KEY_SAMPLE:
		n = sample_parse(arg, &o->filter.sample);
		if (n)
			msg_err("--sample '%s': write 1/N or N, for instance 1/100", arg);
		return n;
	case KEY_SORT:
		p->sort = arg;
		return 0;
	case KEY_CHROME:
		o->chrome = arg;
		if (!*arg)
			msg_err("--chrome: empty file name");
		return *arg ? 0 : -EINVAL;
	default:
		return -ENOSYS;
	}
}

/* Words that are no option: only a command, and only after `--`. */
static int parse_words(struct parse *p, struct argp_state *state)
{
	char **words = state->argv + state->next;

	if (!p->takes_command) {
		msg_err("unexpected argument '%s'", *words);
		return -EINVAL;
	}
	if (!state->quoted) {
		msg_err("unexpected argument '%s'; a command to run goes after '--'", *words);
		return -EINVAL;
	}
	p->o->command = words;
	state->next = state->argc;
	return 0;
}

/* What only all options together tell. */
static int parse_end(struct parse *p)
{
	struct options *o = p->o;

	if (o->count && !o->interval_ns) {
		msg_err("--count counts intervals: give --interval too, or --duration instead");
		return -EINVAL;
	}
	if (p->sort && !o->connections)
		o->connections = CONNECTIONS_DEFAULT;
	return sort_parse(o, p->sort ? p->sort : "p99");
}

struct options *options_of(struct argp_state *state)
{
	return ((struct parse *)state->input)->o;
}

/* argp: errno values are positive, ARGP_ERR_UNKNOWN is not handled here. */
static error_t parse_any(int key, char *arg, struct argp_state *state)
{
	struct parse *p = state->input;
	int err = parse_option(p, key, opttable_name(p->argp, key), arg);

	return err == -ENOSYS ? ARGP_ERR_UNKNOWN : -err;
}

/* The parser of a command: its own options, and what is beside the options. */
error_t options_command(int key, char *arg, struct argp_state *state)
{
	struct parse *p = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		for (int i = 0; p->argp->children && p->argp->children[i].argp; i++)
			state->child_inputs[i] =
				p->argp->children[i].argp == &filter_argp ? (void *)&p->filter : p;
		return 0;
	case ARGP_KEY_ARG:
		return ARGP_ERR_UNKNOWN; /* comes back as ARGP_KEY_ARGS, all at once */
	case ARGP_KEY_ARGS:
		return -parse_words(p, state);
	case ARGP_KEY_NO_ARGS:
		if (!state->quoted || !p->takes_command)
			return 0;
		msg_err("no command after '--'");
		return EINVAL;
	case ARGP_KEY_END:
		return p->help ? 0 : -parse_end(p);
	default:
		return parse_any(key, arg, state);
	}
}

static const struct argp output_argp = {.options = output_options, .parser = parse_any};
static const struct argp common_argp = {.options = common_options, .parser = parse_any};
static const struct argp measure_argp = {.options = measure_options, .parser = parse_any};

static const struct argp_child printing_children[] = {
	{&output_argp, 0, NULL, 0},
	{&common_argp, 0, NULL, 0},
	{&measure_argp, 0, NULL, 0},
	{&filter_argp, 0, NULL, 0},
	{0},
};

const struct argp_child *const options_measuring = printing_children + 1;

static const struct argp_child check_children[] = {{&output_argp, 0, NULL, 0}, {0}};

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
	.children = printing_children,
};

static const struct argp trace_argp = {
	.options = trace_options,
	.parser = options_command,
	.args_doc = "[-- COMMAND [ARGS...]]",
	.doc = "Print one line per packet, received or sent, with the time spent in each stage. "
	       "Without a "
	       "filter, --slower or --sample it takes one packet in 100."
	       "\v" TIMES,
	.children = printing_children,
};

static const struct argp check_argp = {
	.options = common_options,
	.parser = options_command,
	.doc = "Say what can be measured on this kernel: for each point the hook chosen, and why.",
	.children = check_children,
};

int options_parse(const struct argp *argp, int argc, char **argv, struct options *o)
{
	struct parse p = {
		.o = o,
		.argp = argp,
		.filter = {.config = &o->filter, .lookup = filter_lookup},
		.takes_command = argp->args_doc != NULL,
	};
	char name[64];
	int err;

	*o = (struct options){
		.max_connections = 8192,
		.dirs = 1 << NS_RX | 1 << NS_TX,
		.sort_key = SORT_P99,
		.sort_stage = STAGE_TOTAL,
	};
	err = opttable_check(argp, argc, argv);
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
	o->has_filter = p.filter.any;
	o->color = !o->json && color_wanted(p.color);
	msg_verbosity = o->verbose;
	return 0;
}

int options_stat(int argc, char **argv, struct options *o)
{
	return options_parse(&stat_argp, argc, argv, o);
}

int options_trace(int argc, char **argv, struct options *o)
{
	int err = options_parse(&trace_argp, argc, argv, o);

	if (err)
		return err;
	o->filter.events = 1;
	if (!o->has_filter && !o->filter.slower_ns && !o->filter.sample) {
		o->filter.sample = TRACE_GUARD;
		o->guarded = true;
	}
	return 0;
}

int options_check(int argc, char **argv, struct options *o)
{
	return options_parse(&check_argp, argc, argv, o);
}

void options_dump(void)
{
	opttable_dump(&check_argp, "check");
	options_irq_dump();
	options_ping_dump();
	options_serve_dump();
	options_softirq_dump();
	opttable_dump(&stat_argp, "stat");
	opttable_dump(&trace_argp, "trace");
}
