/* SPDX-License-Identifier: GPL-2.0-only */
/* Exemplars: for each bucket of a histogram the latest slow packet that is in it. */
#ifndef NS_PROM_EXAMPLES_H
#define NS_PROM_EXAMPLES_H

#include "prom_write.h"
#include "snapshot.h"

struct prom_examples;

/* From n packets, the newest last; they must stay. NULL when out of memory. */
struct prom_examples *prom_examples_new(const struct ns_event *packets, size_t n,
					const struct run_info *ri);
void prom_examples_free(struct prom_examples *x);

/* Those of one histogram: of a stage's, and of the total's, by its number. Others have none. */
void prom_examples_of(const struct prom_examples *x, enum ns_dir dir, unsigned proto,
		      unsigned stage, struct prom_exemplars *out);

#endif
