// SPDX-License-Identifier: GPL-2.0-only
/* libFuzzer: durations, compared with floating point. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"

static double unit_of(const char *unit)
{
	switch (unit[0]) {
	case 'n':
		return 1;
	case 'u':
	case '\xc2':
	case '\xce':
		return 1e3;
	case 'm':
		return unit[1] ? 1e6 : 60e9;
	case 'h':
		return 3600e9;
	default:
		return 1e9;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *unit;
	__u64 ns = 42, same = 42;
	int err, err_unit;
	double expect;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';

	err = duration_parse(text, false, &ns);
	err_unit = duration_parse(text, true, &same);
	if ((err && ns != 42) || (err_unit && same != 42))
		abort();
	/* The unit makes a difference only when it is missing. */
	if (err_unit != -ENODATA && (err_unit != err || same != ns))
		abort();
	if (err_unit == -ENODATA && err == -EINVAL)
		abort();
	if (!err) {
		expect = strtod(text, &unit);
		expect *= unit_of(unit);
		if (fabs(expect - (double)ns) > 4 + expect * 1e-9)
			abort();
	}
	free(text);
	return 0;
}
