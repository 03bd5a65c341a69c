/* SPDX-License-Identifier: GPL-2.0-only */
/* The words of the tables in stages.h, and which stages a printed stage stands for. */
#ifndef NS_NAMES_H
#define NS_NAMES_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "record.h"

struct loss_info {
	const char *name; /* as in JSON */
	const char *doc;  /* plain words */
	bool in_totals;	  /* the packet is in the totals all the same */
};

extern const char *const rx_point_names[RXP_COUNT];
extern const char *const rx_stage_names[RXS_COUNT]; /* the last one is "total" */
extern const struct loss_info loss_infos[LOSS_COUNT];

/* "tcp", "udp"; "?" for anything else. */
const char *proto_name(unsigned proto);

/*
 * The stages that `stage` stands for when only these points have a hook, itself included: a bit
 * mask of enum rx_stage. A stage without a hook at its end is part of the next one that has it.
 */
__u32 rx_stage_covers(__u32 points, enum rx_stage stage);

/* Their names joined by '+' ("stack+ip"). Returns buf. 64 bytes are enough for any label. */
char *rx_stage_label(__u32 points, enum rx_stage stage, char *buf, size_t size);

#endif
