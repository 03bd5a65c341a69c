// SPDX-License-Identifier: GPL-2.0-only
/* The devices' own stamps, in words: which are used, and how sure they are. */
#include "text_style.h"

#include "format.h"

void text_hw_info(FILE *f, const struct hw_info *info)
{
	if (info->lacks)
		fprintf(f, "%.16s: no hardware receive stamps: %s\n", info->dev, info->lacks);
	else
		fprintf(f, "%.16s: hardware receive stamps are used; it stamps: %s%s\n", info->dev,
			info->filter,
			info->changed ? ", until netstrata ends; without it, what it did before"
				      : "");
}

void text_hws(FILE *f, const struct snapshot *s, const struct text_opts *o)
{
	for (__u32 i = 0; i < s->n_hws; i++) {
		const struct hw_state *h = &s->hws[i];

		fprintf(f, "%.16s: its clock is %.32s (%.32s)", h->dev, h->clock, h->method);
		if (h->known)
			fprintf(f, ", %s by %llu ppb", h->rate_ppb < 0 ? "faster" : "slower",
				h->rate_ppb < 0 ? -(__u64)h->rate_ppb : (__u64)h->rate_ppb);
		else
			fprintf(f,
				", %swhich cannot be converted now: read but once, or it runs at a "
				"rate of its own%s",
				text_style(o, TS_WARN), text_style(o, TS_RESET));
		if (h->error_ns)
			fprintf(f, "; stamps are right to +-%s", fmt_ns(h->error_ns).s);
		if (h->steps || h->changes)
			fprintf(f,
				"; %sit was set %llu times, and its rate changed %llu times: for "
				"up "
				"to a second each they were less right%s",
				text_style(o, TS_WARN), h->steps, h->changes,
				text_style(o, TS_RESET));
		fputc('\n', f);
	}
}

void text_hw_stamp(FILE *f, struct hw_stamp s)
{
	if (s.error == HW_MISSING)
		fputs(" hw=none", f);
	else if (s.error == HW_UNUSABLE)
		fputs(" hw=unusable", f);
	else if (s.error)
		fprintf(f, " hw=%s%s+-%s", s.ago < 0 ? "-" : "",
			fmt_ns(s.ago < 0 ? -(__s64)s.ago : s.ago).s, fmt_ns(s.error).s);
}
