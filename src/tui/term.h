/* SPDX-License-Identifier: GPL-2.0-only */
/* The terminal, by ncurses: the only file that knows it. */
#ifndef NS_TERM_H
#define NS_TERM_H

#include <stdbool.h>

#include "grid.h"

/*
 * Take over the terminal: full screen, keys at once, and messages (stderr) into a file of ours. On
 * every way out but SIGKILL the terminal is restored, after a crash too. `color` false: none.
 * -ENOTTY when stdin or stdout is no terminal, -ENODEV when its kind is not known (both unlogged).
 */
int term_open(bool color);

/* Restore it, and print the messages to stderr. Can be called at any time. */
void term_close(void);

bool term_utf8(void);
unsigned term_colors(void); /* 0, 8, 16 or 256 */

/* Its size now. */
void term_size(unsigned *width, unsigned *height);

/* Show the grid. */
void term_show(const struct grid *g);

/*
 * The next key (keys.h) that was pressed, TK_NONE when there is none; for the mouse, where.
 * TK_RESIZE: term_size has changed.
 */
int term_key(unsigned *x, unsigned *y);
void term_mouse(bool on);

/* The messages since term_open, lines; n of them. Valid until the next call. */
const char *const *term_messages(size_t *n);

#endif
