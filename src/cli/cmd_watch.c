// SPDX-License-Identifier: GPL-2.0-only
/* netstrata watch: one line for what becomes slow, and one when that is over. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "anomaly_output.h"
#include "commands.h"
#include "json.h"
#include "msg.h"
#include "notify.h"
#include "reader.h"
#include "session.h"
#include "terminal.h"

/* Not there in a build without SQLite. */
#pragma weak recording_open
#pragma weak recording_close
#pragma weak recording_info
#pragma weak recording_facts
#pragma weak recording_seek
#pragma weak recording_next
#pragma weak recorded_interval_free

#define REPLAYED_CONNECTIONS 8192

struct watch {
	struct session s;
	const struct options *o;
	const struct run_info *ri;
	struct text_opts text;
	struct anomalies *a;
	struct notify notify;
};

static int on_packet(void *ctx, const struct ns_event *e)
{
	struct watch *w = ctx;

	anomalies_packet(w->a, e);
	return 0;
}

static int start(struct watch *w, __u64 interval_ns)
{
	return w->o->json ? json_anomalies_start(stdout, USUAL_WARMUP, interval_ns)
			  : text_anomalies_start(stdout, USUAL_WARMUP, interval_ns, &w->text);
}

static int finish(struct watch *w)
{
	const struct anomaly_counts *c = anomalies_counts(w->a);

	notify_end(&w->notify);
	return w->o->json ? json_anomaly_counts(stdout, c)
			  : text_anomalies_end(stdout, c, &w->text);
}

/* What has begun or ended in the latest interval. */
static int tell(struct watch *w)
{
	const struct anomaly *x;
	int err = 0;

	for (unsigned i = 0; !err && (x = anomalies_changed(w->a, i)); i++) {
		err = w->o->json ? json_anomaly(stdout, x, w->ri)
				 : text_anomaly(stdout, x, w->ri, &w->text);
		notify_run(&w->notify, x, w->ri);
	}
	if (!err && w->o->json && fflush(stdout))
		err = -errno;
	return err;
}

static int look(struct watch *w)
{
	struct snapshot *interval;
	int err = collector_poll(&w->s.collector);

	notify_reap(&w->notify);
	interval = collector_interval(&w->s.collector);
	if (!interval)
		return msg_errno(ENOMEM, "cannot take the numbers");
	if (!err) {
		anomalies_interval(w->a, interval, false);
		err = tell(w);
	}
	snapshot_free(interval);
	return err;
}

static int measure(struct watch *w)
{
	__u64 ticks = 0;
	int err = start(w, w->o->interval_ns);

	while (!err && !w->s.stop_reason) {
		if (session_wait(&w->s) != SESSION_TICK)
			continue;
		err = look(w);
		if (w->o->count && ++ticks == w->o->count)
			w->s.stop_reason = "count";
	}
	return err;
}

/* The last line: all of the run. */
static int print_end(struct watch *w)
{
	struct snapshot *total = collector_snapshot(&w->s.collector);
	int err = total ? 0 : -ENOMEM;

	if (!err && w->o->json)
		err = json_end(stdout, total, w->ri, w->s.stop_reason);
	snapshot_free(total);
	return err;
}

static int run(struct watch *w, int argc, char **argv)
{
	int err = session_open(&w->s, w->o, argc, argv,
			       w->o->filter.shape.events ? on_packet : NULL, w);

	if (err)
		return err;
	w->ri = &w->s.info;
	w->text = w->s.text;
	w->a = anomalies_new(w->o->max_connections, w->ri);
	err = w->a ? collector_track(&w->s.collector) : -ENOMEM;
	if (err)
		msg_errno(err, "watch");
	else
		err = measure(w);
	session_detach(&w->s);
	if (!err)
		err = finish(w);
	if (!err)
		err = print_end(w);
	session_close(&w->s);
	return err && !ferror(stdout) ? EXIT_FAILED : stdout_finish();
}

static int replay_intervals(struct watch *w, struct recording *r)
{
	struct recorded_interval i;
	__u64 n = 0;
	int err = 0, more = 0;

	recording_seek(r, 0, ~0ULL);
	while (!err && (!w->o->count || n++ < w->o->count) && (more = recording_next(r, &i)) > 0) {
		for (size_t k = 0; k < i.n_packets; k++)
			anomalies_packet(w->a, &i.packets[k]);
		anomalies_interval(w->a, i.s, i.connections_left_out != 0);
		err = tell(w);
		recorded_interval_free(&i);
	}
	return err ? err : more;
}

static int replay(struct watch *w)
{
	const struct recording_facts *facts;
	struct recording *r;
	int err;

	if (!recording_open) {
		msg_err("--replay: this netstrata was built without sqlite3");
		return EXIT_FAILED;
	}
	r = recording_open(w->o->replay);
	if (!r)
		return EXIT_FAILED;
	facts = recording_facts(r);
	w->ri = recording_info(r);
	w->text = terminal_text(w->o);
	w->a = anomalies_new(REPLAYED_CONNECTIONS, w->ri);
	err = w->a ? 0 : msg_errno(ENOMEM, "--replay");
	if (!err)
		err = w->o->json ? json_start(stdout, w->ri) : text_header(stdout, w->ri, &w->text);
	if (!err)
		err = start(w, facts->intervals
				       ? (facts->end_ns - facts->start_ns) / facts->intervals
				       : 0);
	if (!err)
		err = replay_intervals(w, r);
	if (!err)
		err = finish(w);
	anomalies_free(w->a); /* it looks at what recording_close() frees */
	w->a = NULL;
	recording_close(r);
	return err && !ferror(stdout) ? EXIT_FAILED : stdout_finish();
}

int cmd_watch(int argc, char **argv)
{
	static struct watch w;
	struct options o;
	int err = options_watch(argc, argv, &o);

	if (err)
		return err < 0 ? EXIT_OK : err;
	w.o = &o;
	w.notify.command = o.exec;
	err = o.replay ? replay(&w) : run(&w, argc, argv);
	anomalies_free(w.a);
	return err;
}
