// SPDX-License-Identifier: GPL-2.0-only
/* src/output/json.c: every line parses, and says what the snapshot says. */
#include <linux/types.h>
#include <jansson.h>
#include <stdlib.h>

#include "histogram.h"
#include "json_lines.h"
#include "json_serve.h"
#include "rnd.h"
#include "sample.h"
#include "softirq_sample.h"

static void test_start_end(void)
{
	struct run_info ri = sample_run();
	struct snapshot *total = snapshot_new();
	char *text = NULL;
	struct lines l;
	json_t *hooks;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	total->ledger[NS_RX] = (struct ledger){.seen = 10, .taken = 7, .lost = {[LOSS_UNREAD] = 1}};
	total->ledger[NS_TX] = (struct ledger){.seen = 5, .taken = 5};
	strcpy(ri.options, "stat --comm \xff\"x\"");
	is_u64((unsigned)json_start(f, &ri), 0, "start");
	is_u64((unsigned)json_end(f, total, &ri, "interrupted"), 0, "end");
	ri.points[NS_TX][NS_TCP] = ALL_TX_POINTS;
	ri.slow_ns = 0;
	is_u64((unsigned)json_start(f, &ri), 0, "start, with both directions");
	is_u64((unsigned)json_end(f, total, &ri, "count"), 0, "and its end");
	fclose(f);
	parse(&l, text);
	free(text);
	is_str(str(l.line[0], "options"), "stat --comm ?\"x\"", "options, made printable");
	is_str(str(l.line[0], "kernel"), ri.kernel, "kernel");
	is_u64(num(json_object_get(l.line[0], "clock"), "real_ns"), ri.real_ns, "clock");
	hooks = json_object_get(json_object_get(l.line[0], "hooks"), "rx");
	is_u64(json_object_size(hooks), NS_PROTOS, "hooks of each protocol");
	hooks = json_object_get(hooks, "tcp");
	is_u64(json_object_size(hooks), RXP_COUNT, "each point is there");
	is_str(str(hooks, "stack"), "tp_btf/netif_receive_skb", "with its hook");
	ok(json_is_null(json_object_get(hooks, "read")), "or null");
	is_u64(num(l.line[0], "slow_ns"), 1000000, "what is slow");
	ok(json_is_null(json_object_get(l.line[2], "slow_ns")), "or nothing is");
	hooks = json_object_get(l.line[0], "losses");
	is_u64(json_object_size(hooks), LOSS_COUNT, "each reason of loss");
	is_str(str(hooks, "unread"), "lost", "a packet");
	is_str(str(hooks, "wake_unknown"), "detail", "a detail of it");
	is_str(str(hooks, "sampled"), "left_out", "or what was asked for");
	is_str(str(l.line[1], "reason"), "interrupted", "reason");
	is_u64(num(l.line[1], "pending"), 2, "totals");
	ok(!json_object_get(l.line[1], "tx"), "nothing of a direction that was not measured");
	hooks = json_object_get(json_object_get(l.line[2], "hooks"), "tx");
	is_u64(json_object_size(hooks), 1, "hooks of the protocol that is measured");
	is_u64(json_object_size(json_object_get(hooks, "tcp")), TXP_COUNT, "for each point");
	is_u64(num(json_object_get(l.line[3], "tx"), "seen"), 5, "totals of what was sent");
	ok(!json_object_get(json_object_get(l.line[3], "tx"), "undelivered"), "all was delivered");
	drop(&l);
	snapshot_free(total);
}

/* Read the buckets back into a histogram. */
static void read_buckets(const json_t *stage, struct hist *h)
{
	json_t *pair;
	size_t i;

	memset(h, 0, sizeof(*h));
	json_array_foreach(json_object_get(stage, "buckets"), i, pair)
	{
		json_t *le = json_array_get(pair, 0);
		unsigned b = json_is_null(le) ? HIST_OVERFLOW
					      : hist_bucket((__u64)json_integer_value(le));

		h->count[b] += (__u64)json_integer_value(json_array_get(pair, 1));
	}
	h->sum = num(stage, "sum_ns");
	h->max = num(stage, "max_ns");
}

static void test_stages(void)
{
	struct run_info ri = sample_run();
	struct text_opts o = {.sort_stage = RXS_TOTAL};
	struct snapshot *s = snapshot_new();
	struct hist *h = &s->hist[NS_RX][NS_TCP][RXS_IP], back;
	struct lines l;
	json_t *stage, *lost;

	for (unsigned b = 0; b < HIST_BUCKETS; b++) /* every bucket, by its bound */
		sample_add(h, b == HIST_OVERFLOW ? 1ULL << 40 : hist_upper(b), b + 1);
	sample_add(&s->hist[NS_RX][NS_TCP][RXS_APPLICATION], 1000, 4);
	sample_add(&s->hist[NS_RX][NS_TCP][RXS_APPLICATION], 7000, 1);
	sample_add(&s->hist[NS_RX][NS_TCP][RXH_NOT_FIRST], 1000, 3);
	sample_add(&s->hist[NS_RX][NS_TCP][RXH_NOT_LAST], 7000, 1);
	sample_add(&s->hist[NS_RX][NS_TCP][RXH_NOT_LAST], 1000, 2);
	s->ledger[NS_RX].undelivered = ~0ULL;
	s->interval_ns = 1000000000;
	snapshot_lines(&l, s, &ri, &o);

	is_u64(count(&l, "stage"), 2 * RXS_COUNT + 2, "each stage, hol, total; tcp: two per copy");
	stage = find(&l, "stage", "tcp", "ip");
	read_buckets(stage, &back);
	ok(!memcmp(&back, h, sizeof(back)), "all buckets, sum and max make the round trip");
	ok(json_is_null(json_array_get(
		   json_array_get(json_object_get(stage, "buckets"), HIST_OVERFLOW), 0)),
	   "the overflow bucket has no bound");
	is_u64(num(stage, "n"), hist_n(h), "n");
	is_u64(num(stage, "interval_ns"), s->interval_ns, "interval");
	hist_quantile(h, 0.999, &back.sum);
	is_u64(num(stage, "p999_ns"), back.sum, "p999");
	ok(!json_object_get(stage, "final"), "not final");
	stage = find(&l, "stage", "tcp", "read_oldest");
	is_u64(num(stage, "n"), 2, "oldest: one per copy");
	is_u64(num(stage, "max_ns"), 7000, "oldest: its maximum");
	stage = find(&l, "stage", "tcp", "read_newest");
	is_u64(num(stage, "n"), 2, "newest: one per copy");
	is_u64(num(stage, "sum_ns"), 2000, "newest: its sum");
	stage = find(&l, "stage", "udp", "total");
	ok(stage && num(stage, "n") == 0 && json_is_null(json_object_get(stage, "p50_ns")),
	   "without samples: n 0, and no percentiles");
	is_u64(num(find(&l, "ledger", NULL, NULL), "undelivered"), ~0ULL >> 1,
	       "what JSON cannot hold is cut, not made negative");
	lost = json_object_get(find(&l, "ledger", NULL, NULL), "lost");
	is_u64(json_object_size(lost), LOSS_COUNT, "every reason of a loss, also at 0");
	drop(&l);
	snapshot_free(s);
}

static void test_merged(void)
{
	struct run_info ri = sample_run();
	struct text_opts o = {.sort_stage = RXS_TOTAL};
	struct snapshot *s = snapshot_new();
	struct lines l;
	json_t *covers;

	ri.points[NS_RX][NS_TCP] &= ~(1U << RXP_IP);
	ri.points[NS_RX][NS_UDP] = 0;
	s->final = true;
	snapshot_lines(&l, s, &ri, &o);
	ok(!find(&l, "stage", "udp", NULL), "a protocol without hooks is left out");
	ok(!find(&l, "stage", "tcp", "stack"), "a stage without hooks too");
	covers = json_object_get(find(&l, "stage", "tcp", "ip"), "covers");
	is_u64(json_array_size(covers), 2, "the next one covers it");
	is_str(json_string_value(json_array_get(covers, 0)), "stack", "by name");
	ok(json_is_true(json_object_get(find(&l, "stage", "tcp", "ip"), "final")), "final stage");
	ok(json_is_true(json_object_get(find(&l, "ledger", NULL, NULL), "final")), "and ledger");
	drop(&l);
	snapshot_free(s);
}

static void test_connections(void)
{
	struct run_info ri = sample_run();
	struct text_opts o = {.connections = 2, .sort_key = SORT_MAX, .sort_stage = RXS_TOTAL};
	struct snapshot *s = snapshot_new();
	json_t *c, *rx, *app;
	struct lines l;

	s->n_conns = 3;
	s->conns = calloc(3, sizeof(*s->conns));
	sample_conn(&s->conns[0], NS_TCP, 2, 2000, 100);
	sample_conn(&s->conns[1], NS_UDP, 3, 30, 90000);
	sample_conn(&s->conns[2], NS_TCP, 4, 5, 1000);
	memset(s->conns[1].comm, 0xe2, COMM_LEN);
	snapshot_lines(&l, s, &ri, &o);
	is_u64(count(&l, "connection"), 2, "as many as asked for");
	c = find(&l, "connection", NULL, NULL);
	is_str(str(c, "proto"), "udp", "the slowest first");
	is_str(str(c, "local"), "2001:db8::1", "local");
	is_u64(num(c, "local_port"), 53, "port");
	is_u64(num(c, "remote_port"), 0, "no peer");
	is_str(str(c, "comm"), "????????????????", "a name that is no text");
	rx = json_object_get(c, "rx");
	is_u64(num(rx, "n"), 30, "n");
	is_u64(num(rx, "max_ns"), 810000, "max");
	ok(num(rx, "p50_ns") && json_is_null(json_object_get(rx, "p99_ns")), "p50, no p99");
	app = json_object_get(json_object_get(rx, "stages"), "application");
	is_u64(num(app, "sum_ns"), 30 * 540000, "a stage");
	is_u64(json_object_size(json_object_get(rx, "stages")), RXS_TOTAL, "all of them");
	drop(&l);
	snapshot_free(s);
}

static void test_blame(void)
{
	struct run_info ri = sample_run();
	struct ns_event e = sample_event();
	char *text = NULL;
	json_t *o, *blame;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	e.flags |= PKT_WAY(WAY_KSOFTIRQD) | PKT_WAY(WAY_OTHER_THREAD);
	e.runqueue_blame =
		(struct blame){.ns = 18000, .pid = 567, .kind = BLAME_TASK, .comm = "stress-ng"};
	e.softirq_blame = (struct blame){.ns = 9, .pid = 77, .kind = BLAME_SOFTIRQ};
	ok(!json_packet(f, &e, &ri), "a packet with blame");
	fclose(f);
	o = json_loads(text, 0, NULL);
	blame = json_object_get(o, "blame");
	is_str(str(json_object_get(blame, "runqueue"), "name"), "stress-ng", "a task");
	is_u64(num(json_object_get(blame, "runqueue"), "ns"), 18000, "how long");
	is_str(str(json_object_get(blame, "softirq_wait"), "name"), "?", "no such softirq");
	is_u64(json_array_size(json_object_get(o, "flags")), 4, "ways are flags");
	json_decref(o);
	free(text);
}

static void test_packets(void)
{
	enum { ROUNDS = 3000 };
	struct run_info ri = sample_run();
	unsigned wrong = 0, hol = 0, nulls = 0;

	for (unsigned round = 0; round < ROUNDS; round++) {
		struct ns_event e = sample_event();
		__u64 sum = 0, first = 0;
		json_t *o, *part, *stages;
		const char *name;
		char *text = NULL;
		size_t len;
		FILE *f = open_memstream(&text, &len);

		e.flow.proto = round % NS_PROTOS;
		e.flags = (__u16)(rnd() % 16);
		ri.points[NS_RX][round % NS_PROTOS] = (__u32)(rnd() % (ALL_POINTS + 1));
		for (unsigned i = 1; i < RXP_COUNT; i++)
			e.t[i] = e.t[i - 1] + rnd_log(45);
		for (unsigned i = RXP_STACK + 1; i-- > 0;)
			if (i == RXP_STACK || ri.points[NS_RX][round % NS_PROTOS] & 1U << i)
				first = e.t[i];
		if (round % 50 == 0)
			e.t[RXP_READ] = e.t[RXP_STACK] - 1;
		wrong += json_packet(f, &e, &ri) != 0;
		fclose(f);
		o = json_loads(text, 0, NULL);
		stages = json_object_get(o, "stages");
		json_object_foreach(stages, name, part) sum += (__u64)json_integer_value(part);
		if (round % 50 == 0) {
			nulls += json_is_null(json_object_get(o, "total_ns")) &&
				 json_object_size(stages) == 0;
		} else {
			wrong += num(o, "total_ns") != sum || sum != e.t[RXP_READ] - first;
			hol += !json_object_get(stages, "hol") != !(e.flags & PKT_OOO);
		}
		wrong += !o || text[len - 1] != '\n' || strchr(text, '\n') != text + len - 1;
		json_decref(o);
		free(text);
	}
	is_u64(wrong, 0, "any points and flags: the stages add up to total_ns");
	is_u64(hol, 0, "hol only for packets out of order");
	is_u64(nulls, ROUNDS / 50, "stamps out of order: null, and no stages");
}

static void test_errors(void)
{
	struct run_info ri = sample_run();
	FILE *f = fopen("/dev/full", "w");

	if (!f) {
		skip("a full disk is noticed", "no /dev/full");
		return;
	}
	ok(json_start(f, &ri) < 0, "a full disk is noticed");
	fclose(f);
}

/* In a line of history, where each interval has one: those that ran, and not too many. */
static void test_history_cpus(unsigned n_cpus, unsigned want, unsigned left_out)
{
	struct run_info ri = sample_run();
	struct snapshot *s = snapshot_new();
	json_t *list, *first;
	struct lines l;
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (n_cpus)
		s->softirqs = sample_cpus(n_cpus);
	is_u64((unsigned)json_history(f, s, &ri), 0, "written");
	fclose(f);
	parse(&l, text);
	list = json_object_get(l.line[0], "cpus");
	first = json_array_get(list, 0);
	ok(!list == !n_cpus, "history has CPUs where they are measured");
	is_u64(json_array_size(list), want, "those that ran");
	is_u64(num(l.line[0], "cpus_left_out"), left_out, "and how many more did");
	if (want) {
		is_u64(num(first, "cpu"), n_cpus - 1, "the longest delay first");
		is_u64(num(json_object_get(first, "delay"), "max_ns"), 23000000, "its delay");
	}
	drop(&l);
	free(text);
	snapshot_free(s);
}

static const json_t *cpu_at(const struct lines *l, size_t i)
{
	return json_array_get(json_object_get(l->line[0], "cpus"), i);
}

static void test_cpus(void)
{
	struct run_info ri = sample_run();
	struct snapshot *s = snapshot_new();
	struct text_opts o = {.connections = 0};
	const json_t *rx, *delay;
	struct lines l;
	char *text;
	size_t len;
	FILE *f;

	memset(ri.points, 0, sizeof(ri.points));
	s->softirqs = sample_cpus(4);
	f = open_memstream(&text, &len);
	is_u64((unsigned)json_snapshot(f, s, &ri, &o), 0, "written");
	fclose(f);
	parse(&l, text);
	is_u64(l.n, 1, "one line of all CPUs");
	is_str(str(l.line[0], "type"), "cpus", "its type");
	is_u64(num(l.line[0], "program_misses"), 3, "what was not seen");
	is_u64(json_array_size(json_object_get(l.line[0], "cpus")), 4, "but for those offline");
	is_u64(num(cpu_at(&l, 0), "squeezed"), 0, "an idle one is there");
	ok(json_is_null(json_object_get(cpu_at(&l, 2), "squeezed")), "not told");
	is_u64(num(cpu_at(&l, 3), "squeezed"), 6, "told");
	is_u64(num(cpu_at(&l, 3), "packets"), 9600, "packets");
	rx = json_object_get(cpu_at(&l, 3), "net_rx");
	is_u64(num(rx, "runs"), 1200, "runs");
	is_u64(num(rx, "run_ns"), 1200 * 12000, "time in them");
	is_u64(num(rx, "ksoftirqd"), 300, "in ksoftirqd");
	delay = json_object_get(rx, "delay");
	is_u64(num(delay, "n"), 1189, "delays");
	is_u64(num(delay, "max_ns"), 23000000, "the longest");
	is_u64(num(delay, "p99_ns"), 106496, "p99");
	ok(json_is_null(json_object_get(
		   json_object_get(json_object_get(cpu_at(&l, 3), "net_tx"), "delay"), "p50_ns")),
	   "too few for a median");
	drop(&l);
	free(text);
	snapshot_free(s);
}

int main(void)
{
	test_start_end();
	test_stages();
	test_merged();
	test_connections();
	test_blame();
	test_cpus();
	test_history_cpus(0, 0, 0);
	test_history_cpus(4, 3, 0);
	test_history_cpus(100, 64, 35);
	test_packets();
	test_errors();
	return done();
}
