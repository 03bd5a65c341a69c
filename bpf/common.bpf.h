/* SPDX-License-Identifier: GPL-2.0-only */
/* What every BPF file of netstrata needs: types, helpers, configuration, reading kernel memory. */
#ifndef NS_COMMON_BPF_H
#define NS_COMMON_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_endian.h>
#include "split.h"
#include "state.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define AF_INET 2
#define AF_INET6 10
#define TCP_TIME_WAIT 6
#define TCP_NEW_SYN_RECV 12
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17

/*
 * Set before load. It is constant to the verifier, which removes the code of all that is off;
 * the volatile only keeps clang from folding the zeros in.
 */
const volatile struct path_config cfg = {};

/*
 * Read ptr->field. fentry and tp_btf programs hold pointers that the verifier knows and load
 * directly (one instruction); a kprobe's are plain numbers and need a helper call. `direct` is a
 * constant of each program, so one of the two is compiled away.
 */
#define RD(direct, ptr, field)                                                                     \
	({                                                                                         \
		typeof((ptr)->field) __v;                                                          \
		if (direct)                                                                        \
			__v = (ptr)->field;                                                        \
		else                                                                               \
			__v = BPF_CORE_READ(ptr, field);                                           \
		__v;                                                                               \
	})

/* The verifier lets a privileged program use a pointer as a number only by way of a 32-bit move,
 * which clang would optimise away. */
ALWAYS_INLINE u32 address_of(const void *p)
{
	u32 a;

	asm volatile("%0 = %1" : "=w"(a) : "w"((u32)(u64)p));
	return a;
}

/* Counters that several contexts of a CPU may add to: a lost update would be a wrong number. */
#define ADD(p, v) ((void)__sync_fetch_and_add(p, v))

/* The TCP part of a socket; NULL if it is none. Only fentry and tp_btf arguments may be cast by the
 * helper: not what a kprobe has, nor (6.18) a socket that was found in an skb. */
ALWAYS_INLINE struct tcp_sock *tcp_of(struct sock *sk, bool direct)
{
	return direct ? bpf_skc_to_tcp_sock(sk) : (struct tcp_sock *)sk;
}

/* One field of it, read on its own; 0 if the socket has none. */
#define TCP_FIELD(direct, sk, field)                                                               \
	({                                                                                         \
		struct tcp_sock *__tp = tcp_of(sk, direct);                                        \
		__tp ? RD(direct, __tp, field) : 0;                                                \
	})

#define before(a, b) ((s32)((a) - (b)) < 0)

#endif
