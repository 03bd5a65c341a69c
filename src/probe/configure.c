// SPDX-License-Identifier: GPL-2.0-only
#include "configure.h"

#include <string.h>

#include <bpf/libbpf.h>

#include "histogram.h"
#include "load.h"
#include "reasons.h"
#include "split.h"
#include "state.h"
#include "xdp.h"
#include "path.skel.h"

/* A trace is emptied at once; what only counts, once a second, so that this bounds its rate too. */
#define TRACE_RING_BYTES (8U << 20)
#define COUNT_RING_BYTES (1U << 20)
#define HASH_ENTRY_BYTES 64 /* what the kernel takes for a hash entry of 12 bytes */

static bool has(const struct path_config *cfg, enum ns_dir dir)
{
	return cfg->shape.points[dir][NS_TCP] || cfg->shape.points[dir][NS_UDP];
}

static bool wants_arrivals(const struct path_config *cfg)
{
	return (cfg->shape.points[NS_RX][NS_TCP] | cfg->shape.points[NS_RX][NS_UDP]) &
	       (1U << RXP_SOFTIRQ | 1U << RXP_XDP);
}

static __u32 ring_bytes(const struct path_config *cfg)
{
	return cfg->shape.traces ? TRACE_RING_BYTES : cfg->shape.events ? COUNT_RING_BYTES : 4096;
}

void path_complete(struct path_config *cfg, const struct hook_plan *plan, const struct kernel *k)
{
	struct path_shape *shape = &cfg->shape;

	memcpy(shape->points, plan->points, sizeof(shape->points));
	for (int pr = 0; pr < NS_PROTOS; pr++)
		shape->tx_stages[pr] = tx_stages_present(shape->points[NS_TX][pr]);
	/* since 6.1 (05b24ff9b2cf) the kernel skips and counts that; this came with it */
	shape->nests = !kernel_has_function(k, "bpf_prog_inc_misses_counter");
	shape->joins = has(cfg, NS_RX) && has(cfg, NS_TX);
	shape->filters_readers = cfg->n_pids || cfg->n_comms || cfg->n_cgroups;
	cfg->purge_reason = reasons_number(k, "QUEUE_PURGE");
	cfg->filters_headers =
		cfg->families || cfg->protos || cfg->n_hosts || cfg->n_ports || cfg->n_local_ports;
	cfg->filters_sockets = cfg->n_netns || cfg->filters_headers;
	cfg->filters_packets = cfg->filters_sockets || shape->n_devs || shape->sample > 1;
	cfg->cpus = k->possible_cpus;
}

void path_configure(struct path *path, const struct kernel *k, const struct path_config *config)
{
	const struct path_config *cfg = (void *)&path->skel->rodata->cfg;
	__u32 conns = path->max_connections;

	memcpy((void *)cfg, config, sizeof(*cfg));
	hist_fill_table((__u8 *)path->skel->rodata->bucket_of_byte);
	bpf_map__set_max_entries(path->skel->maps.cpus, k->possible_cpus);
	bpf_map__set_max_entries(path->skel->maps.cpus_now, k->possible_cpus);
	bpf_map__set_max_entries(path->skel->maps.sock_rows, conns);
	bpf_map__set_max_entries(path->skel->maps.socks, conns);
	bpf_map__set_max_entries(path->skel->maps.conns, conns);
	bpf_map__set_max_entries(path->skel->maps.free_rows, conns);
	if (wants_arrivals(cfg))
		bpf_map__set_max_entries(path->skel->maps.arrivals, SLOTS);
	if (cfg->shape.blame) {
		bpf_map__set_max_entries(path->skel->maps.cpus_past, k->possible_cpus);
		bpf_map__set_max_entries(path->skel->maps.blames, BLAMES);
	}
	if (cfg->shape.events)
		bpf_map__set_max_entries(path->skel->maps.events, ring_bytes(cfg));
	if (cfg->shape.traces) {
		bpf_map__set_max_entries(path->skel->maps.sents,
					 has(cfg, NS_TX) ? conns * ACKS : 1);
		bpf_map__set_max_entries(path->skel->maps.trails, TRAILS);
	}
	if (cfg->shape.n_xdps) {
		bpf_map__set_max_entries(path->skel->maps.xdp_stamps, XDP_SETS);
		bpf_map__set_max_entries(path->skel->maps.xdp_nows, k->possible_cpus);
		if (cfg->shape.n_hws)
			bpf_map__set_max_entries(path->skel->maps.xdp_hws, XDP_SETS);
	}
	if (cfg->shape.n_hws) {
		bpf_map__set_max_entries(path->skel->maps.hw_slots, SLOTS);
		bpf_map__set_max_entries(path->skel->maps.hw_marks, conns * MARKS);
	}
	path->budget_bytes =
		sizeof(*path->skel->bss) +
		(__u64)k->possible_cpus * (sizeof(struct cpu_row) + sizeof(struct cpu_now)) +
		(__u64)conns * (sizeof(struct conn) + sizeof(struct sock_state) + HASH_ENTRY_BYTES +
				sizeof(__u32)) +
		(wants_arrivals(cfg) ? SLOTS * sizeof(struct arrival) : 0) +
		(cfg->shape.blame ? BLAMES * sizeof(struct blame_slot) +
					    (__u64)k->possible_cpus * sizeof(struct cpu_past)
				  : 0) +
		ring_bytes(cfg) +
		(cfg->shape.traces ? TRAILS * sizeof(struct trail_slot) +
					     (__u64)conns * ACKS * sizeof(struct sent)
				   : 0) +
		(cfg->shape.n_hws ? (SLOTS + (__u64)conns * MARKS) * sizeof(struct hw_stamp) : 0) +
		(cfg->shape.n_xdps ? XDP_SETS * sizeof(struct xdp_set) : 0);
}
