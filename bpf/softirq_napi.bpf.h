/* SPDX-License-Identifier: GPL-2.0-only */
/* The polls of NAPI. */
#ifndef NS_SOFTIRQ_NAPI_BPF_H
#define NS_SOFTIRQ_NAPI_BPF_H

#include "softirq_state.bpf.h"

ALWAYS_INLINE void count_instance(struct softirq_row *row, struct napi_struct *napi, u32 packets,
				  bool full)
{
	u32 id = napi->napi_id, where = napi->dev ? address_of(napi) : 0;
	u64 key = id ? id : 1ULL << 32 | where;		     /* all backlogs are one */
	u32 at = (id ? id : where >> 6) * 0x9e3779b1U >> 27; /* 5 bits: NAPI_PLACES */

	for (u32 i = 0; i < NAPI_PROBES; i++) {
		struct napi_count *c = &row->napi[(at + i) & (NAPI_PLACES - 1)];

		if (!c->key) {
			c->key = key;
			c->id = id;
			BPF_CORE_READ_STR_INTO(&c->dev, napi, dev, name);
		}
		if (c->key != key)
			continue;
		c->polls++;
		c->packets += packets;
		c->full += full;
		row->rx.full_in_row += full && c->streak;
		c->streak = full ? c->streak + 1 : 0;
		if (c->streak > c->longest)
			c->longest = c->streak;
		return;
	}
	row->napi_lost++;
}

/* NAPI threads came with 5.12. */
ALWAYS_INLINE bool in_own_thread(struct napi_struct *napi)
{
	return bpf_core_field_exists(napi->thread) &&
	       (u64)BPF_CORE_READ(napi, thread) == bpf_get_current_task();
}

SEC("tp_btf/napi_poll")
int BPF_PROG(ns_napi_poll, struct napi_struct *napi, int work, int budget)
{
	struct softirq_row *row = this_row();
	bool full = work > 0 && work >= budget, in_rx;
	struct rx_counts *rx;
	u32 packets = work;

	if (!row || work < 0)
		return 0;
	rx = &row->rx;
	in_rx = this_now()->running == VEC_NET_RX + 1;
	if (!in_rx && !in_own_thread(napi)) {
		rx->busy_polls++;
		rx->busy_packets += packets;
		return 0;
	}
	if (in_rx) {
		rx->polls++;
		rx->packets += packets;
		row->run_polls++;
		row->run_packets += packets;
	} else {
		rx->threaded_polls++;
		rx->threaded_packets += packets;
	}
	hist_add_as(&rx->poll_packets, packets, WRITE_ALONE);
	if (!napi->dev) {
		rx->backlog_polls++;
		rx->backlog_packets += packets;
	}
	rx->full_polls += full;
	count_instance(row, napi, packets, full);
	return 0;
}

#endif
