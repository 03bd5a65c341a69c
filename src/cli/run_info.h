/* SPDX-License-Identifier: GPL-2.0-only */
/* What every measuring command says of itself at the start. */
#ifndef NS_RUN_INFO_H
#define NS_RUN_INFO_H

#include "kernel.h"
#include "snapshot.h"
#include "text.h"

/* Version, kernel, command line and clocks; the rest of *ri is zeroed. */
void run_info_fill(struct run_info *ri, const struct kernel *k, int argc, char **argv);

/* What the terminal allows: UTF-8 and width; the rest of *o is untouched. */
void run_info_terminal(struct text_opts *o);

#endif
