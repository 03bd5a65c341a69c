/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What filter values mean on this system. The option parser reaches them through a table, so that
 * fuzzing and unit tests touch neither processes nor namespaces.
 *
 * All return 0 or -errno and report the failure, naming the option; on failure *out is untouched.
 */
#ifndef NS_LOOKUP_H
#define NS_LOOKUP_H

#include <linux/types.h>

#include "record.h"

struct netns_ref {
	int fd; /* open, the caller closes it; -1 = the namespace of this process */
	__u32 inode;
};

struct lookup {
	/* self, a path, a name of `ip netns` or an inode number */
	int (*netns)(const char *text, struct netns_ref *out);
	/* Like the others, but -ENODEV is left to the caller: there may be more namespaces. */
	int (*dev)(const char *name, const struct netns_ref *netns, __u32 *ifindex);
	int (*pid)(const char *text, __u32 *tgid);
	/* a directory of cgroup version 2, from the root of the file system or of cgroups */
	int (*cgroup)(const char *path, struct cgroup_match *out);
};

extern const struct lookup lookup_system;

int lookup_netns(const char *text, struct netns_ref *out);
int lookup_dev(const char *name, const struct netns_ref *netns, __u32 *ifindex);
int lookup_cgroup(const char *path, struct cgroup_match *out);

#endif
