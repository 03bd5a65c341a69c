// SPDX-License-Identifier: GPL-2.0-only
#include "grid.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int grid_resize(struct grid *g, unsigned width, unsigned height)
{
	struct cell *cells = calloc((size_t)width * height + 1, sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	free(g->cells);
	*g = (struct grid){.width = width, .height = height, .cells = cells};
	grid_clear(g);
	return 0;
}

void grid_free(struct grid *g)
{
	free(g->cells);
	*g = (struct grid){0};
}

void grid_clear(struct grid *g)
{
	for (size_t i = 0; i < (size_t)g->width * g->height; i++)
		g->cells[i] = (struct cell){.ch = ' '};
	g->link = LINK_NONE;
	g->selected = false;
}

struct cell *grid_at(const struct grid *g, unsigned x, unsigned y)
{
	return x < g->width && y < g->height ? &g->cells[(size_t)y * g->width + x] : NULL;
}

/* Scripts and symbols whose characters take one column on every terminal. */
static bool one_column(__u32 ch)
{
	static const struct {
		__u32 first, last;
	} ranges[] = {{0x20, 0x7e},	{0xa0, 0xac},	  {0xae, 0x2ff},    {0x370, 0x482},
		      {0x48a, 0x52f},	{0x1e00, 0x1fff}, {0x2010, 0x2027}, {0x2030, 0x205e},
		      {0x2190, 0x21ff}, {0x2500, 0x25ff}};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (ch >= ranges[i].first && ch <= ranges[i].last)
			return true;
	return false;
}

/* The next character of *text, which it steps over; '?' for what cannot be shown. */
static __u32 next_char(const char **text)
{
	const unsigned char *s = (const unsigned char *)*text;
	unsigned len = *s < 0x80 ? 1 : *s >= 0xf0 ? 4 : *s >= 0xe0 ? 3 : *s >= 0xc0 ? 2 : 1;
	__u32 ch = len == 1 ? *s : *s & (0x7f >> len);

	for (unsigned i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80) { /* also the terminating NUL */
			len = i;
			ch = 0;
			break;
		}
		ch = ch << 6 | (s[i] & 0x3f);
	}
	*text += len;
	return one_column(ch) && (len > 1 || ch < 0x80) ? ch : '?';
}

void grid_char(struct grid *g, unsigned x, unsigned y, enum cell_style style, __u32 ch)
{
	struct cell *c = grid_at(g, x, y);

	if (c)
		*c = (struct cell){
			.ch = ch, .style = (__u8)style, .selected = g->selected, .link = g->link};
}

unsigned grid_put(struct grid *g, unsigned x, unsigned y, unsigned width, enum cell_style style,
		  const char *text)
{
	for (; width && *text; width--)
		grid_char(g, x++, y, style, next_char(&text));
	return x;
}

unsigned grid_columns(const char *text)
{
	unsigned n = 0;

	for (; *text; n++)
		next_char(&text);
	return n;
}

void grid_put_right(struct grid *g, unsigned x, unsigned y, unsigned width, enum cell_style style,
		    const char *text)
{
	unsigned n = grid_columns(text);

	grid_put(g, n < width ? x + width - n : x, y, width, style, text);
}

unsigned grid_printf(struct grid *g, unsigned x, unsigned y, unsigned width, enum cell_style style,
		     const char *format, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return grid_put(g, x, y, width, style, text);
}

void grid_link(struct grid *g, unsigned x, unsigned y, unsigned width)
{
	for (struct cell *c; width-- && (c = grid_at(g, x, y)); x++) {
		c->link = g->link;
		c->selected = g->selected;
	}
}

void grid_paint(struct grid *g, unsigned x, unsigned y, unsigned width, enum cell_style style)
{
	grid_link(g, x, y, width);
	for (struct cell *c; width-- && (c = grid_at(g, x, y)); x++)
		c->style = (__u8)style;
}

unsigned grid_utf8(__u32 ch, char out[5])
{
	unsigned len = ch < 0x80 ? 1 : ch < 0x800 ? 2 : 3; /* one_column() knows none above */

	if (len == 1) {
		out[0] = (char)ch;
	} else {
		for (unsigned i = len - 1; i; i--, ch >>= 6)
			out[i] = (char)(0x80 | (ch & 0x3f));
		out[0] = (char)((len == 2 ? 0xc0 : 0xe0) | ch);
	}
	out[len] = '\0';
	return len;
}

char *grid_line(const struct grid *g, unsigned y, char *buf)
{
	unsigned used = 0, end = 0;

	for (unsigned x = 0; x < g->width; x++) {
		used += grid_utf8(grid_at(g, x, y)->ch, buf + used);
		if (grid_at(g, x, y)->ch != ' ')
			end = used;
	}
	buf[end] = '\0';
	return buf;
}
