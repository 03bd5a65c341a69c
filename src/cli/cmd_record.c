// SPDX-License-Identifier: GPL-2.0-only
/* netstrata record: what stat would show, into a file. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "format.h"
#include "json.h"
#include "keep.h"
#include "msg.h"
#include "names.h"
#include "packet.h"
#include "place.h"
#include "session.h"
#include "writer.h"

struct record {
	struct session s;
	const struct options *o;
	struct writer_options place;
	struct writer *w;      /* NULL: nothing could be measured */
	struct snapshot *prev; /* what has been recorded */
	struct keep_packets slow;
	struct ranking ranking; /* of all slow ones, those that are not kept too */
	bool waits;		/* the latest interval is not written yet: the file is being read */
};

static int on_packet(void *ctx, const struct ns_event *e)
{
	struct record *r = ctx;
	struct packet p;

	packet_read(e, &r->s.info, &p);
	if (!(e->flags & PKT_DROPPED)) /* as in stat: it was lost, not slow */
		ranking_add(&r->ranking, e, &r->s.info);
	keep_packet(&r->slow, e, p.valid ? p.ns[dirs[p.dir].total] : 0);
	return 0;
}

static int put_interval(struct record *r, struct snapshot *delta)
{
	const struct options *o = r->o;
	struct recorded_interval i = {
		.s = delta,
		.packets = r->slow.list,
		.n_packets = r->slow.n,
		.packets_left_out = r->slow.left_out,
		.slow = r->ranking,
	};
	const struct conn_query by = {
		.dir = o->sort_dir, .key = o->sort_key, .stage = o->sort_stage, .ri = &r->s.info};
	int err = keep_connections(delta, o->connections, &by, &i.connections_left_out);

	if (err)
		return msg_errno(err, "cannot record");
	err = writer_interval(r->w, &i);
	if (err)
		return err;
	keep_reset(&r->slow);
	ranking_reset(&r->ranking);
	return 0;
}

/* Who reads the file holds it: what is new comes with the next interval. At the end there is none.
 */
static int wait_for_reader(struct record *r, bool last)
{
	if (last)
		msg_err("cannot write %s: somebody who reads it holds it locked", r->o->output);
	else if (!r->waits)
		msg_note("%s is held locked by somebody who reads it: intervals become longer",
			 r->o->output);
	r->waits = true;
	return last ? -EBUSY : 0;
}

/* Record what is new since r->prev; the last interval ends when measuring did. */
static int record_interval(struct record *r, __u64 end_ns)
{
	struct snapshot *cur, *delta = snapshot_new();
	int err = collector_poll(&r->s.collector);

	cur = collector_snapshot(&r->s.collector);
	if (cur && end_ns) {
		cur->interval_ns -= cur->mono_ns - end_ns;
		cur->mono_ns = end_ns;
	}
	if (!err)
		err = cur && delta ? snapshot_delta(cur, r->prev, delta) : -ENOMEM;
	if (err)
		msg_errno(err, "cannot record");
	else
		err = put_interval(r, delta);
	snapshot_free(delta);
	if (err) {
		snapshot_free(cur);
		return err == -EBUSY ? wait_for_reader(r, end_ns != 0) : err;
	}
	snapshot_free(r->prev);
	r->prev = cur;
	r->waits = false;
	return 0;
}

static int run(struct record *r)
{
	__u64 ticks = 0;
	int err = writer_start(r->w, &r->s.info);

	while (!err && !r->s.stop_reason) {
		enum session_event event = session_wait(&r->s);

		if (event == SESSION_PACKETS)
			err = collector_poll(&r->s.collector);
		if (event != SESSION_TICK)
			continue;
		err = record_interval(r, 0);
		if (r->o->count && ++ticks == r->o->count)
			r->s.stop_reason = "count";
	}
	session_detach(&r->s);
	writer_be_patient(r->w);
	return err ? err : record_interval(r, r->s.end_ns);
}

static int print_end(struct record *r)
{
	struct writer_stats stats = writer_stats(r->w);

	if (r->o->json)
		return json_end(stdout, r->prev, &r->s.info, r->s.stop_reason);
	printf("recorded %llu intervals and %llu slow packets, %s in %s\n", stats.intervals,
	       stats.packets, fmt_bytes(stats.bytes).s, r->o->output);
	if (stats.forgotten)
		printf("the oldest %llu intervals gave way to stay below %s\n", stats.forgotten,
		       fmt_bytes(r->o->max_size).s);
	return 0;
}

/* Not before: a file that --force replaces stays as it is where nothing can be measured. */
static int open_writer(void *ctx)
{
	struct record *r = ctx;

	r->w = writer_open(&r->place);
	return r->w ? 0 : -EIO;
}

int cmd_record(int argc, char **argv)
{
	struct record r = {};
	struct options o;
	int err = options_record(argc, argv, &o), status;

	if (err)
		return err < 0 ? EXIT_OK : err;
	r.o = &o;
	if (keep_init(&r.slow, o.packets ? o.packets : 1) || ranking_init(&r.ranking)) {
		keep_free(&r.slow);
		msg_errno(ENOMEM, "cannot record");
		return EXIT_FAILED;
	}
	r.place =
		(struct writer_options){.path = o.output, .force = o.force, .max_size = o.max_size};
	status = place_check(&r.place)
			 ? EXIT_FAILED
			 : session_open_with(&r.s, &o, argc, argv, o.packets ? on_packet : NULL,
					     open_writer, &r);
	if (status == EXIT_OK) {
		err = run(&r);
		if (!err)
			err = print_end(&r);
		session_close(&r.s);
		status = err ? EXIT_FAILED : stdout_finish();
	}
	if (r.w && writer_close(r.w, r.s.stop_reason		   ? r.s.stop_reason
				     : writer_stats(r.w).intervals ? "failed"
								   : NULL))
		status = EXIT_FAILED;
	snapshot_free(r.prev);
	keep_free(&r.slow);
	ranking_free(&r.ranking);
	return status;
}
