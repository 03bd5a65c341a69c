// SPDX-License-Identifier: GPL-2.0-only
/* netstrata report: the tables of stat, from a recording. */
#include <errno.h>
#include <stdio.h>

#include "accumulate.h"
#include "commands.h"
#include "html.h"
#include "json.h"
#include "keep.h"
#include "msg.h"
#include "names.h"
#include "options.h"
#include "packet.h"
#include "range.h"
#include "reader.h"
#include "recording_output.h"
#include "terminal.h"

#define HTML_PACKETS 50
#define HTML_TEXT_WIDTH 100

struct report {
	const struct options *o;
	struct recording *r;
	struct text_opts text;
	struct recording_part part;
	struct accumulator total, interval;
	struct ranking ranking;
	struct timeline time;	  /* --html: over time ... */
	struct keep_packets slow; /* ... and the slowest packets */
};

static int print(struct report *r, const struct snapshot *s)
{
	const struct run_info *ri = recording_info(r->r);

	return r->o->json ? json_snapshot(stdout, s, ri, &r->text)
			  : text_snapshot(stdout, s, ri, &r->text);
}

static int print_packets(struct report *r, const struct recorded_interval *i)
{
	const struct run_info *ri = recording_info(r->r);
	int err = 0;

	for (size_t k = 0; k < i->n_packets && !err; k++)
		err = r->o->json ? json_packet(stdout, &i->packets[k], ri)
				 : text_packet(stdout, &i->packets[k], ri, &r->text);
	return err;
}

/* Print what has come together when that is an interval's worth, or at the end. */
static int print_interval(struct report *r, bool last)
{
	struct snapshot *s = r->interval.sum;
	int err;

	if (!s->interval_ns || (s->interval_ns < r->o->interval_ns && !last))
		return 0;
	err = print(r, s);
	accumulator_free(&r->interval);
	return err ? err : accumulator_init(&r->interval);
}

/* What the page shows besides the totals. */
static void add_html(struct report *r, const struct recorded_interval *i)
{
	struct packet p;

	timeline_add(&r->time, i->s);
	for (size_t k = 0; k < i->n_packets; k++) {
		packet_read(&i->packets[k], recording_info(r->r), &p);
		keep_packet(&r->slow, &i->packets[k], p.valid ? p.ns[dirs[p.dir].total] : 0);
	}
}

static int write_html(struct report *r)
{
	struct html_report page = {
		.ri = recording_info(r->r),
		.total = r->total.sum,
		.time = &r->time,
		.part = &r->part,
		.facts = recording_facts(r->r),
		.packets = r->slow.list,
		.n_packets = r->slow.n,
		.ranking = &r->ranking,
		.text = &r->text,
	};
	FILE *f = fopen(r->o->html, "we");
	int err;

	if (!f)
		return msg_errno(errno, "cannot create %s", r->o->html);
	r->text.color = false;
	r->text.utf8 = true;
	r->text.width = HTML_TEXT_WIDTH;
	timeline_end(&r->time);
	err = html_report(f, &page);
	if (fclose(f) && !err)
		err = -errno;
	if (err)
		msg_errno(err, "cannot write %s", r->o->html);
	return err;
}

static int add(struct report *r, const struct recorded_interval *i)
{
	int err = accumulator_add(&r->total, i->s);

	ranking_merge(&r->ranking, &i->slow);
	recording_part_add(&r->part, i);
	if (r->o->html) {
		add_html(r, i);
		return err;
	}
	if (!err && r->o->list_packets)
		err = print_packets(r, i);
	if (!err && r->o->interval_ns)
		err = accumulator_add(&r->interval, i->s);
	if (!err && r->o->interval_ns)
		err = print_interval(r, false);
	return err;
}

static int print_ranking(struct report *r)
{
	const struct run_info *ri = recording_info(r->r);
	__u64 unranked = ranking_missed(r->total.sum);

	if (!ri->slow_ns)
		return 0;
	return r->o->json ? json_ranking(stdout, &r->ranking, unranked, ri)
			  : text_ranking(stdout, &r->ranking, unranked, ri, &r->text);
}

static int print_total(struct report *r)
{
	const struct run_info *ri = recording_info(r->r);
	const struct recording_facts *facts = recording_facts(r->r);
	int err = 0;

	if (r->o->interval_ns)
		err = print_interval(r, true);
	if (!err)
		err = print(r, r->total.sum);
	if (!err)
		err = print_ranking(r);
	if (err)
		return err;
	if (!r->o->json)
		return text_recording(stdout, &r->part, facts, ri, &r->text);
	err = json_recording(stdout, &r->part, facts, ri);
	return err ? err
		   : json_end(stdout, r->total.sum, ri, facts->end[0] ? facts->end : "unfinished");
}

static int run(struct report *r)
{
	const struct run_info *ri = recording_info(r->r);
	struct recorded_interval i;
	int err = 0, more = 0;

	if (!r->o->html)
		err = r->o->json ? json_start(stdout, ri) : text_header(stdout, ri, &r->text);
	while (!err && (more = recording_next(r->r, &i)) > 0) {
		err = add(r, &i);
		recorded_interval_free(&i);
	}
	if (more < 0)
		return more;
	if (!err && !r->part.intervals) {
		msg_err("%s has no interval in that time", r->o->files[0]);
		return -ENODATA;
	}
	r->total.sum->final = true;
	r->part.rows_left_out = r->total.left_out;
	if (!err && r->o->html)
		return write_html(r);
	if (!err)
		err = print_total(r);
	if (err && !ferror(stdout))
		msg_errno(err, "cannot make the report");
	return err;
}

int cmd_report(int argc, char **argv)
{
	struct report r = {};
	struct options o;
	int err = options_report(argc, argv, &o), status;

	if (err)
		return err < 0 ? EXIT_OK : err;
	r.o = &o;
	r.r = recording_open(o.files[0]);
	if (!r.r)
		return EXIT_FAILED;
	r.text = terminal_text(&o);
	recording_range(r.r, &o);
	err = accumulator_init(&r.total);
	if (!err)
		err = accumulator_init(&r.interval);
	if (!err)
		err = ranking_init(&r.ranking);
	if (!err)
		err = timeline_init(&r.time, HTML_COLUMNS);
	if (!err)
		err = keep_init(&r.slow, HTML_PACKETS);
	if (err)
		msg_errno(err, "cannot make the report");
	else
		err = run(&r);
	accumulator_free(&r.total);
	accumulator_free(&r.interval);
	ranking_free(&r.ranking);
	timeline_free(&r.time);
	keep_free(&r.slow);
	recording_close(r.r);
	status = stdout_finish();
	return err && !ferror(stdout) ? EXIT_FAILED : status;
}
