// SPDX-License-Identifier: GPL-2.0-only
#include <langinfo.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "collect.h"
#include "run_info.h"

#ifndef NETSTRATA_VERSION
#define NETSTRATA_VERSION "unknown"
#endif

void run_info_fill(struct run_info *ri, const struct kernel *k, int argc, char **argv)
{
	struct timespec t;
	size_t len = 0;

	memset(ri, 0, sizeof(*ri));
	snprintf(ri->version, sizeof(ri->version), "%s", NETSTRATA_VERSION);
	snprintf(ri->kernel, sizeof(ri->kernel), "%.63s %.63s", k->release, k->machine);
	snprintf(ri->host, sizeof(ri->host), "%s", k->host);
	for (int i = 0; i < argc && len < sizeof(ri->options); i++)
		len += snprintf(ri->options + len, sizeof(ri->options) - len, "%s%s", i ? " " : "",
				argv[i]);
	clock_gettime(CLOCK_REALTIME, &t);
	ri->mono_ns = mono_now();
	ri->real_ns = t.tv_sec * 1000000000ULL + t.tv_nsec;
}

void run_info_terminal(struct text_opts *o)
{
	struct winsize ws;

	o->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	if (isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws))
		o->width = ws.ws_col;
}
