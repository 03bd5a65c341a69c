// SPDX-License-Identifier: GPL-2.0-only
#include "format.h"
#include "text_style.h"

#include <errno.h>
#include <time.h>

#define NSEC_PER_SEC 1000000000ULL

const char *text_style(const struct text_opts *o, unsigned style)
{
	static const char *const codes[TS_STAGE + RXS_COUNT] = {
		[TS_RESET] = "\033[0m",
		[TS_HEAD] = "\033[1m",
		[TS_FAINT] = "\033[2m",
		[TS_WARN] = "\033[1;31m",
		[TS_BAR] = "\033[36m",
		[TS_STAGE + RXS_STACK] = "\033[34m",
		[TS_STAGE + RXS_IP] = "\033[35m",
		[TS_STAGE + RXS_TRANSPORT] = "\033[32m",
		[TS_STAGE + RXS_HOL] = "\033[31m",
		[TS_STAGE + RXS_APPLICATION] = "\033[33m",
	};

	if (!o->color || style >= TS_STAGE + RXS_COUNT || !codes[style])
		return "";
	return codes[style];
}

unsigned text_width(const struct text_opts *o)
{
	return o->width < TEXT_MIN_WIDTH ? TEXT_MIN_WIDTH : o->width;
}

struct fmt text_clock(const struct run_info *ri, __u64 mono_ns, bool usec)
{
	__u64 real = ri->real_ns + (mono_ns - ri->mono_ns); /* wraps right for earlier stamps */
	time_t sec = (time_t)(real / NSEC_PER_SEC);
	struct fmt out;
	struct tm tm;

	if (!localtime_r(&sec, &tm)) {
		snprintf(out.s, sizeof(out.s), "??:??:??");
		return out;
	}
	/* modulo 100 tells the compiler that the text fits */
	if (usec)
		snprintf(out.s, sizeof(out.s), "%02u:%02u:%02u.%06llu", (unsigned)tm.tm_hour % 100,
			 (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100,
			 real % NSEC_PER_SEC / 1000);
	else
		snprintf(out.s, sizeof(out.s), "%02u:%02u:%02u", (unsigned)tm.tm_hour % 100,
			 (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
	return out;
}

int text_status(FILE *f)
{
	return ferror(f) ? -EIO : 0;
}
