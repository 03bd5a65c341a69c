// SPDX-License-Identifier: GPL-2.0-only
/* The options of softirq and irq. */
#include <errno.h>

#include "msg.h"
#include "options_parts.h"
#include "opttable.h"

#define BLAME_MIN_NS 20000
#define BURST_GAP_NS 100000

static const struct argp_option both_options[] = {
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

static error_t parse_own(int key, char *arg, struct argp_state *state)
{
	struct softirq_options *o = &options_of(state)->softirq;

	switch (key) {
	case KEY_NO_BLAME:
		o->blame = false;
		return 0;
	case KEY_ALL:
		o->all = true;
		return 0;
	case KEY_BURST_GAP:
		return -optvalue_duration("burst-gap", arg, true, &o->burst_gap_ns);
	default:
		return options_command(key, arg, state);
	}
}

static const struct argp both_argp = {.options = both_options, .parser = options_key};
static const struct argp_child children[] = {{&both_argp, 0, NULL, 0}, {0}};

#define TIMES                                                                                      \
	"\v"                                                                                       \
	"TIME is a number with a unit, for instance 500us, 1.5ms, 2s or 1m. A number alone is "    \
	"seconds, where it can only be that."

static const struct argp softirq_argp = {
	.options = softirq_options,
	.parser = parse_own,
	.doc = "Show how long the network's softirqs, NET_RX and NET_TX, wait for a CPU and who "
	       "has "
	       "it meanwhile, how long they run, and what NAPI does in them: for each CPU of this "
	       "host, until Ctrl-C or the end of --duration." TIMES,
	.children = children,
};

static const struct argp irq_argp = {
	.options = irq_options,
	.parser = parse_own,
	.doc = "Show for each interrupt line of the network how often and where it comes, how long "
	       "its handler runs, and how long it takes from there to NET_RX, until Ctrl-C or the "
	       "end of --duration." TIMES,
	.children = children,
};

static int parse(const struct argp *argp, int argc, char **argv, struct options *o)
{
	int err;

	options_default(o);
	o->softirq = (struct softirq_options){.blame = true, .burst_gap_ns = BURST_GAP_NS};
	err = options_parse(argp, argc, argv, o, 0);
	if (err)
		return err;
	if (o->filter.slower_ns && !o->softirq.blame) {
		msg_err("--slower and --no-blame exclude each other");
		return EXIT_USAGE;
	}
	o->softirq.blame_min_ns = o->filter.slower_ns ? o->filter.slower_ns : BLAME_MIN_NS;
	return 0;
}

int options_softirq(int argc, char **argv, struct options *o)
{
	return parse(&softirq_argp, argc, argv, o);
}

int options_irq(int argc, char **argv, struct options *o)
{
	return parse(&irq_argp, argc, argv, o);
}

void options_softirq_dump(void)
{
	opttable_dump(&softirq_argp, "softirq");
}

void options_irq_dump(void)
{
	opttable_dump(&irq_argp, "irq");
}
