/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * After the socket: who is woken for a packet, and when that thread is on a CPU.
 *
 * `woken` is sched_waking and not sched_wakeup: it runs in the waker's context, so inside
 * sk_data_ready and on its CPU, whoever waits there: a blocking call, epoll, poll, select,
 * io_uring. sched_wakeup can come later, on the CPU of the woken; that way is part of `runqueue`.
 *
 * Every wake-up and every switch of the machine passes here, so both hooks leave after a few
 * instructions unless a socket tells its reader on this very CPU, or the next task is one that was
 * woken so and has not run yet.
 */
#ifndef NS_SCHED_BPF_H
#define NS_SCHED_BPF_H

#include "common.bpf.h"
#include "blame.bpf.h"
#include "sock.bpf.h"

#define WAKE_LOST 0x10000 /* beside the flags of a packet: its wake-up is not known */

/*
 * No hook shows the end of sk_data_ready, so what is woken within this time, while the same task is
 * on the CPU, is taken for woken by it. A thread that is woken by chance then gets true stamps too;
 * they are only not wanted. After that time the stack must show sk_data_ready: many can wait for
 * one socket, and a host can take the CPU away meanwhile.
 */
#define TELLING_NS 100000
#define FRAMES 12	  /* from sched_waking to it there are nine, or so */
#define FUNCTION_SIZE 256 /* sk_data_ready is shorter */

struct reader readers[READERS];
struct telling tellings[TELLERS] __attribute__((aligned(CACHE_LINE)));

ALWAYS_INLINE struct telling *telling_here(void)
{
	return PLACE_IN(tellings, bpf_get_smp_processor_id() & (TELLERS - 1));
}

ALWAYS_INLINE struct reader *reader_of(u32 pid)
{
	return PLACE_IN(readers, pid & (READERS - 1));
}

/* sk_data_ready begins. row: of the socket, ~0 if it has none. */
ALWAYS_INLINE void telling(struct sock *sk, enum ns_proto proto, u32 row, u64 now, bool direct)
{
	struct telling *t;

	if (!(points_of(NS_RX, proto) & 1 << RXP_RUNNING))
		return;
	t = telling_here();
	t->row = row;
	t->ready = (u64)RD(direct, sk, sk_data_ready);
	t->teller = bpf_get_current_task();
	t->since = now;
}

/* A thread of the socket that tells is woken. A global function: the verifier checks it once. */
__attribute__((noinline)) int ns_woken(u64 pid_tgid, u32 row, u64 now)
{
	struct sock_state *st = bpf_map_lookup_elem(&socks, &row);
	u32 pid = pid_tgid, n;
	struct reader *r = reader_of(pid);

	if (r->pid != pid) {
		r->pid = pid;
		r->tgid = pid_tgid >> 32;
		r->head = r->ran = 0;
	}
	n = r->head;
	r->woken[n % WAKES] = now;
	r->head = n + 1;
	if (st && st->woken != pid)
		st->woken = pid;
	return 0;
}

/* What runs now was called by the sk_data_ready that tells. ctx: of the program. */
ALWAYS_INLINE bool still_telling(void *ctx, const struct telling *t)
{
	u64 at[FRAMES];
	long size = bpf_get_stack(ctx, at, sizeof(at), 0);

	for (u32 i = 0; i < FRAMES; i++)
		if (i * (long)sizeof(at[0]) < size && at[i] - t->ready < FUNCTION_SIZE)
			return true;
	return false;
}

/* sched_waking. ctx: of the program. */
ALWAYS_INLINE void waking(void *ctx, struct task_struct *p)
{
	struct telling *t = telling_here();
	u64 now;

	if (!t->since)
		return;
	now = bpf_ktime_get_ns();
	if (t->teller != bpf_get_current_task() ||
	    (now - t->since > TELLING_NS && !still_telling(ctx, t))) {
		t->since = 0;
		return;
	}
	/* about to sleep, but not off its CPU yet: it only goes on, and no switch will show it */
	if (p->on_rq && p->on_cpu)
		return;
	ns_woken((u64)p->tgid << 32 | (u32)p->pid, t->row, now);
}

/* Wake-ups that came before it ran for the one before: it has run for none but the last. */
__attribute__((noinline)) int ns_wakes_skipped(u32 pid)
{
	struct reader *r = reader_of(pid);

	for (u32 i = 2; i <= WAKES; i++) {
		u32 n = r->head - i;

		if ((s32)(n - r->ran) < 0)
			break;
		r->running[n % WAKES] = 0;
	}
	return 0;
}

/* sched_switch */
ALWAYS_INLINE void switched(struct task_struct *prev, struct task_struct *next)
{
	u32 pid = next->pid;
	struct reader *r = reader_of(pid);
	u32 head, place;

	if (shape.blame)
		note_stint(prev, bpf_ktime_get_ns());
	if (r->pid != pid || r->head == r->ran)
		return;
	head = r->head;
	if (head - r->ran > 1)
		ns_wakes_skipped(pid);
	r->ran = head;
	place = (head - 1) % WAKES;
	r->preempted[place] = next->nivcsw;
	r->running[place] = bpf_ktime_get_ns();
	if (shape.blame)
		ns_blame_task(r->woken[place], r->running[place], pid, ~0ULL);
}

#define WAKE_NONE WAKES
#define WAKE_UNKNOWN (WAKES + 1) /* its place went to another thread, or there were more since */

/*
 * The first time since `ready` that a thread came to run after a socket had woken it: its place
 * among the thread's wake-ups, or one of the above. known: it has been woken by the socket that
 * this is about. A global function, so that the verifier follows its loop once.
 */
__attribute__((noinline)) u32 ns_first_wake(u32 pid, u32 known, u64 ready)
{
	const struct reader *reader = reader_of(pid);
	u32 head = reader->head, ran = reader->ran;
	u64 earlier;

	if (reader->pid != pid)
		return known ? WAKE_UNKNOWN : WAKE_NONE;
	/* nearly always: the latest, for the one before it was over by then */
	earlier = reader->running[(head - 2) % WAKES];
	if (head > 1 && ran == head && reader->running[(head - 1) % WAKES] > ready && earlier &&
	    earlier <= ready)
		return (head - 1) % WAKES;
	for (u32 i = 0; i < WAKES; i++) {
		u32 n = head + i; /* the same places as from head - WAKES on */

		if (n < WAKES || (s32)(ran + WAKES - n) <= 0 || reader->running[n % WAKES] <= ready)
			continue;
		return i == 0 && reader->woken[n % WAKES] > ready && head > WAKES ? WAKE_UNKNOWN
										  : n % WAKES;
	}
	return WAKE_NONE;
}

/*
 * PKT_WAY(WAY_PREEMPTED), or 0: the thread that reads now, `pid`, lost its CPU since it came to run
 * for that wake-up. The kernel's own count tells it, so a switch of other tasks costs nothing more.
 * How long that took it does not tell: so it is said of the packet, and stays in its `application`.
 * A global function, so that the verifier does not follow both answers on.
 */
__attribute__((noinline)) u32 ns_preempted_since(u32 pid, u32 place)
{
	u32 before = reader_of(pid)->preempted[place % WAKES];
	struct task_struct *task;
	u32 now;

	if (HAS_CURRENT_TASK_BTF) {
		now = bpf_get_current_task_btf()->nivcsw;
	} else {
		task = (struct task_struct *)bpf_get_current_task();
		now = BPF_CORE_READ(task, nivcsw);
	}
	return now != before ? PKT_WAY(WAY_PREEMPTED) : 0;
}

/*
 * Fill in when the reader of a packet was woken and running, now that it reads. woken: the thread
 * that the packet's socket woke last. Returns PKT_WAY(...) flags, or WAKE_LOST.
 */
ALWAYS_INLINE u32 wake_of(enum ns_proto proto, u32 woken, u64 ready, struct reading *r)
{
	u64 pid_tgid;
	u32 pid, ways = 0, place;
	const struct reader *reader;

	if (!(points_of(NS_RX, proto) & 1 << RXP_RUNNING))
		return 0;
	/* Where a process reads, no softirq is at work below it: whatever told its reader on this
	 * CPU has done so. (The thread of io_uring's SQPOLL reads, and then wakes its process.) */
	telling_here()->since = 0;
	if (!ready)
		return PKT_WAY(WAY_NOT_WOKEN);
	pid = pid_tgid = bpf_get_current_pid_tgid();
	place = ns_first_wake(pid, woken == pid, ready);
	/* of another process it would be none of this reader's: who was woken at the time by chance
	 */
	if (place == WAKE_NONE && woken && woken != pid &&
	    reader_of(woken)->tgid == pid_tgid >> 32) {
		pid = woken;
		place = ns_first_wake(pid, true, ready);
		ways = PKT_WAY(WAY_OTHER_THREAD);
	}
	if (place == WAKE_NONE)
		return PKT_WAY(WAY_NOT_WOKEN);
	reader = reader_of(pid);
	if (place == WAKE_UNKNOWN || reader->running[place % WAKES] > r->read)
		return WAKE_LOST;
	r->woken = reader->woken[place % WAKES];
	r->running = reader->running[place % WAKES];
	/* it was runnable already: nobody had to wake it */
	if (r->woken < ready)
		r->woken = ready;
	if (!ways)
		ways = ns_preempted_since(pid, place);
	return ways;
}

#endif
