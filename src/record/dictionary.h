/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names behind the numbers of a recording. Stages, points, causes and losses are numbered anew
 * whenever the tables of stages.h grow: a recording holds the names that its numbers stood for, and
 * they are looked up here when it is read.
 */
#ifndef NS_DICTIONARY_H
#define NS_DICTIONARY_H

#include <linux/types.h>
#include <stdbool.h>

#include "record.h"

enum name_kind { /* of those by direction the second is for NS_TX */
		 NAMES_STAGE,
		 NAMES_TX_STAGE,
		 NAMES_POINT,
		 NAMES_TX_POINT,
		 NAMES_SERIES, /* histograms: the stages, and those beside them */
		 NAMES_TX_SERIES,
		 NAMES_LOSS,
		 NAMES_CAUSE,
		 NAMES_WAY,
		 NAMES_RULE, /* why a packet was slow */
		 NAMES_KINDS,
};

#define NAMES_MAX 128 /* of one kind */

struct dictionary {
	int here[NAMES_KINDS][NAMES_MAX]; /* number in the recording -> number in this program */
};

#define NAME_UNKNOWN (-1)

/* "rx stage", "loss": the kind as it stands in a recording. */
extern const char *const name_kinds[NAMES_KINDS];

/* How many names of a kind this program has, and the n-th of them. */
unsigned names_count(enum name_kind kind);
const char *names_get(enum name_kind kind, unsigned n);

/* No name is known yet. */
void dictionary_init(struct dictionary *d);

/* A recording's number stands for this name. False: the name is none of ours. */
bool dictionary_learn(struct dictionary *d, const char *kind, __u64 number, const char *name);

/* The number in this program, or NAME_UNKNOWN. */
int dictionary_here(const struct dictionary *d, enum name_kind kind, __u64 number);

#endif
