/* SPDX-License-Identifier: GPL-2.0-only */
/* How a packet's stamps become stages: the one rule, for the programs and for user space. */
#ifndef NS_SPLIT_H
#define NS_SPLIT_H

#include "record.h"

/* Points that only some packets have: there where the hook is, and the stamp is not 0. */
#define RX_BEFORE (1U << RXP_IRQ | 1U << RXP_RAISE | 1U << RXP_SOFTIRQ | 1U << RXP_XDP)
#define RX_OPTIONAL (RX_BEFORE | 1U << RXP_WOKEN | 1U << RXP_RUNNING)

/* When a packet was read, and since when its reader could: what is known only at the read. */
struct reading {
	__u64 woken; /* 0: nobody was woken for it */
	__u64 running;
	__u64 read;
};

/*
 * Of rx_split: back from `stack`, as far as this packet has points. *first becomes its first stamp;
 * *last `xdp`, if that lies inside the stack. Returns the stages together, negative if one is.
 */
static inline __attribute__((always_inline)) __u64
rx_split_before(const __u64 *t, __u32 points, __u64 *d, __u64 *first, __u64 *last)
{
	int begun = points & (1 << RXP_SOFTIRQ) && t[RXP_SOFTIRQ];

	if (points & (1 << RXP_XDP) && t[RXP_XDP] > *last) { /* generic XDP: inside the stack */
		d[RXS_XDP] = t[RXP_XDP] - *last;
		*last = t[RXP_XDP];
	} else if (points & (1 << RXP_XDP) && t[RXP_XDP]) {
		d[RXS_XDP] = *first - t[RXP_XDP];
		*first = t[RXP_XDP];
	}
	if (begun) {
		d[RXS_NAPI] = *first - t[RXP_SOFTIRQ];
		*first = t[RXP_SOFTIRQ];
	}
	if (points & (1 << RXP_RAISE) && t[RXP_RAISE]) {
		/* not begun by it: during one that ran already it waits for its turn there */
		d[begun ? RXS_SOFTIRQ_WAIT : RXS_NAPI] = *first - t[RXP_RAISE];
		*first = t[RXP_RAISE];
	}
	if (points & (1 << RXP_IRQ) && t[RXP_IRQ]) {
		d[RXS_IRQ] = *first - t[RXP_IRQ];
		*first = t[RXP_IRQ];
	}
	return d[RXS_XDP] | d[RXS_NAPI] | d[RXS_SOFTIRQ_WAIT] | d[RXS_IRQ];
}

/*
 * Split a packet's stamps (t up to `ready`, and r) into stages: d[stage], and d[RXS_TOTAL] as their
 * exact sum. points: which points have a hook (bit mask). The time up to a point is the stage that
 * ends there; a point without a hook, or that this packet does not have, only makes that stage
 * longer. d of a stage that is not there is 0. Returns 0, or -1 if a stamp lies before its
 * predecessor.
 */
static inline __attribute__((always_inline)) int rx_split(const __u64 *t, const struct reading *r,
							  __u32 points, __u32 flags, __u64 *d)
{
	__u64 first = t[RXP_STACK], last = first, ready = t[RXP_READY], bad = 0;

	d[RXS_IRQ] = d[RXS_SOFTIRQ_WAIT] = d[RXS_NAPI] = d[RXS_XDP] = 0;
	if (points & RX_BEFORE)
		bad = rx_split_before(t, points, d, &first, &last);
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
	bad |= d[RXS_STACK] | d[RXS_IP] | d[RXS_TRANSPORT] | d[RXS_HOL];

	d[RXS_WAKEUP] = d[RXS_RUNQUEUE] = 0;
	if (points & (1 << RXP_RUNNING) && r->running) {
		d[RXS_WAKEUP] = r->woken - ready;
		d[RXS_RUNQUEUE] = r->running - r->woken;
		ready = r->running;
	}
	d[RXS_APPLICATION] = r->read - ready;
	bad |= d[RXS_WAKEUP] | d[RXS_RUNQUEUE] | d[RXS_APPLICATION];
	d[RXS_TOTAL] = r->read - first;
	return (__s64)bad < 0 ? -1 : 0;
}

/* Which stages exist when only these points have a hook, or stamps: a bit mask of enum rx_stage.
 * Without hol. */
static inline __u32 rx_stages_present(__u32 points)
{
	__u32 m = 1 << RXS_TRANSPORT | 1 << RXS_APPLICATION | 1 << RXS_TOTAL;

	if (points & (1 << RXP_IRQ))
		m |= 1 << RXS_IRQ;
	if (points & (1 << RXP_RAISE))
		m |= points & 1 << RXP_SOFTIRQ ? 1 << RXS_SOFTIRQ_WAIT : 1 << RXS_NAPI;
	if (points & (1 << RXP_SOFTIRQ))
		m |= 1 << RXS_NAPI;
	if (points & (1 << RXP_XDP))
		m |= 1 << RXS_XDP;
	if (points & (1 << RXP_IP))
		m |= 1 << RXS_STACK;
	if (points & (1 << RXP_TRANSPORT))
		m |= 1 << RXS_IP;
	if (points & (1 << RXP_RUNNING))
		m |= 1 << RXS_WAKEUP | 1 << RXS_RUNQUEUE;
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
