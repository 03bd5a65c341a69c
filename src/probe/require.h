/* SPDX-License-Identifier: GPL-2.0-only */
/* What every BPF program of ours needs of the kernel, before anything is loaded. */
#ifndef NS_PROBE_REQUIRE_H
#define NS_PROBE_REQUIRE_H

#include "kernel.h"

/*
 * Are the capabilities and BTF there? Says what is missing and what to do. Returns 0, -EPERM or
 * -EOPNOTSUPP. From then on libbpf's own messages appear with -vv only.
 */
int kernel_require(const struct kernel *k);

#endif
