/* SPDX-License-Identifier: GPL-2.0-only */
/* --hw: the devices whose own stamps are used, and their clocks, kept up to date. */
#ifndef NS_PROBE_HW_USED_H
#define NS_PROBE_HW_USED_H

#include <net/if.h>
#include <stdbool.h>

#include "hw_device.h"
#include "hwclock.h"
#include "phc.h"
#include "record.h"
#include "snapshot.h"

struct hw_used {
	char name[IF_NAMESIZE];
	struct hw_offer offer;
	const char *lacks; /* why its stamps are not used; NULL: they are */
	bool changed; /* it stamps all packets because we had it do so; else offer.filter did */
	struct phc phc;
	struct hwclock clock;
};

struct hw {
	struct hw_used used[2 * FILTER_MAX];
	unsigned n;
	struct hw_dev *devs; /* the programs'; NULL: not loaded yet */
};

/*
 * Look at the devices of config->hws, which must have stamps, and at those of config->xdps, which
 * may; config->hws becomes those that do. With config->hw_enable the former are made to stamp all
 * packets, until hw_close. Begins to read their clocks. Returns 0 or -errno, logged; hw_close in
 * either case.
 */
int hw_open(struct hw *hw, struct path_config *config);

/* The programs are loaded, with these: a clock for each of config->hws, from now on. */
void hw_start(struct hw *hw, struct hw_dev *devs);

/* Read the clocks again; wanted every second. */
void hw_refresh(struct hw *hw);

/* Set back what was changed. Accepts a zeroed *hw. */
void hw_close(struct hw *hw);

/* For the outputs: all but the errors of packets, which are in *devs; and what is known from the
 * start on. */
void hw_state(const struct hw_used *u, struct hw_state *s);
void hw_info(const struct hw_used *u, struct hw_info *info);

/* The same of the devices of this network namespace, as they are: up to max of them. Returns how
 * many there are, of which more may be left out. */
unsigned hw_list(struct hw_info *list, unsigned max);

/* Is a setting of a device ours, so that CAP_NET_ADMIN is needed in the end? */
bool hw_changed(const struct hw *hw);

#endif
