// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lookup.h"
#include "msg.h"
#include "values.h"

/* The kernel filters by thread group, /proc knows threads too: tell them apart. */
static int lookup_pid(const char *text, __u32 *tgid)
{
	char path[64], line[128];
	unsigned int group = 0;
	__u64 pid;
	FILE *f;

	if (number_parse(text, 1, 0x7fffffff, &pid)) {
		msg_err("--pid '%s': not a process ID", text);
		return -EINVAL;
	}
	snprintf(path, sizeof(path), "/proc/%u/status", (unsigned int)pid);
	f = fopen(path, "re");
	if (!f && errno == ENOENT) {
		msg_err("--pid %s: no such process", text);
		return -ESRCH;
	}
	if (!f)
		return msg_errno(errno, "--pid %s: cannot read '%s'", text, path);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "Tgid: %u", &group) == 1)
			break;
	fclose(f);
	if (group != pid) {
		msg_err("--pid %s: a thread of process %u; use --pid %u", text, group, group);
		return -ESRCH;
	}
	*tgid = pid;
	return 0;
}

const struct lookup lookup_system = {
	.netns = lookup_netns,
	.dev = lookup_dev,
	.pid = lookup_pid,
	.cgroup = lookup_cgroup,
};
