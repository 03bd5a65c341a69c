// SPDX-License-Identifier: GPL-2.0-only
/* netstrata stat: the summary, by interval and in total. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "json.h"
#include "msg.h"
#include "session.h"

struct stat {
	struct session s;
	struct ranking ranking;
};

static int on_slow(void *ctx, const struct ns_event *e)
{
	struct stat *t = ctx;

	ranking_add(&t->ranking, e, &t->s.info);
	return 0;
}

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

static int print_ranking(struct stat *t, const struct snapshot *total)
{
	__u64 unranked = ranking_missed(total);

	if (!t->s.info.slow_ns)
		return 0;
	return t->s.o->json ? json_ranking(stdout, &t->ranking, unranked, &t->s.info)
			    : text_ranking(stdout, &t->ranking, unranked, &t->s.info, &t->s.text);
}

static int print_total(struct stat *t)
{
	struct session *s = &t->s;
	struct snapshot *total = collector_snapshot(&s->collector);
	int err;

	if (!total)
		return -ENOMEM;
	total->final = true;
	total->interval_ns -= total->mono_ns - s->end_ns;
	total->mono_ns = s->end_ns;
	err = print(s, total);
	if (!err)
		err = print_ranking(t, total);
	if (!err && s->o->json)
		err = json_end(stdout, total, &s->info, s->stop_reason);
	snapshot_free(total);
	return err;
}

int cmd_stat(int argc, char **argv)
{
	struct snapshot *prev = NULL;
	struct options o;
	struct stat t;
	__u64 ticks = 0;
	int err = options_stat(argc, argv, &o);

	if (err)
		return err < 0 ? EXIT_OK : err;
	err = ranking_init(&t.ranking);
	if (err) {
		msg_errno(err, "cannot rank causes");
		return EXIT_FAILED;
	}
	err = session_open(&t.s, &o, argc, argv, o.filter.shape.events ? on_slow : NULL, &t);
	if (err)
		goto out;
	while (!err && !t.s.stop_reason) {
		if (session_wait(&t.s) != SESSION_TICK)
			continue;
		err = print_interval(&t.s, &prev);
		if (o.count && ++ticks == o.count)
			t.s.stop_reason = "count";
	}
	session_detach(&t.s);
	if (!err) /* what came in until now */
		err = collector_poll(&t.s.collector);
	if (!err)
		err = print_total(&t);
	snapshot_free(prev);
	session_close(&t.s);
	if (err && !ferror(stdout)) {
		msg_errno(err, "cannot make the summary");
		err = EXIT_FAILED;
	} else {
		err = stdout_finish();
	}
out:
	ranking_free(&t.ranking);
	return err;
}
