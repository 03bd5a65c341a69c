// SPDX-License-Identifier: GPL-2.0-only
/* The devices' own stamps: `hw` objects, and members of others. */
#include "json_parts.h"

json_t *json_hw_infos(const struct hw_info *infos, unsigned n)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < n; i++) {
		const struct hw_info *h = &infos[i];

		json_array_append_new(list, json_pack("{s:o,s:b,s:s?,s:s,s:b}", "dev",
						      json_text(h->dev, sizeof(h->dev)), "used",
						      !h->lacks, "lacks", h->lacks, "filter",
						      h->filter, "set", h->changed));
	}
	return list;
}

int json_hws(FILE *f, const struct snapshot *s)
{
	int err = 0;

	for (__u32 i = 0; !err && i < s->n_hws; i++) {
		const struct hw_state *h = &s->hws[i];
		json_t *line = json_object_of("hw");
		int failed = 0;

		failed |= json_object_set_new(line, "dev", json_text(h->dev, sizeof(h->dev)));
		failed |= json_object_set_new(line, "clock", json_text(h->clock, sizeof(h->clock)));
		failed |= json_object_set_new(line, "method",
					      json_text(h->method, sizeof(h->method)));
		failed |= json_object_set_new(line, "known", json_boolean(h->known));
		failed |= json_object_set_new(line, "error_ns", json_u64(h->error_ns));
		failed |= json_object_set_new(line, "rate_ppb", json_integer(h->rate_ppb));
		failed |= json_object_set_new(line, "steps", json_u64(h->steps));
		failed |= json_object_set_new(line, "changes", json_u64(h->changes));
		if (s->final)
			failed |= json_object_set_new(line, "final", json_true());
		err = json_line(f, line, failed);
	}
	return err;
}

json_t *json_hw_stamp(const struct ns_event *e)
{
	if (!hw_known(e->hw))
		return json_null();
	return json_pack("{s:o,s:I,s:o}", "t_ns", json_u64(e->t[RXP_STACK] - (__s64)e->hw.ago),
			 "to_stack_ns", (json_int_t)e->hw.ago, "error_ns", json_u64(e->hw.error));
}
