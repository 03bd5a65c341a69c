// SPDX-License-Identifier: GPL-2.0-only
#include "prom_write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"

#define SECOND 1000000000ULL

/* The shortest text of a number that reads back as that number, as other exporters write it. */
static void float_text(char *buf, size_t size, double v)
{
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(buf, size, "%.*g", digits, v);
		if (strtod(buf, NULL) == v)
			break;
	}
	if (!strpbrk(buf, ".e") && strlen(buf) + 3 <= size)
		strcat(buf, ".0");
}

void prom_begin(struct prom *p, FILE *f, bool openmetrics)
{
	*p = (struct prom){.f = f, .openmetrics = openmetrics, .le_first = PROM_LE_FIRST};
	for (unsigned i = 0; i < PROM_LES; i++)
		float_text(p->le[i], sizeof(p->le[i]), (double)(1ULL << i) / 1e9);
}

int prom_end(struct prom *p)
{
	if (p->openmetrics)
		fputs("# EOF\n", p->f);
	if (fflush(p->f))
		return -errno;
	return ferror(p->f) ? -EIO : 0;
}

void prom_family(struct prom *p, const struct prom_family *family, const char *dir)
{
	static const char *const types[] = {
		[PROM_COUNTER] = "counter", [PROM_GAUGE] = "gauge", [PROM_HISTOGRAM] = "histogram"};
	const char *total = family->type == PROM_COUNTER ? "_total" : "";

	snprintf(p->name, sizeof(p->name), "%s%s%s%s", family->prefix, dir ? dir : "",
		 dir ? "_" : "", family->name);
	if (p->openmetrics) { /* the family of a counter has no suffix there, only its samples */
		fprintf(p->f, "# TYPE %s %s\n", p->name, types[family->type]);
		if (family->unit)
			fprintf(p->f, "# UNIT %s %s\n", p->name, family->unit);
		fprintf(p->f, "# HELP %s %s\n", p->name, family->help);
	}
	strncat(p->name, total, sizeof(p->name) - strlen(p->name) - 1);
	if (!p->openmetrics)
		fprintf(p->f, "# HELP %s %s\n# TYPE %s %s\n", p->name, family->help, p->name,
			types[family->type]);
}

static bool append(struct prom_labels *l, const char *text, size_t len)
{
	if (l->len + len >= sizeof(l->s))
		return false;
	memcpy(l->s + l->len, text, len);
	l->len += len;
	l->s[l->len] = '\0';
	return true;
}

struct prom_labels prom_label(struct prom_labels l, const char *name, const char *value, size_t len)
{
	struct prom_labels longer = l;
	char clean[256];
	bool fits;

	fmt_clean(clean, sizeof(clean), value, len, true); /* no control characters: no newlines */
	fits = (!l.len || append(&longer, ",", 1)) && append(&longer, name, strlen(name)) &&
	       append(&longer, "=\"", 2);
	for (const char *c = clean; fits && *c; c++) {
		if (*c == '\\' || *c == '"')
			fits = append(&longer, "\\", 1);
		fits = fits && append(&longer, c, 1);
	}
	return fits && append(&longer, "\"", 1) ? longer : l;
}

static void begin_sample(const struct prom *p, const char *suffix, const struct prom_labels *l)
{
	fprintf(p->f, "%s%s", p->name, suffix);
	if (l->len)
		fprintf(p->f, "{%s}", l->s);
	fputc(' ', p->f);
}

/* Whole digits: no rounding, however long the sum. */
static void put_seconds(const struct prom *p, __u64 ns)
{
	fprintf(p->f, "%llu.%09llu", ns / SECOND, ns % SECOND);
}

void prom_count(struct prom *p, const struct prom_labels *l, __u64 n)
{
	begin_sample(p, "", l);
	fprintf(p->f, "%llu\n", n);
}

void prom_seconds(struct prom *p, const struct prom_labels *l, __u64 ns)
{
	begin_sample(p, "", l);
	put_seconds(p, ns);
	fputc('\n', p->f);
}

static void put_exemplar(const struct prom *p, const struct prom_exemplar *x)
{
	fprintf(p->f, " # {%s} ", x->labels.s);
	put_seconds(p, x->ns);
	fputc(' ', p->f);
	put_seconds(p, x->real_ns);
}

static void put_bucket(const struct prom *p, const struct prom_labels *l, const char *le, __u64 n,
		       const struct prom_exemplar *x)
{
	fprintf(p->f, "%s_bucket{%s%sle=\"%s\"} %llu", p->name, l->s, l->len ? "," : "", le, n);
	if (p->openmetrics && x && x->there)
		put_exemplar(p, x);
	fputc('\n', p->f);
}

void prom_histogram(struct prom *p, const struct prom_labels *l, const struct hist *h,
		    const struct prom_exemplars *x)
{
	unsigned bucket = 0;
	__u64 n = 0;

	for (unsigned i = p->le_first; i < PROM_LES; i++) {
		unsigned last = hist_bucket(1ULL << i);

		for (; bucket <= last; bucket++)
			n += h->count[bucket];
		put_bucket(p, l, p->le[i], n, x ? &x->le[i] : NULL);
	}
	for (; bucket < HIST_BUCKETS; bucket++)
		n += h->count[bucket];
	put_bucket(p, l, "+Inf", n, x ? &x->le[PROM_LES] : NULL);
	begin_sample(p, "_sum", l);
	put_seconds(p, h->sum);
	fputc('\n', p->f);
	begin_sample(p, "_count", l);
	fprintf(p->f, "%llu\n", n);
}

unsigned prom_le_of(__u64 ns)
{
	unsigned i = PROM_LE_FIRST;

	while (i < PROM_LES && ns > 1ULL << i)
		i++;
	return i;
}
