// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: what somebody types into `top`. The first two bytes are the size of the terminal; each
 * further one is a key, a click or a new size. A filter that is entered is parsed; what filters
 * look up is made up, so that nothing outside is touched.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/screen.h"
#include "conn_filter.h"
#include "filter.h"

static int fake_netns(const char *text, struct netns_ref *out)
{
	out->fd = -1;
	out->inode = (__u32)strlen(text);
	return strlen(text) % 2 ? -ENOENT : 0;
}

static int fake_dev(const char *name, const struct netns_ref *netns, __u32 *ifindex)
{
	(void)netns;
	*ifindex = (__u32)strlen(name);
	return 0;
}

static int fake_pid(const char *text, __u32 *tgid)
{
	*tgid = (__u32)strlen(text);
	return 0;
}

static int fake_cgroup(const char *path, struct cgroup_match *out)
{
	*out = (struct cgroup_match){.id = strlen(path)};
	return 0;
}

static const struct lookup fake = {fake_netns, fake_dev, fake_pid, fake_cgroup};
static struct screen screen;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Messages are made, but not shown: the fuzzer has its own copy of stderr. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	stderr = fopen("/dev/null", "w");
	if (!stderr)
		abort();
	filter_lookup = &fake;
	screen_open(&screen);
	screen_anomalies(&screen);
	return 0;
}

/* Nothing that is drawn or parsed may leave its bounds. */
static void check(const struct ui *ui)
{
	const struct conn_query *q = &ui->query;

	if (ui->view >= VIEW_COUNT || ui->pane > PANE_CONNS || ui->proto > SERIES_ALL ||
	    ui->stage >= STAGES_MAX || q->stage >= dirs[q->dir].n_stages ||
	    strnlen(ui->edit, sizeof(ui->edit)) == sizeof(ui->edit) || q->n_words > QUERY_WORDS ||
	    q->filter.n_ports > FILTER_MAX ||
	    (q->key == SORT_P99 && q->stage != dirs[q->dir].total))
		abort();
	for (unsigned i = 0; i < screen.grid.width * screen.grid.height; i++)
		if (!screen.grid.cells[i].ch || screen.grid.cells[i].style >= ST_COUNT)
			abort();
}

static void draw(void)
{
	ui_draw(&screen.ui, &screen.data, &screen.grid);
	check(&screen.ui);
}

/* Bytes that are no ASCII stand for the keys that are no character, and for the mouse. */
static enum ui_request one(uint8_t byte)
{
	if (byte < 128)
		return ui_key(&screen.ui, &screen.data, byte);
	if (byte < 160)
		return ui_key(&screen.ui, &screen.data, TK_UP + byte - 128);
	return ui_mouse(&screen.ui, &screen.data, &screen.grid, TK_CLICK + byte % 3, byte - 160,
			byte % 32);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2 || grid_resize(&screen.grid, 1 + data[0], 1 + data[1] % 64))
		return 0;
	ui_init(&screen.ui, &screen.ri);
	screen.ui.utf8 = data[0] & 1;
	screen.data.skip = data[1] % 3 * 100;
	for (size_t i = 2; i < size; i++) {
		struct conn_query before = screen.ui.query;

		if (one(data[i]) == UI_FILTER &&
		    conn_filter_parse(screen.ui.edit, &screen.ui.query) &&
		    memcmp(&before, &screen.ui.query, sizeof(before)))
			abort(); /* a filter that is refused changes nothing */
		draw();
	}
	return 0;
}
