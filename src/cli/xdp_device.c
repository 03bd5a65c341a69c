// SPDX-License-Identifier: GPL-2.0-only
#include "xdp_device.h"

#include <errno.h>
#include <sys/stat.h>

#include "filter.h"
#include "msg.h"

int xdp_device_add(struct path_config *config, const char *name)
{
	struct netns_ref self = {.fd = -1};
	struct stat netns;
	__u32 ifindex;
	int err;

	if (config->n_xdps == FILTER_MAX) {
		msg_err("--xdp: more than %d devices", FILTER_MAX);
		return -E2BIG;
	}
	err = filter_lookup->dev(name, &self, &ifindex);
	if (err == -ENODEV)
		msg_err("--xdp: no device '%s' in this network namespace", name);
	if (err)
		return err;
	for (__u32 i = 0; i < config->n_xdps; i++)
		if (config->xdps[i] == ifindex)
			return 0;
	if (stat("/proc/self/ns/net", &netns))
		return msg_errno(errno, "--xdp: cannot tell this network namespace");
	config->xdp_netns = netns.st_ino;
	config->xdps[config->n_xdps++] = ifindex;
	return 0;
}
