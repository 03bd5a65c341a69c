/* SPDX-License-Identifier: GPL-2.0-only */
/* What the slow packets of a run were slow for: how much time, how often, and the worst of each. */
#ifndef NS_RANKING_H
#define NS_RANKING_H

#include <linux/types.h>

#include "cause.h"

struct ranked {
	__u64 n;
	__u64 sum;	       /* ns explained */
	struct cause worst;    /* of the packet with the most explained; .rule is that of all */
	struct ns_event event; /* that packet */
};

struct ranking {
	__u64 packets;	      /* slow ones with a cause */
	__u64 sum;	      /* ns of their totals */
	__u64 unclear;	      /* slow ones whose stamps were out of order */
	struct ranked *rules; /* one for each of cause_rules[]; those with n = 0 never held */
};

/* 0 or -ENOMEM; ranking_free() accepts a zeroed *r. */
int ranking_init(struct ranking *r);
void ranking_free(struct ranking *r);

/* Take in the record of a packet that was slow. */
void ranking_add(struct ranking *r, const struct ns_event *e, const struct run_info *ri);

/* Add one ranking to another; of the worst packets the worse is kept. */
void ranking_merge(struct ranking *to, const struct ranking *from);

/* Forget all packets. */
void ranking_reset(struct ranking *r);

/* Slow packets of these totals that had no room for a record. */
__u64 ranking_missed(const struct snapshot *total);

/* Those that held, the most time first: fills list (n_cause_rules places), returns how many. */
size_t ranking_order(const struct ranking *r, const struct ranked **list);

#endif
