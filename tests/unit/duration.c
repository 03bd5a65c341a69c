// SPDX-License-Identifier: GPL-2.0-only
/* Durations, as people write them. */
#include <errno.h>

#include "duration.h"
#include "tap.h"

#define MAX (1ULL << 63)

static const struct {
	const char *text;
	__u64 ns;
} good[] = {
	{"0", 0},
	{"0ns", 0},
	{"1ns", 1},
	{"500us", 500000},
	{"500\u00b5s", 500000},
	{"500\u03bcs", 500000},
	{"1.5ms", 1500000},
	{"2s", 2000000000},
	{"10", 10000000000},
	{"0.25", 250000000},
	{"1m", 60000000000},
	{"1.5m", 90000000000},
	{"2h", 7200000000000},
	{"007us", 7000},
	{"1.0000000019s", 1000000001}, /* finer than 1 ns: cut off */
	{"1.9ns", 1},
	{"0.000000000000000000000000001h", 0},	     /* more digits than count */
	{"0.999999999999999999999h", 3599999999999}, /* fifteen digits of an hour */
	{"9223372036854775808ns", MAX},
	{"9223372036.854775808", MAX},
	{"9223372036s", 9223372036000000000},
};

static const struct {
	const char *text;
	int err;
} bad[] = {
	{"", -EINVAL},
	{" ", -EINVAL},
	{"s", -EINVAL},
	{"-1s", -EINVAL},
	{"+1s", -EINVAL},
	{".5s", -EINVAL},
	{"5.s", -EINVAL},
	{"5.", -EINVAL},
	{"1,5s", -EINVAL},
	{"1 s", -EINVAL},
	{"1s ", -EINVAL},
	{" 1s", -EINVAL},
	{"1S", -EINVAL},
	{"1sec", -EINVAL},
	{"1d", -EINVAL},
	{"1e3", -EINVAL},
	{"0x10", -EINVAL},
	{"nan", -EINVAL},
	{"inf", -EINVAL},
	{"1.2.3s", -EINVAL},
	{"1\xc2s", -EINVAL},
	{"9223372036854775809ns", -ERANGE},
	{"9223372036.854775809", -ERANGE},
	{"9223372037s", -ERANGE},
	{"18446744073709551616ns", -ERANGE},
	{"99999999999999999999999999999999999999h", -ERANGE},
	{"99999999999999999999999999999999999999d", -EINVAL}, /* the form first */
};

int main(void)
{
	__u64 ns;
	int err;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ns = 42;
		err = duration_parse(good[i].text, false, &ns);
		ok(!err && ns == good[i].ns, "'%s' = %llu ns (%d, %llu)", good[i].text, good[i].ns,
		   err, ns);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ns = 42;
		err = duration_parse(bad[i].text, false, &ns);
		ok(err == bad[i].err && ns == 42, "'%s' is refused with %d (%d)", bad[i].text,
		   bad[i].err, err);
	}
	ns = 42;
	ok(duration_parse("500", true, &ns) == -ENODATA && ns == 42, "a unit that must be there");
	ok(duration_parse("0.5", true, &ns) == -ENODATA && ns == 42, "the same, with a fraction");
	ok(duration_parse("x", true, &ns) == -EINVAL, "no duration at all");
	ok(duration_parse("500us", true, &ns) == 0 && ns == 500000, "a unit that is there");
	return done();
}
