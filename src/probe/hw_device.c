// SPDX-License-Identifier: GPL-2.0-only
#include "hw_device.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int request(const char *name, unsigned long what, void *data)
{
	struct ifreq ifr = {.ifr_data = data};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	err = ioctl(fd, what, &ifr) ? -errno : 0;
	close(fd);
	return err;
}

int hw_device_ask(const char *name, struct hw_offer *offer)
{
	const __u32 needed = SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE;
	struct ethtool_ts_info info = {.cmd = ETHTOOL_GET_TS_INFO};
	struct hwtstamp_config now = {};
	int err = request(name, SIOCETHTOOL, &info);

	*offer = (struct hw_offer){.phc = -1, .filter = -1};
	if (err == -EOPNOTSUPP)
		return 0;
	if (err)
		return err;
	offer->receives = (info.so_timestamping & needed) == needed;
	offer->phc = info.phc_index;
	offer->filters = info.rx_filters;
	if (offer->receives && !request(name, SIOCGHWTSTAMP, &now))
		offer->filter = now.rx_filter;
	return 0;
}

bool hw_device_stamps_all(const struct hw_offer *offer)
{
	return offer->receives && (offer->filter < 0 || offer->filter == HWTSTAMP_FILTER_ALL);
}

int hw_device_set(const char *name, int filter)
{
	struct hwtstamp_config config = {};
	int err = request(name, SIOCGHWTSTAMP, &config);

	if (err) /* what it stamps of the sent would be lost, and nothing could be set back */
		return err;
	config.flags = 0;
	config.rx_filter = filter < 0 ? HWTSTAMP_FILTER_ALL : filter;
	err = request(name, SIOCSHWTSTAMP, &config);
	/* the device may stamp more than it was asked for, and says so; less it may not */
	if (!err && filter < 0 && config.rx_filter != HWTSTAMP_FILTER_ALL)
		return -EOPNOTSUPP;
	return err;
}

const char *hw_filter_name(int filter)
{
	static const char *const names[] = {
		[HWTSTAMP_FILTER_NONE] = "none",
		[HWTSTAMP_FILTER_ALL] = "all",
		[HWTSTAMP_FILTER_SOME] = "some",
		[HWTSTAMP_FILTER_PTP_V1_L4_EVENT] = "ptpv1-l4-event",
		[HWTSTAMP_FILTER_PTP_V1_L4_SYNC] = "ptpv1-l4-sync",
		[HWTSTAMP_FILTER_PTP_V1_L4_DELAY_REQ] = "ptpv1-l4-delay-req",
		[HWTSTAMP_FILTER_PTP_V2_L4_EVENT] = "ptpv2-l4-event",
		[HWTSTAMP_FILTER_PTP_V2_L4_SYNC] = "ptpv2-l4-sync",
		[HWTSTAMP_FILTER_PTP_V2_L4_DELAY_REQ] = "ptpv2-l4-delay-req",
		[HWTSTAMP_FILTER_PTP_V2_L2_EVENT] = "ptpv2-l2-event",
		[HWTSTAMP_FILTER_PTP_V2_L2_SYNC] = "ptpv2-l2-sync",
		[HWTSTAMP_FILTER_PTP_V2_L2_DELAY_REQ] = "ptpv2-l2-delay-req",
		[HWTSTAMP_FILTER_PTP_V2_EVENT] = "ptpv2-event",
		[HWTSTAMP_FILTER_PTP_V2_SYNC] = "ptpv2-sync",
		[HWTSTAMP_FILTER_PTP_V2_DELAY_REQ] = "ptpv2-delay-req",
		[HWTSTAMP_FILTER_NTP_ALL] = "ntp-all",
	};

	if (filter < 0)
		return "not told";
	return (size_t)filter < sizeof(names) / sizeof(names[0]) ? names[filter] : "unknown";
}

const char *hw_device_lacks(const struct hw_offer *offer)
{
	if (!offer->receives)
		return "the device offers none";
	if (offer->phc < 0)
		return "the device's clock cannot be read";
	if (hw_device_stamps_all(offer))
		return NULL;
	if (!(offer->filters & 1U << HWTSTAMP_FILTER_ALL))
		return "the device stamps PTP packets only";
	return "switched off (--hw-enable switches them on)";
}
