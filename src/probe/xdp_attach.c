// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "msg.h"
#include "replace.h"
#include "xdp.h"
#include "xdp_attach.h"
#include "xdp.skel.h"
#include "xdp_hw.skel.h"

#ifndef BPF_F_XDP_HAS_FRAGS /* 5.18 */
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#endif
#ifndef BPF_F_XDP_DEV_BOUND_ONLY /* 6.3 */
#define BPF_F_XDP_DEV_BOUND_ONLY (1U << 6)
#endif

/*
 * The ways to be a device's own program, better ones first. A program that takes fragments may be
 * put on a device with a large MTU. Not so in generic XDP: there the packet would be copied into a
 * new skb (6.9), and its stamps with it be lost. One that asks the driver for the device's own
 * stamps is bound to the device, and so comes only where we are alone.
 */
static const struct way {
	__u32 prog_flags;
	__u32 attach_flags;
} ways[] = {
	{BPF_F_XDP_DEV_BOUND_ONLY | BPF_F_XDP_HAS_FRAGS, XDP_FLAGS_DRV_MODE},
	{BPF_F_XDP_DEV_BOUND_ONLY, XDP_FLAGS_DRV_MODE},
	{BPF_F_XDP_HAS_FRAGS, XDP_FLAGS_DRV_MODE},
	{0, XDP_FLAGS_DRV_MODE},
	{0, XDP_FLAGS_SKB_MODE},
};

static int share_maps(const struct bpf_object *obj, const struct xdp_share *share)
{
	const struct {
		const char *name;
		int fd;
	} maps[] = {{"xdp_stamps", share->stamps},
		    {"xdp_nows", share->nows},
		    {"arrivals", share->arrivals},
		    {"xdp_hws", share->hws}};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(maps) / sizeof(maps[0]); i++)
		err = bpf_map__reuse_fd(bpf_object__find_map_by_name(obj, maps[i].name),
					maps[i].fd);
	return err;
}

static void fill_config(const struct xdp_config *rodata, const struct xdp_dev *dev,
			const struct path_config *config)
{
	struct xdp_config *cfg = (void *)rodata;

	cfg->ifindex = dev->ifindex;
	cfg->netns = config->xdp_netns;
	cfg->generic = dev->generic;
	cfg->hw = config->shape.n_hws != 0;
}

static int open_skel(struct xdp_dev *dev, const struct path_config *config,
		     const struct xdp_share *share)
{
	dev->skel = xdp_bpf__open();
	if (!dev->skel)
		return -errno;
	fill_config((const void *)&dev->skel->rodata->cfg, dev, config);
	return share_maps(dev->skel->obj, share);
}

static void close_skel(struct xdp_dev *dev)
{
	xdp_bpf__destroy(dev->skel);
	dev->skel = NULL;
	xdp_hw_bpf__destroy(dev->hw_skel);
	dev->hw_skel = NULL;
}

static int load_only(struct xdp_dev *dev, struct bpf_program *wanted)
{
	struct bpf_program *prog;

	bpf_object__for_each_program (prog, dev->skel->obj)
		bpf_program__set_autoload(prog, prog == wanted);
	return xdp_bpf__load(dev->skel);
}

/* The program that sees the device's own stamps. */
static int load_hw(struct xdp_dev *dev, const struct path_config *config,
		   const struct xdp_share *share, __u32 flags)
{
	void *data;
	int err;

	dev->hw_skel = calloc(1, sizeof(*dev->hw_skel));
	if (!dev->hw_skel)
		return -ENOMEM;
	err = xdp_hw_bpf__create_skeleton(dev->hw_skel);
	data = err ? NULL : replace_object(dev->hw_skel->skeleton, "NETSTRATA_XDP_HW_OBJECT");
	if (!err)
		err = bpf_object__open_skeleton(dev->hw_skel->skeleton, NULL);
	free(data);
	if (err)
		return err;
	fill_config((const void *)&dev->hw_skel->rodata->cfg, dev, config);
	err = share_maps(dev->hw_skel->obj, share);
	if (err)
		return err;
	bpf_program__set_ifindex(dev->hw_skel->progs.ns_xdp_hw, dev->ifindex);
	bpf_program__set_flags(dev->hw_skel->progs.ns_xdp_hw, flags);
	err = xdp_hw_bpf__load(dev->hw_skel);
	return err ? err : bpf_program__fd(dev->hw_skel->progs.ns_xdp_hw);
}

static int load_plain(struct xdp_dev *dev, const struct path_config *config,
		      const struct xdp_share *share, __u32 flags)
{
	int err = open_skel(dev, config, share);

	if (err)
		return err;
	bpf_program__set_flags(dev->skel->progs.ns_xdp, flags);
	err = load_only(dev, dev->skel->progs.ns_xdp);
	return err ? err : bpf_program__fd(dev->skel->progs.ns_xdp);
}

static int try_way(struct xdp_dev *dev, const struct way *way, const struct path_config *config,
		   const struct xdp_share *share)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = way->attach_flags);
	int fd;

	dev->generic = way->attach_flags == XDP_FLAGS_SKB_MODE;
	fd = way->prog_flags & BPF_F_XDP_DEV_BOUND_ONLY
		     ? load_hw(dev, config, share, way->prog_flags)
		     : load_plain(dev, config, share, way->prog_flags);
	if (fd < 0)
		return fd;
	dev->link = bpf_link_create(fd, dev->ifindex, BPF_XDP, &opts);
	return dev->link < 0 ? -errno : 0;
}

static bool hw_wanted(const struct xdp_dev *dev, const struct path_config *config)
{
	for (__u32 i = 0; i < config->shape.n_hws; i++)
		if (config->hws[i] == dev->ifindex)
			return true;
	return false;
}

/* The device has no program: take its place. */
static int attach_own(struct xdp_dev *dev, const struct path_config *config,
		      const struct xdp_share *share)
{
	int err = -EOPNOTSUPP;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		bool hw = ways[i].prog_flags & BPF_F_XDP_DEV_BOUND_ONLY;

		if (hw && !hw_wanted(dev, config))
			continue;
		err = try_way(dev, &ways[i], config, share);
		if (!err)
			return 0;
		msg_info("--xdp %s: no %s XDP%s%s: %s", dev->name,
			 dev->generic ? "generic" : "native",
			 ways[i].prog_flags & BPF_F_XDP_HAS_FRAGS ? " with fragments" : "",
			 hw ? " with the device's stamps" : "", strerror(-err));
		close_skel(dev);
		if (hw) /* whatever it was: without them it may do */
			continue;
		if (err == -EPERM || err == -EACCES || err == -EBUSY)
			break;
	}
	if (err == -EPERM || err == -EACCES)
		msg_err("--xdp %s: missing CAP_NET_ADMIN", dev->name);
	else
		msg_errno(err, "--xdp %s: cannot attach a program", dev->name);
	return err;
}

/* The name of a function in a program's BTF. It is longer than the 15 bytes that the kernel keeps.
 */
static int btf_name(__u32 btf_id, __u32 type_id, char *name, size_t size)
{
	struct btf *btf = btf_id ? btf__load_from_kernel_by_id(btf_id) : NULL;
	const struct btf_type *t = btf ? btf__type_by_id(btf, type_id) : NULL;

	if (t)
		snprintf(name, size, "%s", btf__name_by_offset(btf, t->name_off));
	btf__free(btf);
	return t ? 0 : -EOPNOTSUPP;
}

/* The function that a program begins with. */
static int function_of(int prog_fd, char *name, size_t size)
{
	struct bpf_func_info func = {};
	struct bpf_prog_info info = {
		.nr_func_info = 1,
		.func_info_rec_size = sizeof(func),
		.func_info = (__u64)(unsigned long)&func,
	};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(prog_fd, &info, &len))
		return -errno;
	snprintf(name, size, "%s", info.name);
	return btf_name(info.btf_id, info.nr_func_info ? func.type_id : 0, name, size);
}

/* Does this link put a program in the place of that function of that program? Then its id, else 0.
 */
static __u32 replaces(int link_fd, const struct bpf_prog_info *target, const char *function)
{
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);
	char name[64];

	if (bpf_obj_get_info_by_fd(link_fd, &info, &len) || info.type != BPF_LINK_TYPE_TRACING ||
	    info.tracing.target_obj_id != target->id ||
	    btf_name(target->btf_id, info.tracing.target_btf_id, name, sizeof(name)))
		return 0;
	return strcmp(name, function) ? 0 : info.prog_id;
}

/*
 * A program that was replaced cannot be traced, but that which replaced it can: so libxdp does with
 * its dispatcher for a program that is alone. Links tell of it since 5.13. Returns its descriptor,
 * or -1.
 */
static int replacement_of(int prog_fd, const char *function)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info), link = 0, id = 0;

	if (bpf_obj_get_info_by_fd(prog_fd, &info, &len))
		return -1;
	while (!id && !bpf_link_get_next_id(link, &link)) {
		int fd = bpf_link_get_fd_by_id(link);

		if (fd < 0)
			continue;
		id = replaces(fd, &info, function);
		close(fd);
	}
	return id ? bpf_prog_get_fd_by_id(id) : -1;
}

/* Have ns_xdp_beside called at the entry of that program. */
static int attach_entry(struct xdp_dev *dev, int target_fd, const struct path_config *config,
			const struct xdp_share *share)
{
	struct bpf_program *prog;
	int err = function_of(target_fd, dev->target, sizeof(dev->target));

	if (!err)
		err = open_skel(dev, config, share);
	if (err)
		return err;
	prog = dev->skel->progs.ns_xdp_beside;
	err = bpf_program__set_attach_target(prog, target_fd, dev->target);
	if (!err)
		err = load_only(dev, prog);
	if (err)
		return err;
	dev->link = bpf_raw_tracepoint_open(NULL, bpf_program__fd(prog));
	return dev->link < 0 ? -errno : 0;
}

/* The device has a program of somebody's: leave it, and be called when it is entered. */
static int attach_beside(struct xdp_dev *dev, const struct path_config *config,
			 const struct xdp_share *share)
{
	int fd = bpf_prog_get_fd_by_id(dev->beside), err, other;

	if (fd < 0)
		return msg_errno(errno, "--xdp %s: cannot look at XDP program %u", dev->name,
				 dev->beside);
	err = attach_entry(dev, fd, config, share);
	if (err == -EBUSY && (other = replacement_of(fd, dev->target)) >= 0) {
		close_skel(dev);
		err = attach_entry(dev, other, config, share);
		close(other);
	}
	close(fd);
	if (!err)
		return 0;
	msg_err("--xdp %s: the XDP program '%s' (id %u) is there, and this kernel lets no other "
		"stand beside it: %s",
		dev->name, dev->target, dev->beside, strerror(-err));
	return -EOPNOTSUPP;
}

/* "xdp/eth0 (native, beside xdp_dispatcher)", for the outputs. */
static void name_hook(struct xdp *x, const struct xdp_dev *dev)
{
	size_t used = strlen(x->hooks);

	snprintf(x->hooks + used, sizeof(x->hooks) - used, "%sxdp/%s (%s%s%s%s)", used ? ", " : "",
		 dev->name, dev->generic ? "generic" : "native",
		 dev->hw_skel ? " with the device's stamps" : "", dev->beside ? ", beside " : "",
		 dev->target);
}

static int attach_dev(struct xdp_dev *dev, const struct path_config *config,
		      const struct xdp_share *share)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, there);
	int err;

	dev->link = -1;
	if (!if_indextoname(dev->ifindex, dev->name))
		return msg_errno(errno, "--xdp: device %u is gone", dev->ifindex);
	err = bpf_xdp_query(dev->ifindex, 0, &there);
	if (err)
		return msg_errno(err, "--xdp %s: cannot ask what is attached", dev->name);
	/* where there are both, the native one sees the packet first */
	dev->beside = there.drv_prog_id ? there.drv_prog_id : there.skb_prog_id;
	dev->generic = !there.drv_prog_id;
	if (there.hw_prog_id) {
		msg_err("--xdp %s: its XDP program %u runs in the device itself", dev->name,
			there.hw_prog_id);
		return -EOPNOTSUPP;
	}
	return dev->beside ? attach_beside(dev, config, share) : attach_own(dev, config, share);
}

int xdp_attach(struct xdp *x, const struct path_config *config, const struct xdp_share *share)
{
	int err = 0;

	for (__u32 i = 0; !err && i < config->shape.n_xdps; i++) {
		struct xdp_dev *dev = &x->devs[x->n++];

		dev->ifindex = config->xdps[i];
		err = attach_dev(dev, config, share);
		if (!err)
			name_hook(x, dev);
	}
	if (!err && x->n)
		msg_info("%s", x->hooks);
	if (err)
		xdp_detach(x);
	return err;
}

void xdp_detach(struct xdp *x)
{
	while (x->n) {
		struct xdp_dev *dev = &x->devs[--x->n];

		if (dev->link >= 0)
			close(dev->link);
		close_skel(dev);
	}
}
