// SPDX-License-Identifier: GPL-2.0-only
#include "moment.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "duration.h"

#define SEC 1000000000ULL

/* strptime() takes less than all of the digits, and blanks that are not there. */
static bool matches(const char *text, const char *shape)
{
	for (; *shape; shape++, text++)
		if (*shape == '0' ? *text < '0' || *text > '9' : *text != *shape)
			return false;
	return !*text;
}

static const struct {
	const char *shape, *format;
	bool date;
} forms[] = {
	{"00:00", "%H:%M", false},
	{"00:00:00", "%H:%M:%S", false},
	{"0000-00-00", "%Y-%m-%d", true},
	{"0000-00-00 00:00", "%Y-%m-%d %H:%M", true},
	{"0000-00-00T00:00", "%Y-%m-%dT%H:%M", true},
	{"0000-00-00 00:00:00", "%Y-%m-%d %H:%M:%S", true},
	{"0000-00-00T00:00:00", "%Y-%m-%dT%H:%M:%S", true},
};

static int parse_clock(const char *text, struct moment *out)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = {.tm_isdst = -1};
		const char *end;
		time_t t;

		if (!matches(text, forms[i].shape))
			continue;
		end = strptime(text, forms[i].format, &tm);
		if (!end || *end)
			return -EINVAL;
		if (!forms[i].date) {
			out->kind = MOMENT_TIME;
			out->ns = (tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec) * SEC;
			return 0;
		}
		t = mktime(&tm);
		if (t < 0)
			return -EINVAL;
		out->kind = MOMENT_DATE;
		out->ns = t * SEC;
		return 0;
	}
	return -EINVAL;
}

int moment_parse(const char *text, struct moment *out)
{
	bool before = *text == '-', after = *text == '+';
	__u64 ns;
	int err;

	if (!before && !after && !parse_clock(text, out))
		return 0;
	err = duration_parse(text + (before || after), false, &ns);
	if (err)
		return -EINVAL;
	out->kind = before ? MOMENT_BEFORE_END : MOMENT_AFTER_START;
	out->ns = ns;
	return 0;
}

/* The first moment not before `start` at which local clocks show ns of the day. */
static __u64 next_time(__u64 ns, __u64 start)
{
	time_t day = (time_t)(start / SEC);
	struct tm tm;
	__u64 real = start;

	for (int days = 0; days < 2; days++) {
		if (!localtime_r(&day, &tm))
			return start;
		tm.tm_mday += days;
		tm.tm_hour = (int)(ns / SEC / 3600);
		tm.tm_min = (int)(ns / SEC / 60 % 60);
		tm.tm_sec = (int)(ns / SEC % 60);
		tm.tm_isdst = -1;
		real = mktime(&tm) * SEC;
		if (real + SEC > start) /* within the second in which it began */
			break;
	}
	return real;
}

__u64 moment_real(const struct moment *m, __u64 start, __u64 end, __u64 otherwise)
{
	switch (m->kind) {
	case MOMENT_AFTER_START:
		return start + m->ns < start ? ~0ULL : start + m->ns;
	case MOMENT_BEFORE_END:
		return end > m->ns ? end - m->ns : 0;
	case MOMENT_TIME:
		return next_time(m->ns, start);
	case MOMENT_DATE:
		return m->ns;
	case MOMENT_NONE:
		break;
	}
	return otherwise;
}
