// SPDX-License-Identifier: GPL-2.0-only
/* Why packets were slow: the `cause` of one, and the ranking of a run. */
#include "json_parts.h"

#include <errno.h>
#include <stdlib.h>

#include "cause_text.h"
#include "names.h"

json_t *json_cause(const struct cause *c, const struct ns_event *e, const struct run_info *ri)
{
	const struct dir_info *dir = &dirs[c->dir];
	char text[CAUSE_TEXT_LEN];
	json_t *o = json_object();
	int failed = 0;

	failed |= json_object_set_new(o, "rule", json_string(c->rule->name));
	failed |= json_object_set_new(o, "stage",
				      c->stage < dir->n_stages ? json_string(dir->stages[c->stage])
							       : json_null());
	failed |= json_object_set_new(o, "ns", json_u64(c->ns));
	failed |= json_object_set_new(o, "certain", json_boolean(c->certain));
	failed |= json_object_set_new(o, "text",
				      json_string(cause_text(c, e, ri, true, text, sizeof(text))));
	if (c->rule->advice)
		failed |= json_object_set_new(o, "advice", json_string(c->rule->advice));
	if (!failed)
		return o;
	json_decref(o);
	return NULL;
}

/* The worst packet: what stat has of it. */
static json_t *worst_of(const struct ranked *r, const struct run_info *ri)
{
	const struct ns_event *e = &r->event;
	json_t *o = json_object();
	struct packet p;
	int failed;

	packet_read(e, ri, &p);
	failed = json_set_flow(o, &e->flow, e->pid, e->comm);
	failed |= json_object_set_new(o, "start_ns", json_u64(p.start));
	failed |= json_object_set_new(o, "total_ns", json_u64(p.ns[dirs[p.dir].total]));
	failed |= json_object_set_new(o, "cause", json_cause(&r->worst, e, ri));
	if (!failed)
		return o;
	json_decref(o);
	return NULL;
}

static int put_cause(FILE *f, const struct ranked *r, const struct run_info *ri)
{
	json_t *line = json_object_of("slow_cause");
	int failed =
		json_object_set_new(line, "dir", json_string(dirs[r->event.dir == NS_TX].name));

	failed |= json_object_set_new(line, "rule", json_string(r->worst.rule->name));
	failed |= json_object_set_new(line, "n", json_u64(r->n));
	failed |= json_object_set_new(line, "sum_ns", json_u64(r->sum));
	failed |= json_object_set_new(line, "worst", worst_of(r, ri));
	return json_line(f, line, failed);
}

int json_ranking(FILE *f, const struct ranking *r, __u64 unranked, const struct run_info *ri)
{
	const struct ranked **list = calloc(n_cause_rules, sizeof(*list));
	json_t *line = json_object_of("slow");
	int failed, err;
	size_t n;

	failed = json_object_set_new(line, "threshold_ns", json_u64(ri->slow_ns));
	failed |= json_object_set_new(line, "n", json_u64(r->packets));
	failed |= json_object_set_new(line, "sum_ns", json_u64(r->sum));
	failed |= json_object_set_new(line, "unranked", json_u64(unranked + r->unclear));
	err = json_line(f, line, failed | !list);
	n = list ? ranking_order(r, list) : 0;
	for (size_t i = 0; !err && i < n; i++)
		err = put_cause(f, list[i], ri);
	free(list);
	return err ? err : fflush(f) ? -errno : 0;
}
