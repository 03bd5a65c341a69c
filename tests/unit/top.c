// SPDX-License-Identifier: GPL-2.0-only
/* src/tui: each view at three sizes, in UTF-8 and ASCII, against golden files; and what keys do. */
#include <linux/types.h>

#include "golden.h"
#include "screen.h"

static const struct {
	unsigned width, height;
} sizes[] = {{60, 12}, {80, 24}, {200, 50}};

static bool ascii_only(const char *text)
{
	for (; *text; text++)
		if (*text != '\n' && ((unsigned char)*text < ' ' || (unsigned char)*text > '~'))
			return false;
	return true;
}

/* A text with the styles as letters, a line below each line. */
static void append_styles(const struct grid *g, char *text)
{
	text += strlen(text);
	for (unsigned y = 0; y < g->height; y++) {
		for (unsigned x = 0; x < g->width; x++) {
			const struct cell *c = grid_at(g, x, y);

			*text++ = (char)(c->selected ? '#' : c->style ? 'a' + c->style : '.');
		}
		*text++ = '\n';
	}
	*text = '\0';
}

static void check_view(struct screen *c, const char *name)
{
	static char text[1 << 18];
	char file[80], *end;

	for (unsigned utf8 = 0; utf8 < 2; utf8++) {
		end = text;
		c->ui.utf8 = utf8;
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			end = screen_text(c, sizes[i].width, sizes[i].height, end);
		snprintf(file, sizeof(file), "top-%s%s", name, utf8 ? "" : "-ascii");
		golden(file, text);
		if (!utf8)
			ok(ascii_only(text), "%s: ASCII means ASCII", name);
	}
}

static enum ui_request press(struct screen *c, int key)
{
	return ui_key(&c->ui, &c->data, key);
}

static void type(struct screen *c, const char *text)
{
	while (*text)
		press(c, *text++);
}

static void test_views(struct screen *c)
{
	static const char *const messages[] = {"netstrata: first", "netstrata: second\033[2J"};

	check_view(c, "overview");
	press(c, '2');
	check_view(c, "stage");
	press(c, '3');
	check_view(c, "conns");
	press(c, '6');
	check_view(c, "cpus");
	press(c, '3');
	press(c, TK_DOWN);
	press(c, TK_ENTER);
	is_u64(c->ui.view, VIEW_CONN, "Enter opens a connection");
	check_view(c, "conn");
	press(c, '?');
	check_view(c, "help");
	press(c, TK_ESCAPE);
	is_u64(c->ui.view, VIEW_CONN, "Esc leads back to where help was asked for");
	press(c, '!');
	c->data.messages = messages;
	c->data.n_messages = 2;
	check_view(c, "messages");
}

static void test_styles(struct screen *c)
{
	static char text[1 << 16];

	c->ui.colors = 256;
	screen_text(c, 80, 24, text);
	append_styles(&c->grid, text);
	press(c, '2');
	screen_text(c, 80, 24, text + strlen(text));
	append_styles(&c->grid, text);
	golden("top-styles", text);
}

static const char *line_with(struct screen *c, const char *what)
{
	static char text[1 << 16];
	char *line;

	screen_text(c, 100, 30, text);
	line = strstr(text, what);
	if (line)
		line[strcspn(line, "\n")] = '\0';
	return line ? line : "(none)";
}

static void test_anomalies(struct screen *c)
{
	static char text[1 << 16];

	press(c, '4');
	is_str(line_with(c, "not looked"), "not looked for", "without them");
	c->anomalies = anomalies_new(CONNS, &c->ri);
	anomalies_list(c->anomalies, &c->list);
	c->data.anomalies = &c->list;
	is_str(line_with(c, "unusually"),
	       "unusually slow: 0 now, 0 so far; learning what is usual, 16 intervals to go",
	       "before the first");
	is_u64(press(c, TK_ENTER), UI_NOTHING, "nothing to open");
	anomalies_free(c->anomalies);
	screen_anomalies(c);
	check_view(c, "slow");
	press(c, '1');
	screen_text(c, 80, 24, text);
	ok(strstr(text, " UNUSUALLY SLOW: 4 ") && strstr(text, "UNUSUALLY") < strchr(text, '\n'),
	   "the first line of each view says so");
	press(c, '4');
	press(c, TK_END);
	press(c, TK_UP);
	press(c, TK_HOME);
	ok(c->list.n > 2, "some to walk through");
	for (unsigned i = 0; i < c->list.n; i++) {
		const struct anomaly *x = &c->list.at[i];

		screen_text(c, 100, 30, text);
		ok(strstr(text, x->has_example ? "packet of " : "no packet of it was kept"),
		   "an example, or that there is none");
		if (x->scope == ANOMALY_CPU)
			ok(strstr(text, "(--stages"),
			   "of a CPU, whose packets have no wait of their own by default");
		press(c, TK_ENTER);
		is_u64(c->ui.view,
		       x->scope == ANOMALY_CONNECTION ? VIEW_CONN
		       : x->scope == ANOMALY_CPU      ? VIEW_CPUS
						      : VIEW_STAGE,
		       "Enter opens what it is about");
		if (c->ui.view == VIEW_STAGE)
			ok(c->ui.stage == x->stage && c->ui.dir == x->dir, "that stage");
		press(c, '4');
		press(c, TK_DOWN);
		screen_text(c, 100, 30, text); /* brings the cursor into bounds */
	}
	ui_init(&c->ui, &c->ri);
	c->data.anomalies = NULL;
}

static void test_causes(struct screen *c)
{
	press(c, '5');
	check_view(c, "causes");
	press(c, TK_HOME);
	press(c, TK_ENTER);
	is_u64(c->ui.view, VIEW_CONN, "Enter opens the connection of the worst packet");
	press(c, '5');
	c->snap->n_conns = 0;
	press(c, TK_ENTER);
	ok(c->ui.view == VIEW_CAUSES && strstr(c->ui.note, "no packets"), "or says that it cannot");
	c->snap->n_conns = CONNS;
	press(c, 't');
	ok(strstr(line_with(c, "took 1ms"), "in all"), "the total has them too");
	c->ri.slow_ns = 0;
	ok(strstr(line_with(c, "not kept"), "--slow"), "--slow off");
	c->ri.slow_ns = 1000000;
	c->data.slow = NULL;
	is_u64(press(c, TK_ENTER), UI_NOTHING, "nothing to open");
	c->data.slow = c->slow;
}

/* The line of the overview, and the view of all. */
static void test_cpus(struct screen *c)
{
	struct softirq_snapshot *few = c->snap->softirqs, *many = sample_cpus(200);

	press(c, '1');
	is_str(line_with(c, "softirq delay"),
	       "softirq delay max, cpu 0   -       1 + 100us   2 + 100us   3 @ 23ms",
	       "CPUs that fit");
	press(c, 'v');
	is_str(line_with(c, "softirq delay"),
	       "softirq delay p99, cpu 0   -       1   -       2   -       3 + 106us",
	       "another figure");
	c->snap->softirqs = many;
	press(c, 'v');
	press(c, 'v');
	press(c, 'v');
	is_str(line_with(c, "softirq delay"),
	       "softirq delay max, cpu 199 @ 23ms      1 + 100us     2 + 100us     3 + 100us     4 "
	       "+ 100us   +195",
	       "the worst of many");
	press(c, '6');
	check_view(c, "cpus-many");
	press(c, 'G');
	line_with(c, "x");
	is_u64(c->ui.scroll, 200 - c->ui.page, "End");
	press(c, 'd');
	is_u64(c->ui.dir, NS_RX, "a direction has no meaning here");
	press(c, '\t');
	is_u64(c->ui.view, VIEW_OVERVIEW, "the last of the views");
	press(c, '6');
	c->snap->softirqs = NULL;
	ok(strstr(line_with(c, "not measured"), "--no-cpus"), "without them");
	c->data.replay = true;
	ok(strstr(line_with(c, "not recorded"), "--no-cpus"), "a recording");
	c->data.replay = false;
	press(c, '1');
	is_str(line_with(c, "softirq delay"), "(none)", "no line then");
	c->snap->softirqs = few;
	softirq_free(many);
}

static void test_keys(struct screen *c)
{
	press(c, '1');
	is_str(line_with(c, "connections"), "connections by rx:total:p99, 40 with packets", "sort");
	press(c, 's');
	press(c, 's');
	press(c, '<');
	is_str(line_with(c, "connections"), "connections by rx:application:sum, 40 with packets",
	       "sort by the sum of a stage");
	press(c, 's');
	press(c, 's');
	is_str(line_with(c, "connections"), "connections by rx:application:max, 40 with packets",
	       "p99 is passed over where it is not kept");
	press(c, 'd');
	is_str(line_with(c, "connections"), "connections by tx:total:max, 40 with packets",
	       "the other direction");
	press(c, 'p');
	press(c, '2');
	ok(strstr(line_with(c, "udp received total"), "udp received"), "protocol");
	press(c, 'u');
	press(c, 'u');
	ok(strstr(line_with(c, "max "), "us"), "unit");
	is_u64(press(c, '+'), UI_SLOWER, "+");
	is_u64(press(c, '-'), UI_FASTER, "-");
	is_u64(press(c, 'z'), UI_RESET, "z");
	is_u64(press(c, 'w'), UI_SAVE, "w");
	is_u64(press(c, 'q'), UI_QUIT, "q");
	is_u64(press(c, 'Q'), UI_QUIT_KEEP, "Q");
	is_u64(press(c, TK_RESIZE), UI_NOTHING, "resize");
}

static void test_pause(struct screen *c)
{
	struct snapshot *next = screen_interval(INTERVALS);
	static char before[1 << 16], after[1 << 16];

	press(c, '1');
	press(c, ' ');
	ok(c->ui.paused, "Space pauses");
	screen_text(c, 120, 30, before);
	series_add(c->series, next); /* the caller goes on, and says by how much */
	c->data.skip = 1;
	screen_text(c, 120, 30, after);
	is_str(after, before, "what is shown stays, sparklines too");
	press(c, 's');
	ok(strstr(line_with(c, "connections"), "by rx"), "sorting works");
	press(c, '3');
	press(c, 'G');
	line_with(c, "x");
	is_u64(c->ui.rows[PANE_CONNS], CONNS - 1, "so does scrolling");
	press(c, ' ');
	ok(!c->ui.paused, "Space again goes on");
	snapshot_free(next);
}

static void test_filter(struct screen *c)
{
	press(c, '/');
	type(c, "a");
	press(c, TK_BACKSPACE);
	type(c, "--port 443 q");
	ok(strstr(line_with(c, "filter:"), "--port 443 q"), "keys are text while typing");
	is_u64(press(c, TK_ENTER), UI_FILTER, "Enter");
	is_str(c->ui.edit, "--port 443 q", "the filter");
	press(c, '/');
	for (unsigned i = 0; i < 1000; i++)
		press(c, 'x');
	is_u64(strlen(c->ui.edit), sizeof(c->ui.edit) - 1, "bounded");
	press(c, TK_ESCAPE);
	ok(!c->ui.editing, "Esc gives up");
	is_u64(press(c, '\\'), UI_FILTER, "\\");
	is_str(c->ui.edit, "", "no filter");
	c->ui.query.n_words = 1;
	strcpy(c->ui.query.words[0], "server7/");
	strcpy(c->ui.filter, "server7/");
	ok(strstr(line_with(c, "connections"), "1 of 40: server7/"), "what is filtered is said");
}

/* Every size, every view: nothing to see but no harm. */
static void test_sizes(struct screen *c)
{
	static char text[1 << 18];
	unsigned small = 0;

	c->data.anomalies = &c->list;
	for (unsigned v = 0; v < VIEW_COUNT; v++) {
		ui_init(&c->ui, &c->ri);
		c->ui.view = v;
		for (unsigned w = 1; w < 130; w += w < 70 ? 1 : 9)
			for (unsigned h = 1; h < 40; h++) {
				screen_text(c, w, h, text);
				if (w == 20 && h == 5)
					small += strstr(text, "too small") && strstr(text, "60x12");
			}
	}
	is_u64(small, VIEW_COUNT, "20x5 says what it needs");
	ok(true, "drawn at all sizes");
	ui_init(&c->ui, &c->ri);
	c->data.snap = NULL;
	ok(strstr(line_with(c, "measuring"), "after 1s"), "before the first interval");
}

/* One direction only, and nothing but tracepoints. */
static void test_one_direction(struct screen *c)
{
	c->ri.points[NS_TX][NS_TCP] = c->ri.points[NS_TX][NS_UDP] = 0;
	ui_init(&c->ui, &c->ri);
	check_view(c, "rx");
	press(c, 'd');
	ok(strstr(c->ui.note, "not measured"), "the other one is not measured");
	press(c, TK_RIGHT);
	is_u64(c->ui.pane, PANE_RX, "nor can the cursor go there");
}

int main(void)
{
	struct screen c;

	use_utc();
	screen_open(&c);
	test_views(&c);
	ui_init(&c.ui, &c.ri);
	test_styles(&c);
	ui_init(&c.ui, &c.ri);
	test_keys(&c);
	ui_init(&c.ui, &c.ri);
	test_cpus(&c);
	ui_init(&c.ui, &c.ri);
	test_pause(&c);
	ui_init(&c.ui, &c.ri);
	test_filter(&c);
	ui_init(&c.ui, &c.ri);
	c.ui.colors = 8;
	test_anomalies(&c);
	test_causes(&c);
	c.data.skip = 1;
	test_one_direction(&c);
	test_sizes(&c);
	screen_close(&c);
	return done();
}
