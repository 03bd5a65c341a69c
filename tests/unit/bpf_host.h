/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lets a BPF file run here, on a made-up CPU and clock, instead of bpf/kernel.bpf.h: helpers are
 * functions of the test. At each call of one the test may let an interrupt come (tick).
 */
#ifndef NS_TEST_BPF_HOST_H
#define NS_TEST_BPF_HOST_H

#define NS_KERNEL_BPF_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef __u64 u64;
typedef __u32 u32;
typedef __u16 u16;
typedef __u8 u8;
typedef __s64 s64;

#define ALWAYS_INLINE static inline __attribute__((always_inline, unused))
#define ADD(p, v) ((void)__sync_fetch_and_add(p, v))
#define SEC(name)
#define BPF_PROG(name, args...) name(args)
#define PLACE_IN(table, i) (&(table)[i])
#define BPF_MAP_TYPE_ARRAY 2
#define BPF_F_MMAPABLE 1024
#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name
#define barrier() asm volatile("" ::: "memory")
#define barrier_var(v) asm volatile("" : "+r"(v))

/* Of NAPI, which does not run here. */
struct net_device {
	char name[16];
};
struct napi_struct {
	u32 napi_id;
	struct net_device *dev;
	void *thread;
};
#define BPF_CORE_READ(p, field) ((p)->field)
#define BPF_CORE_READ_STR_INTO(to, p, a, b) memcpy(to, (p)->a->b, sizeof(*(to)))
#define bpf_core_field_exists(field) 1
#define address_of(p) ((u32)(u64)(p))

/* Of the test: */
static u64 bpf_ktime_get_ns(void);
static u32 bpf_get_smp_processor_id(void);
static u64 bpf_get_current_pid_tgid(void);
static u64 bpf_get_current_task(void);
static int bpf_get_current_comm(void *to, u32 size);
static void *bpf_map_lookup_elem(const void *map, const u32 *key);

/* Configuration and tables, which a BPF object has as constants, are written by the test. */
#define const
#pragma GCC diagnostic ignored "-Wunused-parameter"

#endif
