// SPDX-License-Identifier: GPL-2.0-only
#include "sort.h"

#include <errno.h>
#include <string.h>

#include "msg.h"
#include "names.h"
#include "optvalue.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

const char *const sort_dirs[3] = {"rx", "tx", "both"};

static const char *const sort_names[] = {
	[SORT_P99] = "p99",
	[SORT_MAX] = "max",
	[SORT_SUM] = "sum",
	[SORT_N] = "n",
};

static int find_stage(enum ns_dir dir, const char *name, size_t len)
{
	for (unsigned i = 0; i < dirs[dir].n_stages; i++)
		if (strlen(dirs[dir].stages[i]) == len && !memcmp(dirs[dir].stages[i], name, len))
			return i;
	return -1;
}

int sort_parse(struct options *o, const char *text)
{
	const char *last = strrchr(text, ':'), *word = last ? last + 1 : text, *name = text;
	const char *colon = strchr(text, ':');
	int dir = o->dirs & 1 << NS_RX ? NS_RX : NS_TX, stage, key;

	if (colon && colon != last) {
		dir = optvalue_choose("sort", text, colon - text, sort_dirs, NS_DIRS);
		if (dir < 0)
			return dir;
		name = colon + 1;
	} else if (last && o->dirs & 1 << NS_TX && find_stage(dir, name, last - name) < 0 &&
		   find_stage(NS_TX, name, last - name) >= 0) {
		dir = NS_TX;
	}
	stage = last ? optvalue_choose("sort", name, last - name, dirs[dir].stages,
				       dirs[dir].n_stages)
		     : (int)dirs[dir].total;
	if (stage < 0)
		return stage;
	key = optvalue_choose("sort", word, strlen(word), sort_names, ARRAY_SIZE(sort_names));
	if (key < 0)
		return key;
	if (key == SORT_P99 && stage != (int)dirs[dir].total) {
		msg_err("--sort '%s': p99 of a connection is kept for the total only; use %s:max",
			text, dirs[dir].stages[stage]);
		return -EINVAL;
	}
	if (!(o->dirs & 1 << dir)) {
		msg_err("--sort '%s': --dir leaves that direction out", text);
		return -EINVAL;
	}
	o->sort_dir = dir;
	o->sort_stage = stage;
	o->sort_key = key;
	return 0;
}
