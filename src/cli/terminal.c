// SPDX-License-Identifier: GPL-2.0-only
#include "terminal.h"

#include <langinfo.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct text_opts terminal_text(const struct options *o)
{
	struct text_opts text = {
		.color = o->color,
		.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8"),
		.histogram = o->histogram,
		.connections = o->connections,
		.sort_key = o->sort_key,
		.sort_dir = o->sort_dir,
		.sort_stage = o->sort_stage,
	};
	struct winsize ws;

	if (isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws))
		text.width = ws.ws_col;
	return text;
}
