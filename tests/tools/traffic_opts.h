/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of traffic.c and its small helpers. Included by that file only. */
#ifndef NS_TRAFFIC_OPTS_H
#define NS_TRAFFIC_OPTS_H

#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_MAX (1 << 20)
#define BATCH_MAX 1024

enum mode { RECV, RECVMMSG, SPLICE, PEEK, CLOSE_UNREAD };
static const char *const mode_names[] = {"recv", "recvmmsg", "splice", "peek", "close-unread"};

static struct {
	bool udp, v6, echo, blind, go;
	const char *to, *stamp;
	unsigned short port;
	enum mode mode;
	uint64_t delay, every, total, run, period;
	unsigned long count, size, pieces, burst, ahead;
	int cpu, rt;
	unsigned timeout;
} o = {.count = 0, .size = 100, .burst = 1, .cpu = -1, .timeout = 30, .to = NULL};

static const char usage[] =
	"usage: traffic recv|send [-4|-6] tcp|udp --port PORT [OPTION...]\n"
	"       traffic hog --cpu N --run DUR --period DUR --total DUR\n"
	"recv:  prints \"ready PORT\", takes one connection, ends at its end, after --count\n"
	"       messages, or at SIGTERM; then prints \"done MESSAGES BYTES\"\n"
	"  --delay DUR      wait that long between \"readable\" and the read\n"
	"  --blind          wait before each read without looking first\n"
	"  --mode MODE      recv, recvmmsg (--burst at once), splice, peek, close-unread\n"
	"  --pieces N       read each message of --size bytes in pieces of N bytes\n"
	"  --stamp FILE     a line \"mono_ns bytes seq\" for each read\n"
	"send:  --to ADDR   connects and sends; ends when TCP has all of it acknowledged\n"
	"  --every DUR      between messages (or bursts); 0 = back to back\n"
	"  --burst N        messages each time\n"
	"  --ahead N        send N messages before waiting for --go\n"
	"  --total DUR      send that long instead of --count messages\n"
	"hog:   SCHED_FIFO; --stamp FILE: a line \"start_ns end_ns\" for each burn\n"
	"all:   --count N  --size N  --echo (a byte back for each message)  --cpu N  --rt PRIO\n"
	"  --go             before the first read or send wait for a line on stdin\n"
	"  --timeout SEC    give up (30)\n"
	"DUR: a number with ns, us, ms or s\n";

__attribute__((format(printf, 1, 2), noreturn)) static void die(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	fprintf(stderr, "traffic: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, err ? ": %s\n" : "\n", strerror(err));
	exit(1);
}

static uint64_t duration(const char *s)
{
	static const struct {
		const char *unit;
		uint64_t ns;
	} units[] = {{"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}};
	char *end;
	double v = strtod(s, &end);

	errno = 0;
	if (v == 0 && end != s && !*end)
		return 0;
	for (size_t i = 0; i < 4 && v >= 0 && end != s; i++)
		if (!strcmp(end, units[i].unit))
			return (uint64_t)(v * (double)units[i].ns);
	die("'%s' is no duration (a number with ns, us, ms or s)", s);
}

static unsigned long number(const char *s, unsigned long max)
{
	char *end;
	unsigned long v = strtoul(s, &end, 10);

	errno = 0;
	if (end == s || *end || v > max)
		die("'%s' is no number up to %lu", s, max);
	return v;
}

static void parse(int argc, char **argv)
{
	static const char names[] =
		"port\0to\0delay\0every\0total\0run\0period\0count\0size\0pieces\0"
		"burst\0ahead\0cpu\0rt\0timeout\0mode\0stamp\0";
	static struct option opts[32] = {
		{"echo", 0, NULL, 'e'}, {"blind", 0, NULL, 'b'}, {"go", 0, NULL, 'g'}};
	int c, i = 3;

	for (const char *n = names; *n; n += strlen(n) + 1, i++)
		opts[i] = (struct option){n, 1, NULL, 256 + i};
	while ((c = getopt_long(argc, argv, "46", opts, &i)) != -1) {
		const char *n = c >= 256 ? opts[c - 256].name : "";

#define IS(name) else if (!strcmp(n, name))
		if (c == '4' || c == '6')
			o.v6 = c == '6';
		else if (c == 'e')
			o.echo = true;
		else if (c == 'b')
			o.blind = true;
		else if (c == 'g')
			o.go = true;
		IS("port") o.port = number(optarg, 65535);
		IS("to") o.to = optarg;
		IS("delay") o.delay = duration(optarg);
		IS("every") o.every = duration(optarg);
		IS("total") o.total = duration(optarg);
		IS("run") o.run = duration(optarg);
		IS("period") o.period = duration(optarg);
		IS("count") o.count = number(optarg, 1UL << 40);
		IS("size") o.size = number(optarg, BUF_MAX);
		IS("pieces") o.pieces = number(optarg, BUF_MAX);
		IS("burst") o.burst = number(optarg, BATCH_MAX);
		IS("ahead") o.ahead = number(optarg, 1 << 20);
		IS("cpu") o.cpu = number(optarg, CPU_SETSIZE - 1);
		IS("rt") o.rt = number(optarg, 99);
		IS("timeout") o.timeout = number(optarg, 3600);
		IS("stamp") o.stamp = optarg;
		IS("mode")
		{
			for (i = 0; i <= CLOSE_UNREAD && strcmp(optarg, mode_names[i]); i++)
				;
			if (i > CLOSE_UNREAD)
				die("no mode '%s'", optarg);
			o.mode = i;
		}
		else
		{
			fputs(usage, stderr);
			exit(2);
		}
#undef IS
	}
	for (; optind < argc; optind++) {
		if (strcmp(argv[optind], "tcp") && strcmp(argv[optind], "udp"))
			die("'%s' is neither tcp nor udp", argv[optind]);
		o.udp = argv[optind][0] == 'u';
	}
	if (!o.size || !o.burst || !o.timeout)
		die("--size, --burst and --timeout want at least 1");
}

#endif
