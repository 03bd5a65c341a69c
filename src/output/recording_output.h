/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a report says of the recording itself. What prints returns 0 or -errno (the
 * stream's).
 */
#ifndef NS_RECORDING_OUTPUT_H
#define NS_RECORDING_OUTPUT_H

#include "format.h"
#include "recording.h"
#include "text.h"

/* "2026-11-23", the local date of a CLOCK_MONOTONIC stamp. */
struct fmt recording_date(const struct run_info *ri, __u64 mono_ns);

/* Why there is nothing about the CPUs. */
#define CPUS_NOT_RECORDED "not recorded (--no-cpus, refused, or an earlier netstrata)"

/* The last lines of a report: which part it is of, and what was not recorded. */
int text_recording(FILE *f, const struct recording_part *part, const struct recording_facts *facts,
		   const struct run_info *ri, const struct text_opts *o);

/* The `recording` object. */
int json_recording(FILE *f, const struct recording_part *part, const struct recording_facts *facts,
		   const struct run_info *ri);

#endif
