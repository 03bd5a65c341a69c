/* SPDX-License-Identifier: GPL-2.0-only */
/* The filter options: their table for argp, and their values into struct path_config. */
#ifndef NS_FILTER_H
#define NS_FILTER_H

#include <argp.h>
#include <linux/types.h>
#include <net/if.h>
#include <stdbool.h>

#include "lookup.h"
#include "record.h"

/* What the filter options say, until all of them are known. */
struct filter_args {
	struct path_config *config;
	const struct lookup *lookup;
	bool any;  /* a filter option was given */
	int error; /* the first failure, reported already */

	/* Devices are looked up in the namespaces given, so at the end; until then
	 * config->n_devs counts their names. */
	char devs[FILTER_MAX][IF_NAMESIZE];
	struct netns_ref netns[FILTER_MAX]; /* as in config->netns */
};

#define FILTER_GROUP 2 /* of the options, in --help */

/* Child parser for argp; its input is a struct filter_args. */
extern const struct argp filter_argp;

/* What new parsers look things up in; lookup_system but in tests and under the fuzzer. */
extern const struct lookup *filter_lookup;

/* When all options are known: find the devices. Returns 0 or -errno, reported. */
int filter_resolve(struct filter_args *f);

/* Also after a failure: close the namespaces. */
void filter_release(struct filter_args *f);

#endif
