/* SPDX-License-Identifier: GPL-2.0-only */
/* What the person at the keyboard has chosen, and what a key changes of it. No terminal, no BPF. */
#ifndef NS_UI_H
#define NS_UI_H

#include <linux/types.h>
#include <stdbool.h>

#include "anomaly.h"
#include "conns.h"
#include "format.h"
#include "grid.h"
#include "keys.h"
#include "query.h"
#include "series.h"
#include "slow.h"
#include "snapshot.h"

#define UI_MIN_WIDTH 60
#define UI_MIN_HEIGHT 12

/* Everything that a view may show. */
struct ui_data {
	const struct run_info *ri;
	const struct snapshot *snap; /* of the window; NULL before the first interval has passed */
	const struct series *series;
	unsigned skip; /* intervals of the series that are newer than snap: it is paused */
	__u64 interval_ns;
	bool replay, ended;		      /* a recording; and no more of it */
	const struct anomaly_list *anomalies; /* NULL: not looked for */
	struct slow *slow;		      /* NULL: not looked for */
	const char *const *messages;
	size_t n_messages;
};

/* The parts of the overview that the cursor can be in. */
enum pane { PANE_RX, PANE_TX, PANE_CONNS };

enum spark { SPARK_MAX, SPARK_P99, SPARK_P50, SPARK_N, SPARK_COUNT };

struct ui {
	enum view view, before; /* before: where `back` leads to from help and messages */
	bool utf8;
	unsigned colors; /* 0, 8, 16 or 256 */
	bool total;	 /* the window: the total, not the latest interval */
	bool paused, mouse;
	bool hw; /* the shown numbers have devices' own stamps */
	enum fmt_unit unit;
	enum spark spark;
	bool heat_counts;
	unsigned proto; /* enum ns_proto, or SERIES_ALL */

	enum pane pane;
	unsigned rows[3]; /* the cursor in each pane; in PANE_CONNS also of the connections' view */
	unsigned scroll;  /* first row shown: connections, help, messages */
	unsigned anomaly; /* the cursor in their view */
	unsigned cause;	  /* and of the causes */
	unsigned page;	  /* rows of the list, as drawn last */

	enum ns_dir dir; /* of the stage view */
	unsigned stage;
	struct conn_query query;
	struct conn_id conn; /* of the connection's view */

	char filter[128]; /* its text, as typed; query has what it means */
	bool editing;
	char edit[128]; /* while it is typed: plain ASCII */
	char note[200]; /* for the last line, until the next key */
};

/* What the caller has to do. */
enum ui_request {
	UI_NOTHING,
	UI_QUIT,
	UI_QUIT_KEEP,
	UI_RESET,
	UI_SLOWER,
	UI_FASTER,
	UI_SAVE,
	UI_FILTER, /* ui->edit is a new filter */
};

/* The state at the start; query's sort is the caller's. */
void ui_init(struct ui *ui, const struct run_info *ri);

/* A key, or a click or turn of the wheel at (x, y) of the grid as drawn last. */
enum ui_request ui_key(struct ui *ui, const struct ui_data *data, int key);
enum ui_request ui_mouse(struct ui *ui, const struct ui_data *data, const struct grid *g, int key,
			 unsigned x, unsigned y);

/* Draw the view: a function of its arguments only. Brings cursor and scrolling into bounds. */
void ui_draw(struct ui *ui, const struct ui_data *data, struct grid *g);

#endif
