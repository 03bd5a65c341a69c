// SPDX-License-Identifier: GPL-2.0-only
#include "dictionary.h"

#include <string.h>

#include "cause.h"
#include "names.h"

const char *const name_kinds[NAMES_KINDS] = {
	[NAMES_STAGE] = "rx stage",   [NAMES_TX_STAGE] = "tx stage",
	[NAMES_POINT] = "rx point",   [NAMES_TX_POINT] = "tx point",
	[NAMES_SERIES] = "rx series", [NAMES_TX_SERIES] = "tx series",
	[NAMES_LOSS] = "loss",	      [NAMES_CAUSE] = "cause",
	[NAMES_WAY] = "way",	      [NAMES_RULE] = "rule",
};

_Static_assert(LOSS_COUNT <= NAMES_MAX && CAUSE_COUNT <= NAMES_MAX && HISTS_MAX <= NAMES_MAX &&
		       POINTS_MAX <= NAMES_MAX,
	       "NAMES_MAX");

unsigned names_count(enum name_kind kind)
{
	switch (kind) {
	case NAMES_STAGE:
	case NAMES_TX_STAGE:
		return dirs[kind - NAMES_STAGE].n_stages;
	case NAMES_POINT:
	case NAMES_TX_POINT:
		return dirs[kind - NAMES_POINT].n_points;
	case NAMES_SERIES:
		return RXH_COUNT;
	case NAMES_TX_SERIES:
		return TXH_COUNT;
	case NAMES_LOSS:
		return LOSS_COUNT;
	case NAMES_CAUSE:
		return CAUSE_COUNT;
	case NAMES_WAY:
		return WAY_COUNT;
	case NAMES_RULE:
		return n_cause_rules;
	case NAMES_KINDS:
		break;
	}
	return 0;
}

const char *names_get(enum name_kind kind, unsigned n)
{
	switch (kind) {
	case NAMES_STAGE:
	case NAMES_TX_STAGE:
		return dirs[kind - NAMES_STAGE].stages[n];
	case NAMES_POINT:
	case NAMES_TX_POINT:
		return dirs[kind - NAMES_POINT].points[n];
	case NAMES_SERIES:
	case NAMES_TX_SERIES:
		return dirs[kind - NAMES_SERIES].stages[n];
	case NAMES_LOSS:
		return loss_infos[n].name;
	case NAMES_CAUSE:
		return cause_infos[n].name;
	case NAMES_WAY:
		return way_infos[n].name;
	case NAMES_RULE:
		return cause_rules[n].name;
	case NAMES_KINDS:
		break;
	}
	return NULL;
}

void dictionary_init(struct dictionary *d)
{
	for (unsigned k = 0; k < NAMES_KINDS; k++)
		for (unsigned i = 0; i < NAMES_MAX; i++)
			d->here[k][i] = NAME_UNKNOWN;
}

bool dictionary_learn(struct dictionary *d, const char *kind, __u64 number, const char *name)
{
	for (unsigned k = 0; k < NAMES_KINDS; k++) {
		if (strcmp(kind, name_kinds[k]) || number >= NAMES_MAX)
			continue;
		for (unsigned i = 0; i < names_count(k); i++)
			if (!strcmp(name, names_get(k, i))) {
				d->here[k][number] = (int)i;
				return true;
			}
	}
	return false;
}

int dictionary_here(const struct dictionary *d, enum name_kind kind, __u64 number)
{
	return number < NAMES_MAX ? d->here[kind][number] : NAME_UNKNOWN;
}
