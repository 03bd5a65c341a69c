// SPDX-License-Identifier: GPL-2.0-only
#include "range.h"

void recording_range(struct recording *r, const struct options *o)
{
	const struct recording_facts *f = recording_facts(r);
	const struct run_info *ri = recording_info(r);
	__u64 offset = ri->real_ns - ri->mono_ns; /* wraps right both ways */
	__u64 start = f->start_ns + offset, end = f->end_ns + offset;

	recording_seek(r, moment_real(&o->from, start, end, start) - offset,
		       moment_real(&o->to, start, end, end) - offset);
}

void recording_part_add(struct recording_part *part, const struct recorded_interval *i)
{
	if (!part->intervals++)
		part->start_ns = i->s->mono_ns - i->s->interval_ns;
	part->end_ns = i->s->mono_ns;
	part->packets += i->n_packets;
	part->packets_left_out += i->packets_left_out;
	part->connections_left_out += i->connections_left_out;
	part->cpus |= i->s->softirqs != NULL;
}
