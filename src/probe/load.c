// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "histogram.h"
#include "load.h"
#include "msg.h"
#include "reasons.h"
#include "require.h"
#include "split.h"
#include "state.h"
#include "path.skel.h"

#define EVENT_RING_BYTES (8U << 20)
#define HASH_ENTRY_BYTES 64 /* what the kernel takes for a hash entry of 12 bytes */

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

static bool has(const struct path_config *cfg, enum ns_dir dir)
{
	return cfg->points[dir][NS_TCP] || cfg->points[dir][NS_UDP];
}

/* Sizes and configuration; what is off is made as small as the kernel allows. */
static void configure(struct path *path, const struct kernel *k, const struct path_config *config)
{
	struct path_config *cfg = (void *)&path->skel->rodata->cfg;
	__u32 conns = path->max_connections;

	*cfg = *config;
	hist_fill_tables((__u16 *)path->skel->rodata->bucket_below_256,
			 (__u16 *)path->skel->rodata->bucket_by_32);
	memcpy(cfg->points, path->plan.points, sizeof(cfg->points));
	for (int pr = 0; pr < NS_PROTOS; pr++)
		cfg->tx_stages[pr] = tx_stages_present(cfg->points[NS_TX][pr]);
	cfg->purge_reason = reasons_number(k, "QUEUE_PURGE");
	cfg->joins = has(cfg, NS_RX) && has(cfg, NS_TX);
	cfg->filters_sockets = cfg->n_netns || cfg->families || cfg->protos || cfg->n_hosts ||
			       cfg->n_ports || cfg->n_local_ports;
	cfg->filters_packets = cfg->filters_sockets || cfg->n_devs || cfg->sample > 1;
	cfg->filters_readers = cfg->n_pids || cfg->n_comms || cfg->n_cgroups;
	bpf_map__set_max_entries(path->skel->maps.cpus, k->possible_cpus);
	bpf_map__set_max_entries(path->skel->maps.sock_rows, conns);
	bpf_map__set_max_entries(path->skel->maps.socks, conns);
	bpf_map__set_max_entries(path->skel->maps.conns, conns);
	bpf_map__set_max_entries(path->skel->maps.free_rows, conns);
	if (cfg->events) {
		bpf_map__set_max_entries(path->skel->maps.events, EVENT_RING_BYTES);
		bpf_map__set_max_entries(path->skel->maps.sents,
					 has(cfg, NS_TX) ? conns * ACKS : 1);
		bpf_map__set_max_entries(path->skel->maps.trails, TRAILS);
	}
	path->budget_bytes = sizeof(*path->skel->bss) +
			     (__u64)k->possible_cpus * sizeof(struct cpu_row) +
			     (__u64)conns * (sizeof(struct conn) + sizeof(struct sock_state) +
					     HASH_ENTRY_BYTES + sizeof(__u32)) +
			     (cfg->events ? EVENT_RING_BYTES + TRAILS * sizeof(struct trail_slot) +
						    (__u64)conns * ACKS * sizeof(struct sent)
					  : 4096);
}

/* What the kernel says that the maps take; 0 where it does not. */
static __u64 maps_memory(struct path *path)
{
	struct bpf_map *map;
	__u64 sum = 0;

	bpf_object__for_each_map(map, path->skel->obj)
	{
		char name[64], line[128];
		unsigned long long bytes;
		FILE *f;

		snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", bpf_map__fd(map));
		f = fopen(name, "r");
		while (f && fgets(line, sizeof(line), f))
			if (sscanf(line, "memlock: %llu", &bytes) == 1)
				sum += bytes;
		if (f)
			fclose(f);
	}
	return sum;
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

/* Attach from the end of each way back to its beginning, so that the first packet seen is seen
 * whole. Returns the index of the choice that failed in *failed. */
static int attach_all(struct path *path, unsigned *failed)
{
	int err = 0;

	for (int dir = NS_DIRS; !err && dir >= 0; dir--)
		for (int p = POINTS_MAX - 1; !err && p >= 0; p--)
			err = attach_point(path, dir, p, failed);
	return err;
}

void path_detach(struct path *path)
{
	if (path->skel && path->skel->bss)
		path->skel->bss->closing = 1;
	while (path->n_links)
		bpf_link__destroy(path->links[--path->n_links]);
}

static void release(struct path *path)
{
	path_detach(path);
	path_bpf__destroy(path->skel);
	path->skel = NULL;
}

/*
 * NETSTRATA_BPF_OBJECT: take the programs from this file, built from the same sources, in place of
 * those built in. bench/ uses it to measure what the hooks cost by themselves.
 */
static void *replace_object(struct path *path)
{
	const char *file = getenv("NETSTRATA_BPF_OBJECT");
	FILE *f = file ? fopen(file, "rb") : NULL;
	void *data = NULL;
	long size;

	if (!f)
		return NULL;
	if (!fseek(f, 0, SEEK_END) && (size = ftell(f)) > 0 && (data = malloc(size))) {
		rewind(f);
		if (fread(data, 1, size, f) == (size_t)size) {
			path->skel->skeleton->data = data;
			path->skel->skeleton->data_sz = size;
		}
	}
	fclose(f);
	return data;
}

static int open_object(struct path *path)
{
	void *data;
	int err;

	path->skel = calloc(1, sizeof(*path->skel));
	if (!path->skel)
		return -ENOMEM;
	err = path_bpf__create_skeleton(path->skel);
	data = replace_object(path);
	if (!err)
		err = bpf_object__open_skeleton(path->skel->skeleton, NULL);
	free(data); /* libbpf has its own copy by now */
	return err;
}

/* -v: what the verifier had to say of each program, as docs/overhead.md records it. */
#define LOG_STATS 4 /* the kernel's BPF_LOG_STATS */
#define LOG_BYTES 4096

static char *want_verifier_stats(struct path *path)
{
	struct bpf_program *prog;
	char *logs = NULL, *log;
	size_t n = 0;

	bpf_object__for_each_program (prog, path->skel->obj)
		n++;
	if (msg_verbosity == 1) /* with more, libbpf's own log shows it all */
		log = logs = calloc(n, LOG_BYTES);
	if (!logs)
		return NULL;
	bpf_object__for_each_program (prog, path->skel->obj) {
		bpf_program__set_log_buf(prog, log, LOG_BYTES);
		bpf_program__set_log_level(prog, LOG_STATS);
		log += LOG_BYTES;
	}
	return logs;
}

static void print_verifier_stats(struct path *path, const char *log)
{
	struct bpf_program *prog;
	unsigned followed;

	if (!log)
		return;
	bpf_object__for_each_program (prog, path->skel->obj) {
		const char *p = strstr(log, "processed ");

		if (p && sscanf(p, "processed %u", &followed) == 1)
			msg_info("%s: %zu instructions, the verifier followed %u",
				 bpf_program__name(prog), bpf_program__insn_cnt(prog), followed);
		log += LOG_BYTES;
	}
}

static int try_open(struct path *path, const struct kernel *k, const struct path_config *config,
		    unsigned *failed)
{
	char *logs;
	int err;

	*failed = MAX_CANDIDATES;
	err = open_object(path);
	if (err)
		return msg_errno(err, "cannot open the BPF programs");
	select_programs(path);
	configure(path, k, config);
	logs = want_verifier_stats(path);
	err = path_bpf__load(path->skel);
	if (!err)
		print_verifier_stats(path, logs);
	free(logs);
	if (err) {
		if (err == -ENOMEM)
			return msg_errno(-err,
					 "no kernel memory for the maps (%llu MiB): try "
					 "--max-connections with less than %u",
					 path->budget_bytes >> 20, path->max_connections);
		return msg_errno(-err, "the kernel refused the BPF programs; -vv shows why");
	}
	if (maps_memory(path))
		path->budget_bytes = maps_memory(path);
	err = fill_free_list(path);
	if (err)
		return msg_errno(-err, "cannot fill the connection table");
	path->skel->bss->closing = 1; /* and not yet open */
	err = attach_all(path, failed);
	path->skel->bss->closing = 0;
	return err;
}

int path_open(struct path *path, const struct kernel *k, enum hook_policy policy,
	      const struct path_config *config, unsigned dirs, __u32 max_connections)
{
	unsigned failed;
	int err;

	memset(path, 0, sizeof(*path));
	path->cpus = k->possible_cpus;
	path->max_connections = max_connections;
	err = kernel_require(k);
	if (err)
		return err;
	do {
		err = hooks_choose(k, policy, dirs, &path->plan);
		if (err) {
			msg_err("no usable hook for a point of the packet's path; "
				"'netstrata check' shows which");
			return err;
		}
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

void path_close(struct path *path)
{
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
