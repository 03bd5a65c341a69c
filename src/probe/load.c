// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "load.h"
#include "msg.h"
#include "rx.skel.h"

#define EVENT_RING_BYTES (8U << 20)
#define HASH_ENTRY_BYTES 64 /* what the kernel takes for a hash entry of 12 bytes */

static int libbpf_print(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	/* libbpf's warnings are our debug messages: the reason is said once, in our words */
	if (msg_verbosity < 2 || (level == LIBBPF_DEBUG && msg_verbosity < 3))
		return 0;
	return vfprintf(stderr, fmt, ap);
}

static struct bpf_program *find(struct rx *rx, const char *name)
{
	return bpf_object__find_program_by_name(rx->skel->obj, name);
}

/* Load only the chosen programs; each is attached by attach_all, not by the skeleton. */
static void select_programs(struct rx *rx)
{
	struct bpf_program *prog;

	bpf_object__for_each_program (prog, rx->skel->obj)
		bpf_program__set_autoload(prog, false);
	for (unsigned i = 0; i < rx->plan.n; i++) {
		const struct hook_choice *h = &rx->plan.choices[i];

		if (h->verdict != HOOK_CHOSEN)
			continue;
		for (int p = 0; p < 1 + h->second; p++) {
			prog = find(rx, h->c->progs[p]);
			bpf_program__set_autoload(prog, true);
		}
	}
}

/* The tables by which the programs find a histogram's bucket. */
static void fill_buckets(struct rx_bpf__rodata *ro)
{
	for (unsigned i = 0; i < 256; i++)
		((__u16 *)ro->bucket_below_256)[i] = hist_bucket(i + 1);
	for (unsigned i = 0; i < 2048; i++)
		((__u16 *)ro->bucket_by_32)[i] = hist_bucket(i * 32 + 1);
}

/* Sizes and configuration; what is off is made as small as the kernel allows. */
static void configure(struct rx *rx, const struct kernel *k, const struct rx_config *config)
{
	struct rx_config *cfg = (void *)&rx->skel->rodata->cfg;
	__u32 conns = rx->max_connections;

	*cfg = *config;
	fill_buckets(rx->skel->rodata);
	memcpy(cfg->points, rx->plan.points, sizeof(cfg->points));
	cfg->by_address = rx->plan.by_address;
	cfg->filters_packets = cfg->n_devs || cfg->n_netns || cfg->families || cfg->protos ||
			       cfg->n_hosts || cfg->n_ports || cfg->n_local_ports ||
			       cfg->sample > 1;
	cfg->filters_readers = cfg->n_pids || cfg->n_comms || cfg->n_cgroups;
	bpf_map__set_max_entries(rx->skel->maps.rx_cpus, k->possible_cpus);
	bpf_map__set_max_entries(rx->skel->maps.sock_rows, conns);
	bpf_map__set_max_entries(rx->skel->maps.socks, conns);
	bpf_map__set_max_entries(rx->skel->maps.conns, conns);
	bpf_map__set_max_entries(rx->skel->maps.free_rows, conns);
	if (cfg->events)
		bpf_map__set_max_entries(rx->skel->maps.events, EVENT_RING_BYTES);
	rx->budget_bytes = sizeof(*rx->skel->bss) +
			   (__u64)k->possible_cpus * sizeof(struct rx_cpu) +
			   (__u64)conns * (sizeof(struct conn) + sizeof(struct sock_state) +
					   HASH_ENTRY_BYTES + sizeof(__u32)) +
			   (cfg->events ? EVENT_RING_BYTES : 4096);
}

static int fill_free_list(struct rx *rx)
{
	int fd = bpf_map__fd(rx->skel->maps.free_rows);

	for (__u32 i = 0; i < rx->max_connections; i++)
		if (bpf_map_update_elem(fd, NULL, &i, BPF_ANY))
			return -errno;
	return 0;
}

static int attach_one(struct rx *rx, const char *name)
{
	struct bpf_link *link = bpf_program__attach(find(rx, name));

	if (!link)
		return -errno;
	rx->links[rx->n_links++] = link;
	return 0;
}

/* Attach from the reader back to the device, so that the first packet seen is seen whole.
 * Returns the index of the choice that failed in *failed. */
static int attach_all(struct rx *rx, unsigned *failed)
{
	for (int p = RXP_COUNT; p >= 0; p--) {
		for (unsigned i = 0; i < rx->plan.n; i++) {
			const struct hook_choice *h = &rx->plan.choices[i];
			int err;

			if (h->verdict != HOOK_CHOSEN || (int)h->c->point != p)
				continue;
			err = attach_one(rx, h->c->progs[0]);
			if (!err && h->second)
				err = attach_one(rx, h->c->progs[1]);
			if (err) {
				*failed = i;
				return err;
			}
		}
	}
	return 0;
}

void rx_detach(struct rx *rx)
{
	while (rx->n_links)
		bpf_link__destroy(rx->links[--rx->n_links]);
}

static void release(struct rx *rx)
{
	rx_detach(rx);
	rx_bpf__destroy(rx->skel);
	rx->skel = NULL;
}

/*
 * NETSTRATA_BPF_OBJECT: take the programs from this file, built from the same sources, in place of
 * those built in. bench/ uses it to measure what the hooks cost by themselves.
 */
static void *replace_object(struct rx *rx)
{
	const char *path = getenv("NETSTRATA_BPF_OBJECT");
	FILE *f = path ? fopen(path, "rb") : NULL;
	void *data = NULL;
	long size;

	if (!f)
		return NULL;
	if (!fseek(f, 0, SEEK_END) && (size = ftell(f)) > 0 && (data = malloc(size))) {
		rewind(f);
		if (fread(data, 1, size, f) == (size_t)size) {
			rx->skel->skeleton->data = data;
			rx->skel->skeleton->data_sz = size;
		}
	}
	fclose(f);
	return data;
}

static int open_object(struct rx *rx)
{
	void *data;
	int err;

	rx->skel = calloc(1, sizeof(*rx->skel));
	if (!rx->skel)
		return -ENOMEM;
	err = rx_bpf__create_skeleton(rx->skel);
	data = replace_object(rx);
	if (!err)
		err = bpf_object__open_skeleton(rx->skel->skeleton, NULL);
	free(data); /* libbpf has its own copy by now */
	return err;
}

/* -v: what the verifier had to say of each program, as docs/overhead.md records it. */
#define LOG_STATS 4 /* the kernel's BPF_LOG_STATS */
#define LOG_BYTES 4096

static char *want_verifier_stats(struct rx *rx)
{
	struct bpf_program *prog;
	char *logs = NULL, *log;
	size_t n = 0;

	bpf_object__for_each_program (prog, rx->skel->obj)
		n++;
	if (msg_verbosity == 1) /* with more, libbpf's own log shows it all */
		log = logs = calloc(n, LOG_BYTES);
	if (!logs)
		return NULL;
	bpf_object__for_each_program (prog, rx->skel->obj) {
		bpf_program__set_log_buf(prog, log, LOG_BYTES);
		bpf_program__set_log_level(prog, LOG_STATS);
		log += LOG_BYTES;
	}
	return logs;
}

static void print_verifier_stats(struct rx *rx, const char *log)
{
	struct bpf_program *prog;
	unsigned followed;

	if (!log)
		return;
	bpf_object__for_each_program (prog, rx->skel->obj) {
		const char *p = strstr(log, "processed ");

		if (p && sscanf(p, "processed %u", &followed) == 1)
			msg_info("%s: %zu instructions, the verifier followed %u",
				 bpf_program__name(prog), bpf_program__insn_cnt(prog), followed);
		log += LOG_BYTES;
	}
}

static int try_open(struct rx *rx, const struct kernel *k, const struct rx_config *config,
		    unsigned *failed)
{
	char *logs;
	int err;

	*failed = MAX_CANDIDATES;
	err = open_object(rx);
	if (err)
		return msg_errno(err, "cannot open the BPF programs");
	select_programs(rx);
	configure(rx, k, config);
	logs = want_verifier_stats(rx);
	err = rx_bpf__load(rx->skel);
	if (!err)
		print_verifier_stats(rx, logs);
	free(logs);
	if (err) {
		if (err == -ENOMEM)
			return msg_errno(-err,
					 "no kernel memory for the maps (%llu MiB): try "
					 "--max-connections with less than %u",
					 rx->budget_bytes >> 20, rx->max_connections);
		return msg_errno(-err, "the kernel refused the BPF programs; -vv shows why");
	}
	err = fill_free_list(rx);
	if (err)
		return msg_errno(-err, "cannot fill the connection table");
	return attach_all(rx, failed);
}

int rx_open(struct rx *rx, const struct kernel *k, enum hook_policy policy,
	    const struct rx_config *config, __u32 max_connections)
{
	char caps[64];
	unsigned failed;
	int err;

	libbpf_set_print(libbpf_print);
	memset(rx, 0, sizeof(*rx));
	rx->cpus = k->possible_cpus;
	rx->max_connections = max_connections;
	if (k->missing_caps) {
		msg_err("missing %s: run as root, or grant it with setcap or systemd's "
			"AmbientCapabilities",
			caps_name(k->missing_caps, caps, sizeof(caps)));
		return -EPERM;
	}
	if (!k->btf) {
		msg_err("this kernel has no BTF (/sys/kernel/btf/vmlinux): it needs "
			"CONFIG_DEBUG_INFO_BTF");
		return -EOPNOTSUPP;
	}
	do {
		err = hooks_choose(k, policy, &rx->plan);
		if (err) {
			msg_err("no usable hook for a point of the receive path; "
				"'netstrata check' shows which");
			return err;
		}
		err = try_open(rx, k, config, &failed);
		if (!err)
			return 0;
		release(rx);
		if (failed < MAX_CANDIDATES) { /* take the next one of its ladder */
			struct hook_choice *h = &rx->plan.choices[failed];

			msg_info("cannot attach %s: %s", h->name, strerror(-err));
			h->error = err;
		}
	} while (failed < MAX_CANDIDATES);
	return err;
}

void rx_close(struct rx *rx)
{
	if (rx->skel)
		release(rx);
}

__u64 rx_misses(const struct rx *rx)
{
	struct bpf_program *prog;
	__u64 misses = 0;

	bpf_object__for_each_program (prog, rx->skel->obj) {
		struct bpf_prog_info info = {};
		__u32 len = sizeof(info);
		int fd = bpf_program__fd(prog);

		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len))
			misses += info.recursion_misses;
	}
	return misses;
}
