// SPDX-License-Identifier: GPL-2.0-only
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "msg.h"
#include "options_ping.h"
#include "opttable.h"
#include "optvalue.h"
#include "ping.h"
#include "values.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define SEC 1000000000ULL
#define SIZE_DEFAULT 56 /* as ping(8) */
#define SIZE_MAX_V4 65507
#define TRIES_MAX (PING_TRIES - 6) /* at once, with some to spare */

enum key {
	KEY_JSON = 0x100,
	KEY_COLOR,
	KEY_HOOKS,
	KEY_TIMEOUT,
	KEY_TCP,
	KEY_SIZE,
	KEY_SOURCE,
	KEY_DEV,
};

enum group { GROUP_WHAT = 1, GROUP_OUTPUT, GROUP_KERNEL, GROUP_LAST = -1 };

static const struct argp_option options[] = {
	{NULL, 0, NULL, 0, "What to send:", GROUP_WHAT},
	{"count", 'c', "N", 0, "Stop after N tries", GROUP_WHAT},
	{"interval", 'i', "TIME", 0, "Wait that long between two tries (default 1s)", GROUP_WHAT},
	{"timeout", KEY_TIMEOUT, "TIME", 0, "A try without an answer by then is lost (default 2s)",
	 GROUP_WHAT},
	{"tcp", KEY_TCP, "PORT", 0, "Time a TCP connect to this port in place of an ICMP echo",
	 GROUP_WHAT},
	{"ipv4", '4', NULL, 0, "IPv4 only", GROUP_WHAT},
	{"ipv6", '6', NULL, 0, "IPv6 only", GROUP_WHAT},
	{"size", KEY_SIZE, "BYTES", 0, "Payload of an ICMP echo (default 56)", GROUP_WHAT},
	{"source", KEY_SOURCE, "ADDR", 0, "Send from this address", GROUP_WHAT},
	{"dev", KEY_DEV, "NAME", 0, "Send and receive through this device only", GROUP_WHAT},
	{NULL, 0, NULL, 0, "Output:", GROUP_OUTPUT},
	{"json", KEY_JSON, NULL, 0, "One JSON object per line", GROUP_OUTPUT},
	{"color", KEY_COLOR, "WHEN", 0, "auto (default), always or never", GROUP_OUTPUT},
	{NULL, 0, NULL, 0, "Kernel side:", GROUP_KERNEL},
	{"hooks", KEY_HOOKS, "KIND", 0,
	 "Hooks to choose from: auto (default), tracepoint, fentry or kprobe; tracepoints are "
	 "always among them",
	 GROUP_KERNEL},
	{"verbose", 'v', NULL, 0, "Say what is done; twice: with the verifier's log", GROUP_LAST},
	{"help", 'h', NULL, 0, "Print this", GROUP_LAST},
	{0},
};

static const char *const hook_names[] = {
	[HOOKS_AUTO] = "auto",
	[HOOKS_TRACEPOINT] = "tracepoint",
	[HOOKS_FENTRY] = "fentry",
	[HOOKS_KPROBE] = "kprobe",
};

struct parse {
	struct ping_options *o;
	enum color_when color;
	bool help;
};

static const struct argp ping_argp;

/* The index of a word in names; 0 where it is none, which the caller learns from *err. */
static int choose(const char *option, const char *arg, const char *const *names, size_t n, int *err)
{
	int i = optvalue_choose(option, arg, strlen(arg), names, n);

	*err = i < 0 ? i : 0;
	return i < 0 ? 0 : i;
}

static int parse_size(const char *arg, __u32 *size)
{
	__u64 n;
	int err = number_parse(arg, 0, SIZE_MAX_V4, &n);

	if (err)
		msg_err("--size '%s': not a number from 0 to %d", arg, SIZE_MAX_V4);
	else
		*size = n;
	return err;
}

static int parse_port(const char *arg, __u16 *port)
{
	__u64 n;
	int err = number_parse(arg, 1, 65535, &n);

	if (err)
		msg_err("--tcp '%s': not a port from 1 to 65535", arg);
	else
		*port = n;
	return err;
}

static int parse_family(struct ping_options *o, int family)
{
	if (o->family != AF_UNSPEC && o->family != family) {
		msg_err("-4 and -6 exclude each other");
		return -EINVAL;
	}
	o->family = family;
	return 0;
}

static int parse_text(const char *name, const char *arg, const char **out)
{
	*out = arg;
	if (!*arg)
		msg_err("--%s: empty value", name);
	return *arg ? 0 : -EINVAL;
}

static int parse_option(struct parse *p, int key, const char *name, const char *arg)
{
	struct ping_options *o = p->o;
	int err = 0;

	switch (key) {
	case 'h':
		p->help = true;
		return 0;
	case 'v':
		o->verbose++;
		return 0;
	case '4':
		return parse_family(o, AF_INET);
	case '6':
		return parse_family(o, AF_INET6);
	case 'c':
		return optvalue_number(name, arg, ~0ULL, &o->count);
	case 'i':
		return optvalue_duration(name, arg, false, &o->interval_ns);
	case KEY_TIMEOUT:
		return optvalue_duration(name, arg, false, &o->timeout_ns);
	case KEY_TCP:
		return parse_port(arg, &o->tcp_port);
	case KEY_SIZE:
		return parse_size(arg, &o->size);
	case KEY_SOURCE:
		return parse_text(name, arg, &o->source);
	case KEY_DEV:
		return parse_text(name, arg, &o->dev);
	case KEY_JSON:
		o->json = true;
		return 0;
	case KEY_COLOR:
		return optvalue_color(name, arg, &p->color);
	case KEY_HOOKS:
		o->hooks = choose(name, arg, hook_names, ARRAY_SIZE(hook_names), &err);
		return err;
	case ARGP_KEY_ARG:
		if (o->host)
			msg_err("unexpected argument '%s': one host at a time", arg);
		else
			o->host = arg;
		return o->host == arg ? 0 : -EINVAL;
	default:
		return -ENOSYS;
	}
}

/* What only all options together tell. */
static int parse_end(struct ping_options *o, bool timeout_given)
{
	if (!o->host || !*o->host) {
		msg_err("no host: netstrata ping [OPTION...] HOST");
		return -EINVAL;
	}
	if (o->tcp_port && o->size != ~0U) {
		msg_err("--size is of ICMP echoes, and there are none with --tcp");
		return -EINVAL;
	}
	if (o->size == ~0U)
		o->size = SIZE_DEFAULT;
	if (o->timeout_ns / TRIES_MAX < o->interval_ns)
		return 0;
	if (timeout_given) {
		msg_err("--timeout is %d times --interval or more: that many tries at once are not "
			"followed",
			TRIES_MAX);
		return -EINVAL;
	}
	o->timeout_ns = o->interval_ns * TRIES_MAX;
	return 0;
}

static error_t parse_any(int key, char *arg, struct argp_state *state)
{
	struct parse *p = state->input;
	int err = parse_option(p, key, opttable_name(&ping_argp, key), arg);

	return err == -ENOSYS ? ARGP_ERR_UNKNOWN : -err;
}

static const struct argp ping_argp = {
	.options = options,
	.parser = parse_any,
	.args_doc = "HOST",
	.doc = "Send an ICMP echo request every second, or open a TCP connection, and say how long "
	       "the answer took and how much of that was this kernel, stage by stage."
	       "\v"
	       "TIME is a number with a unit, for instance 500us, 1.5ms, 2s or 1m. A number alone "
	       "is seconds.",
};

int options_ping(int argc, char **argv, struct ping_options *o)
{
	struct parse p = {.o = o};
	bool timeout_given;

	*o = (struct ping_options){.interval_ns = SEC, .family = AF_UNSPEC, .size = ~0U};
	if (opttable_check_words(&ping_argp, argc, argv) ||
	    argp_parse(&ping_argp, argc, argv,
		       ARGP_IN_ORDER | ARGP_NO_EXIT | ARGP_NO_ERRS | ARGP_NO_HELP, NULL, &p))
		return EXIT_USAGE;
	if (p.help) {
		/* the note that values of long options belong to the short ones too is not needed
		 */
		setenv("ARGP_HELP_FMT", "no-dup-args-note", 0);
		argp_help(&ping_argp, stdout, ARGP_HELP_STD_HELP, "netstrata ping");
		return stdout_finish() == EXIT_OK ? -1 : EXIT_FAILED;
	}
	timeout_given = o->timeout_ns != 0;
	if (!timeout_given)
		o->timeout_ns = 2 * SEC;
	if (parse_end(o, timeout_given))
		return EXIT_USAGE;
	o->color = !o->json && color_wanted(p.color);
	msg_verbosity = o->verbose;
	return 0;
}

void options_ping_dump(void)
{
	opttable_dump(&ping_argp, "ping");
}
