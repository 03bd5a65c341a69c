// SPDX-License-Identifier: GPL-2.0-only
#include "server.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <microhttpd.h>

#include "msg.h"

/* A connection, so that one that takes too long can be ended. */
struct client {
	int fd; /* -1: free */
	time_t since;
};

struct server {
	const struct server_opts *o;
	struct MHD_Daemon *daemon;
	pthread_mutex_t lock; /* of the following */
	struct view *view;
	struct client clients[SERVER_CONNECTIONS];
	/* The rest is the serving thread's own: answers of a view that have been made. */
	struct view *cached_view;
	struct MHD_Response *cached[CONTENT_MAX];
	size_t held; /* bytes of answers that are kept, or still being read */
	char no_such_page[400];
};

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return t.tv_sec;
}

static struct view *current_view(struct server *s)
{
	struct view *v;

	pthread_mutex_lock(&s->lock);
	v = view_get(s->view);
	pthread_mutex_unlock(&s->lock);
	return v;
}

static void drop_cache(struct server *s)
{
	for (unsigned i = 0; i < CONTENT_MAX; i++) {
		if (s->cached[i])
			MHD_destroy_response(s->cached[i]);
		s->cached[i] = NULL;
	}
	view_put(s->cached_view);
	s->cached_view = NULL;
}

/* What keeps a browser from doing anything but show the page. */
static const char *const headers[][2] = {
	{MHD_HTTP_HEADER_CACHE_CONTROL, "no-store"},
	{"X-Content-Type-Options", "nosniff"},
	{"X-Frame-Options", "DENY"},
	{"Referrer-Policy", "no-referrer"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; "
				    "connect-src 'self'; img-src data:; base-uri 'none'; "
				    "form-action 'none'; frame-ancestors 'none'"},
};

/* The text of an answer, until the last who reads it has done. */
struct answer {
	struct server *s;
	char *text;
	size_t len;
};

static void free_answer(void *ctx)
{
	struct answer *a = ctx;

	a->s->held -= a->len;
	free(a->text);
	free(a);
}

static struct MHD_Response *with_headers(struct MHD_Response *r, const char *type)
{
	if (!r)
		return NULL;
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		MHD_add_response_header(r, headers[i][0], headers[i][1]);
	return r;
}

/* Of text that is static. NULL when out of memory, as below. */
static struct MHD_Response *static_response(const char *text, size_t len, const char *type)
{
	return with_headers(
		MHD_create_response_from_buffer(len, (void *)text, MHD_RESPMEM_PERSISTENT), type);
}

/* Of text that it takes over. */
static struct MHD_Response *response_of(struct server *s, char *text, size_t len, const char *type)
{
	struct answer *a = malloc(sizeof(*a));
	struct MHD_Response *r = NULL;

	if (a) {
		*a = (struct answer){s, text, len};
		r = MHD_create_response_from_buffer_with_free_callback_cls(len, text, free_answer,
									   a);
	}
	if (!r) {
		free(a);
		free(text);
		return NULL;
	}
	s->held += len;
	return with_headers(r, type);
}

/* Write the content into memory. NULL when out of it. */
static struct MHD_Response *make_response(struct server *s, const struct content *c,
					  const struct view *v, const struct query *q)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f;
	int err;

	if (!c->write)
		return static_response(c->text, (size_t)(c->text_end - c->text), c->type);
	f = open_memstream(&text, &len);
	if (!f)
		return NULL;
	err = c->write(f, v, q, &s->o->content);
	if (fclose(f) || err) {
		free(text);
		return NULL;
	}
	return response_of(s, text, len, c->type);
}

static enum MHD_Result refuse(struct MHD_Connection *conn, unsigned status, const char *why)
{
	struct MHD_Response *r = static_response(why, strlen(why), "text/plain; charset=utf-8");
	enum MHD_Result result;

	if (!r)
		return MHD_NO;
	if (status == MHD_HTTP_UNAUTHORIZED)
		MHD_add_response_header(r, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
					"Bearer realm=\"netstrata\"");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(conn, status, r);
	MHD_destroy_response(r);
	return result;
}

struct arguments {
	struct query q;
	unsigned n;
	bool wrong;
};

static enum MHD_Result take_argument(void *ctx, enum MHD_ValueKind kind, const char *name,
				     const char *value)
{
	struct arguments *a = ctx;

	(void)kind;
	a->n++;
	a->wrong |= request_argument(&a->q, name, value) == -EINVAL;
	return MHD_YES;
}

static enum MHD_Result serve(struct server *s, struct MHD_Connection *conn, const struct content *c)
{
	struct arguments a = {.q = QUERY_DEFAULTS};
	struct MHD_Response *r;
	enum MHD_Result result;
	struct view *v;
	bool cache, room;

	MHD_get_connection_values(conn, MHD_GET_ARGUMENT_KIND, take_argument, &a);
	if (c->arguments && a.wrong)
		return refuse(conn, MHD_HTTP_BAD_REQUEST,
			      "An argument has a value that it cannot have: docs/json.md\n");
	v = current_view(s);
	if (v != s->cached_view) {
		drop_cache(s);
		s->cached_view = view_get(v);
	}
	cache = !c->arguments || !a.n;
	r = cache ? s->cached[content_number(c)] : NULL;
	room = s->held < (cache ? SERVER_ANSWERS_BYTES : SERVER_ANSWERS_BYTES / 2);
	if (!r && room)
		r = make_response(s, c, v, &a.q);
	view_put(v);
	if (!r)
		return refuse(conn, MHD_HTTP_SERVICE_UNAVAILABLE,
			      room ? "Out of memory.\n"
				   : "Too many answers are still being read: try again.\n");
	result = MHD_queue_response(conn, MHD_HTTP_OK, r);
	if (cache)
		s->cached[content_number(c)] = r;
	else
		MHD_destroy_response(r);
	return result;
}

static const char *header_of(struct MHD_Connection *conn, const char *name)
{
	return MHD_lookup_connection_value(conn, MHD_HEADER_KIND, name);
}

/*
 * Called once when the headers are there, and again when all of the request is: an answer to the
 * first call would end the connection, so only refusals of what may have a body are given there.
 */
static enum MHD_Result answer(void *ctx, struct MHD_Connection *conn, const char *url,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_size, void **state)
{
	struct server *s = ctx;
	const struct content *c = content_find(url);

	(void)version;
	(void)upload;
	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return refuse(conn, MHD_HTTP_METHOD_NOT_ALLOWED, "GET and HEAD only.\n");
	if (!*state) {
		*state = s;
		return MHD_YES;
	}
	*upload_size = 0; /* the body of a GET, if any, is nobody's */
	if (!s->o->token && !request_host_is_local(header_of(conn, MHD_HTTP_HEADER_HOST)))
		return refuse(conn, MHD_HTTP_FORBIDDEN,
			      "Without a token, only by address or as localhost.\n");
	if (!c)
		return refuse(conn, MHD_HTTP_NOT_FOUND, s->no_such_page);
	if (c->write && s->o->token &&
	    !request_has_token(header_of(conn, MHD_HTTP_HEADER_AUTHORIZATION), s->o->token))
		return refuse(conn, MHD_HTTP_UNAUTHORIZED, "The token is missing or wrong.\n");
	if (!strcmp(c->path, content_openmetrics.path) &&
	    request_wants_openmetrics(header_of(conn, MHD_HTTP_HEADER_ACCEPT)))
		c = &content_openmetrics;
	return serve(s, conn, c);
}

static int socket_of(struct MHD_Connection *conn)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info ? info->connect_fd : -1;
}

/* A connection comes, or goes: it is told before its descriptor is closed. */
static void on_connection(void *ctx, struct MHD_Connection *conn, void **socket_ctx,
			  enum MHD_ConnectionNotificationCode what)
{
	struct server *s = ctx;
	struct client *c = *socket_ctx;

	pthread_mutex_lock(&s->lock);
	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (c)
			c->fd = -1;
	} else {
		for (c = s->clients; c < s->clients + SERVER_CONNECTIONS && c->fd >= 0; c++)
			;
		if (c < s->clients + SERVER_CONNECTIONS) {
			*c = (struct client){.fd = socket_of(conn), .since = now()};
			*socket_ctx = c;
		}
	}
	pthread_mutex_unlock(&s->lock);
}

/* An answer is out: the next request has its own time. */
static void on_completed(void *ctx, struct MHD_Connection *conn, void **state,
			 enum MHD_RequestTerminationCode why)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct server *s = ctx;
	struct client *c = info ? info->socket_context : NULL;

	(void)state;
	(void)why;
	pthread_mutex_lock(&s->lock);
	if (c)
		c->since = now();
	pthread_mutex_unlock(&s->lock);
}

struct server *server_start(int fd, const struct server_opts *o, struct view *first)
{
	struct server *s = calloc(1, sizeof(*s));
	int at;
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | (o->cert ? MHD_USE_TLS : 0);
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)o->cert},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)o->key},
		{MHD_OPTION_END, 0, NULL},
	};

	if (!s) {
		close(fd);
		view_put(first);
		msg_errno(ENOMEM, "cannot start the server");
		return NULL;
	}
	s->o = o;
	s->view = first;
	at = snprintf(s->no_such_page, sizeof(s->no_such_page), "No such page. There are: ");
	content_paths(s->no_such_page + at, sizeof(s->no_such_page) - at);
	pthread_mutex_init(&s->lock, NULL);
	for (unsigned i = 0; i < SERVER_CONNECTIONS; i++)
		s->clients[i].fd = -1;
	s->daemon = MHD_start_daemon(
		flags, 0, NULL, NULL, answer, s, MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)SERVER_CONNECTIONS,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SERVER_IDLE_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)SERVER_REQUEST_BYTES,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, s, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP,
		1, MHD_OPTION_ARRAY, o->cert ? tls : tls + 2, MHD_OPTION_END);
	if (s->daemon)
		return s;
	msg_err("cannot start the server%s",
		o->cert ? ": certificate or key are not what they should be (PEM, of each other)"
			: "");
	close(fd);
	server_stop(s);
	return NULL;
}

void server_publish(struct server *s, struct view *v)
{
	struct view *old;

	pthread_mutex_lock(&s->lock);
	old = s->view;
	s->view = v;
	pthread_mutex_unlock(&s->lock);
	view_put(old);
}

void server_reap(struct server *s)
{
	time_t t = now();

	pthread_mutex_lock(&s->lock);
	for (unsigned i = 0; i < SERVER_CONNECTIONS; i++)
		if (s->clients[i].fd >= 0 && t - s->clients[i].since > SERVER_DEADLINE_S)
			shutdown(s->clients[i].fd, SHUT_RDWR);
	pthread_mutex_unlock(&s->lock);
}

void server_stop(struct server *s)
{
	if (!s)
		return;
	if (s->daemon)
		MHD_stop_daemon(s->daemon);
	drop_cache(s);
	view_put(s->view);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
