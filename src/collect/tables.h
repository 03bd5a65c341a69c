/* SPDX-License-Identifier: GPL-2.0-only */
/* The programs' tables of queueing disciplines and of drops. */
#ifndef NS_TABLES_H
#define NS_TABLES_H

#include "collect.h"

/* Copy both into a snapshot, which owns what it gets. Returns 0, or -ENOMEM. */
int tables_copy(const struct collector *c, struct snapshot *s);

#endif
