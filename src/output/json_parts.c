// SPDX-License-Identifier: GPL-2.0-only
#include "json_parts.h"

#include <errno.h>
#include <limits.h>

#include "format.h"
#include "histogram.h"
#include "names.h"

#define SCHEMA_VERSION 1

json_t *json_object_of(const char *type)
{
	return json_pack("{s:i,s:s}", "v", SCHEMA_VERSION, "type", type);
}

int json_line(FILE *f, json_t *line, int failed)
{
	int err = 0;

	if (!line || failed) {
		err = -ENOMEM;
	} else {
		errno = 0;
		if (json_dumpf(line, f, JSON_COMPACT) || fputc('\n', f) == EOF)
			err = errno ? -errno : -EIO;
	}
	json_decref(line);
	return err;
}

int json_flush(FILE *f)
{
	if (fflush(f))
		return -errno;
	return ferror(f) ? -EIO : 0;
}

json_t *json_quantile(const struct hist *h, double q)
{
	__u64 v;

	return hist_quantile(h, q, &v) ? json_u64(v) : json_null();
}

json_t *json_buckets(const struct hist *h)
{
	json_t *list = json_array();

	for (unsigned i = 0; list && i < HIST_BUCKETS; i++) {
		json_t *le = i == HIST_OVERFLOW ? json_null() : json_u64(hist_upper(i));

		if (!h->count[i]) {
			json_decref(le);
			continue;
		}
		if (json_array_append_new(list, json_pack("[o,o]", le, json_u64(h->count[i])))) {
			json_decref(list);
			list = NULL;
		}
	}
	return list;
}

json_t *json_u64(__u64 v)
{
	return json_integer(v > LLONG_MAX ? LLONG_MAX : (json_int_t)v);
}

json_t *json_text(const char *text, size_t len)
{
	char buf[1024]; /* the longest is run_info.options */

	return json_string(fmt_clean(buf, sizeof(buf), text, len, true));
}

json_t *json_reason(const struct run_info *ri, __u32 reason)
{
	char buf[32];

	return reason ? json_string(drop_reason_name(ri, reason, buf, sizeof(buf))) : json_null();
}

json_t *json_stage(unsigned dir, unsigned stage)
{
	return dir < NS_DIRS && stage < STAGE_TOTAL ? json_string(dirs[dir].stages[stage])
						    : json_null();
}

int json_set_flow(json_t *line, const struct flow *flow, __u32 pid, const char *comm)
{
	int failed = 0;

	failed |= json_object_set_new(line, "proto", json_string(proto_name(flow->proto)));
	failed |= json_object_set_new(line, "local", json_string(fmt_addr(flow->local).s));
	failed |= json_object_set_new(line, "local_port", json_u64(flow->local_port));
	failed |= json_object_set_new(line, "remote", json_string(fmt_addr(flow->remote).s));
	failed |= json_object_set_new(line, "remote_port", json_u64(flow->remote_port));
	failed |= json_object_set_new(line, "netns", json_u64(flow->netns));
	failed |= json_object_set_new(line, "pid", json_u64(pid));
	failed |= json_object_set_new(line, "comm", json_text(comm, COMM_LEN));
	return failed;
}
