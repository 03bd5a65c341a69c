/* SPDX-License-Identifier: GPL-2.0-only */
/* What the views share: which stages, their names and numbers, bars, sparklines and tables. */
#ifndef NS_VIEW_H
#define NS_VIEW_H

#include "ui.h"

/* Inside a frame: the lines between the first two and the last. */
struct area {
	unsigned x, y, width, height;
};

/* The views. Each draws into its area and keeps the cursor in bounds. */
void view_overview(struct ui *ui, const struct ui_data *d, struct grid *g, struct area a);
void view_stage(struct ui *ui, const struct ui_data *d, struct grid *g, struct area a);
void view_conns(struct ui *ui, const struct ui_data *d, struct grid *g, struct area a);
void view_anomalies(struct ui *ui, const struct ui_data *d, struct grid *g, struct area a);
void view_causes(struct ui *ui, const struct ui_data *d, struct grid *g, struct area a);
void view_cpus(struct ui *ui, const struct ui_data *d, struct grid *g, struct area a);
void view_conn(struct ui *ui, const struct ui_data *d, struct grid *g, struct area a);
void view_help(struct ui *ui, const struct ui_data *d, struct grid *g, struct area a);
void view_messages(struct ui *ui, const struct ui_data *d, struct grid *g, struct area a);

/* The ranked cause in row i of the window; NULL: no such row. */
const struct ranked *cause_row(const struct ui *ui, const struct ui_data *d, unsigned i);

/* Typing a filter: begin, and a key of it. */
void ui_edit_begin(struct ui *ui);
enum ui_request ui_edit_key(struct ui *ui, int key);

#define STAGE_ROWS (STAGES_MAX + 1) /* of a direction: its stages, and hw_to_stack */

/* The numbers of the stages of a direction, the total and those after it, in their order; and of
 * hw_to_stack, where it is measured. */
unsigned stage_list(const struct ui *ui, const struct run_info *ri, enum ns_dir dir,
		    __u8 out[STAGE_ROWS]);

/* `by` further among them, without leaving them. */
unsigned stage_step(const struct ui *ui, const struct run_info *ri, enum ns_dir dir, unsigned stage,
		    int by);

/* A stage's name, with what is measured with it; '*': not the same for all protocols shown. */
char *stage_name(const struct ui *ui, const struct run_info *ri, enum ns_dir dir, unsigned stage,
		 char *buf, size_t size);
enum cell_style stage_style(enum ns_dir dir, unsigned stage);

/* A stage's histogram over the protocols shown. Returns out, or where it is. */
const struct hist *stage_hist(const struct ui *ui, const struct snapshot *s, enum ns_dir dir,
			      unsigned stage, struct hist *out);

/* "tcp+udp", "tcp", "udp" */
const char *proto_label(unsigned proto);

struct fmt view_ns(const struct ui *ui, __u64 ns);

/* A quantile, or "-" where there are too few samples; n and max have no such limit. */
struct fmt view_quantile(const struct ui *ui, const struct hist *h, double q);

void draw_bar(const struct ui *ui, struct grid *g, unsigned x, unsigned y, unsigned width,
	      enum cell_style style, double fraction);

#define SPARK_MOST 80 /* columns of a sparkline */

/* The latest `width` intervals: their median is in the middle, a step up or down is a doubling. */
void draw_spark(const struct ui *ui, const struct ui_data *d, struct grid *g, unsigned x,
		unsigned y, unsigned width, enum ns_dir dir, unsigned stage);
const char *spark_label(enum spark spark);

/* The delays of the CPUs that fit in a line, the longest first if not all do. False: there are
 * none.
 */
bool draw_cpu_line(const struct ui *ui, const struct ui_data *d, struct grid *g, struct area a);

/* The table of connections in `a`: a heading, then rows; ui->scroll and cursor apply. */
void draw_conns(struct ui *ui, const struct ui_data *d, struct grid *g, struct area a,
		bool has_cursor);

#define WORDS_MAX 511 /* bytes of a line of words */

/* Words over as many lines as there are in `a` from line y on. Returns the line after them. */
unsigned draw_words(struct grid *g, struct area a, unsigned y, enum cell_style style,
		    const char *words);

/* Keep *row below n, and the row inside a page that begins at *scroll. */
void keep_visible(unsigned *row, unsigned *scroll, unsigned n, unsigned page);

static inline unsigned min_u(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

#endif
