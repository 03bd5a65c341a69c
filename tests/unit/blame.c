// SPDX-License-Identifier: GPL-2.0-only
/*
 * bpf/arrival.bpf.h and bpf/blame.bpf.h themselves, on a made-up CPU and clock: who had the CPU
 * while packets waited for NET_RX, where it takes a backlog in several runs, where it runs in one
 * task or another, and where some of its packets came late.
 */
#include "bpf_host.h"

#define NS_COMMON_BPF_H
#define NS_SLOT_BPF_H

#include "shape.h"
#include "split.h"
#include "state.h"
#include "tap.h"

#define FORGET(v) (v)
#define HAS_CURRENT_TASK_BTF 0
#undef bpf_core_field_exists
#define bpf_core_field_exists(field...) 0 /* not PREEMPT_RT */
#define bpf_core_type_size(type) sizeof(type)
#define BPF_CORE_READ_INTO(to, p, field) memcpy(to, (p)->field, sizeof(*(to)))
#define bpf_probe_read_kernel_str(to, size, from) strncpy(to, from, size)

struct task_struct {
	u32 pid, flags;
	char comm[16];
};
struct task_struct___rt {
	int softirq_disable_cnt;
};
struct irqaction {
	const char *name;
};
struct netdev_rx_queue {
	void *rps_map, *rps_flow_table;
};
struct netdev_rx_queue___tagged {
	void *rps_flow_table;
};
struct rx_device {
	struct netdev_rx_queue *_rx;
};
struct sk_buff {
	u32 napi_id, queue_mapping;
	struct rx_device *dev;
	u32 pad[60];
} __attribute__((aligned(256))); /* each with a place of its own */

static struct path_config cfg;
static struct path_shape shape = {.blame = 1};
#define points_of(dir, proto) ~0U

static struct task_struct *bpf_get_current_task_btf(void);
#pragma GCC diagnostic ignored "-Wunknown-pragmas" /* of clang, which unrolls its loops */
#include "place.bpf.h"
#include "arrival.bpf.h"
#undef const

#define MS 1000000ULL
#define PACKETS 4000
#define WEIGHT 64 /* packets of a run */

static u64 now_ns = 1000 * MS;
static struct cpu_now now_row;
static struct cpu_past past_row;
static struct arrival arrivals_of[SLOTS];
static struct blame_slot blame_rows[BLAMES];
static struct sk_buff backlog[PACKETS];
static u64 came[PACKETS];
static unsigned head, tail;

static struct task_struct idle = {.comm = "swapper/0"}, hog = {.pid = 50, .comm = "hog"},
			  late = {.pid = 51, .comm = "late"},
			  ksoftirqd = {.pid = 14, .comm = "ksoftirqd/0"},
			  ktimers = {.pid = 15, .comm = "ktimers/0"};
static struct task_struct *current = &idle;

static u64 bpf_ktime_get_ns(void)
{
	return now_ns;
}

static u32 bpf_get_smp_processor_id(void)
{
	return 0;
}

static u64 bpf_get_current_pid_tgid(void)
{
	return current->pid;
}

static u64 bpf_get_current_task(void)
{
	return (u64)current;
}

static struct task_struct *bpf_get_current_task_btf(void)
{
	return (void *)bpf_get_current_task();
}

static int bpf_get_current_comm(void *to, u32 size)
{
	strncpy(to, current->comm, size);
	return 0;
}

static void *bpf_map_lookup_elem(const void *map, const u32 *key)
{
	if (map == &arrivals)
		return &arrivals_of[*key];
	if (map == &blames)
		return &blame_rows[*key];
	return map == &cpus_past ? (void *)&past_row : &now_row;
}

static void switch_to(struct task_struct *next)
{
	note_stint(current, now_ns);
	current = next;
}

static void burns(struct task_struct *task, u64 ns)
{
	switch_to(task);
	now_ns += ns;
}

static void interrupt(u64 ns)
{
	static struct irqaction action = {"eth0"};

	irq_entered();
	now_ns += ns;
	irq_left(24, &action);
}

/* Into this CPU's backlog, by itself or from another CPU. */
static void come(unsigned n)
{
	for (; n; n--, tail++) {
		came[tail] = now_ns;
		backlogged(&backlog[tail]);
		if (head == tail)
			raised(NET_RX_SOFTIRQ);
		now_ns += 100;
	}
}

/* One run, 10 us for each packet: what it leaves is for another, which it raises. Who is to blame
 * stands in `by` and in `ns` of each. */
static struct blame by[PACKETS];

static void net_rx(void)
{
	softirq_began(NET_RX_SOFTIRQ);
	for (unsigned n = 0; n < WEIGHT && head < tail; n++, head++) {
		struct arrival *a = arrival_of(&backlog[head]);

		arrived(&backlog[head], 0);
		by[head].ns = a->t[RXP_SOFTIRQ];
		now_ns += 10000;
	}
	if (head < tail)
		raised(NET_RX_SOFTIRQ);
	softirq_ended(NET_RX_SOFTIRQ);
	now_ns += 1000;
}

static void drain(void)
{
	while (head < tail)
		net_rx();
	for (unsigned i = 0; i < tail; i++)
		take_blame(came[i], by[i].ns, &by[i]);
}

static void begin(struct task_struct *running)
{
	head = tail = 0;
	memset(by, 0, sizeof(by));
	memset(&past_row, 0, sizeof(past_row));
	now_row = (struct cpu_now){.known = 1};
	now_ns += 1000 * MS;
	current = running;
	past_row.since = now_ns;
	now_ns += MS;
}

/* How many of these packets blame that task, softirq (id) or interrupt (id) for so long. */
static unsigned blame(unsigned from, unsigned to, unsigned kind, u32 id, u64 least, u64 most)
{
	unsigned n = 0;

	for (unsigned i = from; i < to; i++)
		n += by[i].kind == kind && by[i].pid == id && by[i].ns >= least && by[i].ns <= most;
	return n;
}

/* So many packets come when the hog has had the CPU for a while, and it keeps it for so long. */
static void behind_hog(unsigned packets, u64 before, u64 after)
{
	begin(&idle);
	burns(&hog, before);
	come(packets);
	now_ns += after;
}

/* More wait behind a hog than one run takes: all have waited for the hog. */
static void test_runs(void)
{
	behind_hog(180, 10 * MS, 90 * MS);
	switch_to(&ksoftirqd);
	drain();
	is_u64(blame(0, 64, BLAME_TASK, 50, 89 * MS, 91 * MS), 64, "the hog, of the first run");
	is_u64(blame(64, 180, BLAME_TASK, 50, 89 * MS, 91 * MS), 116, "of the others too");
	is_u64(strcmp(by[170].comm, "hog"), 0, "by name");
}

/* What comes after it has gone is not its: the runs before, where there were any. */
static void test_late(void)
{
	behind_hog(100, 10 * MS, 40 * MS);
	switch_to(&ksoftirqd);
	net_rx();
	come(90);
	drain();
	is_u64(blame(0, 100, BLAME_TASK, 50, 39 * MS, 41 * MS), 100, "the hog, of those before");
	is_u64(blame(128, 190, BLAME_SOFTIRQ, 3, MS / 2, 3 * MS), 62, "NET_RX, of those after");
	is_u64(blame(100, 190, BLAME_TASK, 50, 0, ~0ULL), 0, "the hog, of none of them");
}

/* One run, whose latest packet came when the hog had left, and another task had the CPU. */
static void test_one_run(void)
{
	behind_hog(10, MS, 40 * MS);
	burns(&late, MS);
	come(10);
	now_ns += 4 * MS;
	switch_to(&ksoftirqd);
	drain();
	is_u64(blame(0, 10, BLAME_TASK, 50, 39 * MS, 41 * MS), 10, "the hog had most of it");
	is_u64(blame(10, 20, BLAME_TASK, 50, 0, ~0ULL), 0,
	       "of a wait that began after it, nothing");
	behind_hog(10, MS, 40 * MS);
	come(10);
	now_ns += 10 * MS;
	burns(&late, 6 * MS);
	switch_to(&ksoftirqd);
	drain();
	is_u64(blame(10, 20, BLAME_TASK, 50, 9 * MS, 11 * MS), 10,
	       "and of one in its time, the rest");
}

/* The task that a softirq runs in was not on the CPU all the time. */
static void test_inline(void)
{
	behind_hog(10, MS, 40 * MS);
	switch_to(&ktimers);
	now_ns += MS;
	drain();
	is_u64(blame(0, 10, BLAME_TASK, 50, 39 * MS, 41 * MS), 10, "the hog, in another's softirq");
	begin(&hog);
	come(10);
	now_ns += 40 * MS;
	drain();
	is_u64(blame(0, 10, BLAME_TASK, 50, 39 * MS, 41 * MS), 10, "the hog, in its own");
	begin(&idle);
	come(10);
	now_ns += 40 * MS;
	drain();
	is_u64(blame(0, 10, BLAME_NONE, 0, 0, 0), 10, "nobody, when the CPU was idle");
}

/* An interrupt between two runs, and one before the first. */
static void test_interrupts(void)
{
	begin(&hog);
	come(150);
	interrupt(20 * MS);
	now_ns += 5 * MS;
	drain();
	is_u64(blame(0, 150, BLAME_IRQ, 24, 19 * MS, 21 * MS), 150, "an interrupt before all runs");
	begin(&hog);
	come(150);
	now_ns += 5 * MS;
	net_rx();
	interrupt(20 * MS);
	drain();
	is_u64(blame(0, 64, BLAME_TASK, 50, 4 * MS, 6 * MS), 64,
	       "one after the first run is not its");
	is_u64(blame(64, 150, BLAME_IRQ, 24, 19 * MS, 21 * MS), 86, "but that of all others");
}

/* NET_TX raises NET_RX, and goes on: what it did before is none of the wait. */
static void test_raised_in_softirq(void)
{
	begin(&hog);
	softirq_began(2);
	now_ns += 5 * MS;
	come(10);
	now_ns += 2 * MS;
	softirq_ended(2);
	now_ns += 3 * MS;
	drain();
	is_u64(blame(0, 10, BLAME_TASK, 50, 2 * MS, 4 * MS), 10, "the hog, for longer than NET_TX");
}

/* A device's run of NET_RX, in which it is raised anew: nobody who waits now has waited before. */
static void test_raised_in_run(void)
{
	begin(&hog);
	come(10);
	drain();
	raised(NET_RX_SOFTIRQ);
	interrupt(20 * MS);
	softirq_began(NET_RX_SOFTIRQ);
	come(10);
	softirq_ended(NET_RX_SOFTIRQ);
	now_ns += MS;
	drain();
	is_u64(blame(10, 20, BLAME_TASK, 50, MS / 2, 2 * MS), 10, "the hog, and no interrupt");
}

/* A flood without end: what was in the way long ago is not to blame now. Of 64 that come between
 * two runs, 36 wait for the second one. */
static void test_flood(void)
{
	begin(&hog);
	come(100);
	interrupt(30 * MS);
	switch_to(&ksoftirqd);
	for (int i = 0; i < 40; i++) {
		net_rx();
		come(WEIGHT);
	}
	drain();
	is_u64(blame(0, 100, BLAME_IRQ, 24, 29 * MS, 31 * MS), 100, "the interrupt, at first");
	is_u64(blame(200, tail, BLAME_IRQ, 24, 0, ~0ULL), 0, "in the end no more");
	ok(blame(200, tail, BLAME_SOFTIRQ, 3, MS / 2, MS) >= (tail - 200) / 2, "but NET_RX");
}

int main(void)
{
	test_runs();
	test_late();
	test_one_run();
	test_inline();
	test_interrupts();
	test_raised_in_softirq();
	test_raised_in_run();
	test_flood();
	return done();
}
