// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "clock.h"
#include "configure.h"
#include "load.h"
#include "msg.h"
#include "reasons.h"
#include "maps_memory.h"
#include "replace.h"
#include "require.h"
#include "shapes.h"
#include "split.h"
#include "state.h"
#include "verifier_log.h"
#include "xdp.h"
#include "path.skel.h"

#define SOFTIRQ_MOST_NS 1000000000ULL /* no run is as long: some ms are the kernel's own limit */

static struct bpf_program *find(struct path *path, const char *name)
{
	return bpf_object__find_program_by_name(path->skel->obj, name);
}

/* Load only the chosen programs; each is attached by attach_all, not by the skeleton. */
static void select_programs(struct path *path)
{
	struct bpf_program *prog;

	bpf_object__for_each_program (prog, path->skel->obj)
		bpf_program__set_autoload(prog, false);
	for (unsigned i = 0; i < path->plan.n; i++) {
		const struct hook_choice *h = &path->plan.choices[i];

		if (h->verdict != HOOK_CHOSEN)
			continue;
		for (int p = 0; p < 1 + h->second; p++) {
			prog = find(path, hooks_program(&path->plan, h, p));
			bpf_program__set_autoload(prog, true);
		}
	}
}

static int fill_free_list(struct path *path)
{
	int fd = bpf_map__fd(path->skel->maps.free_rows);

	for (__u32 i = 0; i < path->max_connections; i++)
		if (bpf_map_update_elem(fd, NULL, &i, BPF_ANY))
			return -errno;
	return 0;
}

static int attach_one(struct path *path, const char *name)
{
	struct bpf_link *link;

	for (unsigned i = 0; i < path->n_links; i++) /* it serves two points */
		if (!strcmp(path->attached[i], name))
			return 0;
	link = bpf_program__attach(find(path, name));
	if (!link)
		return -errno;
	path->attached[path->n_links] = name;
	path->links[path->n_links++] = link;
	return 0;
}

static int attach_point(struct path *path, unsigned dir, unsigned point, unsigned *failed)
{
	for (unsigned i = 0; i < path->plan.n; i++) {
		const struct hook_choice *h = &path->plan.choices[i];
		int err;

		if (h->verdict != HOOK_CHOSEN || h->c->dir != dir || h->c->point != point)
			continue;
		/* the entry to the stack serves both directions; it must come last, and go first */
		if (dir == NS_TX && point == TXP_ACK &&
		    hooks_of(&path->plan, NS_RX, RXP_STACK, NS_TCP))
			continue;
		err = attach_one(path, hooks_program(&path->plan, h, 0));
		if (!err && h->second)
			err = attach_one(path, hooks_program(&path->plan, h, 1));
		if (err) {
			*failed = i;
			return err;
		}
	}
	return 0;
}

/*
 * Attach from the end of each way back to its beginning, so that the first packet seen is seen
 * whole. The beginning is the entry to the stack: what is before it happens to a CPU, and is copied
 * there. Returns the index of the choice that failed in *failed.
 */
static int attach_all(struct path *path, unsigned *failed)
{
	int err = 0;

	for (int dir = NS_DIRS; !err && dir >= 0; dir--)
		for (int p = POINTS_MAX - 1; !err && p >= 0; p--)
			if (dir != NS_RX || p != RXP_STACK)
				err = attach_point(path, dir, p, failed);
	return err ? err : attach_point(path, NS_RX, RXP_STACK, failed);
}

/* Before the entry to the stack: the first packet seen there has passed XDP. */
static int attach_xdp(struct path *path, const struct path_config *config)
{
	struct path_bpf *skel = path->skel;
	struct xdp_share share = {
		.stamps = bpf_map__fd(skel->maps.xdp_stamps),
		.nows = bpf_map__fd(skel->maps.xdp_nows),
		.arrivals = bpf_map__fd(skel->maps.arrivals),
		.hws = bpf_map__fd(skel->maps.xdp_hws),
	};
	int err = xdp_attach(&path->xdp, config, &share);

	for (unsigned i = 0; i < path->xdp.n; i++)
		skel->bss->xdp_generic |= (__u32)path->xdp.devs[i].generic << i;
	return err;
}

void path_detach(struct path *path)
{
	if (path->skel && path->skel->bss)
		path->skel->bss->closing = 1;
	while (path->n_links)
		bpf_link__destroy(path->links[--path->n_links]);
	xdp_detach(&path->xdp);
}

static void release(struct path *path)
{
	path_detach(path);
	path_bpf__destroy(path->skel);
	path->skel = NULL;
}

static int open_object(struct path *path, const struct path_shape *shape)
{
	const struct shape_build *build = shape_build_for(shape);
	struct bpf_object_skeleton *s;
	void *data = NULL;
	int err;

	path->skel = calloc(1, sizeof(*path->skel));
	if (!path->skel)
		return -ENOMEM;
	err = path_bpf__create_skeleton(path->skel);
	if (!err) {
		s = path->skel->skeleton;
		if (build)
			s->data = (void *)build->elf(&s->data_sz);
		msg_info("programs built for %s", build ? build->name : "any shape");
		/* bench/ measures with it what the hooks cost by themselves */
		data = replace_object(s, "NETSTRATA_BPF_OBJECT");
		err = bpf_object__open_skeleton(s, NULL);
	}
	free(data); /* libbpf has its own copy by now */
	return err;
}

static int try_open(struct path *path, const struct kernel *k, const struct path_config *wanted,
		    unsigned *failed)
{
	struct path_config own = *wanted, *config = &own;
	char *logs;
	int err;

	*failed = MAX_CANDIDATES;
	path_complete(config, &path->plan, k);
	err = open_object(path, &config->shape);
	if (err)
		return msg_errno(err, "cannot open the BPF programs");
	select_programs(path);
	path_configure(path, k, config);
	logs = verifier_log_want(path->skel->obj);
	err = path_bpf__load(path->skel);
	if (!err)
		verifier_log_print(path->skel->obj, logs);
	free(logs);
	if (err) {
		if (err == -ENOMEM)
			return msg_errno(-err,
					 "no kernel memory for the maps (%llu MiB): try "
					 "--max-connections with less than %u",
					 path->budget_bytes >> 20, path->max_connections);
		return msg_errno(-err, "the kernel refused the BPF programs; -vv shows why");
	}
	if (maps_memory(path->skel->obj))
		path->budget_bytes = maps_memory(path->skel->obj);
	err = fill_free_list(path);
	if (err)
		return msg_errno(-err, "cannot fill the connection table");
	err = attach_xdp(path, config);
	if (err)
		return err;
	path->skel->bss->closing = 1; /* and not yet open */
	err = attach_all(path, failed);
	path->skel->bss->known_from = mono_now() + SOFTIRQ_MOST_NS;
	path->skel->bss->closing = 0;
	return err;
}

/* Choose, load and attach, with the next hook of a ladder where one cannot be attached. */
static int open_programs(struct path *path, const struct kernel *k, enum hook_policy policy,
			 const struct path_config *config, const __u32 *want)
{
	unsigned failed;
	int err;

	do {
		err = hooks_choose(k, policy, want, &path->plan);
		if (err) {
			msg_err("no usable hook for a point of the packet's path; "
				"'netstrata check' shows which");
			return err;
		}
		for (int pr = 0; config->shape.n_xdps && pr < NS_PROTOS; pr++)
			if (path->plan.points[NS_RX][pr])
				path->plan.points[NS_RX][pr] |= 1 << RXP_XDP;
		err = try_open(path, k, config, &failed);
		if (!err)
			return 0;
		release(path);
		if (failed < MAX_CANDIDATES) { /* take the next one of its ladder */
			struct hook_choice *h = &path->plan.choices[failed];

			msg_info("cannot attach %s: %s", h->name, strerror(-err));
			h->error = err;
		}
	} while (failed < MAX_CANDIDATES);
	return err;
}

int path_open(struct path *path, const struct kernel *k, enum hook_policy policy,
	      const struct path_config *config, const __u32 *want, __u32 max_connections)
{
	struct path_config own = *config;
	int err;

	memset(path, 0, sizeof(*path));
	path->cpus = k->possible_cpus;
	path->max_connections = max_connections;
	err = kernel_require(k);
	if (!err)
		err = hw_open(&path->hw, &own);
	if (!err)
		err = open_programs(path, k, policy, &own, want);
	if (err)
		hw_close(&path->hw);
	else
		hw_start(&path->hw, path->skel->bss->hw_devs);
	return err;
}

void path_upkeep(struct path *path)
{
	hw_refresh(&path->hw);
}

void path_close(struct path *path)
{
	hw_close(&path->hw);
	if (path->skel)
		release(path);
}

/* Does a direction, and (NS_TX) not the other one too, use this program? */
static bool serves(const struct path *path, enum ns_dir dir, const char *program)
{
	bool rx = false, tx = false;

	for (unsigned i = 0; i < path->plan.n; i++) {
		const struct hook_choice *h = &path->plan.choices[i];

		for (unsigned p = 0; h->verdict == HOOK_CHOSEN && p < 1U + h->second; p++) {
			if (strcmp(hooks_program(&path->plan, h, p), program) != 0)
				continue;
			rx |= h->c->dir == NS_RX;
			tx |= h->c->dir != NS_RX;
		}
	}
	return dir == NS_RX ? rx : tx && !rx;
}

__u64 path_misses(const struct path *path, enum ns_dir dir)
{
	struct bpf_program *prog;
	__u64 misses = 0;

	bpf_object__for_each_program (prog, path->skel->obj) {
		struct bpf_prog_info info = {};
		__u32 len = sizeof(info);
		int fd = bpf_program__fd(prog);

		if (fd >= 0 && serves(path, dir, bpf_program__name(prog)) &&
		    !bpf_obj_get_info_by_fd(fd, &info, &len))
			misses += info.recursion_misses;
	}
	return misses;
}
