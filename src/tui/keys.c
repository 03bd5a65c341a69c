// SPDX-License-Identifier: GPL-2.0-only
#include "keys.h"

const struct key_info key_infos[ACT_COUNT] = {
#define X(id, key, other, name, word, where, words)                                                \
	[ACT_##id] = {.keys = {key, other},                                                        \
		      .names = name,                                                               \
		      .label = word,                                                               \
		      .views = where,                                                              \
		      .help = words},
	KEYS(X)
#undef X
};

enum action key_action(int key, enum view view)
{
	if (key == TK_NONE)
		return ACT_NONE;
	for (int a = ACT_NONE + 1; a < ACT_COUNT; a++)
		for (int i = 0; i < 2; i++)
			if (key_infos[a].keys[i] == key && key_infos[a].views & IN(view))
				return a;
	return ACT_NONE;
}
