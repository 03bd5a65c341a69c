// SPDX-License-Identifier: GPL-2.0-only
/*
 * The series of netstacklat, for dashboards that have them: time since the packet entered the stack
 * (netif_receive_skb), by the hook that saw it. docs/metrics.md says which are there, and where the
 * two differ.
 */
#include "prometheus.h"

#include <string.h>

#include "names.h"
#include "prom_write.h"

static void put_hook(struct prom *p, const char *hook, const struct hist *h)
{
	struct prom_labels l = prom_label(PROM_NONE, "hook", hook, strlen(hook));

	p->le_first = 0; /* its bounds begin at 1 ns */
	prom_histogram(p, &l, h, NULL);
	p->le_first = PROM_LE_FIRST;
}

/* Does the total of what is received begin at the entry to the stack, as netstacklat's time does?
 */
static bool from_stack(__u32 points)
{
	return points && !(points & ((1U << RXP_STACK) - 1));
}

void prometheus_netstacklat(struct prom *p, const struct snapshot *total, const struct run_info *ri)
{
	static const struct prom_family family = {
		"", "netstack_latency_seconds", PROM_HISTOGRAM, "seconds",
		"Time since a packet entered the network stack, as netstacklat has it"};
	static const char *const reads[NS_PROTOS] = {
		[NS_TCP] = "tcp-socket-read", [NS_UDP] = "udp-socket-read"};
	const struct hist(*rx)[HISTS_MAX] = total->hist[NS_RX];
	const __u32 *points = ri->points[NS_RX];
	struct hist ip = {};
	bool has_ip = false;

	prom_family(p, &family, NULL);
	for (unsigned proto = 0; proto < NS_PROTOS; proto++) {
		if (!(points[proto] & 1U << RXP_IP))
			continue;
		hist_merge(&ip, &rx[proto][RXS_STACK]);
		has_ip = true;
	}
	if (has_ip)
		put_hook(p, "ip-start", &ip);
	for (unsigned proto = 0; proto < NS_PROTOS; proto++)
		if (from_stack(points[proto]))
			put_hook(p, reads[proto], &rx[proto][RXS_TOTAL]);
}
