/* SPDX-License-Identifier: GPL-2.0-only */
/* The programs of `netstrata ping`, loaded and attached. */
#ifndef NS_PROBE_PING_LOAD_H
#define NS_PROBE_PING_LOAD_H

#include "hooks.h"
#include "kernel.h"
#include "ping.h"

struct ping_bpf;
struct bpf_link;

struct ping_programs {
	struct ping_bpf *skel;
	struct bpf_link *links[PP_COUNT];
	unsigned n_links;
	char hooks[PP_COUNT][64]; /* "tp_btf/net_dev_queue"; empty: none */
};

/*
 * Choose hooks, load and attach. On failure logs why and what to do, and returns -EPERM (a
 * capability is missing), -EOPNOTSUPP (the kernel lacks something) or another -errno, with nothing
 * left attached. ping_unload detaches and frees; it accepts a zeroed *p.
 */
int ping_load(struct ping_programs *p, const struct kernel *k, enum hook_policy policy,
	      const struct ping_config *config);
void ping_unload(struct ping_programs *p);

/* From now on look for the packets of the try with this key. ping_arm forgets what stood there. */
struct ping_try *ping_arm(struct ping_programs *p, __u16 key);
void ping_disarm(struct ping_programs *p, struct ping_try *t);

#endif
