// SPDX-License-Identifier: GPL-2.0-only
/* netstrata trace: one line for each packet. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "chrome.h"
#include "commands.h"
#include "json.h"
#include "msg.h"
#include "session.h"
#include "text_style.h"

struct trace {
	struct session s;
	const struct options *o;
	struct chrome *chrome;
	__u64 printed;
};

static int on_packet(void *ctx, const struct ns_event *e)
{
	struct trace *t = ctx;
	int err = 0;

	if (t->o->limit && t->printed == t->o->limit) {
		t->s.stop_reason = "limit";
		return -ECANCELED; /* leave the rest in the ring */
	}
	if (t->chrome)
		err = chrome_packet(t->chrome, e);
	else if (t->o->json)
		err = json_packet(stdout, e, &t->s.info);
	else
		err = text_packet(stdout, e, &t->s.info, &t->s.text);
	if (!err && ++t->printed == t->o->limit)
		t->s.stop_reason = "limit";
	return err;
}

static int print_ledger(struct trace *t)
{
	struct snapshot *total = collector_snapshot(&t->s.collector);
	int err = 0;

	if (!total)
		return -ENOMEM;
	if (t->o->json)
		err = json_end(stdout, total, &t->s.info, t->s.stop_reason);
	else
		text_ledger(stdout, total, &t->s.info, &t->s.text);
	snapshot_free(total);
	return err ? err : fflush(stdout) ? -errno : 0;
}

int cmd_trace(int argc, char **argv)
{
	struct trace t = {};
	struct options o;
	int err = options_trace(argc, argv, &o), closed, status;

	if (err)
		return err < 0 ? EXIT_OK : err;
	t.o = &o;
	if (o.guarded)
		msg_note("no filter, threshold or sample given: taking one packet in %u "
			 "(--sample 1 takes all)",
			 o.filter.shape.sample);
	/* before the session gives up the privilege to write into somebody else's directory */
	t.chrome = o.chrome ? chrome_open(o.chrome) : NULL;
	if (o.chrome && !t.chrome) {
		msg_errno(errno, "cannot create %s", o.chrome);
		return EXIT_FAILED;
	}
	status = session_open(&t.s, &o, argc, argv, on_packet, &t);
	if (status) {
		chrome_close(t.chrome);
		return status;
	}
	err = t.chrome ? chrome_start(t.chrome, &t.s.info) : 0;
	while (!err && !t.s.stop_reason) {
		if (session_wait(&t.s) == SESSION_PACKETS) {
			err = collector_poll(&t.s.collector);
			if (!err && !t.chrome && fflush(stdout))
				err = -errno;
		}
	}
	session_detach(&t.s);
	if (!err) /* what came in until now */
		err = collector_poll(&t.s.collector);
	if (err == -ECANCELED)
		err = 0;
	closed = chrome_close(t.chrome);
	if (closed && !err)
		err = closed;
	if (!err)
		err = print_ledger(&t);
	session_close(&t.s);
	status = stdout_finish(); /* says what is wrong with stdout */
	if (err && (!ferror(stdout) || closed)) {
		msg_errno(err, "cannot write %s", o.chrome ? o.chrome : "the trace");
		return EXIT_FAILED;
	}
	return status;
}
