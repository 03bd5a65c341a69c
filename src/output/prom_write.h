/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two text formats that Prometheus reads: its own, version 0.0.4, and OpenMetrics 1.0.0. Heads,
 * labels, numbers and histograms; which series there are is prometheus.c's to say.
 */
#ifndef NS_PROM_WRITE_H
#define NS_PROM_WRITE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stdio.h>

#include "histogram.h"

/*
 * The bounds of all histograms: the powers of two from 2^8 ns (256 ns) to 2^34 ns (17 s), and +Inf.
 * Each of them is a bound of struct hist, so that the counts are exact.
 */
#define PROM_LE_FIRST 8
#define PROM_LE_LAST 34
#define PROM_LES (PROM_LE_LAST + 1) /* by the exponent; +Inf stands after them */

enum prom_type { PROM_COUNTER, PROM_GAUGE, PROM_HISTOGRAM };

/* A family of series. name has no suffix: the format puts _total and _bucket to it. */
struct prom_family {
	const char *prefix; /* "netstrata_", or "" */
	const char *name;
	enum prom_type type;
	const char *unit; /* "seconds", "bytes", or NULL */
	const char *help;
};

/* Labels, written out and escaped: name="value",... Too long ones are left out whole. */
struct prom_labels {
	char s[768];
	size_t len;
};

/* Something that was in a bucket. */
struct prom_exemplar {
	bool there;
	struct prom_labels labels; /* 128 characters at most, names and values together */
	__u64 ns;
	__u64 real_ns; /* when */
};

/* By bound; the last is +Inf. */
struct prom_exemplars {
	struct prom_exemplar le[PROM_LES + 1];
};

struct prom {
	FILE *f;
	bool openmetrics;
	char name[96];	   /* of the family that is being written */
	unsigned le_first; /* PROM_LE_FIRST, or the exponent of another lowest bound */
	char le[PROM_LES][28];
};

void prom_begin(struct prom *p, FILE *f, bool openmetrics);

/* The last line, and what is wrong with the stream: 0 or -errno. */
int prom_end(struct prom *p);

/*
 * Begin a family. dir: put behind the prefix ("netstrata_rx_..."), or NULL. All its series follow,
 * before the next family.
 */
void prom_family(struct prom *p, const struct prom_family *family, const char *dir);

/* l and one more label. value: up to len bytes of any content. */
struct prom_labels prom_label(struct prom_labels l, const char *name, const char *value,
			      size_t len);
#define PROM_NONE ((struct prom_labels){.len = 0})

/* One series. A duration is given in ns and written in seconds, to the last digit. */
void prom_count(struct prom *p, const struct prom_labels *l, __u64 n);
void prom_seconds(struct prom *p, const struct prom_labels *l, __u64 ns);

/* x may be NULL. Exemplars are written with OpenMetrics only. */
void prom_histogram(struct prom *p, const struct prom_labels *l, const struct hist *h,
		    const struct prom_exemplars *x);

/* Of which bound of a prom_histogram() the bucket that holds ns is part; PROM_LES is +Inf. */
unsigned prom_le_of(__u64 ns);

#endif
