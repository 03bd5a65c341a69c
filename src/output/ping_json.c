// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "format.h"
#include "ping_output.h"

#define SCHEMA_VERSION 1

static const char *const result_names[] = {
	[PING_REPLY] = "reply",		[PING_REFUSED] = "refused", [PING_LATE] = "late",
	[PING_DUPLICATE] = "duplicate", [PING_TIMEOUT] = "timeout", [PING_ERROR] = "error",
};

static json_t *object(const char *type)
{
	return json_pack("{s:i,s:s}", "v", SCHEMA_VERSION, "type", type);
}

static json_t *jint(__u64 v)
{
	return json_integer((json_int_t)v);
}

/* As in json.c: jansson refuses a NULL member and goes on; `failed` collects what was refused. */
static int put_line(FILE *f, json_t *line, int failed)
{
	int err = 0;

	if (!line || failed) {
		err = -ENOMEM;
	} else {
		errno = 0;
		if (json_dumpf(line, f, JSON_COMPACT) || fputc('\n', f) == EOF || fflush(f) ||
		    ferror(f))
			err = errno ? -errno : -EIO;
	}
	json_decref(line);
	return err;
}

static const char *proto(const struct ping_run *run)
{
	return run->port ? "tcp" : "icmp";
}

int ping_json_start(FILE *f, const struct ping_run *run)
{
	json_t *line = object("ping_start"), *hooks = json_object();
	char host[256];
	int failed = 0;

	for (int i = 0; i < PP_COUNT; i++)
		if (i < PP_PEER_IN || i > PP_PEER_OUT) /* those have the hooks of the others */
			failed |= json_object_set_new(hooks, ping_point_names[i],
						      run->hooks[i] ? json_string(run->hooks[i])
								    : json_null());
	fmt_clean(host, sizeof(host), run->host, strlen(run->host), true);
	failed |= json_object_set_new(line, "version", json_string(run->version));
	failed |= json_object_set_new(line, "kernel", json_string(run->kernel));
	failed |= json_object_set_new(line, "host", json_string(host));
	failed |= json_object_set_new(line, "target", json_string(run->target));
	failed |= json_object_set_new(line, "proto", json_string(proto(run)));
	if (run->port)
		failed |= json_object_set_new(line, "port", jint(run->port));
	else
		failed |= json_object_set_new(line, "size", jint(run->size));
	failed |= json_object_set_new(line, "timeout_ns", jint(run->timeout_ns));
	failed |= json_object_set_new(line, "hooks", hooks);
	failed |= json_object_set_new(line, "clock",
				      json_pack("{s:o,s:o}", "mono_ns", jint(run->mono_ns),
						"real_ns", jint(run->real_ns)));
	return put_line(f, line, failed);
}

static json_t *covered(__u32 covers)
{
	json_t *list = json_array();

	for (int i = 0; i < PS_COUNT; i++)
		if (covers & 1U << i)
			json_array_append_new(list, json_string(ping_stage_names[i]));
	return list;
}

static int set_trip(json_t *line, const struct roundtrip *r)
{
	json_t *stages = json_object(), *merged = json_array(), *points = json_object();
	int failed = 0;

	for (int i = 0; i < PS_COUNT; i++) {
		if (!r->covers[i])
			continue;
		failed |= json_object_set_new(stages, ping_stage_names[i], jint(r->ns[i]));
		if (r->covers[i] != 1U << i)
			failed |= json_array_append_new(merged, covered(r->covers[i]));
	}
	failed |= json_object_set_new(points, "send", jint(r->sent));
	for (int i = 0; i < PP_COUNT; i++)
		if (r->t[i])
			failed |= json_object_set_new(points, ping_point_names[i], jint(r->t[i]));
	failed |= json_object_set_new(points, "recv", jint(r->received));
	failed |= json_object_set_new(line, "kernel_ns", jint(r->kernel_ns));
	failed |= json_object_set_new(line, "kernel_whole", json_boolean(r->kernel_whole));
	failed |= json_object_set_new(line, "peer_here", json_boolean(r->covers[PS_PEER] != 0));
	failed |= json_object_set_new(line, "forwarded_here", json_boolean(r->forwarded));
	failed |= json_object_set_new(line, "syns_again", jint(r->again));
	failed |= json_object_set_new(line, "stages", stages);
	failed |= json_object_set_new(line, "merged", merged);
	return failed | json_object_set_new(line, "points", points);
}

int ping_json_event(FILE *f, const struct ping_event *e, const struct ping_run *run)
{
	json_t *line = object("ping");
	int failed = 0;

	failed |= json_object_set_new(line, "proto", json_string(proto(run)));
	failed |= json_object_set_new(line, "target", json_string(run->target));
	if (run->port)
		failed |= json_object_set_new(line, "port", jint(run->port));
	failed |= json_object_set_new(line, "seq", jint(e->seq));
	failed |= json_object_set_new(line, "result", json_string(result_names[e->result]));
	if (e->from)
		failed |= json_object_set_new(line, "from", json_string(e->from));
	if (e->error)
		failed |= json_object_set_new(line, "error", json_string(e->error));
	failed |= json_object_set_new(line, "rtt_ns", e->rtt_ns ? jint(e->rtt_ns) : json_null());
	if (e->trip)
		failed |= set_trip(line, e->trip);
	return put_line(f, line, failed);
}

static json_t *quantile(const struct ping_series *s, double q)
{
	__u64 v;

	return hist_quantile(&s->hist, q, &v) ? jint(v) : json_null();
}

static json_t *series(const struct ping_series *s)
{
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "n", jint(hist_n(&s->hist)), "sum_ns",
			 jint(s->hist.sum), "min_ns", jint(s->min), "p50_ns", quantile(s, 0.5),
			 "p99_ns", quantile(s, 0.99), "max_ns", jint(s->hist.max));
}

int ping_json_end(FILE *f, const struct ping_stats *s, const char *reason)
{
	json_t *line = object("ping_end"), *stages = json_object(), *stage;
	int failed = 0;

	failed |= json_object_set_new(line, "reason", json_string(reason));
	failed |= json_object_set_new(line, "sent", jint(s->sent));
	failed |= json_object_set_new(line, "received", jint(s->received));
	failed |= json_object_set_new(line, "lost", jint(s->lost));
	failed |= json_object_set_new(line, "pending", jint(s->sent - s->received - s->lost));
	failed |= json_object_set_new(line, "refused", jint(s->refused));
	failed |= json_object_set_new(line, "late", jint(s->late));
	failed |= json_object_set_new(line, "errors", jint(s->errors));
	failed |= json_object_set_new(line, "duplicates", jint(s->duplicates));
	failed |= json_object_set_new(line, "syns_again", jint(s->again));
	failed |= json_object_set_new(line, "rtt", series(&s->rtt));
	failed |= json_object_set_new(line, "kernel", series(&s->kernel));
	for (int i = 0; i < PS_COUNT; i++) {
		if (!s->stages[i].covers)
			continue;
		stage = series(&s->stages[i]);
		failed |= json_object_set_new(stage, "covers", covered(s->stages[i].covers));
		failed |= json_object_set_new(stages, ping_stage_names[i], stage);
	}
	failed |= json_object_set_new(line, "stages", stages);
	return put_line(f, line, failed);
}
