/* SPDX-License-Identifier: GPL-2.0-only */
/* Who had the CPU while a vector waited for it. */
#ifndef NS_SOFTIRQ_BLAME_BPF_H
#define NS_SOFTIRQ_BLAME_BPF_H

#include "softirq_state.bpf.h"

/* With PREEMPT_RT another task can preempt the one that a softirq runs in. */
ALWAYS_INLINE void holder_now(const struct softirq_now *now, struct holder *who)
{
	who->comm[0] = who->comm[1] = 0;
	if (now->irq) {
		who->kind = HOLD_IRQ;
		who->id = now->irq - 1;
	} else if (now->running && now->task == bpf_get_current_task()) {
		who->kind = HOLD_SOFTIRQ;
		who->id = now->running - 1;
	} else {
		who->kind = HOLD_TASK;
		who->id = (u32)bpf_get_current_pid_tgid();
		if (!who->id) /* idle, of whatever CPU */
			return;
		bpf_get_current_comm(who->comm, sizeof(who->comm));
	}
}

ALWAYS_INLINE void charge_one(struct softirq_wait *w, const struct holder *who, u64 now)
{
	s64 ns = now - w->mark;
	u32 i;

	if (ns <= 0) /* raised by an interrupt since the clock was read */
		return;
	w->mark = now;
	for (i = 0; i < HELD_MAX; i++) {
		struct held *h = &w->held[i];

		if (i >= w->n) {
			w->n = i + 1;
			h->who = *who;
			h->ns = ns;
			return;
		}
		if (h->who.kind == who->kind && h->who.id == who->id) {
			h->ns += ns;
			return;
		}
	}
	w->held[HELD_MAX - 1].who.kind = HOLD_OTHERS;
	w->held[HELD_MAX - 1].ns += ns;
}

static __attribute__((noinline)) int charge_to(const struct holder *who, u64 now)
{
	struct softirq_row *row = this_row();

	if (!row)
		return 0;
	for (u32 v = 0; v < SI_VECS; v++) {
		struct softirq_wait *w = &row->wait[v][row->filled[v] & 1];

		if (w->raised)
			charge_one(w, who, now);
	}
	return 0;
}

/*
 * The CPU goes from one holder to the next: what has passed is the one's that had it. Interrupts
 * that come while this divides it charge nothing, only leave their number; the time since the clock
 * was read is theirs. One that comes before `charging` is set has done it all; what comes in the
 * last instructions, after `interrupted` was looked at, is charged to the next holder.
 */
static __attribute__((noinline)) int charge(struct softirq_now *now)
{
	u64 ns = bpf_ktime_get_ns();
	struct holder who;

	now->interrupted = 0;
	barrier();
	now->charging = 1;
	barrier();
	holder_now(now, &who);
	charge_to(&who, ns);
	barrier();
	if (now->interrupted) {
		who = (struct holder){.kind = HOLD_IRQ, .id = now->interrupted - 1};
		charge_to(&who, bpf_ktime_get_ns());
	}
	barrier();
	now->charging = 0;
	return 0;
}

/* The holder is about to change. */
ALWAYS_INLINE void changes(struct softirq_now *now)
{
	if (!cfg.blame || !now->any_waits)
		return;
	if (now->charging)
		now->interrupted = now->irq;
	else
		charge(now);
}

ALWAYS_INLINE bool is_delayer(const struct delayer *d, const struct holder *who, u32 v)
{
	return d->who.kind == who->kind && d->vec == v && d->who.comm[0] == who->comm[0] &&
	       d->who.comm[1] == who->comm[1] && (who->kind == HOLD_TASK || d->who.id == who->id);
}

ALWAYS_INLINE struct delayer *delayer_of(struct softirq_row *row, const struct holder *who, u32 v)
{
	struct delayer *d;
	u64 x = who->comm[0] * 3 + who->comm[1] * 5 + who->kind * 7 + v;
	u32 at;

	if (who->kind != HOLD_TASK)
		x += (u64)who->id << 8;
	at = x * 0x9e3779b97f4a7c15ULL >> 58; /* 6 bits: DELAYERS */
	for (u32 i = 0; i < DELAYER_PROBES && who->kind != HOLD_OTHERS; i++) {
		d = &row->delayers[(at + i) & (DELAYERS - 1)];
		if (!d->who.kind) {
			d->who = *who;
			d->vec = v;
			return d;
		}
		if (is_delayer(d, who, v))
			return d;
	}
	d = &row->delayers[DELAYERS + v];
	d->who.kind = HOLD_OTHERS;
	d->vec = v;
	return d;
}

/* A wait is over: divide it among those who had the CPU. */
static __attribute__((noinline)) int blame(struct softirq_row *row, struct softirq_wait *w, u32 v)
{
	for (u32 i = 0; i < HELD_MAX && i < w->n; i++) {
		const struct held *h = &w->held[i];
		struct delayer *d = delayer_of(row, &h->who, v);

		d->n++;
		d->ns += h->ns;
		if (h->ns > d->max_ns) {
			d->max_ns = h->ns;
			d->who.id = h->who.id;
		}
	}
	return 0;
}

#endif
