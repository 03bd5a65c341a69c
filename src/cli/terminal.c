// SPDX-License-Identifier: GPL-2.0-only
#include "terminal.h"

#include "run_info.h"

struct text_opts terminal_text(const struct options *o)
{
	struct text_opts text = {
		.color = o->color,
		.histogram = o->histogram,
		.connections = o->connections,
		.sort_key = o->sort_key,
		.sort_dir = o->sort_dir,
		.sort_stage = o->sort_stage,
	};

	run_info_terminal(&text);
	return text;
}
