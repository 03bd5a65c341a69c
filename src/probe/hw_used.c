// SPDX-License-Identifier: GPL-2.0-only
#include "hw_used.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"

/*
 * NETSTRATA_HW_CLOCK: for tests, whose devices have no clock and offer nothing: this clock of the
 * system in place of the device's.
 */
static const char *test_clock(void)
{
	return getenv("NETSTRATA_HW_CLOCK");
}

static int enable(struct hw_used *u)
{
	int err = hw_device_set(u->name, -1);

	if (err == -EPERM)
		msg_err("--hw-enable %s: missing CAP_NET_ADMIN", u->name);
	else if (err)
		msg_errno(err, "--hw-enable %s: the device does not stamp all packets", u->name);
	if (err)
		return err;
	u->changed = true;
	u->lacks = NULL;
	msg_info("--hw-enable %s: the device stamps all packets; before: %s", u->name,
		 hw_filter_name(u->offer.filter));
	return 0;
}

static int open_clock(struct hw_used *u)
{
	const char *test = test_clock();
	int err = test ? phc_open_system(&u->phc, test) : phc_open(&u->phc, u->offer.phc);
	struct hw_reading r;

	if (!err)
		err = phc_read(&u->phc, &r);
	if (err == -EAGAIN) /* CLOCK_REALTIME was set just then; the next one will do */
		return 0;
	if (err)
		return msg_errno(err, "--hw %s: cannot read its clock, %s", u->name, u->phc.name);
	hwclock_add(&u->clock, &r);
	return 0;
}

/* required: by --hw, and not just because of --xdp. */
static int open_device(struct hw_used *u, __u32 ifindex, bool required, bool enables)
{
	bool possible;
	int err;

	u->phc.fd = -1;
	if (!if_indextoname(ifindex, u->name))
		return msg_errno(errno, "--hw: device %u is gone", ifindex);
	err = hw_device_ask(u->name, &u->offer);
	if (err)
		return msg_errno(err, "--hw %s: cannot ask the device what it offers", u->name);
	u->lacks = test_clock() ? NULL : hw_device_lacks(&u->offer);
	possible = u->offer.receives && u->offer.phc >= 0;
	if (u->lacks && required && enables && possible)
		err = enable(u);
	if (err)
		return err;
	if (u->lacks && required) {
		msg_err("--hw %s: no hardware receive stamps: %s", u->name, u->lacks);
		return -EOPNOTSUPP;
	}
	if (u->lacks) {
		msg_info("%s: no hardware receive stamps: %s", u->name, u->lacks);
		return 0;
	}
	err = open_clock(u);
	if (!err || required)
		return err;
	u->lacks = "its clock cannot be read";
	return 0;
}

static bool listed(const __u32 *list, __u32 n, __u32 ifindex)
{
	while (n--)
		if (list[n] == ifindex)
			return true;
	return false;
}

int hw_open(struct hw *hw, struct path_config *config)
{
	__u32 required = config->shape.n_hws, wanted[2 * FILTER_MAX], n = required;
	int err = 0;

	memcpy(wanted, config->hws, required * sizeof(wanted[0]));
	for (__u32 i = 0; i < config->shape.n_xdps; i++)
		if (!listed(wanted, required, config->xdps[i]))
			wanted[n++] = config->xdps[i];
	if (!required)
		config->hw_netns = config->xdp_netns;
	config->shape.n_hws = 0;
	for (__u32 i = 0; !err && i < n && config->shape.n_hws < FILTER_MAX; i++) {
		struct hw_used *u = &hw->used[hw->n++];

		err = open_device(u, wanted[i], i < required, config->hw_enable);
		if (!err && !u->lacks)
			config->hws[config->shape.n_hws++] = wanted[i];
	}
	return err;
}

void hw_start(struct hw *hw, struct hw_dev *devs)
{
	hw->devs = devs;
	hw_refresh(hw);
}

static void publish(struct hw_dev *dev, const struct hw_clock *clock)
{
	__u32 next = !dev->current;

	dev->clocks[next] = *clock;
	__atomic_store_n(&dev->current, next, __ATOMIC_RELEASE);
}

void hw_refresh(struct hw *hw)
{
	unsigned number = 0;

	for (unsigned i = 0; i < hw->n; i++) {
		struct hw_used *u = &hw->used[i];
		struct hw_reading r;
		int err;

		if (u->lacks)
			continue;
		err = phc_read(&u->phc, &r);
		if (!err)
			hwclock_add(&u->clock, &r);
		else if (err != -EAGAIN)
			msg_info("--hw %s: cannot read %s: %s", u->name, u->phc.name,
				 strerror(-err));
		if (hw->devs && !err)
			publish(&hw->devs[number], &u->clock.now);
		number++;
	}
}

void hw_state(const struct hw_used *u, struct hw_state *s)
{
	*s = (struct hw_state){.known = u->clock.known,
			       .rate_ppb = hwclock_ppb(&u->clock),
			       .steps = u->clock.steps,
			       .changes = u->clock.changes};
	snprintf(s->dev, sizeof(s->dev), "%s", u->name);
	snprintf(s->clock, sizeof(s->clock), "%s", u->phc.name);
	snprintf(s->method, sizeof(s->method), "%s", phc_method_name(u->phc.method));
}

void hw_info(const struct hw_used *u, struct hw_info *info)
{
	*info = (struct hw_info){.lacks = u->lacks, .changed = u->changed};
	snprintf(info->dev, sizeof(info->dev), "%s", u->name);
	snprintf(info->filter, sizeof(info->filter), "%s",
		 u->changed ? "all" : hw_filter_name(u->offer.filter));
}

unsigned hw_list(struct hw_info *list, unsigned max)
{
	struct if_nameindex *all = if_nameindex();
	unsigned n = 0;

	for (; all && all[n].if_index; n++) {
		struct hw_used u = {};

		if (n >= max)
			continue;
		snprintf(u.name, sizeof(u.name), "%s", all[n].if_name);
		u.lacks = hw_device_ask(u.name, &u.offer) ? "the device cannot be asked"
							  : hw_device_lacks(&u.offer);
		hw_info(&u, &list[n]);
	}
	if (all)
		if_freenameindex(all);
	return n;
}

bool hw_changed(const struct hw *hw)
{
	for (unsigned i = 0; i < hw->n; i++)
		if (hw->used[i].changed)
			return true;
	return false;
}

/* What somebody else has set meanwhile is left. */
static void set_back(struct hw_used *u)
{
	struct hw_offer now;
	int err = hw_device_ask(u->name, &now);

	if (!err && !hw_device_stamps_all(&now))
		return;
	if (!err)
		err = hw_device_set(u->name, u->offer.filter);
	if (err)
		msg_errno(err, "%s: cannot set back which packets the device stamps: was %s",
			  u->name, hw_filter_name(u->offer.filter));
}

void hw_close(struct hw *hw)
{
	while (hw->n) {
		struct hw_used *u = &hw->used[--hw->n];

		if (u->changed)
			set_back(u);
		phc_close(&u->phc);
	}
	hw->devs = NULL;
}
