/* SPDX-License-Identifier: GPL-2.0-only */
/* What a packet's record means: the one reading of it that all outputs share. */
#ifndef NS_PACKET_H
#define NS_PACKET_H

#include <linux/types.h>
#include <stdbool.h>

#include "record.h"

struct packet {
	bool valid;	     /* false: a stamp lies before its predecessor, or absurdly far off */
	__u32 points;	     /* bit mask of enum rx_point with a hook for its protocol */
	__u32 stages;	     /* bit mask of enum rx_stage without RXS_TOTAL; HOL only if PKT_OOO */
	__u64 ns[RXS_COUNT]; /* the stages, and RXS_TOTAL as their exact sum */
};

/* points: of each protocol, as in struct run_info. Any content of e is safe. */
void packet_read(const struct rx_event *e, const __u32 *points, struct packet *out);

/* The name of the n-th flag that is set ("ooo", "unnotified", "partial"), NULL after the last. */
const char *packet_flag(const struct rx_event *e, unsigned n);

#endif
