// SPDX-License-Identifier: GPL-2.0-only
#include "live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"
#include "reader.h"

/* Not there in a build without SQLite. */
#pragma weak recording_open
#pragma weak recording_close
#pragma weak recording_info
#pragma weak recording_seek
#pragma weak recording_next
#pragma weak recorded_interval_free

#define INTERVALS 512 /* of the series */
#define REPLAYED_CONNECTIONS 8192

int live_open(struct live *l, struct collector *c, const struct run_info *ri)
{
	*l = (struct live){
		.collector = c,
		.series = series_new(INTERVALS),
		.anomalies = anomalies_new(c->path->max_connections, ri),
		.list = calloc(1, sizeof(*l->list)),
		.slow = slow_new(),
		.held_slow = slow_new(),
	};
	if (!l->series || !l->anomalies || !l->list || !l->slow || !l->held_slow)
		return -ENOMEM;
	return collector_track(c);
}

void live_packet(struct live *l, const struct ns_event *e, const struct run_info *ri)
{
	if (!l->anomalies)
		return; /* not yet open */
	anomalies_packet(l->anomalies, e);
	slow_keep(l->slow, e);
	slow_rank(l->slow, e, ri);
}

struct slow *live_slow(const struct live *l)
{
	return l->held ? l->held_slow : l->slow;
}

int live_open_recording(struct live *l, const char *path)
{
	*l = (struct live){
		.series = series_new(INTERVALS),
		.list = calloc(1, sizeof(*l->list)),
		.slow = slow_new(),
		.held_slow = slow_new(),
	};
	if (!recording_open) {
		msg_err("--replay: this netstrata was built without sqlite3");
		return -ENOSYS;
	}
	if (!l->series || !l->list || !l->slow || !l->held_slow || accumulator_init(&l->sums))
		return msg_errno(ENOMEM, "--replay");
	l->recording = recording_open(path);
	if (!l->recording)
		return -EINVAL;
	recording_seek(l->recording, 0, ~0ULL);
	l->anomalies = anomalies_new(REPLAYED_CONNECTIONS, recording_info(l->recording));
	return l->anomalies ? 0 : msg_errno(ENOMEM, "--replay");
}

const struct run_info *live_info(const struct live *l, const struct run_info *measured)
{
	return l->recording ? recording_info(l->recording) : measured;
}

const struct snapshot *live_shown(const struct live *l, bool total)
{
	if (!total || !l->interval)
		return l->interval;
	return l->recording ? l->sums.sum : l->total;
}

void live_close(struct live *l)
{
	slow_free(l->slow);
	slow_free(l->held_slow);
	anomalies_free(l->anomalies); /* it looks at what recording_close() frees */
	if (l->recording)
		recording_close(l->recording);
	accumulator_free(&l->sums);
	free(l->list);
	snapshot_free(l->latest);
	snapshot_free(l->interval);
	snapshot_free(l->total);
	snapshot_free(l->base);
	series_free(l->series);
	memset(l, 0, sizeof(*l));
}

static void replace(struct snapshot **old, struct snapshot *new)
{
	snapshot_free(*old);
	*old = new;
}

/* cur - prev, in a snapshot of its own; NULL when out of memory. */
static struct snapshot *difference(const struct snapshot *cur, const struct snapshot *prev)
{
	struct snapshot *d = snapshot_new();

	if (d && snapshot_delta(cur, prev, d)) {
		snapshot_free(d);
		d = NULL;
	}
	return d;
}

int live_total(struct live *l)
{
	struct snapshot *now, *since;

	if (l->recording)
		return 0;
	now = collector_snapshot(l->collector);
	if (!now || !l->base) {
		if (now)
			replace(&l->total, now);
		return now ? 0 : -ENOMEM;
	}
	since = difference(now, l->base);
	snapshot_free(now);
	if (since)
		replace(&l->total, since);
	return since ? 0 : -ENOMEM;
}

/* The next interval of the recording, if it is not held. */
static int play(struct live *l)
{
	struct recorded_interval i = {0};
	int err;

	if (l->held || l->ended)
		return 0;
	err = recording_next(l->recording, &i);
	l->ended = err <= 0;
	if (l->ended)
		return err;
	for (size_t k = 0; k < i.n_packets; k++) {
		anomalies_packet(l->anomalies, &i.packets[k]);
		slow_keep(l->slow, &i.packets[k]);
	}
	slow_rank_all(l->slow, &i.slow); /* of those that are not kept, too */
	slow_step(l->slow);
	anomalies_interval(l->anomalies, i.s, i.connections_left_out != 0);
	anomalies_list(l->anomalies, l->list);
	err = series_add(l->series, i.s);
	if (!err)
		err = accumulator_add(&l->sums, i.s);
	replace(&l->interval, i.s);
	i.s = NULL;
	recorded_interval_free(&i);
	return err;
}

int live_tick(struct live *l, bool want_total)
{
	struct snapshot *interval;
	int err;

	if (l->recording)
		return play(l);
	interval = collector_interval(l->collector);
	if (!interval)
		return -ENOMEM;
	anomalies_interval(l->anomalies, interval, false);
	slow_step(l->slow);
	err = series_add(l->series, interval);
	if (l->held) {
		replace(&l->latest, interval);
		l->newer++;
		return err;
	}
	anomalies_list(l->anomalies, l->list);
	replace(&l->interval, interval);
	if (!err && want_total)
		err = live_total(l);
	return err;
}

int live_hold(struct live *l, bool held)
{
	if (held == l->held)
		return 0;
	l->held = held;
	l->newer = 0;
	if (held) {
		slow_copy(l->held_slow, l->slow);
	} else if (l->latest) {
		replace(&l->interval, l->latest);
		l->latest = NULL;
		anomalies_list(l->anomalies, l->list);
	}
	return live_total(l);
}

int live_reset(struct live *l)
{
	struct snapshot *now;

	slow_reset(l->slow);
	if (l->recording) { /* where its time stands, there is nothing later than what is held */
		slow_reset(l->held_slow);
		accumulator_free(&l->sums);
		return accumulator_init(&l->sums);
	}
	now = collector_snapshot(l->collector);
	if (!now)
		return -ENOMEM;
	replace(&l->base, now);
	return l->held ? 0 : live_total(l);
}
