// SPDX-License-Identifier: GPL-2.0-only
/* netstrata stat: the summary, by interval and in total. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "json.h"
#include "msg.h"
#include "session.h"

static int print(struct session *s, const struct snapshot *snap)
{
	return s->o->json ? json_snapshot(stdout, snap, &s->info, &s->text)
			  : text_snapshot(stdout, snap, &s->info, &s->text);
}

/* Print what is new since *prev, which cur then replaces. */
static int print_interval(struct session *s, struct snapshot **prev)
{
	struct snapshot *cur = collector_snapshot(&s->collector), *delta = snapshot_new();
	int err = -ENOMEM;

	if (cur && delta) {
		err = *prev ? snapshot_delta(cur, *prev, delta) : 0;
		if (!err)
			err = print(s, *prev ? delta : cur);
		snapshot_free(*prev);
		*prev = cur;
		cur = NULL;
	}
	snapshot_free(cur);
	snapshot_free(delta);
	return err;
}

static int print_total(struct session *s)
{
	struct snapshot *total = collector_snapshot(&s->collector);
	int err;

	if (!total)
		return -ENOMEM;
	total->final = true;
	total->interval_ns -= total->mono_ns - s->end_ns;
	total->mono_ns = s->end_ns;
	err = print(s, total);
	if (!err && s->o->json)
		err = json_end(stdout, total, &s->info, s->stop_reason);
	snapshot_free(total);
	return err;
}

int cmd_stat(int argc, char **argv)
{
	struct snapshot *prev = NULL;
	struct options o;
	struct session s;
	__u64 ticks = 0;
	int err = options_stat(argc, argv, &o);

	if (err)
		return err < 0 ? EXIT_OK : err;
	err = session_open(&s, &o, argc, argv, NULL, NULL);
	if (err)
		return err;
	while (!err && !s.stop_reason) {
		if (session_wait(&s) != SESSION_TICK)
			continue;
		err = print_interval(&s, &prev);
		if (o.count && ++ticks == o.count)
			s.stop_reason = "count";
	}
	session_detach(&s);
	if (!err)
		err = print_total(&s);
	snapshot_free(prev);
	session_close(&s);
	if (err && !ferror(stdout)) {
		msg_errno(err, "cannot make the summary");
		return EXIT_FAILED;
	}
	return stdout_finish();
}
