/* SPDX-License-Identifier: GPL-2.0-only */
/* For a subcommand that measures and has its option table in a file of its own. */
#ifndef NS_OPTIONS_PARTS_H
#define NS_OPTIONS_PARTS_H

#include <argp.h>

#include "options.h"

/* Keys of its own options begin here; those of the shared tables are below. */
#define OPTIONS_OWN_KEYS 0x200
#define OPTIONS_OWN_GROUP 1 /* before the others in --help */

/* The children of its argp: what to measure, filters, kernel side. */
extern const struct argp_child *const options_measuring;

/* What its parser calls for every key that it does not know, and where results go. */
error_t options_command(int key, char *arg, struct argp_state *state);
struct options *options_of(struct argp_state *state);

/* As the functions of options.h. */
int options_parse(const struct argp *argp, int argc, char **argv, struct options *o);

#endif
