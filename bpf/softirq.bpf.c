// SPDX-License-Identifier: GPL-2.0-only
/*
 * Softirqs of the network, and the interrupts that raise them: how long NET_RX and NET_TX wait,
 * run, and who had the CPU meanwhile. Tracepoints only, so it is the same on every kernel
 * since 5.10.
 *
 * All that a program touches belongs to its CPU. Raise, interrupt and switch run with interrupts
 * off, entry, exit and poll with softirqs off: a program can be interrupted by others, never by
 * itself. What two of them write is arranged so that this does no harm.
 */
#include "softirq_state.bpf.h"
#include "softirq_blame.bpf.h"
#include "softirq_napi.bpf.h"

/* ---- raise, entry, exit ---- */

/* A handler raises NET_RX, for the first time. */
ALWAYS_INLINE void count_line_raise(struct softirq_row *row)
{
	u32 line = row->irq_line;
	struct irq_line *l = bpf_map_lookup_elem(&lines, &line);

	row->irq_raised = 1;
	if (l)
		hist_add(&l->raise, bpf_ktime_get_ns() - row->irq_entry);
}

SEC("tp_btf/softirq_raise")
int BPF_PROG(ns_softirq_raise, unsigned int nr)
{
	struct softirq_row *row;
	struct softirq_wait *w;
	u32 v = vec_of(nr);

	if (!is_net(nr))
		return 0;
	row = this_row();
	if (!row)
		return 0;
	row->vec[v].raises++;
	if (cfg.lines && v == SI_RX && row->irq_entry && !row->irq_raised)
		count_line_raise(row);
	w = &row->wait[v][row->filled[v] & 1];
	if (w->raised)
		return 0;
	w->n = 0;
	w->line = row->irq_entry ? row->irq_line + 1 : 0;
	w->mark = w->raised = bpf_ktime_get_ns();
	if (cfg.blame)
		this_now()->waits[v] = 1;
	return 0;
}

/* Whose name is "ksoftirqd/N". */
ALWAYS_INLINE bool in_ksoftirqd(void)
{
	u64 comm[2] = {}, name;

	__builtin_memcpy(&name, "ksoftirq", sizeof(name));
	bpf_get_current_comm(comm, sizeof(comm));
	return comm[0] == name;
}

ALWAYS_INLINE void count_burst(struct softirq_row *row, u64 now)
{
	if (row->burst_exit && now - row->burst_exit <= cfg.burst_gap_ns)
		return;
	if (row->burst_exit) {
		hist_add_as(&row->rx.burst, row->burst_exit - row->burst_entry, WRITE_ALONE);
		hist_add_as(&row->rx.burst_packets, row->burst_packets, WRITE_ALONE);
	}
	row->burst_entry = now;
	row->burst_packets = 0;
}

/*
 * Take the wait that ends now. An interrupt that raises the vector anew finds either this one, and
 * has nothing to do, or the other one, with nothing in it. (In this order: it may set waits[v].)
 */
ALWAYS_INLINE struct softirq_wait *take_wait(struct softirq_row *row, struct softirq_now *now,
					     u32 v)
{
	u32 i = row->filled[v] & 1;

	now->waits[v] = 0;
	barrier();
	row->filled[v] = !i;
	return &row->wait[v][i];
}

ALWAYS_INLINE void count_delay(struct softirq_row *row, struct softirq_wait *w, u32 v, u64 now)
{
	u64 ns = now - w->raised;

	hist_add_as(&row->vec[v].delay, ns, WRITE_ALONE);
	if (cfg.blame && ns >= cfg.blame_min_ns) {
		row->vec[v].blamed++;
		row->vec[v].blamed_ns += ns;
		blame(row, w, v);
	}
}

ALWAYS_INLINE void count_line_entry(const struct softirq_wait *w, u64 now)
{
	u32 line = w->line - 1;
	struct irq_line *l;

	if (!w->line)
		return;
	l = bpf_map_lookup_elem(&lines, &line);
	if (l)
		hist_add(&l->entry, now - w->raised);
}

/* A network vector begins to run. */
static __attribute__((noinline)) int enter(struct softirq_now *now, u32 v)
{
	struct softirq_row *row = this_row();
	struct softirq_wait *w;
	u64 ns;

	if (!row)
		return 0;
	w = take_wait(row, now, v);
	/* with blame, up to here the time is charged: the parts make exactly the whole */
	ns = cfg.blame && w->raised ? w->mark : bpf_ktime_get_ns();
	row->entry = ns;
	if (cfg.softirqs) {
		row->vec[v].runs++;
		row->vec[v].ksoftirqd += in_ksoftirqd();
		if (w->raised)
			count_delay(row, w, v, ns);
		else
			row->vec[v].unraised++;
		if (v == SI_RX) {
			count_burst(row, ns);
			row->run_packets = row->run_polls = 0;
			row->rx_runs = 1;
		}
	}
	if (cfg.lines && v == SI_RX && w->raised)
		count_line_entry(w, ns);
	w->raised = 0;
	return 0;
}

SEC("tp_btf/softirq_entry")
int BPF_PROG(ns_softirq_entry, unsigned int nr)
{
	struct softirq_now *now;

	if (!cfg.blame && !is_net(nr))
		return 0;
	now = this_now();
	changes(now);
	now->running = nr + 1;
	if (cfg.blame)
		now->task = bpf_get_current_task();
	if (is_net(nr))
		enter(now, vec_of(nr));
	return 0;
}

ALWAYS_INLINE void count_rx_run(struct softirq_row *row, u64 now)
{
	struct rx_counts *rx = &row->rx;

	hist_add_as(&rx->run_packets, row->run_packets, WRITE_ALONE);
	row->burst_packets += row->run_packets;
	row->burst_exit = now;
	/* net_rx_action() leaves its loop, and counts that, after the poll that used it up */
	if (row->run_polls && row->run_packets >= netdev_budget)
		rx->squeezed_budget++;
}

/* A network vector has run. row->entry is 0 if its entry was not measured. */
static __attribute__((noinline)) int leave(u32 v)
{
	struct softirq_row *row = this_row();
	u64 ns;

	if (!row || !row->entry)
		return 0;
	ns = bpf_ktime_get_ns();
	hist_add_as(&row->vec[v].run, ns - row->entry, WRITE_ALONE);
	row->entry = 0;
	if (v == SI_RX) {
		count_rx_run(row, ns);
		row->rx_runs = 0;
	}
	return 0;
}

SEC("tp_btf/softirq_exit")
int BPF_PROG(ns_softirq_exit, unsigned int nr)
{
	struct softirq_now *now;

	if (!cfg.blame && !is_net(nr))
		return 0;
	now = this_now();
	changes(now);
	if (is_net(nr))
		leave(vec_of(nr));
	now->running = 0;
	return 0;
}

/* ---- interrupts and tasks ---- */

SEC("tp_btf/irq_handler_entry")
int BPF_PROG(ns_irq_entry, int irq)
{
	struct softirq_now *now = this_now();
	struct softirq_row *row;

	changes(now);
	now->irq = irq + 1;
	if (!cfg.lines)
		return 0;
	row = this_row();
	if (!row)
		return 0;
	row->irq_line = (u32)irq < IRQ_MAX ? line_of_irq[irq & (IRQ_MAX - 1)] : 0;
	row->irq_raised = 0;
	row->irq_entry = bpf_ktime_get_ns();
	return 0;
}

ALWAYS_INLINE void count_handler(struct softirq_row *row)
{
	u64 ns = bpf_ktime_get_ns() - row->irq_entry;
	u32 line = row->irq_line, at = bpf_get_smp_processor_id() * cfg.lines + line;
	struct irq_line *l = bpf_map_lookup_elem(&lines, &line);
	struct irq_count *c = bpf_map_lookup_elem(&irq_counts, &at);

	row->irq_entry = 0;
	if (!l || !c)
		return;
	hist_add(&l->handler, ns);
	c->n++;
	c->ns += ns;
	raise_max(&c->max_ns, ns);
	c->raised += row->irq_raised;
}

SEC("tp_btf/irq_handler_exit")
int BPF_PROG(ns_irq_exit, int irq)
{
	struct softirq_now *now = this_now();
	struct softirq_row *row;

	changes(now);
	now->irq = 0;
	if (!cfg.lines)
		return 0;
	row = this_row();
	if (row && row->irq_entry) /* its entry was measured */
		count_handler(row);
	return 0;
}

/* Before the switch: the current task is still the one that has had the CPU. */
SEC("tp_btf/sched_switch")
int BPF_PROG(ns_softirq_switch)
{
	changes(this_now());
	return 0;
}

char _license[] SEC("license") = "GPL";
