// SPDX-License-Identifier: GPL-2.0-only
/* The options of record, report and diff. */
#include <errno.h>
#include <string.h>

#include "msg.h"
#include "options_parts.h"
#include "opttable.h"
#include "values.h"

#define SEC 1000000000ULL
#define MSEC 1000000ULL
#define MAX_SIZE_DEFAULT (1ULL << 30)
#define MAX_SIZE_LEAST (256ULL << 10)
#define CONNECTIONS_KEPT 10
#define PACKETS_KEPT 10
#define PACKETS_MOST 10000
#define SLOWER_DEFAULT (10 * MSEC)

static const struct argp_option record_options[] = {
	{"interval", KEY_INTERVAL, "TIME", 0, "Record what was new every TIME (default 1s)",
	 GROUP_WHAT},
	{"count", KEY_COUNT, "N", 0, "Stop after N intervals", GROUP_WHAT},
	{"slower", KEY_SLOWER, "TIME", 0,
	 "Slow packets are those whose total is at least TIME (default 10ms)", GROUP_WHAT},
	{"blame", KEY_BLAME, NULL, 0,
	 "Say who held the CPU while a slow packet waited for its softirq, or its reader to run",
	 GROUP_WHAT},
	OPTION_NO_CPUS,
	{"output", KEY_OUTPUT, "FILE", 0, "Record to this file; needed", GROUP_OUTPUT},
	{"force", KEY_FORCE, NULL, 0, "Replace FILE if it exists", GROUP_OUTPUT},
	{"max-size", KEY_MAX_SIZE, "SIZE", 0,
	 "Keep FILE below SIZE (default 1G) by leaving out the oldest intervals", GROUP_OUTPUT},
	{"connections", KEY_CONNECTIONS, "N", 0,
	 "Keep the top N connections of each direction and interval (default 10)", GROUP_OUTPUT},
	{"sort", KEY_SORT, "[[DIR:]STAGE:]KEY", 0,
	 "Rank connections by p99, max, sum or n of a stage (default rx:total:p99)", GROUP_OUTPUT},
	{"packets", KEY_PACKETS, "N", 0,
	 "Keep the N slowest packets of each interval (default 10; 0: none)", GROUP_OUTPUT},
	{0},
};

static const struct argp_option report_options[] = {
	{NULL, 0, NULL, 0, "What to show:", GROUP_WHAT},
	{"from", KEY_FROM, "TIME", 0,
	 "Begin there: 12:30:05, '2026-11-23 12:30', 90s (after the start) or -1m (before the end)",
	 GROUP_WHAT},
	{"to", KEY_TO, "TIME", 0, "End there", GROUP_WHAT},
	{"interval", KEY_INTERVAL, "TIME", 0, "Print a table every TIME, not only the total",
	 GROUP_WHAT},
	{"packets", KEY_PACKETS, NULL, 0, "List the slow packets", GROUP_WHAT},
	{"html", KEY_HTML, "FILE", 0, "Write one page with plots to FILE instead", GROUP_OUTPUT},
	{0},
};

static const struct argp_option diff_options[] = {
	{NULL, 0, NULL, 0, "What to compare:", GROUP_WHAT},
	{"from", KEY_FROM, "TIME", 0,
	 "Begin there, in both: 90s (after the start), -1m (before the end), 12:30:05 or "
	 "'2026-11-23 12:30'",
	 GROUP_WHAT},
	{"to", KEY_TO, "TIME", 0, "End there, in both", GROUP_WHAT},
	{"threshold", KEY_THRESHOLD, "PERCENT", 0,
	 "Exit with 5 if anything is found slower by PERCENT or more", GROUP_OUTPUT},
	{0},
};

/* "512K", "64M", "1G": bytes in powers of 1024. */
static int parse_size(const char *arg, __u64 *size)
{
	static const char units[] = "KMG";
	const char *unit = arg + strspn(arg, "0123456789"),
		   *u = *unit ? strchr(units, *unit) : NULL;
	unsigned shift = u ? 10 * (unsigned)(u - units + 1) : 0;
	__u64 n = 0;

	for (const char *c = arg; c < unit && n < 1ULL << 40; c++)
		n = n * 10 + (__u64)(*c - '0');
	if (unit == arg || (*unit && (!u || unit[1])) || n >= 1ULL << 40 ||
	    n << shift < MAX_SIZE_LEAST) {
		msg_err("--max-size '%s': write for instance 100M or 1G, 256K at least", arg);
		return -EINVAL;
	}
	*size = n << shift;
	return 0;
}

static int parse_packets(const char *arg, __u32 *packets)
{
	__u64 n;
	int err = number_parse(arg, 0, PACKETS_MOST, &n);

	if (err)
		msg_err("--packets '%s': not a number from 0 to %d", arg, PACKETS_MOST);
	else
		*packets = n;
	return err;
}

static int parse_moment(const char *name, const char *arg, struct moment *out)
{
	int err = moment_parse(arg, out);

	if (err)
		msg_err("--%s '%s': write for instance 12:30:05, '2026-11-23 12:30', 90s or -1m",
			name, arg);
	return err;
}

static error_t parse_record(int key, char *arg, struct argp_state *state)
{
	struct parse *p = state->input;
	struct options *o = p->o;

	switch (key) {
	case KEY_OUTPUT:
		return -options_file("output", arg, &o->output);
	case KEY_FORCE:
		o->force = true;
		return 0;
	case KEY_MAX_SIZE:
		return -parse_size(arg, &o->max_size);
	case KEY_PACKETS:
		return -parse_packets(arg, &o->packets);
	case ARGP_KEY_END:
		if (!o->output && !p->help) {
			msg_err("no file to record to: --output FILE");
			return EINVAL;
		}
		return options_command(key, arg, state);
	default:
		return options_command(key, arg, state);
	}
}

static error_t parse_report(int key, char *arg, struct argp_state *state)
{
	struct parse *p = state->input;

	switch (key) {
	case KEY_FROM:
		return -parse_moment("from", arg, &p->o->from);
	case KEY_TO:
		return -parse_moment("to", arg, &p->o->to);
	case KEY_PACKETS:
		p->o->list_packets = true;
		return 0;
	case KEY_THRESHOLD:
		return -optvalue_number32("threshold", arg, 1000000, &p->o->threshold);
	case KEY_HTML:
		return -options_file("html", arg, &p->o->html);
	default:
		return options_command(key, arg, state);
	}
}

static const struct argp record_argp = {
	.options = record_options,
	.parser = parse_record,
	.args_doc = "[-- COMMAND [ARGS...]]",
	.doc = "Record what stat would show, interval by interval, and the slowest packets, for "
	       "report, diff and top --replay.",
	.children = options_printing,
};

static const struct argp_child report_children[] = {
	{&output_argp, 0, NULL, 0},
	{&common_argp, 0, NULL, 0},
	{&table_argp, 0, NULL, 0},
	{0},
};

static const struct argp report_argp = {
	.options = report_options,
	.parser = parse_report,
	.args_doc = "FILE",
	.doc = "Show a recording, or a part of it, with the tables of stat.",
	.children = report_children,
};

static const struct argp_child diff_children[] = {
	{&output_argp, 0, NULL, 0},
	{&common_argp, 0, NULL, 0},
	{0},
};

static const struct argp diff_argp = {
	.options = diff_options,
	.parser = parse_report,
	.args_doc = "BEFORE AFTER",
	.doc = "Compare two recordings, stage by stage, and say what is slower or faster where "
	       "that "
	       "stands out from the noise.",
	.children = diff_children,
};

int options_record(int argc, char **argv, struct options *o)
{
	int err;

	options_default(o);
	o->interval_ns = SEC;
	o->max_size = MAX_SIZE_DEFAULT;
	o->connections = CONNECTIONS_KEPT;
	o->packets = PACKETS_KEPT;
	o->cpus = true;
	o->filter.slower_ns = SLOWER_DEFAULT;
	err = options_parse(&record_argp, argc, argv, o, 0);
	o->filter.shape.events = o->filter.shape.traces = o->packets > 0;
	o->slow_ns = o->packets ? o->filter.slower_ns : 0;
	return err;
}

int options_report(int argc, char **argv, struct options *o)
{
	options_default(o);
	return options_parse(&report_argp, argc, argv, o, 1);
}

int options_diff(int argc, char **argv, struct options *o)
{
	options_default(o);
	return options_parse(&diff_argp, argc, argv, o, 2);
}

void options_record_dump(void)
{
	opttable_dump(&diff_argp, "diff");
	opttable_dump(&record_argp, "record");
	opttable_dump(&report_argp, "report");
}
