/* SPDX-License-Identifier: GPL-2.0-only */
/* What the text renderers share: colours by meaning, the clock, and how a stream failed. */
#ifndef NS_TEXT_STYLE_H
#define NS_TEXT_STYLE_H

#include <stdio.h>

#include "format.h"
#include "text.h"

#define TEXT_MIN_WIDTH 80
#define TEXT_ROWS 20 /* of qdiscs, drops and CPUs; JSON has them all */

enum text_style {
	TS_RESET,
	TS_HEAD,  /* a heading */
	TS_FAINT, /* words that only frame a number */
	TS_WARN,  /* something was lost */
	TS_BAR,
	TS_COUNT,
};

/* The escape sequence, or "" without colour. */
const char *text_style(const struct text_opts *o, unsigned style);

/* The same for a stage: what is alike in both directions has one colour. */
const char *text_stage_style(const struct text_opts *o, enum ns_dir dir, unsigned stage);

/* What a stage is drawn with where there are no colours; differs within a direction. */
char text_stage_letter(enum ns_dir dir, unsigned stage);

/* Its number among the terminal's colours: 1 (red) to 15; 0: none of its own. */
unsigned text_stage_color(enum ns_dir dir, unsigned stage);

/*
 * A cell of `width` columns at the start of a row; a longer text gets a line of its own, so that
 * the numbers keep their columns.
 */
void text_label(FILE *f, const char *label, unsigned width);

/* Words that begin at column `indent` of a line, broken so that none is wider than the text. */
void text_words(FILE *f, const char *words, size_t indent, const struct text_opts *o);

/* Columns to use: o->width, but never less than the tables need. */
unsigned text_width(const struct text_opts *o);

/* Local time of day of a CLOCK_MONOTONIC stamp: "12:34:56", with microseconds if asked. */
struct fmt text_clock(const struct run_info *ri, __u64 mono_ns, bool usec);

/* The line above the tables of an interval, which ended at mono_ns, or of the whole run. */
void text_interval(FILE *f, const struct run_info *ri, __u64 mono_ns, __u64 interval_ns, bool final,
		   const struct text_opts *o);

/* Of a device, and of a packet: its device's own stamp. */
void text_hw_info(FILE *f, const struct hw_info *info);
void text_hw_stamp(FILE *f, struct hw_stamp s);

/* 0, or -errno if a write to f has failed since it was opened. */
int text_status(FILE *f);

/* Rows of text_snapshot() that have a file of their own. */
void text_histogram(FILE *f, const struct hist *h, const char *title, const struct text_opts *o);
void text_histogram_of(FILE *f, const struct hist *h, const char *title, fmt_fn fmt,
		       const struct text_opts *o);
int text_connections(FILE *f, const struct snapshot *s, const struct run_info *ri,
		     const struct text_opts *o);
void text_ways(FILE *f, const struct snapshot *s, const struct text_opts *o);
void text_hws(FILE *f, const struct snapshot *s, const struct text_opts *o);
void text_causes(FILE *f, const struct snapshot *s, const struct text_opts *o);
int text_qdiscs(FILE *f, const struct snapshot *s, const struct text_opts *o);
int text_drops(FILE *f, const struct snapshot *s, const struct run_info *ri,
	       const struct text_opts *o);
int text_cpus(FILE *f, const struct snapshot *s, const struct text_opts *o);

/* How many of a table's n rows are not among the TEXT_ROWS that were printed. */
void text_rest(FILE *f, size_t n);

#endif
