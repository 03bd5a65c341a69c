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

enum nonblock { BLOCK, POLL, SPIN };

static struct {
	bool udp, v6, echo, blind, go;
	bool cork_leave, more, zerocopy, sendfile, splice, unconnected, abort, info, park;
	const char *to, *stamp;
	unsigned short port;
	enum mode mode;
	enum nonblock nonblock;
	uint64_t delay, every, total, run, period, stall, gap, cork_hold;
	unsigned long count, size, pieces, burst, ahead, pacing;
	int cpu, rt, sndbuf, rcvbuf, nodelay, quickack;
	unsigned timeout;
} o = {.size = 100, .burst = 1, .cpu = -1, .timeout = 30, .nodelay = 1, .quickack = -1};

static const char usage[] =
	"usage: traffic recv|send [-4|-6] tcp|udp --port PORT [OPTION...]\n"
	"       traffic hog --cpu N --run DUR --period DUR --total DUR\n"
	"recv:  prints \"ready PORT\", takes one connection, ends at its end, after --count\n"
	"       messages, or at SIGTERM; then prints \"done MESSAGES BYTES\"\n"
	"  --delay DUR      wait that long between \"readable\" and the read\n"
	"  --blind          wait before each read without looking first\n"
	"  --mode MODE      recv, recvmmsg (--burst at once), splice, peek, close-unread\n"
	"  --pieces N       read each message of --size bytes in pieces of N bytes\n"
	"  --stall DUR      wait once, before the first read\n"
	"  --quickack on|off  ACKs at once, or delayed (the kernel decides)\n"
	"  --stamp FILE     a line \"mono_ns bytes seq\" for each read\n"
	"send:  --to ADDR   connects and sends; ends when TCP has all of it acknowledged\n"
	"  --every DUR      between messages (or bursts); 0 = back to back\n"
	"  --burst N        messages each time\n"
	"  --ahead N        send N messages before waiting for --go\n"
	"  --total DUR      send that long instead of --count messages\n"
	"  --pieces N       send each message of --size bytes in pieces of N bytes\n"
	"  --gap DUR        between the pieces\n"
	"  --more           MSG_MORE with all pieces but the last\n"
	"  --cork-hold DUR  TCP_CORK or UDP_CORK for each message, until DUR after its last piece\n"
	"  --cork-leave     TCP_CORK from the start, never off\n"
	"  --nodelay on|off TCP_NODELAY (on)\n"
	"  --write-write-read  each message in two pieces, then its echo; with Nagle's algorithm\n"
	"  --zerocopy       MSG_ZEROCOPY, completions reaped\n"
	"  --sendfile       from a file in memory\n"
	"  --splice         from a pipe\n"
	"  --nonblock poll|spin  no call waits for room: poll(), or the next call at once (or "
	"after "
	"--gap);\n"
	"                   prints \"refused CALLS\"\n"
	"  --unconnected    UDP: an address with each datagram\n"
	"  --pacing N       SO_MAX_PACING_RATE, bytes in a second\n"
	"  --info           a line \"info KEY=VALUE...\" from TCP_INFO after the last ACK; "
	"retrans: since connected\n"
	"  --park           then print \"parked\" and wait for a line on stdin before the close\n"
	"  --abort          close with RST, with nothing waited for\n"
	"  --stamp FILE     a line \"start_ns end_ns bytes\" for each call of send\n"
	"hog:   SCHED_FIFO; --stamp FILE: a line \"start_ns end_ns\" for each burn\n"
	"all:   --count N  --size N  --echo (a byte back for each message)  --cpu N  --rt PRIO\n"
	"  --sndbuf N  --rcvbuf N  bytes, as setsockopt wants them\n"
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

static int on_off(const char *s)
{
	if (strcmp(s, "on") && strcmp(s, "off"))
		die("'%s' is neither on nor off", s);
	return s[1] == 'n';
}

static enum nonblock nonblock_of(const char *s)
{
	if (strcmp(s, "poll") && strcmp(s, "spin"))
		die("'%s' is neither poll nor spin", s);
	return *s == 'p' ? POLL : SPIN;
}

static enum mode mode_of(const char *s)
{
	int i = 0;

	for (; i <= CLOSE_UNREAD && strcmp(s, mode_names[i]); i++)
		;
	if (i > CLOSE_UNREAD)
		die("no mode '%s'", s);
	return i;
}

/* The value of an option that has one; false: no such option. */
static bool value(const char *n, const char *v)
{
	const struct {
		const char *name;
		uint64_t *to;
	} times[] = {{"delay", &o.delay},   {"every", &o.every},	{"total", &o.total},
		     {"run", &o.run},	    {"stall", &o.stall},	{"gap", &o.gap},
		     {"period", &o.period}, {"cork-hold", &o.cork_hold}};
	const struct {
		const char *name;
		unsigned long *to, max;
	} numbers[] = {{"count", &o.count, 1UL << 40}, {"size", &o.size, BUF_MAX},
		       {"pieces", &o.pieces, BUF_MAX}, {"burst", &o.burst, BATCH_MAX},
		       {"ahead", &o.ahead, 1 << 20},   {"pacing", &o.pacing, 1UL << 40}};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (!strcmp(n, times[i].name)) {
			*times[i].to = duration(v);
			return true;
		}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!strcmp(n, numbers[i].name)) {
			*numbers[i].to = number(v, numbers[i].max);
			return true;
		}
#define IS(name) else if (!strcmp(n, name))
	if (!strcmp(n, "to"))
		o.to = v;
	IS("stamp") o.stamp = v;
	IS("mode") o.mode = mode_of(v);
	IS("nonblock") o.nonblock = nonblock_of(v);
	IS("port") o.port = number(v, 65535);
	IS("cpu") o.cpu = number(v, CPU_SETSIZE - 1);
	IS("rt") o.rt = number(v, 99);
	IS("timeout") o.timeout = number(v, 3600);
	IS("sndbuf") o.sndbuf = number(v, 1 << 30);
	IS("rcvbuf") o.rcvbuf = number(v, 1 << 30);
	IS("nodelay") o.nodelay = on_off(v);
	IS("quickack") o.quickack = on_off(v);
	else return false;
#undef IS
	return true;
}

static void parse(int argc, char **argv)
{
	static const char values[] =
		"port\0to\0delay\0every\0total\0run\0period\0count\0size\0pieces\0burst\0ahead\0cpu"
		"\0"
		"rt\0timeout\0mode\0stamp\0stall\0gap\0cork-hold\0pacing\0sndbuf\0rcvbuf\0nodelay\0"
		"quickack\0nonblock\0";
	static const struct {
		const char *name;
		bool *to;
	} flags[] = {{"echo", &o.echo},
		     {"blind", &o.blind},
		     {"go", &o.go},
		     {"more", &o.more},
		     {"cork-leave", &o.cork_leave},
		     {"zerocopy", &o.zerocopy},
		     {"sendfile", &o.sendfile},
		     {"splice", &o.splice},
		     {"unconnected", &o.unconnected},
		     {"abort", &o.abort},
		     {"info", &o.info},
		     {"park", &o.park},
		     {"write-write-read", NULL}};
	const int n_flags = sizeof(flags) / sizeof(flags[0]);
	static struct option opts[64];
	bool two = false;
	int c, i = 0;

	for (; i < n_flags; i++)
		opts[i] = (struct option){flags[i].name, 0, NULL, 256 + i};
	for (const char *n = values; *n; n += strlen(n) + 1, i++)
		opts[i] = (struct option){n, 1, NULL, 256 + i};
	while ((c = getopt_long(argc, argv, "46", opts, NULL)) != -1) {
		if (c == '4' || c == '6')
			o.v6 = c == '6';
		else if (c >= 256 && c < 256 + n_flags)
			*(flags[c - 256].to ? flags[c - 256].to : &two) = true;
		else if (c < 256 || !value(opts[c - 256].name, optarg)) {
			fputs(usage, stderr);
			exit(2);
		}
	}
	for (; optind < argc; optind++) {
		if (strcmp(argv[optind], "tcp") && strcmp(argv[optind], "udp"))
			die("'%s' is neither tcp nor udp", argv[optind]);
		o.udp = argv[optind][0] == 'u';
	}
	if (!o.size || !o.burst || !o.timeout)
		die("--size, --burst and --timeout want at least 1");
	if (two) {
		o.pieces = (o.size + 1) / 2;
		o.nodelay = 0;
		o.echo = true;
	}
}

#endif
