// SPDX-License-Identifier: GPL-2.0-only
/* The `diff_run`, `diff` and `diff_cpu` objects. */
#include "diff_output.h"

#include <errno.h>

#include "json_parts.h"
#include "names.h"

static const char *const verdicts[] = {
	[SHIFT_FEW_SAMPLES] = "few_packets",
	[SHIFT_FEW_BLOCKS] = "few_intervals",
	[SHIFT_NONE] = "none",
	[SHIFT_SLOWER] = "slower",
	[SHIFT_FASTER] = "faster",
};

static int put_run(FILE *f, const struct diff_side *s, const char *which)
{
	json_t *line = json_object_of("diff_run"), *ledgers = json_object();
	int failed = json_object_set_new(line, "run", json_string(which));

	failed |= json_object_set_new(line, "host", json_text(s->ri->host, sizeof(s->ri->host)));
	failed |= json_object_set_new(line, "kernel",
				      json_text(s->ri->kernel, sizeof(s->ri->kernel)));
	failed |= json_object_set_new(line, "options",
				      json_text(s->ri->options, sizeof(s->ri->options)));
	failed |= json_object_set_new(line, "start_ns", json_u64(s->part.start_ns));
	failed |= json_object_set_new(line, "end_ns", json_u64(s->part.end_ns));
	failed |= json_object_set_new(line, "intervals", json_u64(s->part.intervals));
	failed |= json_object_set_new(line, "blocks", json_u64(s->blocks));
	for (unsigned d = 0; d < NS_DIRS; d++)
		failed |= json_object_set_new(ledgers, dirs[d].name,
					      json_pack("{s:o,s:o}", "seen",
							json_u64(s->ledger[d].seen), "taken",
							json_u64(s->ledger[d].taken)));
	failed |= json_object_set_new(line, "ledger", ledgers);
	return json_line(f, line, failed);
}

static json_t *covers(const struct diff_row *r)
{
	__u32 mask = stage_covers(r->dir, r->points, r->stage);
	json_t *list = json_array();

	for (unsigned i = 0; i < dirs[r->dir].n_stages; i++)
		if (mask & 1U << i)
			json_array_append_new(list, json_string(dirs[r->dir].stages[i]));
	return list;
}

/* What is compared. Not 0: failed. */
static int set_stage(json_t *line, const struct diff_row *r)
{
	int failed = json_object_set_new(line, "dir", json_string(dirs[r->dir].name));

	failed |= json_object_set_new(line, "proto", json_string(proto_name(r->proto)));
	failed |= json_object_set_new(line, "stage", json_string(dirs[r->dir].stages[r->stage]));
	return failed | json_object_set_new(line, "covers", covers(r));
}

static int put_shift(FILE *f, const struct diff *d, const struct diff_row *r, unsigned q)
{
	const struct shift *s = &r->shifts[q];
	bool known = r->same && s->verdict >= SHIFT_NONE;
	json_t *line = json_object_of(r->softirq ? "diff_cpu" : "diff");
	int failed = r->softirq ? json_object_set_new(line, "cpu", json_integer(r->cpu))
				: set_stage(line, r);

	failed |= json_object_set_new(line, "quantile", json_real(shift_quantiles[q]));
	failed |= json_object_set_new(line, "n_before", json_u64(r->n[0]));
	failed |= json_object_set_new(line, "n_after", json_u64(r->n[1]));
	failed |= json_object_set_new(line, "before_ns",
				      known ? json_u64((__u64)s->before) : json_null());
	failed |= json_object_set_new(line, "after_ns",
				      known ? json_u64((__u64)s->after) : json_null());
	failed |= json_object_set_new(line, "change", known ? json_real(s->change) : json_null());
	failed |= json_object_set_new(line, "low", known ? json_real(s->low) : json_null());
	failed |= json_object_set_new(line, "high", known ? json_real(s->high) : json_null());
	failed |= json_object_set_new(line, "noise", known ? json_real(s->noise) : json_null());
	failed |= json_object_set_new(line, "comparisons", json_u64(d->comparisons));
	failed |= json_object_set_new(line, "verdict",
				      json_string(r->same ? verdicts[s->verdict] : "not_alike"));
	return json_line(f, line, failed);
}

int json_diff(FILE *f, const struct diff *d, const struct diff_side sides[2])
{
	int err = put_run(f, &sides[0], "before");

	if (!err)
		err = put_run(f, &sides[1], "after");
	for (size_t i = 0; i < d->n; i++)
		for (unsigned q = 0; q < SHIFT_QUANTILES && !err; q++)
			err = put_shift(f, d, &d->rows[i], q);
	if (err)
		return err;
	return fflush(f) ? -errno : ferror(f) ? -EIO : 0;
}
