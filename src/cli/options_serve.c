// SPDX-License-Identifier: GPL-2.0-only
#include "options_serve.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "msg.h"
#include "options_parts.h"
#include "opttable.h"
#include "optvalue.h"

#define SECOND 1000000000ULL
#define CONNECTIONS_MAX 100

enum key {
	KEY_LISTEN = OPTIONS_OWN_KEYS,
	KEY_TLS_CERT,
	KEY_TLS_KEY,
	KEY_TOKEN_FILE,
	KEY_CONNECTIONS,
	KEY_COMPAT,
	KEY_INTERVAL,
	KEY_SLOWER,
};

static const struct argp_option options[] = {
	{NULL, 0, NULL, 0, "What to serve, and where:", OPTIONS_OWN_GROUP},
	{"listen", KEY_LISTEN, "ADDR:PORT", 0,
	 "Listen there (default " LISTEN_DEFAULT "); what is not loopback needs the next three",
	 OPTIONS_OWN_GROUP},
	{"tls-cert", KEY_TLS_CERT, "FILE", 0, "TLS, with this certificate (PEM)",
	 OPTIONS_OWN_GROUP},
	{"tls-key", KEY_TLS_KEY, "FILE", 0, "and its key (PEM)", OPTIONS_OWN_GROUP},
	{"token-file", KEY_TOKEN_FILE, "FILE", 0, "Ask for the bearer token that is in this file",
	 OPTIONS_OWN_GROUP},
	{"interval", KEY_INTERVAL, "TIME", 0, "Take the numbers anew every TIME (default 1s)",
	 OPTIONS_OWN_GROUP},
	{"slower", KEY_SLOWER, "TIME", 0,
	 "Keep the latest packets that are slower: as JSON, on the page, as exemplars",
	 OPTIONS_OWN_GROUP},
	{"connections", KEY_CONNECTIONS, "N", 0,
	 "Metrics of the N connections with most packets (up to 100; default none)",
	 OPTIONS_OWN_GROUP},
	{"compat", KEY_COMPAT, "PROGRAM", 0,
	 "Metrics under the names of another program too: netstacklat", OPTIONS_OWN_GROUP},
	{0},
};

static const struct argp serve_argp;

static int parse_file(const char *name, const char *arg, const char **out)
{
	*out = arg;
	if (!*arg)
		msg_err("--%s: empty file name", name);
	return *arg ? 0 : -EINVAL;
}

static int parse_listen(const char *arg, struct listen_addr *out)
{
	int err = listen_parse(arg, out);

	if (err)
		msg_err("--listen '%s': write ADDRESS:PORT, for instance 127.0.0.1:19700, "
			"[::1]:19700 or :19700 for all addresses",
			arg);
	return err;
}

static int parse_option(struct serve_options *o, int key, const char *name, const char *arg)
{
	static const char *const programs[] = {"netstacklat"};

	switch (key) {
	case KEY_LISTEN:
		return parse_listen(arg, &o->addr);
	case KEY_TLS_CERT:
		return parse_file(name, arg, &o->cert_file);
	case KEY_TLS_KEY:
		return parse_file(name, arg, &o->key_file);
	case KEY_TOKEN_FILE:
		return parse_file(name, arg, &o->token_file);
	case KEY_CONNECTIONS:
		return optvalue_number32(name, arg, CONNECTIONS_MAX, &o->all.connections);
	case KEY_COMPAT:
		o->netstacklat = true;
		return optvalue_choose(name, arg, strlen(arg), programs, 1);
	case KEY_INTERVAL:
		return optvalue_duration(name, arg, false, &o->all.interval_ns);
	case KEY_SLOWER:
		return optvalue_duration(name, arg, true, &o->all.filter.slower_ns);
	default:
		return -ENOSYS;
	}
}

/* options_of() is the first member of the struct serve_options that options_serve() was given. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct serve_options *o = (struct serve_options *)options_of(state);
	int err;

	if (key < OPTIONS_OWN_KEYS || key >= OPTIONS_OWN_KEYS + 0x100)
		return options_command(key, arg, state);
	err = parse_option(o, key, opttable_name(&serve_argp, key), arg);
	return err == -ENOSYS ? ARGP_ERR_UNKNOWN : -err;
}

static struct argp with_children(void)
{
	struct argp a = serve_argp;

	a.children = options_measuring;
	return a;
}

static const struct argp serve_argp = {
	.options = options,
	.parser = parse,
	.doc = "Measure, and serve the numbers over HTTP: /metrics for Prometheus, /api/v1/ as "
	       "JSON "
	       "lines, and a page to look at.",
};

/* Whoever can connect must not read what others send to whom. */
static int check_exposure(const struct serve_options *o)
{
	if (!o->cert_file != !o->key_file) {
		msg_err("--tls-cert and --tls-key need each other");
		return -EINVAL;
	}
	if (listen_is_loopback(&o->addr) || (o->cert_file && o->token_file))
		return 0;
	msg_err("--listen %s is not loopback: others could see who talks to whom here; give "
		"--tls-cert, --tls-key and --token-file",
		listen_text(&o->addr).s);
	return -EINVAL;
}

int options_serve(int argc, char **argv, struct serve_options *o)
{
	const struct argp argp = with_children();
	int err;

	*o = (struct serve_options){.cert_file = NULL};
	listen_parse(LISTEN_DEFAULT, &o->addr);
	err = options_parse(&argp, argc, argv, &o->all);
	if (err)
		return err;
	if (check_exposure(o))
		return EXIT_USAGE;
	if (!o->all.interval_ns)
		o->all.interval_ns = SECOND;
	o->all.daemon = true;
	o->all.filter.events = o->all.filter.slower_ns != 0;
	return 0;
}

void options_serve_dump(void)
{
	const struct argp argp = with_children();

	opttable_dump(&argp, "serve");
}
