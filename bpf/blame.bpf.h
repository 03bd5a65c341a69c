/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * --blame: who had the CPU while a packet waited for its softirq, or its reader for a CPU. What a
 * CPU did lately is kept for that; who is to blame is found when the wait is over, and stands under
 * that time until a packet's record asks for it.
 */
#ifndef NS_BLAME_BPF_H
#define NS_BLAME_BPF_H

#include "common.bpf.h"
#include "now.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* with --blame: the number of possible CPUs */
	__type(key, u32);
	__type(value, struct cpu_past);
} cpus_past SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* BLAMES */
	__type(key, u32);
	__type(value, struct blame_slot);
} blames SEC(".maps");

ALWAYS_INLINE struct cpu_past *cpu_past(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&cpus_past, &cpu);
}

ALWAYS_INLINE struct blame_slot *blame_of(u64 at)
{
	u32 i = (at ^ at >> 12) & (BLAMES - 1);

	return bpf_map_lookup_elem(&blames, &i);
}

ALWAYS_INLINE void put_blame(u64 at, u64 until, const struct blame *b)
{
	struct blame_slot *s = blame_of(at);

	if (!s)
		return;
	s->at = at;
	s->until = until;
	s->blame = *b;
}

/* Into a record; nothing where there was no such wait, or its place went to another. A packet that
 * came when others waited already is not to be charged with more than its own wait, nor with one
 * that had left the CPU before it came. */
ALWAYS_INLINE void take_blame(u64 from, u64 at, struct blame *b)
{
	const struct blame_slot *s = at ? blame_of(at) : NULL;

	if (!s || s->at != at || s->until <= from) {
		__builtin_memset(b, 0, sizeof(*b));
		return;
	}
	*b = s->blame;
	if (b->ns > s->until - from)
		b->ns = s->until - from;
}

/* sched_switch: the task that leaves had the CPU until now. */
ALWAYS_INLINE void note_stint(struct task_struct *prev, u64 now)
{
	struct cpu_past *c = cpu_past();
	struct stint *s;

	if (!c)
		return;
	s = &c->stints[c->head % STINTS];
	s->from = c->since;
	s->to = now;
	s->pid = prev->pid;
	BPF_CORE_READ_INTO(&s->comm, prev, comm);
	c->head++;
	c->since = now;
}

ALWAYS_INLINE u64 overlap(const struct stint *s, u64 from)
{
	if (s->to <= from)
		return 0;
	return s->to - (s->from > from ? s->from : from);
}

/* How long a task had this CPU since `from`. Functions of their own, and global ones, so that the
 * verifier follows each loop once: one loop within the other took it a second on 5.10 and 6.1,
 * which follow a global function even where nothing calls it. */
__attribute__((noinline)) u64 ns_task_time(u64 from, u32 pid)
{
	const struct cpu_past *c = cpu_past();
	u64 ns = 0;

	if (!c)
		return 0;
	for (u32 i = 0; i < STINTS; i++)
		if (c->stints[i].pid == pid)
			ns += overlap(&c->stints[i], from);
	return ns;
}

/* The task, the idle task too, but for `except`, that had this CPU longest since `from`: for how
 * long, `most` at most. */
__attribute__((noinline)) u64 ns_blame_task(u64 from, u64 at, u32 except, u64 most)
{
	struct cpu_past *c = cpu_past();
	struct blame b = {};
	u64 until = 0;
	u32 best = 0;

	if (!c)
		return 0;
	for (u32 i = 0; i < STINTS; i++) {
		u32 pid = c->stints[i].pid;
		u64 ns;

		if (pid == except)
			continue;
		ns = ns_task_time(from, pid);
		if (ns > b.ns) {
			b.ns = ns;
			best = FORGET(i);
		}
	}
	if (b.ns) {
		b.pid = c->stints[best % STINTS].pid;
		b.kind = b.pid ? BLAME_TASK : BLAME_IDLE;
		__builtin_memcpy(b.comm, c->stints[best % STINTS].comm, COMM_LEN);
	}
	for (u32 i = 0; i < STINTS; i++)
		if (c->stints[i].pid == b.pid && c->stints[i].to > until)
			until = c->stints[i].to;
	if (b.ns > most)
		b.ns = most;
	put_blame(at, until, &b);
	return b.ns;
}

/*
 * A softirq, or an interrupt, was at work for so long while NET_RX waited. What finds no place
 * takes that of the one with the least time.
 */
ALWAYS_INLINE void hindered(struct cpu_past *c, enum blame_kind kind, u32 number, u64 ns,
			    const char *name)
{
	u64 least = ~0ULL;
	u32 place = 0;
	struct blame *h;

	c->hindered_ns += ns;
	for (u32 i = 0; i < HINDRANCES; i++) {
		h = &c->hindrances[i];
		if (h->kind == kind && h->pid == number) {
			h->ns += ns;
			return;
		}
		if (h->ns + c->before[i] < least) {
			least = h->ns + c->before[i];
			place = FORGET(i);
		}
	}
	h = &c->hindrances[place % HINDRANCES];
	c->before[place % HINDRANCES] = 0;
	h->ns = ns;
	h->kind = kind;
	h->pid = number;
	if (name)
		bpf_probe_read_kernel_str(h->comm, COMM_LEN, name);
	else
		h->comm[0] = '\0';
}

/* With PREEMPT_RT a softirq can be preempted, and the time from its entry to its exit is not all
 * its own: who made another one wait is not known. */
#define SOFTIRQS_PREEMPTED bpf_core_field_exists(struct task_struct___rt, softirq_disable_cnt)

/* Any softirq, NET_RX too: it can be raised anew while it runs. */
ALWAYS_INLINE void vec_began(u64 now)
{
	struct cpu_past *c = cpu_past();

	if (!c)
		return;
	c->vec_since = now;
	c->vec_hindered = c->hindered_ns;
}

/* waits: NET_RX does; what was before `turn` does not matter */
ALWAYS_INLINE void vec_ended(u32 vec, bool waits)
{
	struct cpu_past *c = cpu_past();
	u64 since, now;

	if (!c || !c->vec_since || !waits)
		return;
	since = c->vec_since > c->turn ? c->vec_since : c->turn;
	now = bpf_ktime_get_ns();
	hindered(c, BLAME_SOFTIRQ, vec, now - since - (c->hindered_ns - c->vec_hindered), NULL);
}

/*
 * NET_RX is raised: from now on it counts who is in its way. But where this run of NET_RX has taken
 * packets from the backlog it may leave others there, some of which have waited since before it:
 * what was in the way of these still counts.
 */
ALWAYS_INLINE void forget_hindrances(bool in_net_rx, u64 now)
{
	struct cpu_past *c = cpu_past();

	if (!c || (in_net_rx && c->newest))
		return;
	c->turn = now;
	c->hindered_ns = c->vec_hindered = c->before_ns = 0;
	for (u32 i = 0; i < HINDRANCES; i++) {
		c->hindrances[i].ns = c->before[i] = 0;
		c->hindrances[i].kind = BLAME_NONE;
	}
}

/* NET_RX has run, and is to run again. A backlog is a queue: if it took one that came after `turn`,
 * so have all that it left, and what was before that is nothing to them. */
ALWAYS_INLINE void turn_hindrances(void)
{
	struct cpu_past *c = cpu_past();

	if (!c || !c->newest || c->newest < c->turn)
		return;
	c->turn = bpf_ktime_get_ns();
	c->before_ns = c->hindered_ns;
	c->hindered_ns = 0;
	for (u32 i = 0; i < HINDRANCES; i++) {
		c->before[i] = c->hindrances[i].ns;
		c->hindrances[i].ns = 0;
	}
}

/* since: its entry, or the raise of NET_RX if that was in it */
ALWAYS_INLINE void irq_took(u64 since, u32 irq, struct irqaction *action)
{
	struct cpu_past *c = cpu_past();

	if (c)
		hindered(c, BLAME_IRQ, irq, bpf_ktime_get_ns() - since, action->name);
}

/* What hindered most; before `turn` too. */
ALWAYS_INLINE void most_hindered(const struct cpu_past *c, bool earlier, struct blame *b)
{
	u32 most = 0;
	u64 ns = 0;

	for (u32 i = 0; i < HINDRANCES; i++) {
		u64 its = c->hindrances[i].ns + (earlier ? c->before[i] : 0);

		if (its > ns) {
			ns = its;
			most = FORGET(i);
		}
	}
	*b = c->hindrances[most % HINDRANCES];
	b->ns = ns;
}

/*
 * NET_RX runs since `at`, and something waited for that since `from`. What interrupts and softirqs
 * left of that wait was of tasks: those that have left the CPU, and, unless that is ksoftirqd or
 * the idle task, the one that is on it and had softirqs disabled. The one that had most of it is to
 * blame. A global function: once for those at the beginning and in the middle of a run.
 */
__attribute__((noinline)) int ns_blame_wait(u64 from, u64 at, u32 ksoftirqd)
{
	struct cpu_past *c = cpu_past();
	u32 pid = bpf_get_current_pid_tgid();
	u64 hindered, rest, others = 0;
	struct blame worst, b = {};
	bool earlier;

	if (!c || SOFTIRQS_PREEMPTED)
		return 0;
	c->blamed_from = from;
	earlier = from < c->turn;
	hindered = c->hindered_ns + (earlier ? c->before_ns : 0);
	rest = at - from > hindered ? at - from - hindered : 0;
	most_hindered(c, earlier, &worst);
	if (c->since > from)
		others = ns_blame_task(from, at, pid, rest);
	if (!ksoftirqd && pid) {
		b.ns = at - from;
		if (c->since > from)
			b.ns = at - c->since + ns_task_time(from, pid);
		if (b.ns > rest)
			b.ns = rest;
		b.kind = BLAME_TASK;
		b.pid = pid;
		bpf_get_current_comm(b.comm, sizeof(b.comm));
		if (b.ns > worst.ns)
			worst = b;
	}
	if (!others || worst.ns > others)
		put_blame(at, at, &worst);
	return 0;
}

/* NET_RX begins at last. */
ALWAYS_INLINE void blame_softirq(u64 raise, u64 now, bool ksoftirqd)
{
	struct cpu_past *c = cpu_past();

	if (!c)
		return;
	c->newest = 0;
	c->blamed_from = now;
	if (raise)
		ns_blame_wait(raise, now, ksoftirqd);
}

/* NET_RX takes a packet that came to the backlog then. */
ALWAYS_INLINE void backlog_taken(u64 came)
{
	struct cpu_past *c = cpu_past();

	if (c && came > c->newest)
		c->newest = came;
}

#define BLAME_NEAR 10000 /* ns; a raise comes a little after the packet that it is for */

/*
 * A packet in the backlog can have come before the raise which led to this run: other runs took
 * those before it, 64 at a time, or the raise came late, from another CPU. The first one of a run
 * has waited longest.
 */
ALWAYS_INLINE void blame_backlog(u64 came, u64 softirq, bool ksoftirqd)
{
	const struct cpu_past *c = cpu_past();

	if (c && came <= softirq && c->blamed_from > came + BLAME_NEAR)
		ns_blame_wait(came, softirq, ksoftirqd);
}

#endif
