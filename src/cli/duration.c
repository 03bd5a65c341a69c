// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "duration.h"

#define NS_PER_S 1000000000ULL
#define DURATION_MAX ((__u64)1 << 63)

static const struct {
	const char *name;
	__u64 ns;
} units[] = {
	{"ns", 1},	   {"us", 1000},    {"\u00b5s", 1000}, /* micro sign */
	{"\u03bcs", 1000},				       /* Greek mu: looks the same */
	{"ms", 1000000},   {"s", NS_PER_S}, {"m", 60 * NS_PER_S}, {"h", 3600 * NS_PER_S},
};

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* *value = *value * factor + add; false when that is more than DURATION_MAX. */
static bool mul_add(__u64 *value, __u64 factor, __u64 add)
{
	return !__builtin_mul_overflow(*value, factor, value) &&
	       !__builtin_add_overflow(*value, add, value) && *value <= DURATION_MAX;
}

int duration_parse(const char *text, bool need_unit, __u64 *ns)
{
	const char *fraction = NULL, *unit = text;
	__u64 value = 0, part = 0, scale = 0;
	bool fits = true;

	if (!digit(*unit))
		return -EINVAL;
	for (; digit(*unit); unit++)
		fits = fits && mul_add(&value, 10, *unit - '0');
	if (*unit == '.') {
		fraction = ++unit;
		if (!digit(*unit))
			return -EINVAL;
		while (digit(*unit))
			unit++;
	}

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(unit, units[i].name) == 0)
			scale = units[i].ns;
	if (!scale && *unit)
		return -EINVAL;
	if (!scale && need_unit)
		return -ENODATA;
	if (!scale)
		scale = NS_PER_S;

	/* Fifteen digits tell far less than 1 ns in an hour. */
	if (fraction) {
		__u64 digits = 0, power = 1;

		for (int i = 0; i < 15 && digit(fraction[i]); i++) {
			digits = digits * 10 + (fraction[i] - '0');
			power *= 10;
		}
		part = (__u64)((unsigned __int128)digits * scale / power);
	}
	if (!fits || !mul_add(&value, scale, part))
		return -ERANGE;
	*ns = value;
	return 0;
}
