/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A screen's worth of cells, each a character with a style. Views draw into it; only term.c knows
 * how a terminal shows it. What lies outside is cut off, so that no view can draw too far.
 */
#ifndef NS_GRID_H
#define NS_GRID_H

#include <linux/types.h>
#include <stdbool.h>

#define HEAT_LEVELS 9 /* 0: nothing */
#define STAGE_COLORS 16

/* What a cell means; the colours are chosen in term.c. */
enum cell_style {
	ST_TEXT,
	ST_FAINT, /* words that only frame a number */
	ST_HEAD,  /* a heading */
	ST_SORT,  /* the heading of the column that is sorted by */
	ST_TITLE, /* the first line */
	ST_NAME,  /* the program's name in it */
	ST_MARK,  /* what must not be overlooked: paused */
	ST_KEY,	  /* a key's name in the last line */
	ST_LABEL, /* and what it does */
	ST_WARN,  /* something was lost */
	ST_SPARK,
	ST_STAGE,			   /* + 0..STAGE_COLORS - 1: of a stage's colour */
	ST_HEAT = ST_STAGE + STAGE_COLORS, /* + 0..HEAT_LEVELS - 1 */
	ST_COUNT = ST_HEAT + HEAT_LEVELS,
};

/* What a click on a cell does. */
enum {
	LINK_NONE,
	LINK_ACTION = 1,   /* + enum action */
	LINK_COLUMN = 128, /* + enum conn_sort_key */
	LINK_ROW = 256,	   /* + index of a row */
};

struct cell {
	__u32 ch;      /* a code point that takes one column */
	__u8 style;    /* enum cell_style */
	bool selected; /* under the cursor */
	__u16 link;
};

struct grid {
	unsigned width, height;
	struct cell *cells;
	__u16 link;    /* of what is drawn next */
	bool selected; /* the same */
};

/* A blank grid. -ENOMEM leaves it as it was. grid_free accepts an empty one. */
int grid_resize(struct grid *g, unsigned width, unsigned height);
void grid_free(struct grid *g);
void grid_clear(struct grid *g);

/* NULL outside. */
struct cell *grid_at(const struct grid *g, unsigned x, unsigned y);

/*
 * UTF-8 text at (x, y), at most `width` columns of it, cut without half a character. Characters
 * that do not take exactly one column, and what is no UTF-8, become '?'. Returns the column after
 * it.
 */
unsigned grid_put(struct grid *g, unsigned x, unsigned y, unsigned width, enum cell_style style,
		  const char *text);

/* The same, right-aligned in `width` columns; a text that is too long loses its end. */
void grid_put_right(struct grid *g, unsigned x, unsigned y, unsigned width, enum cell_style style,
		    const char *text);

/* printf into at most `width` columns. Returns the column after it. */
unsigned grid_printf(struct grid *g, unsigned x, unsigned y, unsigned width, enum cell_style style,
		     const char *format, ...) __attribute__((format(printf, 6, 7)));

void grid_char(struct grid *g, unsigned x, unsigned y, enum cell_style style, __u32 ch);

/* Give `width` cells of a line the style, link and selection in force; their characters stay. */
void grid_paint(struct grid *g, unsigned x, unsigned y, unsigned width, enum cell_style style);

/* The same for link and selection only. */
void grid_link(struct grid *g, unsigned x, unsigned y, unsigned width);

/* Columns that a text takes in the grid. */
unsigned grid_columns(const char *text);

/* A cell's character as UTF-8. Returns its length. */
unsigned grid_utf8(__u32 ch, char out[5]);

/* The text of a line without the blanks at its end. buf: 4 * width + 1 bytes. */
char *grid_line(const struct grid *g, unsigned y, char *buf);

#endif
