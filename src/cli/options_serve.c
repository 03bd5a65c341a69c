// SPDX-License-Identifier: GPL-2.0-only
#include "options_serve.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "msg.h"
#include "options_parts.h"
#include "opttable.h"

#define SECOND 1000000000ULL
#define SERIES_MAX 100

static const struct argp_option options[] = {
	{NULL, 0, NULL, 0, "What to serve, and where:", GROUP_WHAT},
	{"listen", KEY_LISTEN, "ADDR:PORT", 0,
	 "Listen there (default " LISTEN_DEFAULT "); what is not loopback needs the next three",
	 GROUP_WHAT},
	{"tls-cert", KEY_TLS_CERT, "FILE", 0, "TLS, with this certificate (PEM)", GROUP_WHAT},
	{"tls-key", KEY_TLS_KEY, "FILE", 0, "and its key (PEM)", GROUP_WHAT},
	{"token-file", KEY_TOKEN_FILE, "FILE", 0, "Ask for the bearer token that is in this file",
	 GROUP_WHAT},
	{"interval", KEY_INTERVAL, "TIME", 0, "Take the numbers anew every TIME (default 1s)",
	 GROUP_WHAT},
	{"slower", KEY_SLOWER, "TIME", 0,
	 "Keep packets that took TIME or longer (default 1ms): as JSON, on the page, as examples; "
	 "off: none",
	 GROUP_WHAT},
	OPTION_NO_CPUS,
	{"connections", KEY_CONNECTIONS, "N", 0,
	 "Metrics of the N connections with most packets (up to 100; default none)", GROUP_WHAT},
	{"compat", KEY_COMPAT, "PROGRAM", 0,
	 "Metrics under the names of another program too: netstacklat", GROUP_WHAT},
	{0},
};

static const struct argp serve_argp;

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
		return options_file(name, arg, &o->cert_file);
	case KEY_TLS_KEY:
		return options_file(name, arg, &o->key_file);
	case KEY_TOKEN_FILE:
		return options_file(name, arg, &o->token_file);
	case KEY_CONNECTIONS:
		return optvalue_number32(name, arg, SERIES_MAX, &o->all.connections);
	case KEY_COMPAT:
		o->netstacklat = true;
		return optvalue_choose(name, arg, strlen(arg), programs, 1);
	case KEY_INTERVAL:
		return optvalue_duration(name, arg, false, &o->all.interval_ns);
	case KEY_SLOWER:
		return optvalue_threshold(name, arg, &o->all.slow_ns);
	default:
		return -ENOSYS;
	}
}

/* options_of() is the first member of the struct serve_options that options_serve() was given. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct serve_options *o = (struct serve_options *)options_of(state);
	int err;

	err = parse_option(o, key, opttable_name(&serve_argp, key), arg);
	return err == -ENOSYS ? options_command(key, arg, state) : -err;
}

static const struct argp serve_argp = {
	.options = options,
	.parser = parse,
	.doc = "Measure, and serve the numbers over HTTP: /metrics for Prometheus, /api/v1/ as "
	       "JSON "
	       "lines, and a page to look at.",
	.children = options_measuring,
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
	int err;

	*o = (struct serve_options){.cert_file = NULL};
	options_default(&o->all);
	o->all.cpus = true;
	listen_parse(LISTEN_DEFAULT, &o->addr);
	err = options_parse(&serve_argp, argc, argv, &o->all, 0);
	if (err)
		return err;
	if (check_exposure(o))
		return EXIT_USAGE;
	if (!o->all.interval_ns)
		o->all.interval_ns = SECOND;
	o->all.daemon = true;
	options_keep_slow(&o->all);
	return 0;
}

void options_serve_dump(void)
{
	opttable_dump(&serve_argp, "serve");
}
