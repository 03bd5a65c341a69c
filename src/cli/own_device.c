// SPDX-License-Identifier: GPL-2.0-only
#include "own_device.h"

#include <errno.h>
#include <sys/stat.h>

#include "filter.h"
#include "msg.h"

/* A list of devices, and where they are. */
struct list {
	const char *option;
	__u32 *devs; /* FILTER_MAX */
	__u32 *n;
	__u32 *netns;
};

static int add(const struct list *l, const char *name)
{
	struct netns_ref self = {.fd = -1};
	struct stat netns;
	__u32 ifindex;
	int err;

	if (*l->n == FILTER_MAX) {
		msg_err("--%s: more than %d devices", l->option, FILTER_MAX);
		return -E2BIG;
	}
	err = filter_lookup->dev(name, &self, &ifindex);
	if (err == -ENODEV)
		msg_err("--%s: no device '%s' in this network namespace", l->option, name);
	if (err)
		return err;
	for (__u32 i = 0; i < *l->n; i++)
		if (l->devs[i] == ifindex)
			return 0;
	if (stat("/proc/self/ns/net", &netns))
		return msg_errno(errno, "--%s: cannot tell this network namespace", l->option);
	*l->netns = netns.st_ino;
	l->devs[(*l->n)++] = ifindex;
	return 0;
}

int xdp_device_add(struct path_config *config, const char *name)
{
	const struct list l = {"xdp", config->xdps, &config->shape.n_xdps, &config->xdp_netns};

	return add(&l, name);
}

int hw_device_add(struct path_config *config, const char *name)
{
	const struct list l = {"hw", config->hws, &config->shape.n_hws, &config->hw_netns};

	return add(&l, name);
}
