/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs of the packet's path have in common: configuration, counters, TCP sockets. */
#ifndef NS_COMMON_BPF_H
#define NS_COMMON_BPF_H

#include "kernel.bpf.h"
#include "shape.h"
#include "split.h"
#include "state.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define AF_INET 2
#define AF_INET6 10
#define TCP_TIME_WAIT 6
#define TCP_NEW_SYN_RECV 12

/*
 * Set before load. It is constant to the verifier, which removes the code of all that is off;
 * the volatile only keeps clang from folding the zeros in.
 */
const volatile struct path_config cfg = {};

/* A field of the shape is a constant to clang too where it was built in (the Makefile says which).
 */
#ifdef SHAPE
static const struct path_shape shape = SHAPE;
#else
#define shape cfg.shape
#endif

/* Which points of a direction have a hook. */
ALWAYS_INLINE u32 points_of(enum ns_dir dir, enum ns_proto proto)
{
#ifdef SHAPE
	u32 open = dir == NS_RX ? SHAPE_OPEN : 0;

	return (shape.points[dir][proto] & ~open) |
	       (open ? cfg.shape.points[dir][proto] & open : 0);
#else
	return shape.points[dir][proto];
#endif
}

/* A pointer to kernel memory that may be read as this type, without a helper (6.2 and later). */
#ifdef BUILD_TRACEPOINTS
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym;
#define CAST(type, p) ((type *)bpf_rdonly_cast(p, bpf_core_type_id_kernel(type)))
#endif

/* The TCP part of a socket; NULL if it is none. Only fentry and tp_btf arguments may be cast by the
 * helper: not what a kprobe has, nor (6.18) a socket that was found in an skb. */
ALWAYS_INLINE struct tcp_sock *tcp_of(struct sock *sk, bool direct)
{
#ifdef CAST
	return direct ? CAST(struct tcp_sock, sk) : (struct tcp_sock *)sk;
#endif
	return direct ? bpf_skc_to_tcp_sock(sk) : (struct tcp_sock *)sk;
}

/* One field of it, read on its own; 0 if the socket has none. */
#define TCP_FIELD(direct, sk, field)                                                               \
	({                                                                                         \
		struct tcp_sock *__tp = tcp_of(sk, direct);                                        \
		__tp ? RD(direct, __tp, field) : 0;                                                \
	})

/*
 * v, of which the verifier then knows nothing: paths that differ only in the number of turns of the
 * loop before become one again, where it would follow what comes after once for each. `none` is 0,
 * and the verifier cannot know.
 */
__u32 none;
#define FORGET(v) ((v) | *(volatile u32 *)&none)

/*
 * A pointer to an element of a table of ours, in a register from here on: clang takes its address
 * for so cheap that it works it out again for every field, with four instructions each time.
 */
#define PLACE_IN(table, i)                                                                         \
	({                                                                                         \
		typeof(&(table)[0]) __place = &(table)[i];                                         \
		barrier_var(__place);                                                              \
		__place;                                                                           \
	})

#define before(a, b) ((s32)((a) - (b)) < 0)

#endif
