/* SPDX-License-Identifier: GPL-2.0-only */
/* The programs, loaded and attached. */
#ifndef NS_PROBE_LOAD_H
#define NS_PROBE_LOAD_H

#include "hooks.h"
#include "hw_used.h"
#include "kernel.h"
#include "xdp_attach.h"

struct path_bpf;

struct path {
	struct path_bpf *skel;
	struct bpf_link *links[MAX_CANDIDATES * HOOK_PROGS];
	const char *attached[MAX_CANDIDATES * HOOK_PROGS]; /* their programs */
	unsigned n_links;
	struct hook_plan plan;
	struct xdp xdp;
	struct hw hw;
	unsigned cpus;
	__u32 max_connections;
	__u64 budget_bytes; /* kernel memory that the maps can take at most */
};

/*
 * Choose hooks, load and attach; want: the points of each direction, as hooks_choose() has
 * them; of *config the points are filled in here. On failure logs why and what to do, and returns
 * -EPERM (a capability is missing), -EOPNOTSUPP (the kernel lacks something) or another -errno,
 * with nothing left attached, or changed. path_close detaches and frees; it accepts a zeroed *rx.
 */
int path_open(struct path *rx, const struct kernel *k, enum hook_policy policy,
	      const struct path_config *config, const __u32 *want, __u32 max_connections);
void path_close(struct path *rx);

/* What has to be done every second: the devices' clocks are read again. */
void path_upkeep(struct path *path);

/* Take the programs off; the maps stay readable until path_close. */
void path_detach(struct path *rx);

/* Runs of a direction's programs that the kernel skipped so far; one that serves both is counted
 * with what is received. */
__u64 path_misses(const struct path *path, enum ns_dir dir);

#endif
