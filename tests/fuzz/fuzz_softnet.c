// SPDX-License-Identifier: GPL-2.0-only
/* libFuzzer: a line of /proc/net/softnet_stat. What was read, written again, is read the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "softirq_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int same_counts(const struct softnet *a, const struct softnet *b)
{
	return a->told == b->told && a->processed == b->processed && a->dropped == b->dropped &&
	       a->time_squeeze == b->time_squeeze && a->received_rps == b->received_rps &&
	       a->flow_limit == b->flow_limit;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct softnet s = {.processed = 42}, again = {};
	char *text = malloc(size + 1), line[160];
	int cpu, same;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	cpu = softnet_parse(text, 7, &s);
	if (cpu < 0 && s.processed != 42)
		abort();
	if (cpu >= 0) {
		snprintf(line, sizeof(line), "%x %x %x 0 0 0 0 0 0 %x %x 0 %x", s.processed,
			 s.dropped, s.time_squeeze, s.received_rps, s.flow_limit, (unsigned)cpu);
		same = softnet_parse(line, 8, &again);
		if (same != cpu || !same_counts(&s, &again))
			abort();
	}
	free(text);
	return 0;
}
