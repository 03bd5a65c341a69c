// SPDX-License-Identifier: GPL-2.0-only
/* `netstrata check --json`: the object that docs/json.md calls `check`. */
#include <errno.h>
#include <jansson.h>

#include "check.h"
#include "names.h"

/* All functions here return NULL when memory is short, which jansson passes on. */
static json_t *alternatives(const struct check *c, enum rx_point point, enum ns_proto proto)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < c->plan.n; i++) {
		const struct hook_choice *h = &c->plan.choices[i];
		const char *why = check_why(c, h, point, proto);
		int errnum = h->verdict == HOOK_FAILED ? -h->error : 0;

		if (!check_alternative(c, i, point, proto))
			continue;
		if (json_array_append_new(list, json_pack("{s:s,s:s,s:i}", "hook", h->name, "why",
							  why, "errno", errnum))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *points_of(const struct check *c, enum ns_proto proto)
{
	json_t *points = json_object();

	for (int p = 0; p <= RXP_COUNT; p++) {
		const struct hook_choice *used = check_hook(c, p, proto);
		json_t *point = json_pack("{s:s?,s:s?,s:o}", "hook", used ? used->name : NULL,
					  "remark", check_remark(c, p, proto), "alternatives",
					  alternatives(c, p, proto));

		if (json_object_set_new(points, p == RXP_COUNT ? "close" : rx_point_names[p],
					point)) {
			json_decref(points);
			return NULL;
		}
	}
	return points;
}

/* [["stack","ip"]]: the stages that are measured as one. */
static json_t *merged_of(const struct check *c, enum ns_proto proto)
{
	__u32 points = c->plan.points[proto], stages = rx_stages_present(points);
	json_t *list = json_array(), *names;

	for (int s = 0; points && s < RXS_TOTAL; s++) {
		__u32 covers = rx_stage_covers(points, s);

		if (!(stages & 1U << s) || covers == 1U << s)
			continue;
		names = json_array();
		for (int i = 0; i < RXS_TOTAL; i++)
			if (covers & 1U << i)
				json_array_append_new(names, json_string(rx_stage_names[i]));
		json_array_append_new(list, names);
	}
	return list;
}

int check_json(FILE *f, const struct check *c)
{
	const struct kernel *k = &c->kernel;
	json_t *rx = json_object(), *line;
	char caps[64];

	for (int p = 0; c->tried && p < NS_PROTOS; p++)
		json_object_set_new(rx, proto_name(p),
				    json_pack("{s:b,s:o,s:o}", "measured", c->plan.points[p] != 0,
					      "points", points_of(c, p), "merged",
					      merged_of(c, p)));
	line = json_pack("{s:i,s:s,s:s,s:s,s:i,s:b,s:b,s:s,s:o,s:i,s:s}", "v", 1, "type", "check",
			 "kernel", k->release, "machine", k->machine, "cpus", k->possible_cpus,
			 "btf", k->btf != NULL, "kprobes", k->kprobes, "missing_capabilities",
			 caps_name(k->missing_caps, caps, sizeof(caps)), "rx", rx, "status",
			 (int)c->status, "verdict", c->verdict);
	if (!line)
		return -ENOMEM;
	errno = 0;
	if (!json_dumpf(line, f, JSON_COMPACT))
		fputc('\n', f);
	json_decref(line);
	return 0;
}
