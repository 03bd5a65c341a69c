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

/* How a stage is drawn: a colour of the terminal's first 16, and a letter, the first of its name,
 * or a capital where that is taken. */
static const struct {
	__u8 color;
	char letter;
} stage_looks[NS_DIRS][STAGES_MAX] = {
	[NS_RX] = {[RXS_IRQ] = {13, 'I'},
		   [RXS_SOFTIRQ_WAIT] = {9, 'S'},
		   [RXS_NAPI] = {12, 'n'},
		   [RXS_XDP] = {14, 'x'},
		   [RXS_STACK] = {4, 's'},
		   [RXS_IP] = {5, 'i'},
		   [RXS_TRANSPORT] = {2, 't'},
		   [RXS_HOL] = {1, 'h'},
		   [RXS_WAKEUP] = {10, 'w'},
		   [RXS_RUNQUEUE] = {11, 'r'},
		   [RXS_APPLICATION] = {3, 'a'}},
	[NS_TX] = {[TXS_SOCKET] = {3, 's'},
		   [TXS_TRANSPORT] = {2, 't'},
		   [TXS_IP] = {5, 'i'},
		   [TXS_QDISC] = {1, 'q'},
		   [TXS_DRIVER] = {4, 'd'}},
};

unsigned text_stage_color(enum ns_dir dir, unsigned stage)
{
	return stage < STAGES_MAX ? stage_looks[dir][stage].color : 0;
}

const char *text_stage_style(const struct text_opts *o, enum ns_dir dir, unsigned stage)
{
	static const char *const codes[16] = {"",	  "\033[31m", "\033[32m", "\033[33m",
					      "\033[34m", "\033[35m", "\033[36m", "\033[37m",
					      "\033[90m", "\033[91m", "\033[92m", "\033[93m",
					      "\033[94m", "\033[95m", "\033[96m", "\033[97m"};

	return o->color ? codes[text_stage_color(dir, stage)] : "";
}

char text_stage_letter(enum ns_dir dir, unsigned stage)
{
	return stage < STAGES_MAX && stage_looks[dir][stage].letter ? stage_looks[dir][stage].letter
								    : '?';
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

void text_words(FILE *f, const char *words, size_t indent, const struct text_opts *o)
{
	size_t room = text_width(o) - indent, len;

	while ((len = strlen(words)) > room) {
		len = room;
		while (len > 0 && words[len] != ' ')
			len--;
		if (!len)
			break;
		fprintf(f, "%.*s\n%*s", (int)len, words, (int)indent, "");
		words += len + 1;
	}
	fprintf(f, "%s\n", words);
}
