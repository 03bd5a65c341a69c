// SPDX-License-Identifier: GPL-2.0-only
#include <argp.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cause.h"
#include "filter.h"
#include "msg.h"
#include "names.h"
#include "options.h"
#include "options_parts.h"
#include "options_ping.h"
#include "options_serve.h"
#include "options_softirq.h"
#include "options_tables.h"
#include "opttable.h"
#include "optvalue.h"
#include "sort.h"
#include "stagelist.h"
#include "values.h"
#include "xdp_device.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define CONNECTIONS_DEFAULT 10
#define CONNECTIONS_MAX (1 << 20)

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
	case KEY_SLOW:
		if (strcmp(arg, "off") != 0)
			return optvalue_duration(name, arg, true, &o->slow_ns);
		o->slow_ns = 0;
		return 0;
	case KEY_SLOWER:
		return optvalue_duration(name, arg, true, &o->filter.slower_ns);
	case KEY_DIR:
		n = optvalue_choose(name, arg, strlen(arg), sort_dirs, 3);
		o->dirs = n < 0 ? 0 : (unsigned)n + 1; /* 1 << NS_RX, 1 << NS_TX, or both bits */
		return n < 0 ? n : 0;
	case KEY_BLAME:
		o->filter.blame = 1;
		return 0;
	case KEY_STAGES:
		return stages_parse(arg, o->stages);
	case KEY_SAMPLE:
		n = sample_parse(arg, &o->filter.sample);
		if (n)
			msg_err("--sample '%s': write 1/N or N, for instance 1/100", arg);
		return n;
	case KEY_XDP:
		return xdp_device_add(&o->filter, arg);
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
	if (o->filter.blame)
		stages_for_blame(o->stages);
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
		.slow_ns = SLOW_DEFAULT_NS,
		.dirs = 1 << NS_RX | 1 << NS_TX,
		.sort_key = SORT_P99,
	};
	stages_default(o->stages, argp != &trace_argp && argp != &check_argp);
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
	if (o->filter.n_xdps)
		o->stages[NS_RX] |= 1U << RXS_XDP;
	o->has_filter = p.filter.any;
	o->color = !o->json && color_wanted(p.color);
	msg_verbosity = o->verbose;
	return 0;
}

int options_stat(int argc, char **argv, struct options *o)
{
	int err = options_parse(&stat_argp, argc, argv, o);

	o->filter.events = o->slow_ns != 0;
	o->filter.slower_ns = o->slow_ns;
	return err;
}

int options_trace(int argc, char **argv, struct options *o)
{
	int err = options_parse(&trace_argp, argc, argv, o);

	if (err)
		return err;
	o->filter.events = o->filter.traces = 1;
	if (o->filter.slower_ns)
		o->slow_ns = o->filter.slower_ns;
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
