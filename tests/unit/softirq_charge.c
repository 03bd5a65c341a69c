// SPDX-License-Identifier: GPL-2.0-only
/*
 * The programs of bpf/softirq.bpf.c themselves, on a made-up CPU. A vector waits behind a task and
 * another softirq; an interrupt comes once, at each of the instants at which one can come between
 * two instructions that matter. Whatever it hits, the parts must be the delay, each its own.
 */
#include "bpf_host.h"

#include "softirq.bpf.c"
#undef const

#include "histogram.h"
#include "tap.h"

#define IRQ 24
#define HANDLER 5000000 /* ns; what the programs do themselves takes a few */
#define TIMER 1		/* a vector */

static struct softirq_row row;
static struct irq_line line_rows[2];
static struct irq_count count_rows[2];
static u64 now_ns;
static u32 task = 77;
static bool off;	       /* interrupts */
static int until;	       /* calls until one comes; < 0: it has come */
static bool raises, raises_rx; /* its handler raises NET_TX, NET_RX */

static void handler(void)
{
	off = true;
	ns_irq_entry(IRQ);
	now_ns += HANDLER;
	if (raises)
		ns_softirq_raise(VEC_NET_TX);
	if (raises_rx)
		ns_softirq_raise(VEC_NET_RX);
	ns_irq_exit(IRQ);
	off = false;
}

/* Between two instructions. */
static void tick(void)
{
	now_ns++;
	if (!off && !until--)
		handler();
}

static u64 bpf_ktime_get_ns(void)
{
	u64 ns;

	tick();
	ns = now_ns;
	tick();
	return ns;
}

static u32 bpf_get_smp_processor_id(void)
{
	tick();
	return 0;
}

static u64 bpf_get_current_pid_tgid(void)
{
	tick();
	return task;
}

static u64 bpf_get_current_task(void)
{
	return task;
}

static int bpf_get_current_comm(void *to, u32 size)
{
	strncpy(to, "task", size);
	tick();
	return 0;
}

static void *bpf_map_lookup_elem(const void *map, const u32 *key)
{
	tick();
	if (map == &lines)
		return &line_rows[*key];
	return map == &irq_counts ? (void *)&count_rows[*key] : &row;
}

static void irqs_off(int (*program)(u32), u32 nr)
{
	off = true;
	program(nr);
	off = false;
}

static int switch_to(u32 next)
{
	ns_softirq_switch();
	task = next;
	return 0;
}

/* NET_RX is raised while the task runs, TIMER is served first. The delay, as NET_RX began. */
static u64 wait_behind(int interrupt_at)
{
	u64 sum = row.vec[SI_RX].delay.sum;

	until = interrupt_at;
	irqs_off(ns_softirq_raise, VEC_NET_RX);
	now_ns += 1000000;
	ns_softirq_entry(TIMER);
	now_ns += 2000000;
	ns_softirq_exit(TIMER);
	ns_softirq_entry(VEC_NET_RX);
	now_ns += 100;
	ns_softirq_exit(VEC_NET_RX);
	return row.vec[SI_RX].delay.sum - sum;
}

static u64 held(u32 vec, u32 kind)
{
	u64 ns = 0;

	for (int i = 0; i < DELAYERS_ALL; i++)
		if (row.delayers[i].vec == vec && row.delayers[i].who.kind == kind)
			ns += row.delayers[i].ns;
	return ns;
}

/* Within what the programs themselves take. */
static bool about(u64 got, u64 want)
{
	return got + 500 >= want && got <= want + 500;
}

static void test_interrupted(void)
{
	unsigned bad_sum = 0, bad_part = 0, in_wait = 0;
	int at;

	for (at = 0; until < 0; at++) {
		u64 delay, irq;

		memset(&row, 0, sizeof(row));
		delay = wait_behind(at);
		irq = held(SI_RX, HOLD_IRQ);
		bad_sum += delay != held(SI_RX, HOLD_TASK) + held(SI_RX, HOLD_SOFTIRQ) + irq;
		bad_part += !about(held(SI_RX, HOLD_TASK), 1000000) ||
			    !about(held(SI_RX, HOLD_SOFTIRQ), 2000000) ||
			    !about(irq, delay > HANDLER ? HANDLER : 0);
		in_wait += delay > HANDLER;
	}
	ok(at > 20 && in_wait > 10, "%d instants, %u of them while it waits", at, in_wait);
	is_u64(bad_sum, 0, "the parts of each delay add up to it");
	is_u64(bad_part, 0, "and each has what it took");
}

/* NET_TX waits behind more tasks than a wait has room for. */
static void test_others(void)
{
	memset(&row, 0, sizeof(row));
	until = -1;
	task = 1;
	irqs_off(ns_softirq_raise, VEC_NET_TX);
	for (u32 next = 2; next <= HELD_MAX + 3; next++) {
		now_ns += 1000000;
		irqs_off(switch_to, next);
	}
	ns_softirq_entry(VEC_NET_TX);
	ns_softirq_exit(VEC_NET_TX);
	ok(about(held(SI_TX, HOLD_TASK), (HELD_MAX - 1) * 1000000ULL), "those that have a place");
	ok(about(held(SI_TX, HOLD_OTHERS), 3000000), "the others are NET_TX's");
	is_u64(held(SI_RX, HOLD_OTHERS), 0, "and not NET_RX's");
}

/* PREEMPT_RT: a softirq is preempted by a task, which has the CPU then. */
static void test_preempted(void)
{
	memset(&row, 0, sizeof(row));
	until = -1;
	task = 77;
	irqs_off(ns_softirq_raise, VEC_NET_RX);
	ns_softirq_entry(TIMER);
	now_ns += 1000000;
	irqs_off(switch_to, 88);
	now_ns += 4000000;
	irqs_off(switch_to, 77);
	now_ns += 2000000;
	ns_softirq_exit(TIMER);
	ns_softirq_entry(VEC_NET_RX);
	ns_softirq_exit(VEC_NET_RX);
	ok(about(held(SI_RX, HOLD_SOFTIRQ), 3000000), "a softirq that is preempted");
	ok(about(held(SI_RX, HOLD_TASK), 4000000), "by a task, to which its time is charged");
}

/* netstrata irq: measuring begins while a handler runs, of which no entry is known. */
static void test_begun_in_handler(void)
{
	memset(&row, 0, sizeof(row));
	line_of_irq[IRQ] = 1;
	measuring = 0;
	off = true;
	ns_irq_entry(IRQ);
	measuring = 1;
	ns_softirq_raise(VEC_NET_RX);
	ns_irq_exit(IRQ);
	off = false;
	ns_softirq_entry(VEC_NET_RX);
	is_u64(hist_n(&line_rows[0].raise) + hist_n(&line_rows[1].raise), 0, "no time to raise");
	is_u64(hist_n(&line_rows[0].entry) + hist_n(&line_rows[1].entry), 0, "nor to NET_RX");
	raises_rx = true;
	handler();
	ns_softirq_entry(VEC_NET_RX);
	is_u64(hist_n(&line_rows[1].raise), 1, "of the next handler there is");
	ok(about(line_rows[1].raise.sum, HANDLER), "as long as it took");
	is_u64(hist_n(&line_rows[1].entry), 1, "and NET_RX followed");
	is_u64(count_rows[1].n, 1, "one handler is counted");
}

int main(void)
{
	cfg.softirqs = cfg.blame = 1;
	hist_fill_table((__u8 *)bucket_of_byte);
	measuring = 1;
	until = -1;
	test_interrupted();
	raises = true;
	until = -1;
	test_interrupted();
	test_others();
	test_preempted();
	cfg.softirqs = cfg.blame = raises = 0;
	cfg.lines = 2;
	test_begun_in_handler();
	return done();
}
