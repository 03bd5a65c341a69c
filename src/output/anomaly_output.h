/* SPDX-License-Identifier: GPL-2.0-only */
/* Anomalies, for readers and programs. What prints returns 0 or -errno (the stream's). */
#ifndef NS_ANOMALY_OUTPUT_H
#define NS_ANOMALY_OUTPUT_H

#include <stdio.h>

#include "anomaly.h"
#include "cause.h"
#include "text.h"

#define ANOMALY_TEXT_LEN 512
#define ANOMALY_NO_EXAMPLE "no packet of it was kept"

/* "connection tcp 10.0.0.1:80<-10.0.0.2:4000 nginx/12", "qdisc fq of eth0": what it is about. */
char *anomaly_subject(const struct anomaly *x, bool utf8, char *buf, size_t size);

/* "5.1x: 210us, was 41us; most of it in application: 190us, was 30us". */
char *anomaly_change(const struct anomaly *x, const struct run_info *ri, char *buf, size_t size);

/* The cause of the example packet, of a stage, queueing discipline or CPU: of its wait there.
 * False: there is none. */
bool anomaly_cause(const struct anomaly *x, const struct run_info *ri, struct cause *out);

/* The same in words; where there is none, what the stage or TCP's cause means. */
char *anomaly_why(const struct anomaly *x, const struct run_info *ri, bool utf8, char *buf,
		  size_t size);

/* Its factor: now to usual. */
double anomaly_factor(const struct anomaly *x);

/* The first line of watch: how long until something is said. warmup: intervals of interval_ns. */
int text_anomalies_start(FILE *f, unsigned warmup, __u64 interval_ns, const struct text_opts *o);

/* One line for its beginning or, if it has ended, its end. Flushes f. */
int text_anomaly(FILE *f, const struct anomaly *x, const struct run_info *ri,
		 const struct text_opts *o);

/* How many there were. Flushes f. */
int text_anomalies_end(FILE *f, const struct anomaly_counts *c, const struct text_opts *o);

/* The same as objects: `watch`, `anomaly`, `anomaly_counts`. json_anomaly() does not flush. */
int json_anomalies_start(FILE *f, unsigned warmup, __u64 interval_ns);
int json_anomaly(FILE *f, const struct anomaly *x, const struct run_info *ri);
int json_anomaly_counts(FILE *f, const struct anomaly_counts *c);

#endif
