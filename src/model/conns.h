/* SPDX-License-Identifier: GPL-2.0-only */
/* Which connections matter most, and what one of them suffers from. Pure functions. */
#ifndef NS_CONNS_H
#define NS_CONNS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "record.h"

enum conn_sort_key { SORT_P99, SORT_MAX, SORT_SUM, SORT_N };

/*
 * What connections are ranked by: one direction's stage (enum rx_stage or tx_stage). The 99th
 * percentile is known for the total only, and there only with enough samples: otherwise the maximum
 * stands in for it.
 */
__u64 conn_rank(const struct conn *c, enum ns_dir dir, enum conn_sort_key key, unsigned stage);

/* The number of packets that passed a stage. */
__u64 conn_stage_n(const struct conn *c, enum ns_dir dir, unsigned stage);

/* The stage with the largest share of a direction's total; below the total. */
unsigned conn_worst_stage(const struct conn *c, enum ns_dir dir);

/* The cause that held back data the longest: enum tx_cause, or -1 where none did. */
int conn_worst_cause(const struct conn *c);

/* The mean round trip of a TCP connection, as far as this host can tell its parts; ns. */
struct conn_rtt {
	__u64 mean;    /* sum of the following */
	__u64 host_tx; /* from `segment` to `handed` */
	__u64 network; /* network and peer */
	__u64 host_rx; /* the ACK's way through this host */
};

/* False where no ACK has come yet. */
bool conn_rtt(const struct conn *c, struct conn_rtt *out);

#endif
