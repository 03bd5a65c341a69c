/* SPDX-License-Identifier: GPL-2.0-only */
/* What every BPF file needs: types, helpers, reading kernel memory. */
#ifndef NS_KERNEL_BPF_H
#define NS_KERNEL_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_endian.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))

#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86dd
#define ETH_P_8021Q 0x8100
#define ETH_P_8021AD 0x88a8

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

/* bpf_get_current_task_btf: 5.11 and later (3ca1032ab7ab), a pointer that the verifier knows. */
#define HAS_CURRENT_TASK_BTF                                                                       \
	bpf_core_enum_value_exists(enum bpf_func_id___task, BPF_FUNC_get_current_task_btf)

/* Counters that several contexts of a CPU may add to: a lost update would be a wrong number. */
#define ADD(p, v) ((void)__sync_fetch_and_add(p, v))

#endif
