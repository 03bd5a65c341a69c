/* SPDX-License-Identifier: GPL-2.0-only */
/* What a device offers of hardware receive stamps, and having it stamp all that it receives. */
#ifndef NS_HW_DEVICE_H
#define NS_HW_DEVICE_H

#include <linux/types.h>
#include <stdbool.h>

struct hw_offer {
	bool receives; /* it can stamp what it receives, in its own clock */
	int phc;       /* the number of that clock's /dev/ptp; -1: it has none that can be read */
	__u32 filters; /* which packets it can be told to stamp: bit mask of 1 <<
			  HWTSTAMP_FILTER_... */
	int filter;    /* which it stamps now; negative: it does not tell */
};

/* Ask a device of this network namespace. 0 or -errno; a device that offers nothing is no error. */
int hw_device_ask(const char *name, struct hw_offer *offer);

/* Does it stamp all packets now? One that does not tell may. */
bool hw_device_stamps_all(const struct hw_offer *offer);

/*
 * Change which packets it stamps, to a filter or (-1) to all, whatever its word for that is; what
 * it stamps of the packets that are sent stays. It is the device's setting, and other programs'
 * too. CAP_NET_ADMIN. 0 or -errno.
 */
int hw_device_set(const char *name, int filter);

/* "none", "all", ...; "not told" for a negative one. */
const char *hw_filter_name(int filter);

/* In a few words, why its stamps cannot be used as it is; NULL: they can. */
const char *hw_device_lacks(const struct hw_offer *offer);

#endif
