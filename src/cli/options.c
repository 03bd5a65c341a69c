// SPDX-License-Identifier: GPL-2.0-only
#include <argp.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "msg.h"
#include "names.h"
#include "options_parts.h"
#include "options_ping.h"
#include "opttable.h"
#include "optvalue.h"
#include "sort.h"
#include "values.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define CONNECTIONS_DEFAULT 10
#define CONNECTIONS_MAX (1 << 20)

static const struct argp_option common_options[] = {
	{NULL, 0, NULL, 0, "Output:", GROUP_OUTPUT},
	{"json", KEY_JSON, NULL, 0, "One JSON object per line", GROUP_OUTPUT},
	{"color", KEY_COLOR, "WHEN", 0, "auto (default), always or never", GROUP_OUTPUT},
	{"verbose", KEY_VERBOSE, NULL, 0, "Say what is done; twice: with the verifier's log",
	 GROUP_LAST},
	{"help", KEY_HELP, NULL, 0, "Print this", GROUP_LAST},
	{0},
};

static const struct argp_option hooks_options[] = {
	{NULL, 0, NULL, 0, "Kernel side:", GROUP_KERNEL},
	{"hooks", KEY_HOOKS, "KIND", 0,
	 "Hooks to choose from: auto (default), tracepoint, fentry or kprobe; tracepoints are "
	 "always among them",
	 GROUP_KERNEL},
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
	{0},
};

static const struct argp_option table_options[] = {
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

static const char *const hook_names[] = {
	[HOOKS_AUTO] = "auto",
	[HOOKS_TRACEPOINT] = "tracepoint",
	[HOOKS_FENTRY] = "fentry",
	[HOOKS_KPROBE] = "kprobe",
};

static const char *const color_names[] = {
	[COLOR_AUTO] = "auto",
	[COLOR_ALWAYS] = "always",
	[COLOR_NEVER] = "never",
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
		n = optvalue_choose(name, arg, strlen(arg), color_names, ARRAY_SIZE(color_names));
		p->color = n < 0 ? COLOR_AUTO : n;
		return n < 0 ? n : 0;
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

/* A word that is a file; the others come back, all at once. */
static error_t parse_file(struct parse *p, char *word)
{
	if (p->o->n_files == p->max_files)
		return ARGP_ERR_UNKNOWN;
	p->o->files[p->o->n_files++] = word;
	return 0;
}

/* Words that are no option and no file: only a command, and only after `--`. */
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

	if (o->n_files < p->max_files) {
		msg_err("no file: %s", p->argp->args_doc);
		return -EINVAL;
	}
	if (o->count && !o->interval_ns) {
		msg_err("--count counts intervals: give --interval too, or --duration instead");
		return -EINVAL;
	}
	if (p->sort && !o->connections)
		o->connections = CONNECTIONS_DEFAULT;
	return sort_parse(o, p->sort ? p->sort : "p99");
}

/* argp: errno values are positive, ARGP_ERR_UNKNOWN is not handled here. */
static error_t parse_any(int key, char *arg, struct argp_state *state)
{
	struct parse *p = state->input;
	int err = parse_option(p, key, opttable_name(p->argp, key), arg);

	return err == -ENOSYS ? ARGP_ERR_UNKNOWN : -err;
}

error_t options_parse_command(int key, char *arg, struct argp_state *state)
{
	struct parse *p = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		for (int i = 0; p->argp->children && p->argp->children[i].argp; i++)
			state->child_inputs[i] =
				p->argp->children[i].argp == &filter_argp ? (void *)&p->filter : p;
		return 0;
	case ARGP_KEY_ARG:
		return parse_file(p, arg);
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

const struct argp common_argp = {.options = common_options, .parser = parse_any};
const struct argp hooks_argp = {.options = hooks_options, .parser = parse_any};
const struct argp measure_argp = {.options = measure_options, .parser = parse_any};
const struct argp table_argp = {.options = table_options, .parser = parse_any};

static const struct argp_child stat_children[] = {
	{&common_argp, 0, NULL, 0}, {&hooks_argp, 0, NULL, 0}, {&measure_argp, 0, NULL, 0},
	{&filter_argp, 0, NULL, 0}, {&table_argp, 0, NULL, 0}, {0},
};

static const struct argp_child trace_children[] = {
	{&common_argp, 0, NULL, 0},
	{&hooks_argp, 0, NULL, 0},
	{&measure_argp, 0, NULL, 0},
	{&filter_argp, 0, NULL, 0},
	{0},
};

static const struct argp_child check_children[] = {{&hooks_argp, 0, NULL, 0}, {0}};

#define TIMES                                                                                      \
	"TIME is a number with a unit, for instance 500us, 1.5ms, 2s or 1m. A number alone is "    \
	"seconds, where it can only be that."

static const struct argp stat_argp = {
	.options = stat_options,
	.parser = options_parse_command,
	.args_doc = "[-- COMMAND [ARGS...]]",
	.doc = "Summarise where packets spend their time, per direction, protocol and stage, until "
	       "Ctrl-C, the end of --duration or of COMMAND."
	       "\v" TIMES,
	.children = stat_children,
};

static const struct argp trace_argp = {
	.options = trace_options,
	.parser = options_parse_command,
	.args_doc = "[-- COMMAND [ARGS...]]",
	.doc = "Print one line per packet, received or sent, with the time spent in each stage. "
	       "Without a "
	       "filter, --slower or --sample it takes one packet in 100."
	       "\v" TIMES,
	.children = trace_children,
};

static const struct argp check_argp = {
	.options = common_options,
	.parser = options_parse_command,
	.doc = "Say what can be measured on this kernel: for each point the hook chosen, and why.",
	.children = check_children,
};

static bool resolve_color(enum color_when when)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when != COLOR_AUTO)
		return when == COLOR_ALWAYS;
	if ((no_color && *no_color) || !term || strcmp(term, "dumb") == 0)
		return false;
	return isatty(STDOUT_FILENO);
}

void options_default(struct options *o)
{
	*o = (struct options){
		.max_connections = 8192,
		.dirs = 1 << NS_RX | 1 << NS_TX,
		.sort_key = SORT_P99,
		.sort_stage = STAGE_TOTAL,
	};
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
	o->has_filter = p.filter.any;
	o->color = !o->json && resolve_color(p.color);
	msg_verbosity = o->verbose;
	return 0;
}

int options_stat(int argc, char **argv, struct options *o)
{
	options_default(o);
	return options_parse(&stat_argp, argc, argv, o, 0);
}

int options_trace(int argc, char **argv, struct options *o)
{
	int err;

	options_default(o);
	err = options_parse(&trace_argp, argc, argv, o, 0);
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
	options_default(o);
	return options_parse(&check_argp, argc, argv, o, 0);
}

void options_dump(void)
{
	opttable_dump(&check_argp, "check");
	options_ping_dump();
	options_record_dump();
	opttable_dump(&stat_argp, "stat");
	opttable_dump(&trace_argp, "trace");
}
