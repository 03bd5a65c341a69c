// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "msg.h"
#include "ping_load.h"
#include "require.h"

typedef __u16 u16; /* the skeleton names the kernel side's types */
typedef __u32 u32;
#include "ping.skel.h"

enum { ICMP = 1, TCP = 2, BOTH = 3 };

/* For each point its hooks, best first; from the reader back to the device, in which order they
 * are attached. */
static const struct rung {
	enum ping_point point;
	int protos;
	enum hook_kind kind;
	const char *target, *target6; /* NULL: the same for IPv6 */
	const char *prog;
} ladder[] = {
	{PP_READY, ICMP, HOOK_TP_BTF, "sk_data_ready", NULL, "ns_ping_tp_ready"},
	{PP_READY, ICMP, HOOK_FENTRY, "sock_def_readable", NULL, "ns_ping_fe_ready"},
	{PP_READY, ICMP, HOOK_KPROBE, "sock_def_readable", NULL, "ns_ping_kp_ready"},
	{PP_READY, TCP, HOOK_TP_BTF, "inet_sock_set_state", NULL, "ns_ping_state"},
	{PP_IP, BOTH, HOOK_FENTRY, "ip_rcv", "ipv6_rcv", "ns_ping_fe_ip"},
	{PP_IP, BOTH, HOOK_KPROBE, "ip_rcv", "ipv6_rcv", "ns_ping_kp_ip"},
	{PP_STACK, BOTH, HOOK_TP_BTF, "netif_receive_skb", NULL, "ns_ping_stack"},
	{PP_SENT, BOTH, HOOK_TP_BTF, "net_dev_xmit", NULL, "ns_ping_sent"},
	{PP_START, BOTH, HOOK_TP_BTF, "net_dev_start_xmit", NULL, "ns_ping_start"},
	{PP_QUEUE, BOTH, HOOK_TP_BTF, "net_dev_queue", NULL, "ns_ping_queue"},
};

#define N_LADDER (sizeof(ladder) / sizeof(ladder[0]))

static const char *target_of(const struct rung *r, const struct ping_config *config)
{
	return r->target6 && config->ethertype == htons(ETH_P_IPV6) ? r->target6 : r->target;
}

static bool allowed(enum hook_kind kind, enum hook_policy policy)
{
	return kind == HOOK_TP_BTF || policy == HOOKS_AUTO ||
	       (policy == HOOKS_FENTRY && kind == HOOK_FENTRY) ||
	       (policy == HOOKS_KPROBE && kind == HOOK_KPROBE);
}

static int try_target(const struct kernel *k, enum hook_kind kind, const char *target)
{
	switch (kind) {
	case HOOK_TP_BTF:
		return kernel_try_tracepoint(k, target, 0);
	case HOOK_FENTRY:
		return kernel_try_fentry(k, target);
	default:
		return k->kprobes ? 0 : -EOPNOTSUPP;
	}
}

/* Mark the hooks to load: the first of each point that this kernel takes. */
static void choose(const struct kernel *k, enum hook_policy policy,
		   const struct ping_config *config, bool *chosen)
{
	int proto = config->l4 == IPPROTO_TCP ? TCP : ICMP;
	__u32 done = 0;

	for (size_t i = 0; i < N_LADDER; i++) {
		const struct rung *r = &ladder[i];
		int err;

		chosen[i] = false;
		if (!(r->protos & proto) || !allowed(r->kind, policy) || done & 1U << r->point)
			continue;
		err = try_target(k, r->kind, target_of(r, config));
		if (err) {
			msg_info("no hook %s/%s: %s", hook_kind_name(r->kind), target_of(r, config),
				 strerror(-err));
			continue;
		}
		chosen[i] = true;
		done |= 1U << r->point;
	}
}

static struct bpf_program *find(struct ping_programs *p, const char *name)
{
	return bpf_object__find_program_by_name(p->skel->obj, name);
}

static int load_chosen(struct ping_programs *p, const struct ping_config *config,
		       const bool *chosen)
{
	p->skel = ping_bpf__open();
	if (!p->skel)
		return -errno;
	memcpy((void *)&p->skel->rodata->cfg, config, sizeof(*config));
	for (size_t i = 0; i < N_LADDER; i++) {
		struct bpf_program *prog = find(p, ladder[i].prog);

		bpf_program__set_autoload(prog, chosen[i]);
		if (chosen[i] && ladder[i].kind == HOOK_FENTRY)
			bpf_program__set_attach_target(prog, 0, target_of(&ladder[i], config));
	}
	return ping_bpf__load(p->skel);
}

static int attach(struct ping_programs *p, const struct rung *r, const char *target)
{
	struct bpf_program *prog = find(p, r->prog);
	struct bpf_link *link = r->kind == HOOK_KPROBE
					? bpf_program__attach_kprobe(prog, false, target)
					: bpf_program__attach(prog);

	if (!link)
		return -errno;
	p->links[p->n_links++] = link;
	snprintf(p->hooks[r->point], sizeof(p->hooks[0]), "%s/%s", hook_kind_name(r->kind), target);
	return 0;
}

static int attach_chosen(struct ping_programs *p, const struct ping_config *config,
			 const bool *chosen)
{
	for (size_t i = 0; i < N_LADDER; i++) {
		const struct rung *r = &ladder[i];
		const char *target = target_of(r, config);
		int err = chosen[i] ? attach(p, r, target) : 0;

		/* the two in the middle of the stack only divide what the others measure */
		if (err && r->point != PP_IP && r->point != PP_READY)
			return msg_errno(err, "cannot attach to %s", target);
		if (err)
			msg_info("cannot attach to %s: %s", target, strerror(-err));
	}
	if (p->hooks[PP_QUEUE][0] && p->hooks[PP_STACK][0])
		return 0;
	msg_err("this kernel has no tracepoint net_dev_queue or netif_receive_skb");
	return -EOPNOTSUPP;
}

int ping_load(struct ping_programs *p, const struct kernel *k, enum hook_policy policy,
	      const struct ping_config *config)
{
	bool chosen[N_LADDER];
	int err;

	memset(p, 0, sizeof(*p));
	err = kernel_require(k);
	if (err)
		return err;
	choose(k, policy, config, chosen);
	err = load_chosen(p, config, chosen);
	if (err)
		msg_errno(err, "the kernel refused the BPF programs; -vv shows why");
	else
		err = attach_chosen(p, config, chosen);
	if (err)
		ping_unload(p);
	return err;
}

void ping_unload(struct ping_programs *p)
{
	while (p->n_links)
		bpf_link__destroy(p->links[--p->n_links]);
	ping_bpf__destroy(p->skel);
	p->skel = NULL;
}

struct ping_try *ping_arm(struct ping_programs *p, __u16 key)
{
	struct ping_try *t = &p->skel->bss->tries[key % PING_TRIES];

	memset(t, 0, sizeof(*t));
	t->key = key;
	__atomic_store_n(&t->flags, PING_LIVE, __ATOMIC_RELEASE);
	__atomic_add_fetch(&p->skel->bss->armed, 1, __ATOMIC_RELEASE);
	return t;
}

void ping_disarm(struct ping_programs *p, struct ping_try *t)
{
	t->flags = 0;
	__atomic_sub_fetch(&p->skel->bss->armed, 1, __ATOMIC_RELEASE);
}
