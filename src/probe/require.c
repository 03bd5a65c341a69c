// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include <bpf/libbpf.h>

#include "msg.h"
#include "require.h"

static int libbpf_print(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	/* libbpf's warnings are our debug messages: the reason is said once, in our words */
	if (msg_verbosity < 2 || (level == LIBBPF_DEBUG && msg_verbosity < 3))
		return 0;
	return vfprintf(stderr, fmt, ap);
}

int kernel_require(const struct kernel *k)
{
	char caps[64];

	libbpf_set_print(libbpf_print);
	if (k->missing_caps) {
		msg_err("missing %s: run as root, or grant it with setcap or systemd's "
			"AmbientCapabilities",
			caps_name(k->missing_caps, caps, sizeof(caps)));
		return -EPERM;
	}
	if (!k->btf) {
		msg_err("this kernel has no BTF (/sys/kernel/btf/vmlinux): it needs "
			"CONFIG_DEBUG_INFO_BTF");
		return -EOPNOTSUPP;
	}
	return 0;
}
