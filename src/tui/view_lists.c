// SPDX-License-Identifier: GPL-2.0-only
/* The views that are lists of lines: the keys, and the messages. */
#include "view.h"

#include <stdio.h>
#include <string.h>

#define NAMES 16 /* columns of the keys' names */

static void keep_scroll(struct ui *ui, unsigned n, unsigned page)
{
	ui->page = page;
	if (ui->scroll + page > n)
		ui->scroll = n > page ? n - page : 0;
}

void view_help(struct ui *ui, const struct ui_data *d, struct grid *g, struct area a)
{
	unsigned n = ACT_COUNT - 1, page = a.height - 1;

	(void)d;
	keep_scroll(ui, n, page);
	grid_printf(g, a.x, a.y, a.width, ST_HEAD, "keys%s",
		    page < n ? " (cursor keys scroll)" : "");
	for (unsigned i = 0; i < page && ui->scroll + i < n; i++) {
		const struct key_info *k = &key_infos[ACT_NONE + 1 + ui->scroll + i];
		unsigned y = a.y + 1 + i;

		grid_put(g, a.x, y, NAMES, ST_KEY, k->names);
		grid_put(g, a.x + NAMES, y, a.width - NAMES, ST_TEXT, k->help);
	}
}

void view_messages(struct ui *ui, const struct ui_data *d, struct grid *g, struct area a)
{
	unsigned n = (unsigned)d->n_messages, page = a.height - 1;
	char line[512];

	keep_scroll(ui, n, page);
	grid_put(g, a.x, a.y, a.width, ST_HEAD, n ? "messages, the latest first" : "no messages");
	for (unsigned i = 0; i < page && ui->scroll + i < n; i++) {
		fmt_clean(line, sizeof(line), d->messages[n - 1 - ui->scroll - i], sizeof(line),
			  ui->utf8);
		grid_put(g, a.x, a.y + 1 + i, a.width, ST_TEXT, line);
	}
}
