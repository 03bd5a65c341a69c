// SPDX-License-Identifier: GPL-2.0-only
#include "usual.h"

#include <math.h>
#include <string.h>

/* Straight lines between the powers of two: no call of log2() for each of many thousand values. */
__u32 level_of(__u64 ns)
{
	unsigned e = ns > 1 ? 63 - (unsigned)__builtin_clzll(ns) : 0;
	__u64 rest = ns > 1 ? ns - (1ULL << e) : 0;

	return e * OCTAVE + (__u32)(e > 10 ? rest >> (e - 10) : rest << (10 - e));
}

__u64 level_ns(__u32 level)
{
	return (__u64)(exp2((double)level / OCTAVE) + 0.5);
}

/* Where v is, or belongs, among the first n of sorted. To the end of it in any case: a loop of
 * fixed length without branches is the faster one. */
static unsigned place(const __u16 *sorted, unsigned n, __u16 v)
{
	__u16 at = 0;

	for (unsigned i = 0; i < USUAL_HISTORY; i++)
		at = (__u16)(at + (i < n && sorted[i] < v));
	return at;
}

void usual_add(struct usual *u, __u32 level)
{
	__u16 v = (__u16)(level < 0xffff ? level : 0xffff);
	unsigned at;

	if (u->n == USUAL_HISTORY) {
		at = place(u->sorted, u->n, u->past[u->next]);
		u->n--;
		memmove(u->sorted + at, u->sorted + at + 1, (u->n - at) * sizeof(v));
	}
	at = place(u->sorted, u->n, v);
	memmove(u->sorted + at + 1, u->sorted + at, (u->n - at) * sizeof(v));
	u->sorted[at] = v;
	u->n++;
	u->past[u->next] = v;
	u->next = (u->next + 1) % USUAL_HISTORY;
}

__u32 usual_median(const struct usual *u)
{
	unsigned half = u->n / 2;

	return u->n & 1 ? u->sorted[half] : (u->sorted[half - 1] + u->sorted[half]) / 2U;
}

/* The distances, smallest first, are had by walking outwards from the middle. */
__u32 usual_deviation(const struct usual *u)
{
	__u32 middle = usual_median(u), distance = 0;
	unsigned below = u->n / 2, above = below;

	for (unsigned i = 0; i <= u->n / 2U && (below || above < u->n); i++) {
		__u32 down = below ? middle - u->sorted[below - 1] : ~0U;
		__u32 up = above < u->n ? u->sorted[above] - middle : ~0U;

		distance = down < up ? down : up;
		if (down < up)
			below--;
		else
			above++;
	}
	return (__u32)(1.4826 * distance);
}

bool hysteresis_step(struct hysteresis *h, bool far, bool near, __u8 raise, __u8 clear)
{
	if (h->raised ? !near : !far) {
		h->streak = 0;
		return false;
	}
	if (++h->streak < (h->raised ? clear : raise))
		return false;
	h->raised = !h->raised;
	h->streak = 0;
	return true;
}
