/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NS_CLOCK_H
#define NS_CLOCK_H

#include <linux/types.h>

/* CLOCK_MONOTONIC, ns: the clock of bpf_ktime_get_ns(). */
__u64 mono_now(void);

#endif
