/* SPDX-License-Identifier: GPL-2.0-only */
/* The receive programs, loaded and attached. */
#ifndef NS_PROBE_LOAD_H
#define NS_PROBE_LOAD_H

#include "hooks.h"
#include "kernel.h"

struct rx_bpf;

struct rx {
	struct rx_bpf *skel;
	struct bpf_link *links[MAX_CANDIDATES * HOOK_PROGS];
	unsigned n_links;
	struct hook_plan plan;
	unsigned cpus;
	__u32 max_connections;
	__u64 budget_bytes; /* kernel memory that the maps can take at most */
};

/*
 * Choose hooks, load and attach; of *config the points and sock_map are filled in here. On failure
 * logs why and what to do, and returns -EPERM (a capability is missing), -EOPNOTSUPP (the kernel
 * lacks something) or another -errno, with nothing left attached. rx_close detaches and frees; it
 * accepts a zeroed *rx.
 */
int rx_open(struct rx *rx, const struct kernel *k, enum hook_policy policy,
	    const struct rx_config *config, __u32 max_connections);
void rx_close(struct rx *rx);

/* Take the programs off; the maps stay readable until rx_close. */
void rx_detach(struct rx *rx);

/* Runs of the programs that the kernel skipped so far. */
__u64 rx_misses(const struct rx *rx);

#endif
