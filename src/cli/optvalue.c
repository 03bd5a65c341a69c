// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "duration.h"
#include "msg.h"
#include "optvalue.h"
#include "suggest.h"
#include "values.h"

int optvalue_choose(const char *option, const char *text, size_t len, const char *const *names,
		    size_t n)
{
	const char *nearest = suggest(text, len, names, n);
	char all[512] = "";
	size_t used = 0;

	for (size_t i = 0; i < n; i++)
		if (strlen(names[i]) == len && memcmp(names[i], text, len) == 0)
			return i;
	for (size_t i = 0; i < n && used < sizeof(all); i++)
		used += snprintf(all + used, sizeof(all) - used, "%s%s", i ? ", " : "", names[i]);
	msg_err("--%s '%.*s': not one of %s%s%s%s", option, (int)len, text, all,
		nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
	return -EINVAL;
}

int optvalue_duration(const char *option, const char *text, bool need_unit, __u64 *ns)
{
	const char *form = need_unit ? "write for instance 500us, 1.5ms or 2s"
				     : "write for instance 500ms, 1.5s, 1m or 10 (seconds)";
	int err = duration_parse(text, need_unit, ns);

	if (err == -ERANGE)
		msg_err("--%s '%s': too long", option, text);
	else if (err == -ENODATA)
		msg_err("--%s '%s': the unit is missing; %s", option, text, form);
	else if (err)
		msg_err("--%s '%s': not a duration; %s", option, text, form);
	else if (*ns == 0)
		msg_err("--%s '%s': must be more than 0; %s", option, text, form);
	return err || *ns ? err : -EINVAL;
}

int optvalue_threshold(const char *option, const char *text, __u64 *ns)
{
	if (strcmp(text, "off") != 0)
		return optvalue_duration(option, text, true, ns);
	*ns = 0;
	return 0;
}

int optvalue_number(const char *option, const char *text, __u64 max, __u64 *n)
{
	int err = number_parse(text, 1, max, n);

	if (err)
		msg_err("--%s '%s': not a number from 1 to %llu", option, text, max);
	return err;
}

int optvalue_number32(const char *option, const char *text, __u32 max, __u32 *n)
{
	__u64 wide;
	int err = optvalue_number(option, text, max, &wide);

	if (!err)
		*n = wide;
	return err;
}

int optvalue_color(const char *option, const char *text, enum color_when *when)
{
	static const char *const names[] = {
		[COLOR_AUTO] = "auto",
		[COLOR_ALWAYS] = "always",
		[COLOR_NEVER] = "never",
	};
	int n = optvalue_choose(option, text, strlen(text), names, 3);

	if (n < 0)
		return n;
	*when = n;
	return 0;
}

bool color_wanted(enum color_when when)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when != COLOR_AUTO)
		return when == COLOR_ALWAYS;
	if ((no_color && *no_color) || !term || strcmp(term, "dumb") == 0)
		return false;
	return isatty(STDOUT_FILENO);
}
