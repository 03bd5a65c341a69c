// SPDX-License-Identifier: GPL-2.0-only
/* The options that several commands have, and what all do with words. */
#include <errno.h>
#include <string.h>

#include "msg.h"
#include "options_parts.h"
#include "opttable.h"
#include "sort.h"
#include "stagelist.h"
#include "values.h"
#include "own_device.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define CONNECTIONS_DEFAULT 10

static const struct argp_option output_options[] = {
	{NULL, 0, NULL, 0, "Output:", GROUP_OUTPUT},
	{"json", KEY_JSON, NULL, 0, "One JSON object per line", GROUP_OUTPUT},
	{"color", KEY_COLOR, "WHEN", 0, "auto (default), always or never", GROUP_OUTPUT},
	{0},
};

static const struct argp_option common_options[] = {
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
	{"dir", KEY_DIR, "DIR", 0, "Received (rx), sent (tx) or both (default)", GROUP_WHAT},
	{"stages", KEY_STAGES, "LIST", 0,
	 "Stages to tell apart, fewer for less: names, or all, pre, path, sched, after, none",
	 GROUP_WHAT},
	{"sample", KEY_SAMPLE, "1/N", 0, "Take one packet in N, and count the others", GROUP_WHAT},
	{"xdp", KEY_XDP, "DEV", 0,
	 "Attach an XDP program to this device, which passes every packet and stamps it before the "
	 "stack (repeatable)",
	 GROUP_WHAT},
	{"hw", KEY_HW, "DEV", 0,
	 "Use this device's own receive stamps (repeatable; with --xdp, where it has them)",
	 GROUP_WHAT},
	{"hw-enable", KEY_HW_ENABLE, NULL, 0,
	 "Have the devices of --hw stamp all packets meanwhile, and set that back", GROUP_WHAT},
	{"duration", KEY_DURATION, "TIME", 0, "Stop after this time", GROUP_WHAT},
	{"max-connections", KEY_MAX_CONNECTIONS, "N", 0,
	 "Room for this many connections (default 8192)", GROUP_KERNEL},
	{0},
};

static const struct argp_option table_options[] = {
	{"histogram", KEY_HISTOGRAM, NULL, 0, "Draw the distributions", GROUP_OUTPUT},
	{"connections", KEY_CONNECTIONS, "N", 0, "List the top N connections", GROUP_OUTPUT},
	{"sort", KEY_SORT, "[[DIR:]STAGE:]KEY", 0,
	 "Rank connections by p99, max, sum or n of a stage (default rx:total:p99)", GROUP_OUTPUT},
	{0},
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
		return optvalue_threshold(name, arg, &o->slow_ns);
	case KEY_SLOWER:
		return optvalue_duration(name, arg, true, &o->filter.slower_ns);
	case KEY_DIR:
		n = optvalue_choose(name, arg, strlen(arg), sort_dirs, 3);
		o->dirs = n < 0 ? 0 : (unsigned)n + 1; /* 1 << NS_RX, 1 << NS_TX, or both bits */
		return n < 0 ? n : 0;
	case KEY_NO_CPUS:
	case KEY_CPUS:
		o->cpus = key == KEY_CPUS;
		return 0;
	case KEY_BLAME:
		o->filter.shape.blame = 1;
		return 0;
	case KEY_STAGES:
		return stages_parse(arg, o->stages);
	case KEY_SAMPLE:
		n = sample_parse(arg, &o->filter.shape.sample);
		if (n)
			msg_err("--sample '%s': write 1/N or N, for instance 1/100", arg);
		return n;
	case KEY_XDP:
		return xdp_device_add(&o->filter, arg);
	case KEY_HW:
		return hw_device_add(&o->filter, arg);
	case KEY_HW_ENABLE:
		o->filter.hw_enable = 1;
		return 0;
	case KEY_SORT:
		p->sort = arg;
		return 0;
	case KEY_CHROME:
		return options_file(name, arg, &o->chrome);
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
	if (o->filter.hw_enable && !o->filter.shape.n_hws) {
		msg_err("--hw-enable: for which device? Give --hw too");
		return -EINVAL;
	}
	if (o->filter.shape.blame)
		stages_for_blame(o->stages);
	if (p->sort && !o->connections)
		o->connections = CONNECTIONS_DEFAULT;
	return sort_parse(o, p->sort ? p->sort : "p99");
}

int options_file(const char *option, const char *arg, const char **out)
{
	*out = arg;
	if (!*arg)
		msg_err("--%s: empty file name", option);
	return *arg ? 0 : -EINVAL;
}

struct options *options_of(struct argp_state *state)
{
	return ((struct parse *)state->input)->o;
}

/* argp: errno values are positive, ARGP_ERR_UNKNOWN is not handled here. */
error_t options_key(int key, char *arg, struct argp_state *state)
{
	struct parse *p = state->input;
	int err = parse_option(p, key, opttable_name(p->argp, key), arg);

	return err == -ENOSYS ? ARGP_ERR_UNKNOWN : -err;
}

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
		return options_key(key, arg, state);
	}
}

const struct argp table_argp = {.options = table_options, .parser = options_key};
const struct argp output_argp = {.options = output_options, .parser = options_key};
const struct argp common_argp = {.options = common_options, .parser = options_key};
const struct argp hooks_argp = {.options = hooks_options, .parser = options_key};
const struct argp measure_argp = {.options = measure_options, .parser = options_key};

const struct argp_child options_all[] = {
	{&table_argp, 0, NULL, 0},
	{&output_argp, 0, NULL, 0},
	{&common_argp, 0, NULL, 0},
	{&hooks_argp, 0, NULL, 0},
	{&measure_argp, 0, NULL, 0},
	{&filter_argp, 0, NULL, 0},
	{0},
};
