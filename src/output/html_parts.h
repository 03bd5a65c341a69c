/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the page share. */
#ifndef NS_HTML_PARTS_H
#define NS_HTML_PARTS_H

#include "html.h"

/* p50 to max over time, of one direction's and protocol's total. */
void html_lines(FILE *f, const struct html_report *r, enum ns_dir dir, unsigned proto);

/* How many packets took how long, over time. */
void html_heat(FILE *f, const struct html_report *r, enum ns_dir dir, unsigned proto);

#endif
