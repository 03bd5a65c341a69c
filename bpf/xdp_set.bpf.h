/* SPDX-License-Identifier: GPL-2.0-only */
/* One set of the table of stamps that XDP leaves (xdp.h): the newest is first. */
#ifndef NS_XDP_SET_BPF_H
#define NS_XDP_SET_BPF_H

#include "kernel.bpf.h"
#include "xdp.h"

/* The set of a packet with this tag, by its topmost bits: only these depend on all of the packet.
 */
ALWAYS_INLINE u32 xdp_set_of(u64 tag)
{
	return tag / (~0ULL / XDP_SETS + 1);
}

/* A place's stamp, and the device's (hw), if it has this tag; else 0. */
ALWAYS_INLINE u64 xdp_stamp_of(const struct xdp_set *set, const struct xdp_hw *hws, u32 way,
			       u64 tag, u64 *hw)
{
	const struct xdp_stamp *s = &set->ways[way];
	u64 t = s->t;

	*hw = hws ? hws->stamps[way] : 0;
	return (s->check ^ t ^ *hw) == tag ? t : 0;
}

/*
 * Leave the stamp `now`, and the device's own (hw), under a tag; hws: NULL without --hw. Those
 * before move on to the first free place, or the oldest out: it was merged by GRO, dropped, or is
 * lost. No search for the oldest one: under GRO most of a stream's stamps stay, and every branch of
 * it is a guess.
 */
ALWAYS_INLINE void xdp_put(struct xdp_set *set, struct xdp_hw *hws, u64 tag, u64 now, u64 hw)
{
	u64 t = now & ~XDP_TWICE, check = tag ^ t ^ hw;

	for (u32 i = 0; i < XDP_WAYS; i++) {
		struct xdp_stamp *s = &set->ways[i];
		u64 hw_then, then = xdp_stamp_of(set, hws, i, tag, &hw_then);

		if (!then)
			continue;
		if (now - then < XDP_STALE_NS) {
			t |= XDP_TWICE;
			check ^= XDP_TWICE;
		}
		if (hws)
			hws->stamps[i] = hw;
		s->t = t;
		s->check = check;
		return;
	}
	for (u32 i = 0; i < XDP_WAYS; i++) {
		struct xdp_stamp *s = &set->ways[i], before = *s;

		s->t = t;
		s->check = check;
		t = before.t;
		check = before.check;
		if (hws) {
			u64 hw_before = hws->stamps[i];

			hws->stamps[i] = hw;
			hw = hw_before;
		}
		if (!t)
			return;
	}
}

/* The stamp that XDP left under this tag, or 0; *hw: the device's own. A stale one is of a packet
 * before. */
ALWAYS_INLINE u64 xdp_find(struct xdp_set *set, struct xdp_hw *hws, u64 tag, u64 now, u64 *hw)
{
	for (u32 i = 0; i < XDP_WAYS; i++) {
		struct xdp_stamp *s = &set->ways[i];
		u64 stamp, t = xdp_stamp_of(set, hws, i, tag, &stamp);

		if (!t)
			continue;
		s->check = s->t = 0;
		if (now - t >= XDP_STALE_NS)
			continue;
		if (t & XDP_TWICE)
			return 0;
		*hw = stamp;
		return t;
	}
	return 0;
}

#endif
