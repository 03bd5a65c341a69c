// SPDX-License-Identifier: GPL-2.0-only
/* hw_to_stack in every output: beside the stages, with its error, and only where it was measured.
 */
#include "golden.h"
#include "html.h"
#include "json.h"
#include "prometheus.h"
#include "screen.h"

/* One device, whose stamps lay 4 us before `stack`. */
static void stamp(struct snapshot *s)
{
	struct hw_state *h = &s->hws[s->n_hws++];

	*h = (struct hw_state){
		.dev = "eth0",
		.clock = "/dev/ptp0",
		.method = "PTP_SYS_OFFSET_EXTENDED",
		.known = true,
		.error_ns = 35,
		.rate_ppb = -1200,
	};
	sample_add(&s->hist[NS_RX][NS_TCP][RXH_HW], 4000, 90);
	sample_add(&s->hist[NS_RX][NS_TCP][RXH_HW], 23000, 10);
}

static char *text_of(const struct screen *c)
{
	static const struct text_opts o = {.width = 80};
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	text_snapshot(f, c->snap, &c->ri, &o);
	fclose(f);
	return text;
}

static char *json_of(const struct screen *c)
{
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	json_snapshot(f, c->snap, &c->ri, &(struct text_opts){.connections = 0});
	fclose(f);
	return text;
}

static char *metrics_of(const struct screen *c)
{
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	prometheus_write(f, c->snap, &c->ri, &(struct prom_opts){0});
	fclose(f);
	return text;
}

static char *html_of(const struct screen *c)
{
	struct recording_part part = {.intervals = 1};
	struct recording_facts facts = {.intervals = 1};
	struct text_opts o = {.width = 80};
	struct ranking why;
	struct timeline t;
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	ranking_init(&why);
	timeline_init(&t, HTML_COLUMNS);
	timeline_add(&t, c->snap);
	timeline_end(&t);
	html_report(f, &(struct html_report){.ri = &c->ri,
					     .total = c->snap,
					     .time = &t,
					     .part = &part,
					     .facts = &facts,
					     .ranking = &why,
					     .text = &o});
	fclose(f);
	timeline_free(&t);
	ranking_free(&why);
	return text;
}

static const struct {
	const char *name;
	char *(*made)(const struct screen *c);
	const char *there; /* with the stamps; without them nothing of it */
} faces[] = {
	{"text", text_of, "from the device's own stamp to `stack`, +-35ns"},
	{"JSON", json_of, "\"stage\":\"hw_to_stack\""},
	{"metrics", metrics_of,
	 "netstrata_rx_hw_to_stack_duration_seconds_count{proto=\"tcp\"} 100"},
	{"the report's page", html_of, "<td>hw_to_stack</td><td>100</td>"},
};

static void test_faces(struct screen *c, bool stamped)
{
	for (size_t i = 0; i < sizeof(faces) / sizeof(faces[0]); i++) {
		char *text = faces[i].made(c);

		if (stamped)
			ok(strstr(text, faces[i].there), "%s has it", faces[i].name);
		else
			ok(!strstr(text, "hw_to_stack"), "%s: not measured, not there",
			   faces[i].name);
		free(text);
	}
}

static void press(struct screen *c, int key)
{
	ui_key(&c->ui, &c->data, key);
}

static void test_top(struct screen *c)
{
	static char text[1 << 17];
	char *end = screen_text(c, 100, 24, text);

	ok(strstr(text, "hw_to_stack"), "top: a row of the overview");
	c->ui.pane = PANE_RX;
	c->ui.rows[PANE_RX] = STAGES_MAX; /* beyond all: the last */
	press(c, TK_ENTER);
	ok(c->ui.view == VIEW_STAGE && c->ui.stage == RXH_HW, "Enter opens it");
	screen_text(c, 100, 24, end);
	golden("top-hw", text);
	press(c, 'd');
	ok(c->ui.dir == NS_TX && c->ui.stage == TXS_TOTAL, "what is sent has no such thing");
	press(c, '3');
	for (unsigned i = 0; i < 2 * STAGES_MAX; i++)
		press(c, '>');
	ok(c->ui.query.dir == NS_RX && c->ui.query.stage == RXS_TOTAL,
	   "nor can connections be ranked by it");
}

int main(void)
{
	struct screen c;

	use_utc();
	screen_open(&c);
	test_faces(&c, false);
	stamp(c.snap);
	series_add(c.series, c.snap);
	test_faces(&c, true);
	test_top(&c);
	screen_close(&c);
	return done();
}
