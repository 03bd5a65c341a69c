// SPDX-License-Identifier: GPL-2.0-only
#include "clock.h"

#include <time.h>

__u64 mono_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}
