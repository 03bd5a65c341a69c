/* SPDX-License-Identifier: GPL-2.0-only */
/* --xdp: the XDP program on each device asked for. */
#ifndef NS_PROBE_XDP_ATTACH_H
#define NS_PROBE_XDP_ATTACH_H

#include <linux/types.h>
#include <net/if.h>
#include <stdbool.h>

#include "record.h"

struct xdp_bpf;
struct xdp_hw_bpf;

struct xdp_dev {
	char name[IF_NAMESIZE];
	__u32 ifindex;
	bool generic;	 /* it runs inside the stack, after `stack` */
	__u32 beside;	 /* id of the XDP program that was there; 0: ours is the device's own */
	char target[64]; /* that program's function */
	struct xdp_bpf *skel;
	struct xdp_hw_bpf *hw_skel; /* in its place: it sees the device's own stamps */
	int link; /* its descriptor: the kernel detaches when it is closed, by whatever end */
};

struct xdp {
	struct xdp_dev devs[FILTER_MAX];
	unsigned n;
	char hooks[512]; /* "xdp/eth0 (native), xdp/lo (generic)" */
};

/* The maps that xdp.bpf.c shares with path.bpf.c: their descriptors. */
struct xdp_share {
	int stamps, nows, arrivals, hws;
};

/*
 * Attach to the devices of the configuration (in this network namespace): native, else generic XDP,
 * by a link; beside a program that is there already at its entry. Returns 0, or -errno, logged,
 * with nothing left attached. xdp_detach can be called at any state of a zeroed *x.
 */
int xdp_attach(struct xdp *x, const struct path_config *config, const struct xdp_share *share);
void xdp_detach(struct xdp *x);

#endif
