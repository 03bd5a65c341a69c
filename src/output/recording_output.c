// SPDX-License-Identifier: GPL-2.0-only
#include "recording_output.h"

#include <errno.h>
#include <time.h>

#include "json_parts.h"
#include "text_style.h"

struct fmt recording_date(const struct run_info *ri, __u64 mono_ns)
{
	__u64 real = ri->real_ns + (mono_ns - ri->mono_ns); /* wraps right for earlier stamps */
	time_t sec = (time_t)(real / 1000000000);
	struct fmt out;
	struct tm tm;

	if (!localtime_r(&sec, &tm) || !strftime(out.s, sizeof(out.s), "%Y-%m-%d", &tm))
		snprintf(out.s, sizeof(out.s), "?");
	return out;
}

/* "60 intervals", "1 interval" */
static void print_many(FILE *f, __u64 n, const char *what)
{
	fprintf(f, "%s %s%s", fmt_count(n).s, what, n == 1 ? "" : "s");
}

int text_recording(FILE *f, const struct recording_part *part, const struct recording_facts *facts,
		   const struct run_info *ri, const struct text_opts *o)
{
	char end[sizeof(facts->end)];

	fmt_clean(end, sizeof(end), facts->end, sizeof(facts->end), o->utf8);
	fprintf(f, "%srecording%s: ", text_style(o, TS_HEAD), text_style(o, TS_RESET));
	print_many(f, part->intervals, "interval");
	fprintf(f, ", %s %s to %s", recording_date(ri, part->start_ns).s,
		text_clock(ri, part->start_ns, false).s, text_clock(ri, part->end_ns, false).s);
	if (part->intervals != facts->intervals)
		fprintf(f, ", of %s from %s to %s", fmt_count(facts->intervals).s,
			text_clock(ri, facts->start_ns, false).s,
			text_clock(ri, facts->end_ns, false).s);
	fprintf(f, "; %s\n", end[0] ? end : "not finished: still going on, or ended by force");
	print_many(f, part->packets, "slow packet");
	fprintf(f, " kept, %s not; ", fmt_count(part->packets_left_out).s);
	print_many(f, part->connections_left_out, "row");
	fprintf(f, " of connections not kept\n");
	if (!part->cpus)
		fprintf(f, "softirqs of each CPU: %s\n", CPUS_NOT_RECORDED);
	if (facts->forgotten) {
		print_many(f, facts->forgotten, "interval");
		fprintf(f, " before that (%s) gave way to --max-size\n",
			fmt_ns(facts->forgotten_ns).s);
	}
	if (facts->unknown_names) {
		fputs(text_style(o, TS_WARN), f);
		print_many(f, facts->unknown_names, "name");
		fprintf(f,
			" of its stages or counters are not known here: a later netstrata wrote "
			"it%s\n",
			text_style(o, TS_RESET));
	}
	if (part->rows_left_out)
		fprintf(f, "%s rows more than a report has room for are left out\n",
			fmt_count(part->rows_left_out).s);
	if (fflush(f))
		return -errno;
	return text_status(f);
}

static int set_span(json_t *line, __u64 start, __u64 end)
{
	return json_object_set_new(line, "start_ns", json_u64(start)) |
	       json_object_set_new(line, "end_ns", json_u64(end));
}

int json_recording(FILE *f, const struct recording_part *part, const struct recording_facts *facts,
		   const struct run_info *ri)
{
	json_t *line = json_object_of("recording"), *all = json_object();
	int failed = set_span(line, part->start_ns, part->end_ns);

	failed |= json_object_set_new(line, "host", json_text(ri->host, sizeof(ri->host)));
	failed |= json_object_set_new(line, "intervals", json_u64(part->intervals));
	failed |= json_object_set_new(line, "packets", json_u64(part->packets));
	failed |= json_object_set_new(line, "packets_left_out", json_u64(part->packets_left_out));
	failed |= json_object_set_new(line, "connections_left_out",
				      json_u64(part->connections_left_out));
	failed |= json_object_set_new(line, "rows_left_out", json_u64(part->rows_left_out));
	failed |= set_span(all, facts->start_ns, facts->end_ns);
	failed |= json_object_set_new(all, "intervals", json_u64(facts->intervals));
	failed |= json_object_set_new(all, "forgotten", json_u64(facts->forgotten));
	failed |= json_object_set_new(all, "forgotten_ns", json_u64(facts->forgotten_ns));
	failed |= json_object_set_new(all, "unknown_names", json_u64(facts->unknown_names));
	failed |= json_object_set_new(all, "end",
				      facts->end[0] ? json_text(facts->end, sizeof(facts->end))
						    : json_null());
	failed |= json_object_set_new(line, "all", all);
	return json_line(f, line, failed);
}
