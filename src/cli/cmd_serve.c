// SPDX-License-Identifier: GPL-2.0-only
/* netstrata serve: measure, and answer over HTTP. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "commands.h"
#include "msg.h"
#include "options_serve.h"
#include "server.h"
#include "session.h"

#define SECOND 1000000000ULL

struct serve {
	struct serve_options o;
	struct server_opts server;
	struct session s;
	struct view_maker views;
	int seconds; /* a timer */
};

static int on_packet(void *ctx, const struct ns_event *e)
{
	struct serve *v = ctx;

	view_packet(&v->views, e);
	return 0;
}

/* Of the numbers and of the packets that are in them. */
static struct view *make_view(struct serve *v)
{
	struct snapshot *total = collector_snapshot(&v->s.collector);
	int err = collector_poll(&v->s.collector);

	if (err)
		msg_errno(err, "cannot read the slow packets");
	return total ? view_make(&v->views, total) : NULL;
}

/* Read what must be there before privileges are given up. Returns a listening socket, or -1. */
static int prepare(struct serve *v)
{
	int fd;

	if (v->o.token_file) {
		v->server.token = listen_read_token(v->o.token_file);
		if (!v->server.token)
			return -1;
	}
	if (v->o.cert_file) {
		v->server.cert = listen_read_pem(v->o.cert_file, "the certificate");
		v->server.key = listen_read_pem(v->o.key_file, "its key");
		if (!v->server.cert || !v->server.key)
			return -1;
	}
	fd = listen_open(&v->o.addr);
	if (fd < 0)
		msg_errno(fd, "cannot listen on %s", listen_text(&v->o.addr).s);
	return fd;
}

/* A second has passed, or a signal came. */
static void upkeep(struct serve *v, struct server *server)
{
	__u64 n;

	if (read(v->seconds, &n, sizeof(n)) == sizeof(n))
		server_reap(server);
}

/* Until something says stop. Takes over fd. */
static int serve(struct serve *v, int fd)
{
	struct view *view = make_view(v);
	struct server *server;

	if (!view) {
		close(fd);
		return msg_errno(ENOMEM, "cannot take the first numbers");
	}
	server = server_start(fd, &v->server, view);
	if (!server)
		return -EINVAL;
	printf("serving http%s://%s/\n", v->o.cert_file ? "s" : "", listen_text(&v->o.addr).s);
	fflush(stdout);
	while (!v->s.stop_reason) {
		switch (session_wait(&v->s)) {
		case SESSION_TICK:
			view = make_view(v);
			if (view)
				server_publish(server, view);
			else
				msg_warn("out of memory: the numbers stay as they were");
			break;
		case SESSION_INPUT:
			upkeep(v, server);
			break;
		case SESSION_PACKETS: /* taken with each view */
		case SESSION_STOP:
			break;
		}
	}
	server_stop(server);
	return 0;
}

int cmd_serve(int argc, char **argv)
{
	struct serve *v = calloc(1, sizeof(*v));
	int err, fd = -1;

	if (!v)
		return EXIT_FAILED;
	err = options_serve(argc, argv, &v->o);
	if (err) {
		free(v);
		return err < 0 ? EXIT_OK : err;
	}
	v->server.content.connections = v->o.all.connections;
	v->server.content.netstacklat = v->o.netstacklat;
	v->o.all.connections = 0; /* no table on stdout */
	v->views.ri = &v->s.info;
	v->seconds = -1;
	err = EXIT_FAILED;
	fd = prepare(v);
	if (fd < 0)
		goto out;
	err = session_open(&v->s, &v->o.all, argc, argv,
			   v->o.all.filter.shape.events ? on_packet : NULL, v);
	if (err) {
		close(fd);
		goto out;
	}
	v->views.anomalies = anomalies_new(v->o.all.max_connections, &v->s.info);
	if (!v->views.anomalies)
		msg_warn("out of memory: anomalies are not looked for");
	err = loop_add_timer(&v->s.loop, &v->seconds, SECOND);
	if (err) {
		msg_errno(err, "cannot start the timers");
		close(fd);
	} else {
		err = serve(v, fd);
	}
	err = err ? EXIT_FAILED : EXIT_OK;
	session_detach(&v->s);
	view_maker_free(&v->views);
	session_close(&v->s);
	if (v->seconds >= 0)
		close(v->seconds);
out:
	free((void *)v->server.token);
	free((void *)v->server.cert);
	free((void *)v->server.key);
	free(v);
	return err;
}
