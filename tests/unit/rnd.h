/* SPDX-License-Identifier: GPL-2.0-only */
/* Random numbers that are the same in every run (splitmix64), so that a failure comes back. */
#ifndef NS_TEST_RND_H
#define NS_TEST_RND_H

#include <linux/types.h>

static __u64 rnd_state = 1;

__attribute__((unused)) static __u64 rnd(void)
{
	__u64 z = rnd_state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* Every magnitude is as likely as any other: 0 .. 2^bits - 1. */
__attribute__((unused)) static __u64 rnd_log(unsigned bits)
{
	unsigned b = (unsigned)(rnd() % (bits + 1));

	return b ? rnd() >> (64 - b) : 0;
}

#endif
