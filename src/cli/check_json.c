// SPDX-License-Identifier: GPL-2.0-only
/* `netstrata check --json`: the object that docs/json.md calls `check`. */
#include <errno.h>
#include <jansson.h>

#include "check.h"
#include "json_parts.h"
#include "names.h"

/* All functions here return NULL when memory is short, which jansson passes on. */
static json_t *alternatives(const struct check *c, struct check_point at)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < c->plan.n; i++) {
		const struct hook_choice *h = &c->plan.choices[i];
		const char *why = check_why(c, h, at);
		int errnum = h->verdict == HOOK_FAILED ? -h->error : 0;

		if (!check_alternative(c, i, at))
			continue;
		if (json_array_append_new(list, json_pack("{s:s,s:s,s:i}", "hook", h->name, "why",
							  why, "errno", errnum))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static int put_point(json_t *points, const struct check *c, const char *name, struct check_point at)
{
	const struct hook_choice *used = check_hook(c, at);

	return json_object_set_new(points, name,
				   json_pack("{s:s?,s:s?,s:o}", "hook", used ? used->name : NULL,
					     "remark", check_remark(c, at), "alternatives",
					     alternatives(c, at)));
}

static json_t *points_of(const struct check *c, enum ns_dir dir, enum ns_proto proto)
{
	static const char *const aux[] = {
		[AUX_CLOSE] = "close",	   [AUX_CLOSING] = "closing", [AUX_BLOCKED] = "blocked",
		[AUX_ENQUEUE] = "enqueue", [AUX_DROP] = "drop",
	};
	json_t *points = json_object();
	int failed = 0;

	for (unsigned p = 0; p < dirs[dir].n_points; p++)
		if (proto_points(dir, proto) & 1U << p)
			failed |= put_point(points, c, dirs[dir].points[p],
					    (struct check_point){dir, p, proto});
	for (unsigned p = 0; p < AUX_COUNT; p++)
		if ((p == AUX_CLOSE || p == AUX_DROP) == (dir == NS_RX) || p == AUX_DROP)
			failed |= put_point(points, c, aux[p],
					    (struct check_point){NS_DIRS, p, proto});
	if (failed) {
		json_decref(points);
		return NULL;
	}
	return points;
}

/* [["stack","ip"]]: the stages that are measured as one. */
static json_t *merged_of(const struct check *c, enum ns_dir dir, enum ns_proto proto)
{
	__u32 points = c->plan.points[dir][proto], stages = stages_present(dir, points);
	json_t *list = json_array(), *names;

	for (unsigned s = 0; points && s < dirs[dir].total; s++) {
		__u32 covers = stage_covers(dir, points, s);

		if (!(stages & 1U << s) || covers == 1U << s)
			continue;
		names = json_array();
		for (unsigned i = 0; i < dirs[dir].total; i++)
			if (covers & 1U << i)
				json_array_append_new(names, json_string(dirs[dir].stages[i]));
		json_array_append_new(list, names);
	}
	return list;
}

static json_t *dir_of(const struct check *c, enum ns_dir dir)
{
	json_t *protos = json_object();

	for (int p = 0; c->tried && p < NS_PROTOS; p++)
		json_object_set_new(
			protos, proto_name(p),
			json_pack("{s:b,s:o,s:o}", "measured", c->plan.points[dir][p] != 0,
				  "points", points_of(c, dir, p), "merged", merged_of(c, dir, p)));
	return protos;
}

int check_json(FILE *f, const struct check *c)
{
	const struct kernel *k = &c->kernel;
	json_t *line;
	char caps[64];

	line = json_pack("{s:i,s:s,s:s,s:s,s:i,s:b,s:b,s:o,s:s,s:o,s:o,s:o,s:i,s:s}", "v", 1,
			 "type", "check", "kernel", k->release, "machine", k->machine, "cpus",
			 k->possible_cpus, "btf", k->btf != NULL, "kprobes", k->kprobes,
			 "sockops_tstamps", k->btf ? json_boolean(c->tstamps) : json_null(),
			 "missing_capabilities", caps_name(k->missing_caps, caps, sizeof(caps)),
			 "rx", dir_of(c, NS_RX), "tx", dir_of(c, NS_TX), "hw",
			 json_hw_infos(c->hws, c->n_hws < HWS_MAX ? c->n_hws : HWS_MAX), "status",
			 (int)c->status, "verdict", c->verdict);
	if (!line)
		return -ENOMEM;
	errno = 0;
	if (!json_dumpf(line, f, JSON_COMPACT))
		fputc('\n', f);
	json_decref(line);
	return 0;
}
