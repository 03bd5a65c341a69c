/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel types that the programs use, trimmed by hand to the fields they read. CO-RE
 * relocates every access against the running kernel's BTF, so order and offsets do not matter
 * here; names and types do. A field that a kernel does not have makes the programs that read it
 * fail to load there, which tests/vm/verifier.t would see.
 */
#ifndef __VMLINUX_H__ /* the name that libbpf's headers look for */
#define __VMLINUX_H__

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

typedef __u64 u64;
typedef __u32 u32;
typedef __u16 u16;
typedef __u8 u8;
typedef __s64 s64;
typedef __s32 s32;

struct pt_regs;

/* libbpf's helper prototypes name these */
enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
	BPF_F_MMAPABLE = 1 << 10,
	BPF_F_NO_PREALLOC = 1 << 0,
	BPF_SK_STORAGE_GET_F_CREATE = 1 << 0,
};

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_QUEUE = 22,
	BPF_MAP_TYPE_SK_STORAGE = 24,
	BPF_MAP_TYPE_RINGBUF = 27,
};

#if defined(__x86_64__) || defined(__TARGET_ARCH_x86)
/* Not relocated: the layout of the saved registers is ABI. For kprobe arguments. */
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di;
	unsigned long orig_ax, ip, cs, flags, sp, ss;
};
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	__u64 regs[31];
	__u64 sp, pc, pstate;
};
#endif

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};

struct netns_ipv4 {
	u8 sysctl_tcp_autocorking; /* an int up to 5.11: its low byte will do */
};

struct net {
	struct netns_ipv4 ipv4;
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct Qdisc_ops {
	char id[16];
};

struct qdisc_skb_head {
	__u32 qlen;
};

struct gnet_stats_queue {
	__u32 backlog;
	__u32 requeues;
};

struct netdev_queue;

struct Qdisc {
	unsigned int flags;
	const struct Qdisc_ops *ops;
	u32 handle;
	struct netdev_queue *dev_queue;
	struct qdisc_skb_head q;
	struct gnet_stats_queue qstats;
};

struct net_device;

struct netdev_queue {
	struct net_device *dev;
	struct Qdisc *qdisc;
};

struct rtnl_link_ops {
	const char *kind;
};

struct netdev_rx_queue { /* receive packet steering; 0: none */
	void *rps_map;
	void *rps_flow_table;
};

struct netdev_rx_queue___tagged { /* so in 7.3: a pointer, and a length in its lower bits */
	unsigned long rps_flow_table;
};

struct net_device {
	int ifindex;
	unsigned int flags;
	char name[16];
	struct Qdisc *qdisc;
	struct netdev_queue *_tx;
	struct netdev_rx_queue *_rx;
	const struct rtnl_link_ops *rtnl_link_ops;
	possible_net_t nd_net;
};

struct xdp_rxq_info {
	struct net_device *dev;
};

struct xdp_buff {
	void *data;
	void *data_end;
	struct xdp_rxq_info *rxq;
};

struct task_struct;

struct napi_struct {
	struct net_device *dev;	    /* NULL: a CPU's backlog */
	unsigned int napi_id;	    /* 0: no busy polling, so none */
	struct task_struct *thread; /* 5.12 */
};

typedef struct {
	int counter;
} atomic_t;

struct refcount_struct {
	atomic_t refs;
};

struct sock;

struct dst_entry {
	struct net_device *dev;
};

struct sk_buff {
	struct sk_buff *next;
	struct sk_buff *prev;
	struct sock *sk;
	struct net_device *dev;
	__s64 tstamp;
	char cb[48];
	unsigned int len;
	int skb_iif;
	unsigned int napi_id;
	unsigned long _skb_refdst; /* a dst_entry; the lowest bit is a flag */
	__u16 queue_mapping;
	__u8 cloned : 1;
	__u8 pkt_type : 3; /* 0: to this host alone */
	__be16 protocol;
	__u16 transport_header;
	__u16 network_header;
	unsigned int end;
	unsigned char *head;
	unsigned char *data;
	struct refcount_struct users;
};

struct skb_shared_hwtstamps {
	__s64 hwtstamp;
};

struct skb_shared_info {
	struct skb_shared_hwtstamps hwtstamps;
};

/* TCP's use of skb->cb. tcp_flags is u8 up to 6.15 and u16 since. */
struct tcp_skb_cb {
	__u32 seq;
	__u32 end_seq;
	__u8 tcp_flags;
	__u32 ack_seq;
};

struct sk_buff_head {
	struct sk_buff *next;
	struct sk_buff *prev;
	__u32 qlen;
};

struct in6_addr {
	union {
		__be32 u6_addr32[4];
	} in6_u;
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};

struct inode {
	unsigned long i_ino;
};

struct socket;

struct socket_alloc { /* what a struct socket is part of */
	struct inode vfs_inode;
};

/* Up to 6.0; then ancestors[] (7f203bc89eb66), and tracing programs have a helper. */
struct cgroup___up_to_6_0 {
	int level;
	u64 ancestor_ids[1];
};

struct css_set {
	struct cgroup___up_to_6_0 *dfl_cgrp;
};

struct irqaction {
	const char *name;
};

struct task_struct {
	char comm[16];
	unsigned int flags;
	int pid;
	int tgid;
	unsigned int on_rq; /* int up to 7.0, then u8: only unsigned ones may change in size */
	unsigned int on_cpu;
	unsigned long nivcsw; /* how often it lost the CPU while it could run */
	struct css_set *cgroups;
};

struct task_struct___rt { /* PREEMPT_RT only */
	int softirq_disable_cnt;
};

typedef struct {
	int owned;
} socket_lock_t;

struct sock {
	struct sock_common __sk_common;
	socket_lock_t sk_lock;
	struct socket *sk_socket;
	struct sk_buff_head sk_receive_queue;
	struct sk_buff_head sk_write_queue;
	struct refcount_struct sk_wmem_alloc;
	int sk_sndbuf;
	unsigned long sk_tsq_flags;
	u32 sk_pacing_status;
	unsigned long sk_pacing_rate; /* bytes per second */
	long sk_sndtimeo;
	u16 sk_protocol;
	void (*sk_data_ready)(struct sock *sk);
};

struct tcp_sock {
	u32 rcv_nxt;
	u32 copied_seq;
	u32 write_seq;
	u32 snd_nxt;
	u32 snd_una;
	u32 snd_sml;
	u32 snd_wnd;
	u32 snd_cwnd;
	u32 srtt_us; /* times 8 */
	u32 mss_cache;
	u32 packets_out;
	u32 retrans_out;
	u32 sacked_out;
	u32 lost_out;
	u8 nonagle : 4;
	u64 tcp_wstamp_ns;
};

struct tcphdr {
	__be32 seq;
	__u16 doff : 4;
	__u16 syn : 1;
};

/* which helpers there are; its values are the running kernel's */
enum bpf_func_id___task { BPF_FUNC_get_current_task_btf = 1 };

struct iov_iter {
	size_t iov_offset;
	size_t count;
};

struct msghdr {
	unsigned int msg_flags;
	struct iov_iter msg_iter;
};

struct udp_sock {
	int pending;
	struct sk_buff_head reader_queue;
};

#pragma clang attribute pop

#endif
