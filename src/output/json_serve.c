// SPDX-License-Identifier: GPL-2.0-only
/* The `snapshot` and `history` objects. */
#include "json_serve.h"

#include "histogram.h"
#include "json_parts.h"
#include "names.h"

static json_t *moment_of(const char *type, const struct snapshot *s, const struct run_info *ri,
			 int *failed)
{
	json_t *line = json_object_of(type);

	*failed |= json_object_set_new(line, "mono_ns", json_u64(s->mono_ns));
	*failed |= json_object_set_new(line, "real_ns",
				       json_u64(ri->real_ns + (s->mono_ns - ri->mono_ns)));
	*failed |= json_object_set_new(line, "interval_ns", json_u64(s->interval_ns));
	return line;
}

int json_moment(FILE *f, const struct snapshot *s, const struct run_info *ri)
{
	int failed = 0;
	json_t *line = moment_of("snapshot", s, ri, &failed);

	if (s->final)
		failed |= json_object_set_new(line, "final", json_true());
	return json_line(f, line, failed);
}

/* [[le_ns, count], ...] by powers of two, as coarse as a heat map; null: above the last bound. */
static json_t *powers_of_two(const struct hist *h)
{
	json_t *list = json_array();
	__u64 n = 0;

	for (unsigned i = 0; i < HIST_BUCKETS; i++) {
		__u64 le = hist_upper(i);
		bool end = i == HIST_OVERFLOW;

		n += h->count[i];
		if (!n || (!end && le & (le - 1)))
			continue;
		json_array_append_new(
			list, json_pack("[o,o]", end ? json_null() : json_u64(le), json_u64(n)));
		n = 0;
	}
	return list;
}

static json_t *stage_of(const struct hist *h, unsigned dir, unsigned proto, unsigned stage,
			int *failed)
{
	json_t *o = json_object();

	*failed |= json_object_set_new(o, "dir", json_string(dirs[dir].name));
	*failed |= json_object_set_new(o, "proto", json_string(proto_name(proto)));
	*failed |= json_object_set_new(o, "stage", json_string(dirs[dir].stages[stage]));
	*failed |= json_object_set_new(o, "n", json_u64(hist_n(h)));
	*failed |= json_object_set_new(o, "sum_ns", json_u64(h->sum));
	*failed |= json_object_set_new(o, "max_ns", json_u64(h->max));
	*failed |= json_object_set_new(o, "p50_ns", json_quantile(h, 0.5));
	*failed |= json_object_set_new(o, "p99_ns", json_quantile(h, 0.99));
	if (stage == dirs[dir].total)
		*failed |= json_object_set_new(o, "buckets", powers_of_two(h));
	return o;
}

int json_history(FILE *f, const struct snapshot *interval, const struct run_info *ri)
{
	int failed = 0;
	json_t *line = moment_of("history", interval, ri, &failed), *list = json_array();

	for (unsigned dir = 0; dir < NS_DIRS; dir++)
		for (unsigned proto = 0; proto < NS_PROTOS; proto++)
			for (unsigned i = 0; i < dirs[dir].n_stages; i++) {
				const struct hist *h = &interval->hist[dir][proto][i];

				if (hist_n(h))
					failed |= json_array_append_new(
						list, stage_of(h, dir, proto, i, &failed));
			}
	failed |= json_object_set_new(line, "stages", list);
	failed |= json_set_cpus(line, interval);
	return json_line(f, line, failed);
}
