// SPDX-License-Identifier: GPL-2.0-only
/* netstrata diff: two recordings, stage by stage. */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "commands.h"
#include "diff_output.h"
#include "msg.h"
#include "range.h"
#include "terminal.h"

struct side {
	struct recording *r;
	struct timeline t;
};

static int load(struct side *s, struct diff_side *out, const char *path, const struct options *o)
{
	struct recorded_interval i;
	int more;

	s->r = recording_open(path);
	if (!s->r)
		return -EIO;
	if (timeline_init(&s->t, DIFF_COLUMNS))
		return msg_errno(ENOMEM, "cannot read %s", path);
	recording_range(s->r, o);
	while ((more = recording_next(s->r, &i)) > 0) {
		timeline_add(&s->t, i.s);
		for (unsigned d = 0; d < NS_DIRS; d++)
			ledger_add(&out->ledger[d], &i.s->ledger[d]);
		recording_part_add(&out->part, &i);
		recorded_interval_free(&i);
	}
	if (more)
		return more;
	if (!s->t.n) {
		msg_err("%s has no interval in that time", path);
		return -ENODATA;
	}
	timeline_end(&s->t);
	out->ri = recording_info(s->r);
	out->blocks = s->t.n;
	return 0;
}

static bool exceeded(const struct diff *d, unsigned percent)
{
	for (size_t i = 0; percent && i < d->n; i++)
		for (unsigned q = 0; q < SHIFT_QUANTILES; q++)
			if (d->rows[i].shifts[q].verdict == SHIFT_SLOWER &&
			    d->rows[i].shifts[q].change * 100 >= percent)
				return true;
	return false;
}

int cmd_diff(int argc, char **argv)
{
	static struct diff d;
	struct diff_side out[2] = {};
	struct side sides[2] = {};
	struct text_opts text;
	struct options o;
	int err = options_diff(argc, argv, &o), status;

	if (err)
		return err < 0 ? EXIT_OK : err;
	for (unsigned i = 0; i < 2 && !err; i++)
		err = load(&sides[i], &out[i], o.files[i], &o);
	if (!err) {
		text = terminal_text(&o);
		diff_make(&sides[0].t, out[0].ri, &sides[1].t, out[1].ri, &d);
		err = o.json ? json_diff(stdout, &d, out) : text_diff(stdout, &d, out, &text);
		if (err && !ferror(stdout))
			msg_errno(err, "cannot compare");
	}
	for (unsigned i = 0; i < 2; i++) {
		timeline_free(&sides[i].t);
		recording_close(sides[i].r);
	}
	status = stdout_finish();
	if (err && !ferror(stdout))
		return EXIT_FAILED;
	return status == EXIT_OK && exceeded(&d, o.threshold) ? EXIT_THRESHOLD : status;
}
