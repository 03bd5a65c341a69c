// SPDX-License-Identifier: GPL-2.0-only
/* The plots of the page: SVG, whose colours are classes of the page's style. */
#include "html_parts.h"

#include <math.h>

#include "format.h"
#include "histogram.h"
#include "names.h"
#include "text_style.h"

/* In the units of viewBox; a phone shows one of them in about three quarters of a pixel. */
#define WIDTH 480.0
#define HEIGHT 230.0
#define LEFT 52.0
#define RIGHT 8.0
#define TOP 8.0
#define BOTTOM 24.0

#define SERIES 4
#define LEVELS 6 /* shades of the heat map */
#define HEAT_ROWS (HIST_TOP + 2)

static const struct {
	const char *name;
	double q; /* 1: the maximum */
} series[SERIES] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"max", 1}};

struct plot {
	FILE *f;
	const struct html_report *r;
	enum ns_dir dir;
	unsigned proto;
	__u64 start, length; /* ns */
	double low, high;    /* log10 of the y axis */
};

static const struct hist *total_of(const struct plot *p, size_t column)
{
	return &p->r->time->columns[column].hist[p->dir][p->proto][dirs[p->dir].total];
}

static bool value(const struct plot *p, size_t column, unsigned s, __u64 *ns)
{
	const struct hist *h = total_of(p, column);

	if (series[s].q < 1)
		return hist_quantile(h, series[s].q, ns);
	*ns = h->max;
	return hist_n(h) > 0;
}

static double x_of(const struct plot *p, __u64 ns)
{
	double part = (double)(ns - p->start) / (double)p->length;

	return LEFT + (WIDTH - LEFT - RIGHT) * fmin(fmax(part, 0), 1);
}

static double y_of(const struct plot *p, double ns)
{
	double part = (log10(fmax(ns, 1)) - p->low) / (p->high - p->low);

	return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * fmin(fmax(part, 0), 1);
}

/* The y axis, from lo to hi ns, in whole powers of ten; and the x axis: when. */
static void axes(const struct plot *p)
{
	fprintf(p->f, "<g class=\"axis\">");
	for (int e = (int)p->low; e <= (int)p->high; e++) {
		double y = y_of(p, pow(10, e));

		fprintf(p->f,
			"<path d=\"M%.0f %.1fH%.0f\"/><text x=\"%.0f\" y=\"%.1f\" "
			"text-anchor=\"end\">%s</text>",
			LEFT, y, WIDTH - RIGHT, LEFT - 5, y + 4, fmt_ns((__u64)pow(10, e)).s);
	}
	for (unsigned i = 0; i < 3; i++) {
		static const char *const anchors[] = {"start", "middle", "end"};
		__u64 at = p->start + p->length / 2 * i;

		fprintf(p->f, "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"%s\">%s</text>",
			x_of(p, at), HEIGHT - 6, anchors[i], text_clock(p->r->ri, at, false).s);
	}
	fprintf(p->f, "</g>");
}

static void begin(struct plot *p, double lo, double hi, const char *what)
{
	const struct timeline *t = p->r->time;

	p->start = t->columns[0].start_ns;
	p->length = t->columns[t->n - 1].end_ns - p->start;
	p->length = p->length ? p->length : 1;
	p->low = floor(log10(fmax(lo, 1)));
	p->high = fmax(ceil(log10(fmax(hi, 1))), p->low + 1);
	fprintf(p->f,
		"<figure><figcaption>%s</figcaption><svg viewBox=\"0 0 %.0f %.0f\" role=\"img\">",
		what, WIDTH, HEIGHT);
}

/* A line where there are values, with gaps where there are not; a single one is a dot. */
static void line(const struct plot *p, unsigned s)
{
	bool pen = false;
	__u64 ns;

	fprintf(p->f, "<path class=\"line s%u\" d=\"", s);
	for (size_t i = 0; i < p->r->time->n; i++) {
		const struct column *c = &p->r->time->columns[i];
		bool known = value(p, i, s, &ns);

		if (known)
			fprintf(p->f, "%c%.1f %.1f", pen ? 'L' : 'M',
				x_of(p, c->start_ns + (c->end_ns - c->start_ns) / 2),
				y_of(p, (double)ns));
		if (known && !pen)
			fprintf(p->f, "h.01");
		pen = known;
	}
	fprintf(p->f, "\"/>");
}

/* What a pointer that rests on a column is told. */
static void hints(const struct plot *p)
{
	for (size_t i = 0; i < p->r->time->n; i++) {
		const struct column *c = &p->r->time->columns[i];
		double x = x_of(p, c->start_ns), w = x_of(p, c->end_ns) - x;
		__u64 ns;

		fprintf(p->f,
			"<rect class=\"hint\" x=\"%.1f\" y=\"%.0f\" width=\"%.1f\" "
			"height=\"%.0f\"><title>%s n=%s",
			x, TOP, w, HEIGHT - TOP - BOTTOM, text_clock(p->r->ri, c->end_ns, false).s,
			fmt_count(hist_n(total_of(p, i))).s);
		for (unsigned s = 0; s < SERIES; s++)
			if (value(p, i, s, &ns))
				fprintf(p->f, " %s=%s", series[s].name, fmt_ns(ns).s);
		fprintf(p->f, "</title></rect>");
	}
}

void html_lines(FILE *f, const struct html_report *r, enum ns_dir dir, unsigned proto)
{
	struct plot p = {.f = f, .r = r, .dir = dir, .proto = proto};
	double lo = INFINITY, hi = 1;
	__u64 ns;

	for (size_t i = 0; i < r->time->n; i++) {
		for (unsigned s = 0; s < SERIES; s++) {
			if (!value(&p, i, s, &ns))
				continue;
			lo = fmin(lo, (double)ns);
			hi = fmax(hi, (double)ns);
		}
	}
	begin(&p, isinf(lo) ? 1 : lo, hi, "total over time");
	axes(&p);
	for (unsigned s = 0; s < SERIES; s++)
		line(&p, s);
	hints(&p);
	fprintf(f, "</svg><div class=\"legend\">");
	for (unsigned s = 0; s < SERIES; s++)
		fprintf(f, "<span class=\"s%u\">%s</span> ", s, series[s].name);
	fprintf(f, "(none where a column has too few packets)</div></figure>\n");
}

/* The row of a bucket: row k holds (2^(k-1), 2^k] ns. */
static unsigned row_of(unsigned bucket)
{
	__u64 upper = hist_upper(bucket);

	if (bucket >= HIST_OVERFLOW)
		return HEAT_ROWS - 1;
	return upper <= 1 ? 0 : hist_log2(upper - 1) + 1;
}

static void fill_rows(const struct hist *h, double rows[HEAT_ROWS])
{
	for (unsigned i = 0; i < HEAT_ROWS; i++)
		rows[i] = 0;
	for (unsigned i = 0; i < HIST_BUCKETS; i++)
		rows[row_of(i)] += (double)h->count[i];
}

/* Few packets must be seen beside many: the shade goes by the logarithm. */
static unsigned level(double n, double most)
{
	if (n < 1)
		return 0;
	return most < 2 ? LEVELS : 1 + (unsigned)((LEVELS - 1) * log(n) / log(most) + 0.5);
}

void html_heat(FILE *f, const struct html_report *r, enum ns_dir dir, unsigned proto)
{
	struct plot p = {.f = f, .r = r, .dir = dir, .proto = proto};
	unsigned first = HEAT_ROWS, last = 0;
	double rows[HEAT_ROWS], most = 0;

	for (size_t i = 0; i < r->time->n; i++) {
		fill_rows(total_of(&p, i), rows);
		for (unsigned k = 0; k < HEAT_ROWS; k++) {
			if (rows[k] < 1)
				continue;
			most = fmax(most, rows[k]);
			first = k < first ? k : first;
			last = k > last ? k : last;
		}
	}
	begin(&p, first < 2 ? 1 : ldexp(1, (int)first - 1), ldexp(1, (int)last),
	      "packets by total, over time");
	for (unsigned shade = 1; shade <= LEVELS; shade++) {
		fprintf(f, "<path class=\"h%u\" d=\"", shade);
		for (size_t i = 0; i < r->time->n; i++) {
			const struct column *c = &r->time->columns[i];
			double x = x_of(&p, c->start_ns), w = x_of(&p, c->end_ns) - x;

			fill_rows(total_of(&p, i), rows);
			for (unsigned k = first; k <= last; k++) {
				double y = y_of(&p, ldexp(1, (int)k));
				double below = y_of(&p, k ? ldexp(1, (int)k - 1) : 1);

				if (level(rows[k], most) == shade)
					fprintf(f, "M%.1f %.1fh%.1fv%.1fh-%.1fz", x, y, w,
						below - y, w);
			}
		}
		fprintf(f, "\"/>");
	}
	axes(&p);
	hints(&p);
	fprintf(f, "</svg></figure>\n");
}
