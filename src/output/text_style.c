// SPDX-License-Identifier: GPL-2.0-only
#include "format.h"
#include "text_style.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define NSEC_PER_SEC 1000000000ULL

const char *text_style(const struct text_opts *o, unsigned style)
{
	static const char *const codes[TS_COUNT] = {
		[TS_RESET] = "\033[0m",	  [TS_HEAD] = "\033[1m", [TS_FAINT] = "\033[2m",
		[TS_WARN] = "\033[1;31m", [TS_BAR] = "\033[36m",
	};

	return o->color && style < TS_COUNT ? codes[style] : "";
}

const char *text_stage_style(const struct text_opts *o, enum ns_dir dir, unsigned stage)
{
	static const char *const codes[NS_DIRS][STAGES_MAX] = {
		[NS_RX] = {[RXS_STACK] = "\033[34m",
			   [RXS_IP] = "\033[35m",
			   [RXS_TRANSPORT] = "\033[32m",
			   [RXS_HOL] = "\033[31m",
			   [RXS_APPLICATION] = "\033[33m"},
		[NS_TX] = {[TXS_SOCKET] = "\033[33m",
			   [TXS_TRANSPORT] = "\033[32m",
			   [TXS_IP] = "\033[35m",
			   [TXS_QDISC] = "\033[31m",
			   [TXS_DRIVER] = "\033[34m"},
	};
	const char *code = stage < STAGES_MAX ? codes[dir][stage] : NULL;

	return o->color && code ? code : "";
}

void text_label(FILE *f, const char *label, unsigned width)
{
	if (strlen(label) > width)
		fprintf(f, "%s\n%*s", label, (int)width, "");
	else
		fprintf(f, "%-*s", (int)width, label);
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

void text_interval(FILE *f, const struct run_info *ri, __u64 mono_ns, __u64 interval_ns, bool final,
		   const struct text_opts *o)
{
	fputs(text_style(o, TS_HEAD), f);
	if (final)
		fprintf(f, "total of %s", fmt_ns(interval_ns).s);
	else
		fprintf(f, "%s  interval of %s", text_clock(ri, mono_ns, false).s,
			fmt_ns(interval_ns).s);
	fprintf(f, "%s\n", text_style(o, TS_RESET));
}

int text_status(FILE *f)
{
	return ferror(f) ? -EIO : 0;
}
