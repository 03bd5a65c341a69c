/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The HTTP server: a thread of its own, which answers from the latest view and never touches what
 * is being measured. Bounded: SERVER_CONNECTIONS at once, each with SERVER_REQUEST_BYTES for its
 * request, SERVER_IDLE_S without a byte and SERVER_DEADLINE_S for one request and its answer. Slow
 * readers hold what they read: SERVER_ANSWERS_BYTES of it, and one answer more, half of it of
 * answers that depend on the query, which are each reader's own; who comes then is told to try
 * again (503).
 */
#ifndef NS_SERVER_H
#define NS_SERVER_H

#include "content.h"

#define SERVER_CONNECTIONS 512
#define SERVER_REQUEST_BYTES 16384
#define SERVER_IDLE_S 5
#define SERVER_DEADLINE_S 30
#define SERVER_ANSWERS_BYTES (64U << 20)

struct server;

struct server_opts {
	struct serve_opts content;
	const char *token; /* NULL: none is asked for, and only local Host headers are served */
	const char *cert, *key; /* PEM, NULL: no TLS */
};

/*
 * Serve on a listening socket, which it takes over (also when it fails). first: what is served
 * until the next view. *o, and what it points to, must stay. NULL on failure, logged.
 */
struct server *server_start(int fd, const struct server_opts *o, struct view *first);

/* From now on answer from this view; takes over one reference. */
void server_publish(struct server *s, struct view *v);

/* End connections that take too long; wanted every second. */
void server_reap(struct server *s);

void server_stop(struct server *s); /* NULL is fine */

#endif
