// SPDX-License-Identifier: GPL-2.0-only
#include "diff.h"

#include <string.h>

#include "histogram.h"
#include "names.h"

/* One histogram of each column. Returns how many are in all. */
static __u64 blocks(const struct timeline *t, const struct diff_row *r,
		    const struct hist *list[DIFF_COLUMNS])
{
	__u64 n = 0;

	for (size_t i = 0; i < t->n && i < DIFF_COLUMNS; i++) {
		list[i] = r->softirq ? timeline_delay(t, i, r->cpu)
				     : &t->columns[i].hist[r->dir][r->proto][r->stage];
		n += hist_n(list[i]);
	}
	return n;
}

/* Does the stage stand for the same in both runs? */
static bool alike(const struct diff_row *r, const struct run_info *a, const struct run_info *b)
{
	__u32 pa = a->points[r->dir][r->proto], pb = b->points[r->dir][r->proto];

	return pa && pb &&
	       !((stages_possible(r->dir, pa) ^ stages_possible(r->dir, pb)) & 1U << r->stage) &&
	       stage_covers(r->dir, pa, r->stage) == stage_covers(r->dir, pb, r->stage);
}

static void compare(struct diff_row *r, const struct timeline *before, const struct timeline *after)
{
	const struct hist *a[DIFF_COLUMNS], *b[DIFF_COLUMNS];

	r->n[0] = blocks(before, r, a);
	r->n[1] = blocks(after, r, b);
	if (r->same)
		shift_compare(a, before->n, b, after->n, r->shifts);
}

static void judge(struct diff *d)
{
	d->comparisons = 0;
	for (size_t i = 0; i < d->n; i++)
		for (unsigned q = 0; d->rows[i].same && q < SHIFT_QUANTILES; q++)
			d->comparisons += d->rows[i].shifts[q].verdict >= SHIFT_NONE;
	for (size_t i = 0; i < d->n; i++)
		for (unsigned q = 0; d->rows[i].same && q < SHIFT_QUANTILES; q++)
			shift_judge(&d->rows[i].shifts[q], d->comparisons);
}

static void add_cpus(struct diff *out, const struct timeline *before, const struct timeline *after)
{
	out->one_has_cpus = !before->n_cpus != !after->n_cpus;
	for (unsigned i = 0; i < TIMELINE_CPUS && before->n_cpus && after->n_cpus; i++) {
		struct diff_row *r = &out->rows[out->n];

		*r = (struct diff_row){.softirq = true, .cpu = i, .same = true};
		compare(r, before, after);
		out->n += r->n[0] || r->n[1];
	}
}

void diff_make(const struct timeline *before, const struct run_info *ri_before,
	       const struct timeline *after, const struct run_info *ri_after, struct diff *out)
{
	memset(out, 0, sizeof(*out));
	for (unsigned dir = 0; dir < NS_DIRS; dir++) {
		for (unsigned proto = 0; proto < NS_PROTOS; proto++) {
			for (unsigned stage = 0; stage < dirs[dir].n_stages; stage++) {
				struct diff_row *r = &out->rows[out->n];
				__u32 points = ri_before->points[dir][proto];

				*r = (struct diff_row){
					.dir = dir,
					.proto = proto,
					.stage = stage,
					.points = points ? points : ri_after->points[dir][proto]};
				r->same = alike(r, ri_before, ri_after);
				compare(r, before, after);
				out->n += r->n[0] || r->n[1];
			}
		}
	}
	add_cpus(out, before, after);
	judge(out);
}
