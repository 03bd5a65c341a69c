// SPDX-License-Identifier: GPL-2.0-only
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"
#include "options_softirq.h"
#include "opttable.h"
#include "optvalue.h"

#define BLAME_MIN_NS 20000
#define BURST_GAP_NS 100000

enum key {
	KEY_HELP = 'h',
	KEY_VERBOSE = 'v',
	KEY_JSON = 0x100,
	KEY_COLOR,
	KEY_INTERVAL,
	KEY_COUNT,
	KEY_DURATION,
	KEY_HISTOGRAM,
	KEY_NO_BLAME,
	KEY_SLOWER,
	KEY_BURST_GAP,
	KEY_ALL,
};

enum group { GROUP_WHAT = 1, GROUP_OUTPUT, GROUP_LAST = -1 };

static const struct argp_option common_options[] = {
	{NULL, 0, NULL, 0, "What to measure:", GROUP_WHAT},
	{"interval", KEY_INTERVAL, "TIME", 0, "Print the difference every TIME, not only the total",
	 GROUP_WHAT},
	{"count", KEY_COUNT, "N", 0, "Stop after N intervals", GROUP_WHAT},
	{"duration", KEY_DURATION, "TIME", 0, "Stop after this time", GROUP_WHAT},
	{NULL, 0, NULL, 0, "Output:", GROUP_OUTPUT},
	{"histogram", KEY_HISTOGRAM, NULL, 0, "Draw the distributions", GROUP_OUTPUT},
	{"json", KEY_JSON, NULL, 0, "One JSON object per line", GROUP_OUTPUT},
	{"color", KEY_COLOR, "WHEN", 0, "auto (default), always or never", GROUP_OUTPUT},
	{"verbose", KEY_VERBOSE, NULL, 0, "Say what is done; twice: with the verifier's log",
	 GROUP_LAST},
	{"help", KEY_HELP, NULL, 0, "Print this", GROUP_LAST},
	{0},
};

static const struct argp_option softirq_options[] = {
	{"burst-gap", KEY_BURST_GAP, "TIME", 0,
	 "Runs are one burst if no more than TIME lies between them (default 100us)", GROUP_WHAT},
	{"slower", KEY_SLOWER, "TIME", 0,
	 "Divide only delays of TIME or longer among those who caused them (default 20us)",
	 GROUP_WHAT},
	{"no-blame", KEY_NO_BLAME, NULL, 0,
	 "Do not look for those who caused delays: no hook in the scheduler", GROUP_WHAT},
	{0},
};

static const struct argp_option irq_options[] = {
	{"all", KEY_ALL, NULL, 0, "Interrupts that are not the network's too", GROUP_OUTPUT},
	{0},
};

struct parse {
	struct softirq_options *o;
	const struct argp *argp;
	enum color_when color;
	bool slower, help;
};

static int parse_option(struct parse *p, int key, const char *name, const char *arg)
{
	struct softirq_options *o = p->o;

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
	case KEY_NO_BLAME:
		o->blame = false;
		return 0;
	case KEY_ALL:
		o->all = true;
		return 0;
	case KEY_COLOR:
		return optvalue_color(name, arg, &p->color);
	case KEY_COUNT:
		return optvalue_number(name, arg, ~0ULL, &o->count);
	case KEY_INTERVAL:
		return optvalue_duration(name, arg, false, &o->interval_ns);
	case KEY_DURATION:
		return optvalue_duration(name, arg, false, &o->duration_ns);
	case KEY_SLOWER:
		p->slower = true;
		return optvalue_duration(name, arg, true, &o->blame_min_ns);
	case KEY_BURST_GAP:
		return optvalue_duration(name, arg, true, &o->burst_gap_ns);
	case ARGP_KEY_ARG:
		msg_err("unexpected argument '%s'", arg);
		return -EINVAL;
	default:
		return -ENOSYS;
	}
}

static int parse_end(const struct parse *p)
{
	if (p->o->count && !p->o->interval_ns)
		msg_err("--count counts intervals: give --interval too, or --duration instead");
	else if (p->slower && !p->o->blame)
		msg_err("--slower and --no-blame exclude each other");
	else
		return 0;
	return -EINVAL;
}

static error_t parse_any(int key, char *arg, struct argp_state *state)
{
	struct parse *p = state->input;
	int err = parse_option(p, key, opttable_name(p->argp, key), arg);

	return err == -ENOSYS ? ARGP_ERR_UNKNOWN : -err;
}

static error_t parse_command(int key, char *arg, struct argp_state *state)
{
	if (key != ARGP_KEY_INIT)
		return parse_any(key, arg, state);
	state->child_inputs[0] = state->input;
	return 0;
}

static const struct argp common_argp = {.options = common_options, .parser = parse_any};
static const struct argp_child children[] = {{&common_argp, 0, NULL, 0}, {0}};

#define TIMES                                                                                      \
	"\v"                                                                                       \
	"TIME is a number with a unit, for instance 500us, 1.5ms, 2s or 1m. A number alone is "    \
	"seconds, where it can only be that."

static const struct argp softirq_argp = {
	.options = softirq_options,
	.parser = parse_command,
	.doc = "Show how long the network's softirqs, NET_RX and NET_TX, wait for a CPU and who "
	       "has "
	       "it meanwhile, how long they run, and what NAPI does in them: for each CPU of this "
	       "host, until Ctrl-C or the end of --duration." TIMES,
	.children = children,
};

static const struct argp irq_argp = {
	.options = irq_options,
	.parser = parse_command,
	.doc = "Show for each interrupt line of the network how often and where it comes, how long "
	       "its handler runs, and how long it takes from there to NET_RX, until Ctrl-C or the "
	       "end of --duration." TIMES,
	.children = children,
};

static int options_parse(const struct argp *argp, int argc, char **argv, struct softirq_options *o)
{
	struct parse p = {.o = o, .argp = argp};
	char name[64];

	*o = (struct softirq_options){
		.blame = true,
		.blame_min_ns = BLAME_MIN_NS,
		.burst_gap_ns = BURST_GAP_NS,
	};
	if (opttable_check_words(argp, argc, argv) ||
	    argp_parse(argp, argc, argv, ARGP_IN_ORDER | ARGP_NO_EXIT | ARGP_NO_ERRS | ARGP_NO_HELP,
		       NULL, &p))
		return EXIT_USAGE;
	if (p.help) {
		snprintf(name, sizeof(name), "netstrata %s", argv[0]);
		argp_help(argp, stdout, ARGP_HELP_STD_HELP, name);
		return stdout_finish() == EXIT_OK ? -1 : EXIT_FAILED;
	}
	if (parse_end(&p))
		return EXIT_USAGE;
	o->color = !o->json && color_wanted(p.color);
	msg_verbosity = o->verbose;
	return 0;
}

int options_softirq(int argc, char **argv, struct softirq_options *o)
{
	return options_parse(&softirq_argp, argc, argv, o);
}

int options_irq(int argc, char **argv, struct softirq_options *o)
{
	return options_parse(&irq_argp, argc, argv, o);
}

void options_softirq_dump(void)
{
	opttable_dump(&softirq_argp, "softirq");
}

void options_irq_dump(void)
{
	opttable_dump(&irq_argp, "irq");
}
