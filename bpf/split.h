/* SPDX-License-Identifier: GPL-2.0-only */
/* How a packet's stamps become stages: the one rule, for the programs and for user space. */
#ifndef NS_SPLIT_H
#define NS_SPLIT_H

#include "record.h"

/*
 * Split a packet's stamps (t, and read for the last of them) into stages: d[stage], and
 * d[RXS_TOTAL] as their exact sum. points: which points have a hook (bit mask). A stage whose first
 * point has none is merged into the stage that ends its interval; d of a stage that is not there is
 * left at 0. Returns 0, or -1 if a stamp lies before its predecessor.
 */
static inline __attribute__((always_inline)) int rx_split(const __u64 *t, __u64 read, __u32 points,
							  __u32 flags, __u64 *d)
{
	__u64 last = t[RXP_STACK], ready = t[RXP_READY], bad;

	d[RXS_STACK] = d[RXS_IP] = d[RXS_HOL] = 0;
	if (points & (1 << RXP_IP)) {
		d[RXS_STACK] = t[RXP_IP] - last;
		last = t[RXP_IP];
	}
	if (points & (1 << RXP_TRANSPORT)) {
		d[RXS_IP] = t[RXP_TRANSPORT] - last;
		last = t[RXP_TRANSPORT];
	}
	if (flags & (PKT_OOO | PKT_UNNOTIFIED)) {
		__u64 queued = points & (1 << RXP_QUEUED) && t[RXP_QUEUED] ? t[RXP_QUEUED] : last;

		if (flags & PKT_UNNOTIFIED)
			ready = queued;
		else
			d[RXS_HOL] = ready - queued;
	}
	d[RXS_TRANSPORT] = ready - last - d[RXS_HOL];
	d[RXS_APPLICATION] = read - ready;
	d[RXS_TOTAL] = read - t[RXP_STACK];
	bad = d[RXS_STACK] | d[RXS_IP] | d[RXS_TRANSPORT] | d[RXS_HOL] | d[RXS_APPLICATION];
	return (__s64)bad < 0 ? -1 : 0;
}

/* Which stages exist when only these points have a hook: a bit mask of enum rx_stage. */
static inline __u32 rx_stages_present(__u32 points)
{
	__u32 m = 1 << RXS_TRANSPORT | 1 << RXS_APPLICATION | 1 << RXS_TOTAL;

	if (points & (1 << RXP_IP))
		m |= 1 << RXS_STACK;
	if (points & (1 << RXP_TRANSPORT))
		m |= 1 << RXS_IP;
	return m;
}

/*
 * The same for a packet that is sent: t up to `handed`. Every stage ends at the point after its own
 * number, so that a point without a hook only makes the next stage longer; before the first point
 * that has one there is no stage.
 */
static inline __attribute__((always_inline)) int tx_split(const __u64 *t, __u32 points, __u64 *d)
{
	__u64 first = 0, last = 0, bad = 0;
	int begun = 0;

	for (int p = 0; p <= TXP_HANDED; p++) {
		if (p)
			d[p - 1] = 0;
		if (!(points & (1 << p)))
			continue;
		if (begun) {
			d[p - 1] = t[p] - last;
			bad |= d[p - 1];
		} else {
			first = t[p];
			begun = 1;
		}
		last = t[p];
	}
	d[TXS_TOTAL] = last - first;
	return (__s64)bad < 0 ? -1 : 0;
}

/* Which stages exist when only these points have a hook: a bit mask of enum tx_stage. */
static inline __u32 tx_stages_present(__u32 points)
{
	__u32 m = 1 << TXS_TOTAL;
	int begun = 0;

	for (int p = 0; p <= TXP_HANDED; p++) {
		if (!(points & (1U << p)))
			continue;
		if (begun)
			m |= 1U << (p - 1);
		begun = 1;
	}
	if (points & (1 << TXP_COMPLETED))
		m |= 1 << TXS_COMPLETION;
	if (points & (1 << TXP_ACKED))
		m |= 1 << TXS_NETWORK | 1 << TXS_ACK;
	return m;
}

#endif
