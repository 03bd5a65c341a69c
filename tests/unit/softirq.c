// SPDX-License-Identifier: GPL-2.0-only
/* The model and the renderers of `netstrata softirq` and `netstrata irq`. */
#include <linux/types.h>
#include <stdlib.h>
#include <time.h>

#include "golden.h"
#include "histogram.h"
#include "json_lines.h"
#include "sample.h"
#include "softirq_output.h"
#include "softirq_sample.h"

static struct irq_info irqs[] = {
	{.irq = 9, .name = "acpi", .affinity = "0-1", .effective = "0"},
	{.irq = 26,
	 .name = "virtio0-input.0",
	 .dev = "eth0",
	 .affinity = "0-1",
	 .effective = "1",
	 .coalescing = {.told = true, .adaptive_rx = true, .rx_usecs = 50, .rx_frames = 1}},
	{.irq = 27, .name = "virtio0-output.0\033", .dev = "eth0"},
};

static struct softirq_run sample_softirq_run(void)
{
	struct softirq_run run = {
		.ri = sample_run(),
		.text = {.width = 80},
		.limits = {.budget = 300, .budget_usecs = 8000, .weight = -1},
		.config = {.blame = 1, .blame_min_ns = 20000, .burst_gap_ns = 100000},
		.irqs = {irqs, 3},
	};

	memset(run.ri.points, 0, sizeof(run.ri.points));
	run.ri.budget_bytes = 0;
	strcpy(run.ri.options, "softirq -v");
	return run;
}

static struct delayer delayer(unsigned vec, unsigned kind, const char *comm, unsigned id, __u64 n,
			      __u64 ns, __u64 max_ns)
{
	struct delayer d = {
		.who = {.kind = kind, .id = id}, .vec = vec, .n = n, .ns = ns, .max_ns = max_ns};

	memcpy(d.who.comm, comm, strlen(comm));
	return d;
}

/* A CPU with n runs of NET_RX, eight packets each. */
static void fill_row(struct softirq_row *row, __u64 n)
{
	sample_softirq_row(row, n, 1500);
	row->napi[3] = (struct napi_count){
		.key = 1ULL << 32, .polls = n, .packets = 8 * n, .full = 7, .longest = 6};
	row->delayers[1] = delayer(SI_RX, HOLD_TASK, "stress-ng", 567, n / 20, 8000 * n, 5000000);
	row->delayers[2] = delayer(SI_RX, HOLD_SOFTIRQ, "", 1, n / 20, 1500 * n, 30000);
	row->delayers[3] = delayer(SI_RX, HOLD_IRQ, "", 26, 2, 500 * n, 20000);
	row->delayers[4] = delayer(SI_TX, HOLD_TASK, "", 0, 1, 100, 100);
}

static struct softirq_snapshot *sample_softirqs(void)
{
	struct softirq_snapshot *s = softirq_new(3, 0);

	s->mono_ns = 1010000000000ULL;
	s->interval_ns = 2000000000;
	fill_row(&s->rows[0], 1000);
	fill_row(&s->rows[2], 4000); /* CPU 1 is offline */
	s->rows[2].delayers[1].max_ns = 9000000;
	s->rows[2].delayers[1].who.id = 568;
	s->rows[2].rx.threaded_polls = 10;
	s->rows[2].rx.threaded_packets = 20;
	s->rows[2].rx.busy_polls = 6;
	s->rows[2].napi[4] = (struct napi_count){
		.key = 8200, .dev = "eth0", .id = 8200, .polls = 10, .packets = 20};
	s->rows[2].delayers[DELAYERS + SI_RX] = delayer(SI_RX, HOLD_OTHERS, "", 0, 2, 77, 70);
	s->softnet[2] = (struct softnet){
		.time_squeeze = 8, .by_time = 5, .received_rps = 12, .dropped = 4, .told = true};
	return s;
}

typedef int (*text_fn)(FILE *, const struct softirq_snapshot *, const struct softirq_run *);

static void test_text(const char *name, const struct softirq_snapshot *s,
		      const struct softirq_run *run, text_fn print)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	is_u64((unsigned)print(f, s, run), 0, name);
	is_u64((unsigned)softirq_text_end(f, 7, run), 0, name);
	fclose(f);
	golden(name, text);
	if (!run->text.color)
		ok(longest_line(text) <= 80, "%s: 80 columns", name);
	free(text);
}

static void test_texts(void)
{
	struct softirq_run run = sample_softirq_run();
	struct softirq_snapshot *s = sample_softirqs(), *none = softirq_new(1, 0);
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	softirq_text_start(f, &run);
	fclose(f);
	golden("softirq-start", text);
	free(text);
	test_text("softirq", s, &run, softirq_text);
	none->final = true;
	test_text("softirq-none", none, &run, softirq_text);
	run.text.histogram = run.text.color = run.text.utf8 = true;
	test_text("softirq-histogram", s, &run, softirq_text);
	softirq_free(s);
	softirq_free(none);
	f = fopen("/dev/full", "w");
	s = sample_softirqs();
	if (f) {
		ok(softirq_text(f, s, &run) < 0, "a full disk is noticed");
		fclose(f);
	}
	softirq_free(s);
}

static struct softirq_snapshot *sample_irqs(void)
{
	struct softirq_snapshot *s = softirq_new(2, 4);

	s->mono_ns = 1010000000000ULL;
	s->interval_ns = 10000000000;
	sample_add(&s->lines[0].handler, 1000, 1);
	sample_add(&s->lines[1].handler, 1000, 5);
	sample_add(&s->lines[2].handler, 2300, 900);
	sample_add(&s->lines[2].raise, 1700, 800);
	sample_add(&s->lines[2].entry, 900, 700);
	sample_add(&s->lines[3].handler, 5000, 100);
	s->counts[3] = (struct irq_count){50, 250000, 5000, 0};
	s->counts[7] = (struct irq_count){50, 250000, 5000, 0};
	s->counts[0] = (struct irq_count){1, 1000, 1000, 0};
	s->counts[1] = (struct irq_count){5, 5000, 1000, 0};
	s->counts[2] = (struct irq_count){100, 230000, 2300, 100};
	s->counts[6] = (struct irq_count){800, 1840000, 2300, 700};
	return s;
}

static void test_irqs(void)
{
	struct softirq_run run = sample_softirq_run();
	struct softirq_snapshot *s = sample_irqs();

	test_text("irq", s, &run, irq_text);
	run.all = true;
	test_text("irq-all", s, &run, irq_text);
	softirq_free(s);
	ok(irq_find(&run.irqs, 26) == &irqs[1], "an interrupt by its number");
	ok(!irq_find(&run.irqs, 25), "or none");
}

static void test_json(void)
{
	struct softirq_run run = sample_softirq_run();
	struct softirq_snapshot *s = sample_softirqs(), *i = sample_irqs();
	char *text = NULL;
	struct lines l;
	size_t len, irq;
	FILE *f = open_memstream(&text, &len);
	json_t *o;

	s->final = true;
	is_u64((unsigned)softirq_json_start(f, &run), 0, "start");
	is_u64((unsigned)softirq_json(f, s, &run), 0, "softirq");
	is_u64((unsigned)irq_json(f, i, &run), 0, "irq");
	is_u64((unsigned)softirq_json_end(f, 7, "count"), 0, "end");
	fclose(f);
	parse(&l, text);
	free(text);
	ok(json_is_null(json_object_get(l.line[0], "dev_weight")), "a limit that is not told");
	is_u64(num(l.line[0], "netdev_budget"), 300, "the budget");
	is_str(str(l.line[1], "vec"), "net_rx", "a CPU");
	is_u64(num(l.line[2], "cpu"), 2, "another, not the one that is offline");
	o = l.line[3];
	ok(json_is_null(json_object_get(o, "cpu")), "the total");
	is_u64(num(o, "runs"), 5000, "its runs");
	is_u64(num(o, "squeezed_budget"), 6, "squeezed by the budget");
	is_u64(num(o, "squeezed_time"), 5, "the kernel's other squeezes: by time");
	is_u64(num(json_object_get(o, "delay"), "n"), 4950, "delays");
	is_u64(num(json_object_get(o, "run_packets"), "sum"), 40000, "packets");
	ok(!json_object_get(l.line[4], "packets"), "none for NET_TX");
	is_str(str(l.line[4], "vec"), "net_tx", "which is there");
	is_str(str(l.line[5], "type"), "napi", "an instance");
	is_u64(num(l.line[5], "packets"), 40000, "of both CPUs");
	ok(json_is_null(json_object_get(l.line[5], "dev")), "the backlog");
	is_str(str(l.line[6], "dev"), "eth0", "a device's");
	is_str(str(l.line[7], "name"), "stress-ng", "the worst first");
	is_u64(num(l.line[7], "id"), 568, "with its worst thread");
	is_u64(num(l.line[7], "cpu"), 2, "and where that was");
	is_u64(num(l.line[7], "sum_ns"), 40000000, "of both CPUs");
	is_str(str(l.line[8], "name"), "timer", "a softirq");
	is_str(str(l.line[9], "name"), "virtio0-input.0", "an interrupt");
	is_str(str(l.line[11], "name"), "idle", "nobody");
	for (irq = 0; irq < l.n && strcmp(str(l.line[irq], "type"), "irq"); irq++)
		;
	ok(irq + 4 == l.n, "two lines of interrupts and a device");
	is_u64(num(l.line[irq], "irq"), 26, "the network's");
	is_u64(json_array_size(json_object_get(l.line[irq], "cpus")), 2, "on two CPUs");
	is_u64(num(json_object_get(l.line[irq], "coalescing"), "rx_usecs"), 50, "coalescing");
	ok(json_is_null(json_object_get(l.line[irq + 1], "coalescing")), "or not told");
	is_str(str(l.line[irq + 1], "name"), "virtio0-output.0?", "made printable");
	o = l.line[irq + 2];
	is_str(str(o, "type"), "irq_device", "both lines");
	is_str(str(o, "dev"), "eth0", "are a device's");
	is_u64(json_array_size(json_object_get(o, "irqs")), 2, "with their numbers");
	is_u64(num(json_object_get(o, "handler"), "n"), 1000, "handlers of both");
	is_u64(num(json_array_get(json_object_get(o, "cpus"), 1), "n"), 850, "on one CPU");
	is_u64(num(json_object_get(o, "coalescing"), "rx_usecs"), 50, "its coalescing");
	is_u64(num(l.line[l.n - 1], "program_misses"), 7, "end");
	drop(&l);
	softirq_free(s);
	softirq_free(i);
}

static void test_subtract(void)
{
	struct softirq_snapshot *prev = sample_softirqs(), *cur = softirq_copy(prev);
	struct softirq_row *row = &cur->rows[2];

	cur->mono_ns += 500;
	row->vec[SI_RX].runs += 3;
	sample_add(&row->vec[SI_RX].delay, 1500, 3);
	row->napi[4].packets += 9;
	row->delayers[1].n++;
	row->delayers[1].ns += 600;
	cur->softnet[2].received_rps += 2;
	cur->softnet[0].processed = 5;
	cur->softnet[0].told = true;
	cur->misses = 9;
	prev->misses = 7;
	prev->softnet[0].processed = ~0U; /* has wrapped */
	softirq_subtract(cur, prev);
	is_u64(cur->interval_ns, 500, "an interval");
	is_u64(row->vec[SI_RX].runs, 3, "its runs");
	is_u64(row->vec[SI_RX].delay.sum, 4500, "its delays");
	is_u64(row->vec[SI_RX].delay.max, 1536, "the longest is at most the bucket's bound");
	is_u64(row->napi[4].packets, 9, "packets of an instance");
	is_u64(row->delayers[1].n, 1, "a delay");
	is_u64(row->delayers[1].max_ns, 600, "is not longer than all of them together");
	is_u64(cur->rows[0].vec[SI_RX].runs, 0, "nothing on another CPU");
	is_u64(cur->softnet[2].received_rps, 2, "the kernel's counts");
	is_u64(cur->softnet[0].processed, 6, "which wrap");
	is_u64(cur->misses, 2, "events not seen");
	softirq_free(cur);
	softirq_free(prev);
}

/* A CPU that is offline for two of five moments, and one that comes only then. */
static void test_offline(void)
{
	static const struct {
		__u32 squeezes;
		bool told;
		__u64 grown; /* since the moment before */
	} moments[] = {
		{1000, true, 0}, {1003, true, 3}, {0, false, 0}, {0, false, 0}, {1004, true, 1}};
	struct softnet_account account = {}, late = {};
	__u64 total = 0;

	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		struct softirq_snapshot *cur = softirq_new(1, 0), *prev = softirq_new(1, 0);
		struct softnet *now = cur->softnet;

		now->time_squeeze = moments[i].squeezes;
		now->told = moments[i].told;
		prev->softnet->time_squeeze = (__u32)total;
		softnet_since_base(now, &account);
		is_u64(now->told, moments[i].told, "a CPU's account is told, or not");
		total = now->time_squeeze;
		softirq_subtract(cur, prev);
		is_u64(now->time_squeeze, moments[i].grown, "and it grew by what was new");
		softirq_free(cur);
		softirq_free(prev);
	}
	is_u64(total, 4, "since the start");
	for (unsigned i = 0; i < 3; i++) {
		struct softnet now = {.time_squeeze = i ? 70 + i : 0, .told = i > 0};

		softnet_since_base(&now, &late);
		is_u64(now.time_squeeze, i > 1, "one that comes later begins then");
	}
}

/* The kernel's count and the budget's are not read at once. */
static void test_squeezes(void)
{
	struct softnet s = {.time_squeeze = 12, .told = true};
	__u32 most = 0;

	softnet_by_time(&s, 10, &most);
	is_u64(s.by_time, 2, "what the budget did not do");
	s.time_squeeze = 13;
	softnet_by_time(&s, 14, &most);
	is_u64(s.by_time, 2, "the budget's since the kernel's count was read are not the time's");
	s.time_squeeze = 20;
	softnet_by_time(&s, 15, &most);
	is_u64(s.by_time, 5, "and nothing is lost by that");
}

static void test_bursts(void)
{
	struct softirq_row row = {.burst_entry = 1000, .burst_exit = 3000, .burst_packets = 9};

	softirq_end_burst(&row, 3100, 100);
	is_u64(hist_n(&row.rx.burst), 0, "a burst may go on");
	row.rx_runs = 1;
	softirq_end_burst(&row, 9000, 100);
	is_u64(hist_n(&row.rx.burst), 0, "or is going on");
	row.rx_runs = 0;
	softirq_end_burst(&row, 3101, 100);
	is_u64(row.rx.burst.sum, 2000, "or has ended");
	is_u64(row.rx.burst_packets.sum, 9, "with its packets");
}

static void test_parse(void)
{
	static const char full[] = "0000000a 0000000b 0000000c 00000000 00000000 00000000 00000000 "
				   "00000000 00000000 0000000d 0000000e 00000000 00000003 0 0\n";
	static const char old[] = "a b c 0 0 0 0 0 0 d e\n";
	struct softnet s = {};

	is_u64((unsigned)softnet_parse(full, 1, &s), 3, "the CPU as the kernel says");
	ok(s.processed == 10 && s.dropped == 11 && s.time_squeeze == 12 && s.received_rps == 13 &&
		   s.flow_limit == 14,
	   "and its counts");
	is_u64((unsigned)softnet_parse(old, 1, &s), 1, "or by the line's number");
	ok(softnet_parse("", 0, &s) < 0, "an empty line");
	ok(softnet_parse("a b c", 0, &s) < 0, "too short");
	ok(softnet_parse("a b c 0 0 x 0 0 0 d e", 0, &s) < 0, "no number");
	is_str(softirq_vec_name(3), "net_rx", "a vector's name");
	ok(!softirq_vec_name(10), "one that is none");
}

int main(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	test_texts();
	test_irqs();
	test_json();
	test_subtract();
	test_offline();
	test_squeezes();
	test_bursts();
	test_parse();
	return done();
}
