// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "msg.h"
#include "options.h"
#include "suggest.h"

#ifndef NETSTRATA_VERSION
#define NETSTRATA_VERSION "unknown"
#endif
#ifndef LIBRARIES /* the optional ones that the build found, and did not find */
#define LIBRARIES ""
#define MISSING ""
#endif

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const struct command {
	const char *name;
	int (*func)(int argc, char **argv); /* NULL: built without ... */
	const char *help;
	const char *library; /* ... this one, which it needs; NULL: none */
} commands[] = {
	{"check", cmd_check, "Say what can be measured on this kernel, and by which hooks", NULL},
	{"diff", cmd_diff, "Compare two recordings", "sqlite3"},
	{"irq", cmd_irq, "Show the network's interrupts: where, how often, how soon NET_RX runs",
	 NULL},
	{"ping", cmd_ping, "Time round trips, and what part of each was this kernel", NULL},
	{"record", cmd_record, "Record what stat shows, interval by interval, to a file",
	 "sqlite3"},
	{"report", cmd_report, "Show a recording, or a part of it", "sqlite3"},
	{"serve", cmd_serve, "Serve Prometheus metrics, JSON and a live page", "libmicrohttpd"},
	{"softirq", cmd_softirq,
	 "Show how long NET_RX and NET_TX wait and run, and who delays them", NULL},
	{"stat", cmd_stat, "Summarise per stage, protocol and connection", NULL},
	{"top", cmd_top, "Show it live: stages, their history, connections", "ncursesw"},
	{"trace", cmd_trace, "Print one line per packet with the time in each stage", NULL},
	{"watch", cmd_watch, "Say what becomes slow, and why, when it does", NULL},
};

static void print_usage(FILE *out)
{
	fprintf(out, "Usage: netstrata COMMAND [OPTION...] [-- PROGRAM [ARGS...]]\n"
		     "Show where packets spend their time inside Linux, received and sent.\n"
		     "\n"
		     "Commands:\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "  %-8s%s\n", commands[i].name, commands[i].help);
	fprintf(out, "\n"
		     "Examples:\n"
		     "  netstrata check                      can this kernel be measured?\n"
		     "  netstrata stat --duration 10s        ten seconds of all traffic\n"
		     "  netstrata stat --port 443 --interval 1s --connections 5\n"
		     "  netstrata trace --slower 500us       each packet slower than that\n"
		     "  netstrata record -o night.nstr       for later: report, diff\n"
		     "  netstrata watch                      a line for what becomes slow\n"
		     "  netstrata serve                      http://127.0.0.1:19700/, /metrics\n"
		     "\n"
		     "'netstrata help COMMAND' lists its options; netstrata(1) is the manual.\n");
}

static const struct command *find_command(const char *name)
{
	const char *names[ARRAY_SIZE(commands)], *nearest;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		names[i] = commands[i].name;
		if (strcmp(name, names[i]) == 0)
			return &commands[i];
	}
	nearest = suggest(name, strlen(name), names, ARRAY_SIZE(names));
	if (nearest)
		msg_err("unknown command '%s'; did you mean '%s'?", name, nearest);
	else
		msg_err("unknown command '%s'; 'netstrata --help' lists the commands", name);
	return NULL;
}

static int print_version(void)
{
	printf("netstrata %s\n"
	       "libbpf %s, jansson %s (built with %s)\n"
	       "optional libraries: %s\n",
	       NETSTRATA_VERSION, libbpf_version_string() + 1, jansson_version_str(),
	       JANSSON_VERSION, LIBRARIES[0] ? LIBRARIES : "none");
	if (MISSING[0])
		printf("built without: %s\n", MISSING);
	return stdout_finish();
}

static int run(const struct command *c, int argc, char **argv)
{
	if (c->func)
		return c->func(argc, argv);
	msg_err("%s: this netstrata was built without %s; install it with its headers and build "
		"again",
		c->name, c->library);
	return EXIT_FAILED;
}

static int run_help(const char *name)
{
	char help[] = "--help", *argv[] = {NULL, help, NULL};
	const struct command *c;

	if (!name) {
		print_usage(stdout);
		return stdout_finish();
	}
	c = find_command(name);
	if (!c)
		return EXIT_USAGE;
	argv[0] = (char *)c->name;
	return run(c, 2, argv);
}

static int run_option(const char *option)
{
	static const char *const names[] = {"help", "version"};
	const char *nearest;

	if (strcmp(option, "--help") == 0 || strcmp(option, "-h") == 0)
		return run_help(NULL);
	if (strcmp(option, "--version") == 0)
		return print_version();
	if (strcmp(option, "--dump-options") == 0) {
		options_dump();
		return stdout_finish();
	}
	nearest = strncmp(option, "--", 2)
			  ? NULL
			  : suggest(option + 2, strlen(option + 2), names, ARRAY_SIZE(names));
	if (nearest)
		msg_err("unknown option '%s'; did you mean '--%s'?", option, nearest);
	else
		msg_err("unknown option '%s'; the options of a command go after its name", option);
	return EXIT_USAGE;
}

/*
 * A descriptor that was closed by the caller would be given to the next file, and our output
 * written there. Opened read-only, writes to it fail as those to a closed one do.
 */
static int keep_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd)
			return -errno;
	return 0;
}

int main(int argc, char **argv)
{
	const struct command *c;

	if (keep_standard_descriptors())
		return EXIT_FAILED;
	/* A reader that goes away is an error of write(), not a reason to die attached. */
	signal(SIGPIPE, SIG_IGN);

	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (argv[1][0] == '-')
		return run_option(argv[1]);
	if (strcmp(argv[1], "help") == 0)
		return run_help(argv[2]);
	c = find_command(argv[1]);
	return c ? run(c, argc - 1, argv + 1) : EXIT_USAGE;
}
