// SPDX-License-Identifier: GPL-2.0-only
/* src/tui/ui.c: clicks and the wheel. */
#include <linux/types.h>

#include "screen.h"
#include "tap.h"

/* A click on a head of the connections' table ranks it by that column. */
static void test_column_heads(struct screen *c)
{
	static const struct {
		const char *head;
		enum conn_sort_key key;
	} heads[] = {{"    max", SORT_MAX}, {"    p99", SORT_P99}, {"      n", SORT_N}};
	static char text[1 << 16];

	ui_key(&c->ui, &c->data, '3');
	ui_key(&c->ui, &c->data, '>'); /* by a stage */
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		char *at, *line = text;
		unsigned y = 0;

		screen_text(c, 80, 24, text);
		while (line && strncmp(line, "    local", 9) && (line = strchr(line, '\n'))) {
			line++;
			y++;
		}
		at = line ? strstr(line, heads[i].head) : NULL;
		ok(at != NULL, "the head '%s'", heads[i].head);
		if (!at)
			continue;
		ui_mouse(&c->ui, &c->data, &c->grid, TK_CLICK,
			 (unsigned)(at - line + (int)strlen(heads[i].head)) - 1, y);
		ok(c->ui.query.key == heads[i].key &&
			   c->ui.query.stage == dirs[c->ui.query.dir].total,
		   "a click there ranks by it");
		ui_mouse(&c->ui, &c->data, &c->grid, TK_CLICK, 6, y);
		ok(c->ui.query.key == heads[i].key, "on one that is no rank it does nothing");
	}
}

/* Cells with a link lead where they say. */
static void test_mouse(struct screen *c)
{
	static char text[1 << 16];
	unsigned links = 0;

	ui_init(&c->ui, &c->ri);
	screen_text(c, 80, 24, text);
	ui_mouse(&c->ui, &c->data, &c->grid, TK_CLICK, 45, 5);
	is_u64(c->ui.pane, PANE_TX, "a click moves the cursor to the other table");
	is_u64(c->ui.rows[PANE_TX], 1, "and to the row");
	screen_text(c, 80, 24, text);
	ui_mouse(&c->ui, &c->data, &c->grid, TK_CLICK, 45, 5);
	is_u64(c->ui.view, VIEW_STAGE, "a second one opens it");
	is_u64(c->ui.dir, NS_TX, "... of that direction");
	screen_text(c, 80, 24, text);
	ui_mouse(&c->ui, &c->data, &c->grid, TK_WHEEL_DOWN, 1, 1);
	is_u64(c->ui.stage, 2, "the wheel goes on to the next stage");
	for (unsigned x = 0; x < 80; x++)
		links += grid_at(&c->grid, x, 23)->link == LINK_ACTION + ACT_HELP;
	is_u64(links, strlen("? help"), "the last line is made of buttons");
	ui_mouse(&c->ui, &c->data, &c->grid, TK_CLICK, 9, 23);
	is_u64(c->ui.view, VIEW_HELP, "that work");
	ui_mouse(&c->ui, &c->data, &c->grid, TK_CLICK, 500, 500);
	is_u64(c->ui.view, VIEW_HELP, "a click outside does nothing");
	test_column_heads(c);
}

int main(void)
{
	static struct screen c;

	screen_open(&c);
	test_mouse(&c);
	screen_close(&c);
	return done();
}
