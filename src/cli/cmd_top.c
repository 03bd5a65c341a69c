// SPDX-License-Identifier: GPL-2.0-only
/* netstrata top: the summary as a screen that lives. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "conn_filter.h"
#include "json.h"
#include "live.h"
#include "msg.h"
#include "session.h"
#include "term.h"
#include "ui.h"

#define KEEP_BYTES (256 << 20)
#define SCREEN_WIDTH 1024 /* columns that Q prints at most */

struct top {
	struct session s;
	struct live live;
	struct ui ui;
	struct grid grid;
	__u64 interval_ns;
};

static int on_packet(void *ctx, const struct ns_event *e)
{
	struct top *t = ctx;

	live_packet(&t->live, e, &t->s.info);
	return 0;
}

static int take_packets(struct top *t)
{
	return t->live.recording ? 0 : collector_poll(&t->s.collector);
}

static struct ui_data data_of(struct top *t)
{
	struct ui_data d = {
		.ri = live_info(&t->live, &t->s.info),
		.snap = live_shown(&t->live, t->ui.total),
		.replay = t->live.recording != NULL,
		.ended = t->live.ended,
		.series = t->live.series,
		.skip = t->live.newer,
		.interval_ns = t->interval_ns,
		.anomalies = t->live.list,
		.slow = live_slow(&t->live),
	};

	d.messages = term_messages(&d.n_messages);
	return d;
}

static int draw(struct top *t)
{
	struct ui_data d = data_of(t);
	unsigned width, height;
	int err = 0;

	term_size(&width, &height);
	if (width != t->grid.width || height != t->grid.height)
		err = grid_resize(&t->grid, width, height);
	if (err)
		return err;
	ui_draw(&t->ui, &d, &t->grid);
	term_show(&t->grid);
	return 0;
}

/* What went wrong is the latest message; it belongs where the eye is. */
static void note_message(struct top *t)
{
	const char *const *lines, *last;
	size_t n;

	fflush(stderr);
	lines = term_messages(&n);
	last = n ? lines[n - 1] : "failed";
	snprintf(t->ui.note, sizeof(t->ui.note), "%s",
		 strncmp(last, "netstrata: ", 11) ? last : last + 11);
}

static void filter(struct top *t)
{
	if (conn_filter_parse(t->ui.edit, &t->ui.query)) {
		note_message(t);
		return;
	}
	memcpy(t->ui.filter, t->ui.edit, sizeof(t->ui.filter));
	t->ui.rows[PANE_CONNS] = t->ui.scroll = 0;
}

static int write_json(struct top *t, FILE *f, const struct snapshot *snap)
{
	struct text_opts all = t->s.text;
	const struct run_info *ri = live_info(&t->live, &t->s.info);
	int err = json_start(f, ri);

	all.connections = ~0U;
	return err ? err : json_snapshot(f, snap, ri, &all);
}

/* A new file only: what is there already, or a link that somebody else put there, stays. */
static void save(struct top *t)
{
	const struct snapshot *snap = live_shown(&t->live, t->ui.total);
	char name[64];
	time_t now = time(NULL);
	struct tm tm;
	int fd, err;
	FILE *f;

	if (!snap || !localtime_r(&now, &tm))
		return;
	strftime(name, sizeof(name), "netstrata-%Y%m%d-%H%M%S.json", &tm);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	err = f ? write_json(t, f, snap) : -errno;
	if (f && fclose(f) && !err)
		err = -errno;
	if (err) {
		msg_errno(err, "cannot save to %s", name);
		note_message(t);
		return;
	}
	snprintf(t->ui.note, sizeof(t->ui.note), "saved to %s", name);
}

static int set_interval(struct top *t, bool slower)
{
	static const __u64 steps[] = {100000000,  250000000,  500000000,   1000000000,
				      2000000000, 5000000000, 10000000000, 60000000000};
	const size_t n = sizeof(steps) / sizeof(steps[0]);
	__u64 next = t->interval_ns;

	for (size_t i = 0; i < n; i++) {
		__u64 step = steps[slower ? i : n - 1 - i];

		if (slower ? step > t->interval_ns : step < t->interval_ns) {
			next = step;
			break;
		}
	}
	t->interval_ns = next;
	snprintf(t->ui.note, sizeof(t->ui.note), "every %s", fmt_ns(next).s);
	return session_set_interval(&t->s, next);
}

static int handle(struct top *t, enum ui_request request)
{
	int err;

	switch (request) {
	case UI_QUIT:
	case UI_QUIT_KEEP:
		t->s.stop_reason = "quit";
		return 0;
	case UI_RESET:
		t->ui.total = true;
		err = take_packets(t); /* what came before */
		return err ? err : live_reset(&t->live);
	case UI_SLOWER:
	case UI_FASTER:
		return set_interval(t, request == UI_SLOWER);
	case UI_SAVE:
		save(t);
		return 0;
	case UI_FILTER:
		filter(t);
		return 0;
	case UI_NOTHING:
		break;
	}
	return 0;
}

static int input(struct top *t, bool *keep)
{
	bool mouse = t->ui.mouse, total = t->ui.total;
	unsigned x = 0, y = 0;
	int key, err = 0;

	while (!err && !t->s.stop_reason && (key = term_key(&x, &y)) != TK_NONE) {
		bool by_mouse = key == TK_CLICK || key == TK_WHEEL_UP || key == TK_WHEEL_DOWN;
		struct ui_data d = data_of(t);
		enum ui_request request = by_mouse ? ui_mouse(&t->ui, &d, &t->grid, key, x, y)
						   : ui_key(&t->ui, &d, key);

		*keep = request == UI_QUIT_KEEP;
		err = handle(t, request);
		if (!err && t->ui.paused && !t->live.held)
			err = take_packets(t); /* those of what is held are held too */
		if (!err && t->ui.paused != t->live.held)
			err = live_hold(&t->live, t->ui.paused);
		if (!err && t->ui.total && !total && !t->live.held)
			err = live_total(&t->live);
		total = t->ui.total;
	}
	if (mouse != t->ui.mouse)
		term_mouse(t->ui.mouse);
	return err;
}

/* Until something says stop. keep: the last screen is to be printed. */
static int run(struct top *t, bool *keep)
{
	int err = draw(t);

	while (!err && !t->s.stop_reason) {
		switch (session_wait(&t->s)) {
		case SESSION_TICK:
			err = take_packets(t);
			if (!err)
				err = live_tick(&t->live, t->ui.total);
			break;
		case SESSION_INPUT:
			err = input(t, keep);
			break;
		case SESSION_PACKETS:
		case SESSION_STOP:
			continue;
		}
		if (!err && !t->s.stop_reason)
			err = draw(t);
	}
	return err;
}

static int open_screen(struct top *t, const struct options *o)
{
	int err = term_open(o->color);

	if (err == -ENODEV)
		msg_err("the terminal '%s' is not known, or cannot do it: set TERM",
			getenv("TERM") ? getenv("TERM") : "");
	else if (err)
		msg_errno(err, "cannot draw on the terminal");
	if (err)
		return err;
	ui_init(&t->ui, live_info(&t->live, &t->s.info));
	t->ui.utf8 = term_utf8() && !o->ascii;
	t->ui.colors = term_colors();
	t->ui.query.dir = o->sort_dir;
	t->ui.query.key = o->sort_key;
	t->ui.query.stage = o->sort_stage;
	t->ui.mouse = !o->no_mouse;
	term_mouse(t->ui.mouse);
	t->interval_ns = o->interval_ns;
	return session_watch(&t->s, STDIN_FILENO);
}

/* What is measured, or a recording. Returns an exit status, with nothing left open but for EXIT_OK.
 */
static int open_source(struct top *t, const struct options *o, int argc, char **argv)
{
	int status;

	if (o->replay && live_open_recording(&t->live, o->replay)) {
		live_close(&t->live);
		return EXIT_FAILED;
	}
	status = o->replay ? session_open_loop(&t->s, o)
			   : session_open(&t->s, o, argc, argv,
					  o->filter.shape.events ? on_packet : NULL, t);
	if (!status && !o->replay && live_open(&t->live, &t->s.collector, &t->s.info)) {
		msg_errno(ENOMEM, "top");
		session_close(&t->s);
		status = EXIT_FAILED;
	}
	if (status)
		live_close(&t->live);
	return status;
}

/* But for the keys, and blank lines at the end. */
static void print_screen(const struct grid *g)
{
	char line[4 * SCREEN_WIDTH + 1];
	unsigned height = g->height, blank = 0;

	for (unsigned y = 0; y + 1 < height && g->width <= SCREEN_WIDTH; y++) {
		if (!*grid_line(g, y, line)) {
			blank++;
			continue;
		}
		for (; blank; blank--)
			putchar('\n');
		puts(line);
	}
}

/*
 * An interval of many busy connections is tens of MB. Given back to the kernel each time, and
 * faulted in again, that is the dearest part of it.
 */
static void keep_memory(void)
{
	mallopt(M_MMAP_MAX, 0);
	mallopt(M_TRIM_THRESHOLD, KEEP_BYTES);
}

int cmd_top(int argc, char **argv)
{
	static struct top t;
	struct options o;
	bool keep = false;
	int err = options_top(argc, argv, &o), status;

	if (err)
		return err < 0 ? EXIT_OK : err;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		msg_err("top needs a terminal to draw on; 'netstrata stat --interval 1s' does not");
		return EXIT_USAGE;
	}
	setlocale(LC_CTYPE, "");
	keep_memory();
	err = open_source(&t, &o, argc, argv);
	if (err)
		return err;
	err = open_screen(&t, &o);
	if (!err)
		err = run(&t, &keep);
	term_close();
	if (!o.replay)
		session_detach(&t.s);
	if (keep)
		print_screen(&t.grid);
	status = err ? exit_status_of(err) : stdout_finish();
	if (err == -ENOMEM)
		msg_errno(err, "top ended");
	live_close(&t.live);
	grid_free(&t.grid);
	session_close(&t.s);
	return status;
}
