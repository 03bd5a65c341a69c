/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What argp's option tables do not give by themselves: a check of the command line that refuses
 * abbreviations (they would break scripts when an option is added) and suggests the nearest name,
 * and a listing that man pages and completion are compared with.
 */
#ifndef NS_OPTTABLE_H
#define NS_OPTTABLE_H

#include <argp.h>

/*
 * Check the options of argv against argp and its children (one level), up to `--` or the first
 * word that is no option. Reports the first error. Returns 0 or -EINVAL.
 */
int opttable_check(const struct argp *argp, int argc, char **argv);

/* The same where words (a host) may stand among the options: they are passed over. */
int opttable_check_words(const struct argp *argp, int argc, char **argv);

/* The long name (without the dashes) of the option with this key. */
const char *opttable_name(const struct argp *argp, int key);

/* Print "COMMAND --option" and "COMMAND -o" lines to stdout. */
void opttable_dump(const struct argp *argp, const char *command);

#endif
