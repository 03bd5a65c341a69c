// SPDX-License-Identifier: GPL-2.0-only
/* The Prometheus page: golden files, bounds, cardinality, and docs/metrics.md against it. */
#include <math.h>
#include <stdlib.h>

#include "names.h"
#include "prom_write.h"
#include "prometheus.h"
#include "scene.h"
#include "softirq_sample.h"

static char *page_of(const struct snapshot *s, const struct run_info *ri, const struct prom_opts *o)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	is_u64((unsigned)prometheus_write(f, s, ri, o), 0, "written");
	fclose(f);
	return text;
}

/* The value of a series, as text up to the end of the line; "" if it is not there. */
static const char *value_of(const char *page, const char *series)
{
	static char value[512];
	size_t len = strlen(series);

	value[0] = '\0';
	for (const char *line = page; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, series, len) && line[len] == ' ') {
			snprintf(value, sizeof(value), "%.*s", (int)strcspn(line + len + 1, "\n"),
				 line + len + 1);
			break;
		}
	}
	return value;
}

static unsigned count_series(const char *page)
{
	unsigned n = 0;

	for (const char *line = page; *line; line += strcspn(line, "\n") + 1)
		n += *line != '#';
	return n;
}

/* Without the buckets that have neither a meaning of their own nor an exemplar. */
static void shorten(char *page)
{
	char *to = page;

	for (const char *line = page, *next; *line; line = next) {
		size_t len = strcspn(line, "\n") + 1;
		char *copy = strndup(line, len);

		next = line + len;
		if (!strstr(copy, "_bucket{") || strstr(copy, "+Inf") || strstr(copy, " # {")) {
			memmove(to, line, len);
			to += len;
		}
		free(copy);
	}
	*to = '\0';
}

static void set_tables(struct snapshot *s)
{
	static struct qdisc qdiscs[] = {
		{.dev = "eth0", .kind = "fq", .n = 1000, .sum = 1500000000, .edt = 500000000},
		{.dev = "eth1", .kind = "fq", .n = 10, .requeues = 2, .sum = 7},
		{.dev = "veth0", .kind = "noqueue", .bypassed = 99},
		{.dev = "eth2", .kind = "pfifo_fast", .n = 5, .backlog_packets = QDISC_NONE}};
	static struct drop_count drops[3] = {
		{{.dir = NS_TX, .stage = TXS_QDISC, .reason = 5, .ifindex = 2}, {.n = 3}},
		{{.dir = NS_TX, .stage = TXS_QDISC, .reason = 5, .ifindex = 3}, {.n = 4}},
		{{.dir = NS_RX, .stage = RXS_IP, .reason = 0}, {.n = 1}}};

	s->qdiscs = malloc(sizeof(qdiscs));
	s->drops = malloc(sizeof(drops));
	memcpy(s->qdiscs, qdiscs, sizeof(qdiscs));
	memcpy(s->drops, drops, sizeof(drops));
	s->n_qdiscs = sizeof(qdiscs) / sizeof(*qdiscs);
	s->n_drops = 3;
	s->causes[CAUSE_NAGLE] = (struct cause_time){.n = 12, .sum = 480000001};
	s->ledger[NS_TX] = (struct ledger){.seen = 50, .taken = 40, .lost = {[LOSS_DROPPED] = 7}};
	sample_add(&s->hist[NS_TX][NS_TCP][TXH_RESENT], 210000000, 2);
	sample_add(&s->hist[NS_TX][NS_TCP][TXS_NETWORK], 40000000, 38);
	sample_conn_sends(&s->conns[0], 500, 4000);
	snprintf(s->conns[2].comm, sizeof(s->conns[2].comm), "a\"b\\c");
}

static void test_golden(void)
{
	struct run_info ri = sample_run_both();
	struct snapshot *s = sample_snapshot();
	struct ns_event packets[] = {sample_event(), sample_sent(), sample_local(),
				     sample_dropped()};
	struct prom_opts o = {.connections = 3,
			      .netstacklat = true,
			      .self = {.cpu_ns = 1234567890, .resident_bytes = 9 << 20},
			      .packets = packets,
			      .n_packets = 4};
	char *page;

	for (int d = 0; d < NS_DIRS; d++)
		ri.points[d][NS_UDP] = 0;
	set_tables(s);
	s->softirqs = sample_cpus(4);
	page = page_of(s, &ri, &o);
	ok(!strstr(page, " # {") && !strstr(page, "# EOF"),
	   "plain text has neither exemplars nor an end");
	is_str(value_of(page, "netstrata_dropped_packets_total{dir=\"tx\",stage=\"qdisc\",reason="
			      "\"QDISC_DROP\"}"),
	       "7", "drops of one reason at two devices are one series");
	shorten(page);
	golden("prometheus", page);
	free(page);

	o.openmetrics = true;
	page = page_of(s, &ri, &o);
	shorten(page);
	golden("openmetrics", page);
	free(page);
	snapshot_free(s);
}

/* Every bound of the page is one of the histogram, so that no count is a guess. */
static void test_bounds(void)
{
	struct prom p;
	unsigned bad = 0;

	prom_begin(&p, NULL, false);
	for (unsigned i = PROM_LE_FIRST; i < PROM_LES; i++) {
		__u64 ns = (__u64)llround(strtod(p.le[i], NULL) * 1e9);

		bad += ns != 1ULL << i || hist_upper(hist_bucket(ns)) != ns ||
		       prom_le_of(ns) != i || prom_le_of(ns + 1) != i + 1;
	}
	is_u64(bad, 0, "all bounds are bounds of the histogram");
	is_str(p.le[10], "1.024e-06", "the form of a small bound");
	is_str(p.le[20], "0.001048576", "the form of a middle bound");
	is_u64(prom_le_of(0), PROM_LE_FIRST, "0 ns is in the first");
	is_u64(prom_le_of(~0ULL), PROM_LES, "a huge one in +Inf");
}

/* The cumulative counts, against the samples themselves. */
static void test_counts(void)
{
	static const __u64 samples[] = {0,	     1,		  255,	    256,    257,
					511,	     512,	  70000,    131072, 131073,
					17179869184, 17179869185, ~0ULL / 2};
	struct run_info ri = sample_run();
	struct snapshot *s = snapshot_new();
	struct hist *h = &s->hist[NS_RX][NS_UDP][RXS_TOTAL];
	struct prom_opts o = {.openmetrics = false};
	char *page, name[128], want[32];
	unsigned bad = 0;
	struct prom p;

	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		h->count[hist_bucket(samples[i])]++;
	h->sum = 1500000000000000001ULL; /* more digits than a double holds */
	page = page_of(s, &ri, &o);
	prom_begin(&p, NULL, false);
	for (unsigned i = PROM_LE_FIRST; i < PROM_LES; i++) {
		unsigned n = 0;

		for (size_t k = 0; k < sizeof(samples) / sizeof(samples[0]); k++)
			n += samples[k] <= 1ULL << i;
		snprintf(name, sizeof(name),
			 "netstrata_rx_duration_seconds_bucket{proto=\"udp\",le=\"%s\"}", p.le[i]);
		snprintf(want, sizeof(want), "%u", n);
		bad += strcmp(value_of(page, name), want) != 0;
	}
	is_u64(bad, 0, "each bucket counts the samples up to its bound");
	is_str(value_of(page, "netstrata_rx_duration_seconds_bucket{proto=\"udp\",le=\"+Inf\"}"),
	       "13", "+Inf counts all");
	is_str(value_of(page, "netstrata_rx_duration_seconds_count{proto=\"udp\"}"), "13",
	       "so does _count");
	is_str(value_of(page, "netstrata_rx_duration_seconds_sum{proto=\"udp\"}"),
	       "1500000000.000000001", "the sum to the last digit");
	free(page);
	o.netstacklat = true;
	ri.points[NS_RX][NS_UDP] = 1U << RXP_STACK | 1U << RXP_READY | 1U << RXP_READ;
	page = page_of(s, &ri, &o);
	bad = 0;
	for (unsigned i = 0; i < PROM_LES; i++) { /* 1 ns, 2 ns, ... as netstacklat's */
		unsigned n = 0;

		for (size_t k = 0; k < sizeof(samples) / sizeof(samples[0]); k++)
			n += samples[k] <= 1ULL << i;
		snprintf(name, sizeof(name),
			 "netstack_latency_seconds_bucket{hook=\"udp-socket-read\",le=\"%s\"}",
			 p.le[i]);
		snprintf(want, sizeof(want), "%u", n);
		bad += strcmp(value_of(page, name), want) != 0;
	}
	is_u64(bad, 0, "netstacklat's buckets, all 35 of them");
	free(page);
	snapshot_free(s);
}

static void fill_tables(struct snapshot *s, unsigned n)
{
	s->drops = calloc(n, sizeof(*s->drops));
	s->qdiscs = calloc(n, sizeof(*s->qdiscs));
	s->conns = calloc(n, sizeof(*s->conns));
	s->n_drops = s->n_qdiscs = s->n_conns = n;
	for (unsigned i = 0; i < n; i++) {
		s->drops[i].key.reason = i;
		s->drops[i].drop.n = 1;
		s->qdiscs[i].n = 1;
		snprintf(s->qdiscs[i].kind, KIND_LEN, "kind%u", i);
		sample_conn(&s->conns[i], NS_TCP, 2, 1 + i, 100);
		s->conns[i].row = i;
	}
}

/* Who has a series keeps it, whatever comes later, and "other" never takes over a past. */
static void test_known(void)
{
	struct run_info ri = sample_run_both();
	struct snapshot *s = snapshot_new();
	struct prom_known known = {.n_drops = 0};
	struct prom_opts o = {.known = &known};
	char *page;

	fill_tables(s, 65);
	for (unsigned i = 0; i < 64; i++)
		s->drops[i].key.reason = 100 + i;
	s->n_drops = 64;
	s->n_qdiscs = 16;
	prom_know(&known, s);
	s->drops[64].key.reason = 5; /* before all others in any order */
	s->drops[64].drop.n = 7;
	s->qdiscs[64] = s->qdiscs[0];
	memcpy(s->qdiscs[0].kind, "another", sizeof("another"));
	s->n_drops = s->n_qdiscs = 65;
	prom_know(&known, s);
	page = page_of(s, &ri, &o);
	is_str(value_of(page, "netstrata_dropped_packets_total{dir=\"rx\",stage=\"irq\","
			      "reason=\"reason 0xa3\"}"),
	       "1", "a reason keeps its series");
	is_str(value_of(page, "netstrata_dropped_packets_total{reason=\"other\"}"), "7",
	       "another that comes later gets none");
	is_str(value_of(page, "netstrata_qdisc_packets_total{kind=\"kind0\"}"), "1",
	       "so do kinds of queueing disciplines");
	is_str(value_of(page, "netstrata_qdisc_packets_total{kind=\"other\"}"), "49",
	       "those that come later are summed up");
	free(page);
	snapshot_free(s);
}

static void test_cardinality(void)
{
	struct run_info ri = sample_run_both();
	struct snapshot *s = snapshot_new();
	struct anomaly_counts counts = {.untracked = 1};
	struct prom_opts o = {.netstacklat = true, .anomalies = &counts};
	unsigned n, empty;
	char *page;

	for (unsigned d = 0; d < NS_DIRS; d++)
		for (unsigned pr = 0; pr < NS_PROTOS; pr++)
			for (unsigned p = 0; p < dirs[d].n_points; p++)
				ri.hooks[d][pr][p] = "tp_btf/something";
	page = page_of(s, &ri, &o);
	empty = count_series(page);
	free(page);
	fill_tables(s, 1000);
	s->softirqs = sample_cpus(1000);
	page = page_of(s, &ri, &o);
	n = count_series(page);
	printf("# %u series with nothing counted, at most %u\n", empty, n);
	ok(n < 2000, "fewer than 2000 series, whatever there is");
	is_str(value_of(page, "netstrata_dropped_packets_total{reason=\"other\"}"), "936",
	       "further reasons of drops are summed up");
	is_str(value_of(page, "netstrata_qdisc_packets_total{kind=\"other\"}"), "984",
	       "further kinds of queueing disciplines too");
	is_str(value_of(page, "netstrata_softirq_rx_runs_total{cpu=\"31\"}"), "12400",
	       "a CPU with series of its own");
	is_str(value_of(page, "netstrata_softirq_rx_runs_total{cpu=\"other\"}"), "199601600",
	       "further CPUs are summed up");
	free(page);

	o.connections = 100;
	page = page_of(s, &ri, &o);
	is_u64(count_series(page) - n, 100 * 5,
	       "a connection has five series (no srtt: four more are rare)");
	ok(strstr(page, "id=\"999-1\"") && !strstr(page, "id=\"1-1\""), "those with most packets");
	free(page);
	snapshot_free(s);
}

/* The longest addresses there are, and nothing that breaks a line. */
static void test_exemplar_labels(void)
{
	struct ns_event e = sample_event();
	struct run_info ri = sample_run();
	struct snapshot *s = snapshot_new();
	struct prom_opts o = {.openmetrics = true, .packets = &e, .n_packets = 1};
	const char *x;
	char *page;
	size_t len;

	sample_flow(&e.flow, NS_TCP, 7);
	e.pid = 4194304;
	e.flow.local_port = e.flow.remote_port = 65535;
	memset(e.flow.local, 0xab, 16);
	page = page_of(s, &ri, &o);
	x = strstr(page, " # {");
	len = x ? strcspn(x + 4, "}") : 0;
	/* less the signs that are not counted: = and two quotes for each of three, two commas */
	ok(x && len - 11 <= 128, "the labels of an exemplar have %zu characters", len - 11);
	free(page);
	e.dir = 77; /* any content is safe */
	e.flow.proto = 200;
	page = page_of(s, &ri, &o);
	ok(!strstr(page, " # {"), "a record that makes no sense is no example");
	free(page);
	snapshot_free(s);
}

/* docs/metrics.md has each family in backticks at the start of a row, and no other. */
static void test_docs(void)
{
	const char *path = getenv("METRICS_MD");
	char *docs = read_file(path ? path : "docs/metrics.md"), *page, name[128];
	struct run_info ri = sample_run_both();
	struct snapshot *s = sample_snapshot();
	struct anomaly_counts counts = {.active = {[ANOMALY_STAGE] = 2}};
	struct prom_opts o = {.connections = 1, .netstacklat = true, .anomalies = &counts};
	unsigned there = 0, rows = 0;

	s->softirqs = sample_cpus(2);
	s->n_hws = 1;
	page = page_of(s, &ri, &o);
	for (const char *p = page; (p = strstr(p, "# TYPE ")); p++) {
		snprintf(name, sizeof(name), "\n| `%.*s` |", (int)strcspn(p + 7, " "), p + 7);
		ok(strstr(docs, name) != NULL, "docs/metrics.md has %.*s", (int)strlen(name) - 6,
		   name + 3);
		there++;
	}
	for (const char *p = docs; (p = strstr(p, "\n| `")); p++)
		rows++;
	is_u64(rows, there, "and nothing that is not there");
	ok(strstr(page, "\nnetstrata_anomalies_active{scope=\"stage\"} 2\n") != NULL,
	   "anomalies by scope");
	free(page);
	free(docs);
	snapshot_free(s);
}

int main(void)
{
	use_utc();
	test_golden();
	test_bounds();
	test_counts();
	test_known();
	test_cardinality();
	test_exemplar_labels();
	test_docs();
	(void)test_scene;
	(void)longest_line;
	return done();
}
