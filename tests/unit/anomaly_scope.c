// SPDX-License-Identifier: GPL-2.0-only
/* Anomalies of stages and queueing disciplines, the examples, and what a past is. */
#include "anomaly_output.h"
#include "anomaly_parts.h"
#include "anomaly_sample.h"
#include "cause_text.h"
#include "softirq_model.h"

/* ---- a past, against the plain way to compute it ----------------------------------------------
 */

static int by_value(const void *va, const void *vb)
{
	const __u32 *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

static __u32 plain_median(const __u32 *v, unsigned n, bool upper)
{
	__u32 w[USUAL_HISTORY];

	memcpy(w, v, n * sizeof(*w));
	qsort(w, n, sizeof(*w), by_value);
	return n & 1 || upper ? w[n / 2] : (w[n / 2 - 1] + w[n / 2]) / 2;
}

static void test_usual(void)
{
	unsigned medians = 0, deviations = 0;

	for (unsigned run = 0; run < 300; run++) {
		__u32 all[100], distances[USUAL_HISTORY], spread = 1 + (__u32)rnd_log(14);
		struct usual u = {0};

		for (unsigned i = 0; i < 100; i++) {
			unsigned n = i + 1 < USUAL_HISTORY ? i + 1 : USUAL_HISTORY;
			const __u32 *v = all + i + 1 - n;
			__u32 median;

			all[i] = 10000 + (__u32)(rnd() % spread);
			usual_add(&u, all[i]);
			median = plain_median(v, n, false);
			for (unsigned k = 0; k < n; k++)
				distances[k] = v[k] > median ? v[k] - median : median - v[k];
			medians += usual_median(&u) != median;
			deviations += usual_deviation(&u) !=
				      (__u32)(1.4826 * plain_median(distances, n, true));
		}
	}
	is_u64(medians, 0, "the median of the latest 32 values");
	is_u64(deviations, 0, "and the median distance to it");
	for (unsigned e = 0; e < 40; e++)
		medians += level_of(1ULL << e) != e * OCTAVE;
	is_u64(medians, 0, "levels of powers of two");
	ok(level_of(0) == 0 && level_of(3000) > level_of(2999) - 1 &&
		   level_of(3000) < level_of(3500),
	   "and between them");
	ok(level_ns(level_of(1000000)) > 930000 && level_ns(level_of(1000000)) < 1070000,
	   "and back");
}

/* ---- stages -------------------------------------------------------------------------------------
 */

static void stage_fill(struct snapshot *s, unsigned stage, unsigned n, double ns)
{
	struct hist *h = &s->hist[NS_RX][NS_TCP][stage];

	memset(h, 0, sizeof(*h));
	while (n--)
		h->count[hist_bucket((__u64)(ns * log_normal()))]++;
}

static __u64 steady_stages(unsigned packets)
{
	struct anomalies *a = anomalies_for(4);
	struct snapshot *s = snapshot_new();
	__u64 n;

	for (unsigned t = 0; t < 3600; t++) {
		for (unsigned i = 0; i < RXS_TOTAL; i++)
			stage_fill(s, i, packets, (1 + i) * 3 * US);
		s->mono_ns += SECOND;
		anomalies_interval(a, s, false);
	}
	n = alarms(a);
	snapshot_free(s);
	anomalies_free(a);
	return n;
}

static void test_stages(void)
{
	struct anomalies *a = anomalies_for(4);
	struct snapshot *s = snapshot_new();
	unsigned found = 0;

	for (unsigned t = 0; t < 60; t++) {
		stage_fill(s, RXS_TRANSPORT, 60, 40 * US);
		stage_fill(s, RXS_RUNQUEUE, 60, (t >= 40 && t < 50 ? 100 : 20) * US);
		stage_fill(s, RXS_TOTAL, 60, (t >= 40 && t < 50 ? 100 : 20) * US);
		s->mono_ns += SECOND;
		anomalies_interval(a, s, false);
		if (!found && alarms(a))
			found = t;
	}
	ok(alarms(a) == 1 && anomalies_counts(a)->total[ANOMALY_STAGE] == 1, "one anomaly");
	ok(found >= 41 && found <= 42, "a stage 5 times as slow is found within 3 intervals");
	ok(anomalies_at(a, 0)->stage == RXS_RUNQUEUE && anomalies_at(a, 0)->dir == NS_RX &&
		   anomalies_at(a, 0)->proto == NS_TCP,
	   "and named; the total is not told with it");
	ok(anomalies_at(a, 0)->end == ANOMALY_OVER, "and over");
	snapshot_free(s);
	anomalies_free(a);
	is_u64(steady_stages(60), 0, "an hour of steady stages");
	is_u64(steady_stages(7), 0, "and of few packets");
}

/* ---- queueing disciplines
 * ------------------------------------------------------------------------- */

static struct qdisc qdisc_of(__u64 key, unsigned n, double mean_ns)
{
	struct qdisc q = {.key = key, .n = n, .ifindex = 3, .handle = 0x80010000};

	memcpy(q.dev, "eth0", 5);
	memcpy(q.kind, "fq", 3);
	while (n--)
		q.sum += (__u64)(mean_ns * log_normal());
	return q;
}

static void test_qdiscs(void)
{
	struct anomalies *a = anomalies_for(4);
	struct qdisc q[2];
	struct snapshot s = {.qdiscs = q, .n_qdiscs = 2};
	struct ns_event e = sample_sent();

	e.flow.netns = 0;
	for (unsigned t = 0; t < 3600; t++) {
		q[0] = qdisc_of(1, 30, 100 * US);
		q[1] = qdisc_of(2, 30, 100 * US);
		s.mono_ns += SECOND;
		anomalies_interval(a, &s, false);
	}
	is_u64(alarms(a), 0, "an hour of steady queues");
	for (unsigned t = 0; t < 2; t++) {
		q[1] = qdisc_of(2, 30, 1000 * US);
		s.mono_ns += SECOND;
		anomalies_packet(a, &e);
		anomalies_interval(a, &s, false);
	}
	ok(anomaly_active(anomalies_counts(a)) == 1 && anomalies_at(a, 0)->qdisc.key == 2,
	   "one that is ten times as slow, in its second interval");
	ok(anomalies_at(a, 0)->has_example, "with a packet that waited in it");
	anomalies_free(a);
}

/* ---- CPUs ---------------------------------------------------------------------------------------
 */

static void cpu_fill(struct snapshot *s, unsigned cpu, unsigned n, double ns, double (*draw)(void))
{
	struct hist *h = &s->softirqs->rows[cpu].vec[SI_RX].delay;

	memset(h, 0, sizeof(*h));
	while (n--)
		h->count[hist_bucket((__u64)(ns * draw()))]++;
}

/* Alarms of an hour of two CPUs, n delays in each interval. */
static __u64 steady_cpus(unsigned n, double (*draw)(void))
{
	struct anomalies *a = anomalies_for(4);
	struct snapshot *s = snapshot_new();
	__u64 told;

	s->softirqs = softirq_new(2, 0);
	for (unsigned t = 0; t < 3600; t++) {
		cpu_fill(s, 0, n, 2 * US, draw);
		cpu_fill(s, 1, n, 40 * US, draw);
		s->mono_ns += SECOND;
		anomalies_interval(a, s, false);
	}
	told = alarms(a);
	snapshot_free(s);
	anomalies_free(a);
	return told;
}

/* A packet that waited so long for CPU 2, and 3 ms for another one that was missing. */
static struct ns_event waited(__u64 ns)
{
	struct ns_event e = sample_event();

	e.cpu = 2;
	e.t[RXP_RAISE] = e.t[RXP_SOFTIRQ] - ns;
	e.t[RXP_IRQ] = e.t[RXP_RAISE] - 1000;
	return e;
}

/* The cause of an anomaly's wait, "?" without one. */
static const char *rule_of(const struct anomaly *x, const struct run_info *ri)
{
	struct cause c;

	return anomaly_cause(x, ri, &c) ? c.rule->name : "?";
}

static void test_cpus(void)
{
	struct run_info ri = sample_run();
	struct anomalies *a = anomalies_new(4, &ri);
	struct snapshot *s = snapshot_new();
	struct ns_event as_usual = waited(1500), longer = waited(29000), long_one = waited(31000);
	char why[CAUSE_TEXT_LEN];
	const struct anomaly *x;
	unsigned found = 0;

	long_one.flags |= PKT_WAY(WAY_KSOFTIRQD);
	s->softirqs = softirq_new(3, 0);
	for (unsigned t = 0; t < 60; t++) {
		bool slow = t >= 40 && t < 50;

		if (t >= 40 && t < 46)
			anomalies_packet(a, &as_usual);
		if (t == 45) {
			is_u64(anomalies_at(a, 0)->has_example, 0,
			       "what was slow for another reason is no example");
			anomalies_packet(a, &long_one);
			anomalies_packet(a, &longer);
		}

		cpu_fill(s, 0, 60, (slow ? 4 : 1) * 20 * US,
			 log_normal); /* not as slow as it takes */
		cpu_fill(s, 1, 60, (slow ? 30 : 1) * US / 10,
			 log_normal); /* nothing worth telling */
		cpu_fill(s, 2, 60, (slow ? 15 : 1) * 2 * US, log_normal);
		s->mono_ns += SECOND;
		anomalies_interval(a, s, false);
		if (!found && alarms(a))
			found = t;
	}
	ok(alarms(a) == 1 && anomalies_counts(a)->total[ANOMALY_CPU] == 1, "one CPU");
	ok(found >= 42 && found <= 43, "15 times as slow is found in the third interval or so");
	ok(anomalies_at(a, 0)->cpu == 2 && anomalies_at(a, 0)->stage == RXS_SOFTIRQ_WAIT &&
		   anomalies_at(a, 0)->end == ANOMALY_OVER,
	   "and named, and over");
	x = anomalies_at(a, 0);
	ok(x->has_example && x->example.t[RXP_RAISE] == long_one.t[RXP_RAISE],
	   "with the packet that waited longest for it");
	is_str(rule_of(x, &ri), "ksoftirqd", "and why it waited, not what was slower still");
	is_str(anomaly_why(x, &ri, false, why, sizeof(why)),
	       "31us of 3.08ms until its softirq began: in ksoftirqd, probably behind other tasks",
	       "in words");
	snapshot_free(s);
	anomalies_free(a);
	is_u64(steady_cpus(60, log_normal), 0, "an hour of steady CPUs");
	is_u64(steady_cpus(60, two_modes), 0, "of two kinds of delays");
	is_u64(steady_cpus(60, heavy_tail), 0, "and without a variance");
	is_u64(steady_cpus(7, log_normal), 0, "and of few runs");
}

/* ---- examples
 * --------------------------------------------------------------------------------------- */

static void test_examples(void)
{
	struct run_info ri = sample_run_both();
	struct examples *x = calloc(1, sizeof(*x));
	struct ns_event e = sample_event(), worse = e, other = e;
	struct flow udp;

	other.flow.remote_port++;
	examples_add(x, &e, &ri);
	worse.t[RXP_READ] += 5000000;
	examples_add(x, &worse, &ri);
	examples_add(x, &e, &ri);
	ok(examples_of_flow(x, &e.flow, NS_RX)->t[RXP_READ] == worse.t[RXP_READ],
	   "of a connection the slowest");
	ok(!examples_of_flow(x, &other.flow, NS_RX) && !examples_of_flow(x, &e.flow, NS_TX),
	   "not of another, or the other direction");
	ok(examples_of_stage(x, NS_RX, NS_TCP, RXS_APPLICATION)->t[RXP_READ] == worse.t[RXP_READ],
	   "of a stage too");
	ok(!examples_of_stage(x, NS_RX, NS_UDP, RXS_APPLICATION), "not of another protocol");
	ok(examples_of_port(x, NS_RX, NS_TCP, e.flow.netns, 443, true) &&
		   !examples_of_port(x, NS_RX, NS_TCP, e.flow.netns, 443, false) &&
		   !examples_of_port(x, NS_RX, NS_TCP, e.flow.netns + 1, 443, true),
	   "of a port, at this end, in this network namespace");
	e.flags |= PKT_DROPPED;
	e.flow.remote_port = 9;
	examples_add(x, &e, &ri);
	ok(!examples_of_flow(x, &e.flow, NS_RX), "what was dropped is no example");
	e = sample_event();
	e.flow.proto = NS_UDP;
	examples_add(x, &e, &ri);
	udp = e.flow;
	udp.remote_port = 0;
	memset(udp.remote, 0, sizeof(udp.remote));
	ok(examples_of_flow(x, &udp, NS_RX) != NULL, "of a socket with many peers");
	ok(examples_of_cpu(x, e.cpu, 2999, &ri) && !examples_of_cpu(x, e.cpu, 3000, &ri),
	   "of a CPU, if it waited for it longer than usual");
	ok(!examples_of_cpu(x, e.cpu - 1U, 0, &ri) && !examples_of_cpu(x, EXAMPLES_CPUS, 0, &ri),
	   "not of another CPU");
	e.dir = NS_TX;
	e.cpu = 5;
	examples_add(x, &e, &ri);
	ok(!examples_of_cpu(x, 5, 0, &ri), "nor what was sent there");
	for (unsigned i = 0; i < EXAMPLES_AGE; i++)
		examples_step(x);
	ok(!examples_of_cpu(x, worse.cpu, 0, &ri), "not for longer than three intervals");
	ok(!examples_of_flow(x, &worse.flow, NS_RX), "old ones are forgotten");
	e = sample_event();
	e.t[RXP_READ] = 1; /* out of order */
	examples_add(x, &e, &ri);
	e.flow.proto = 77;
	examples_add(x, &e, &ri);
	ok(!examples_of_flow(x, &e.flow, NS_RX), "any content is safe");
	ri.points[NS_RX][NS_TCP] &= ~(1U << RXP_IRQ | 1U << RXP_RAISE | 1U << RXP_SOFTIRQ);
	other = sample_event();
	other.t[RXP_READ] += 9000000; /* slow, but not there */
	examples_add(x, &other, &ri);
	worse = sample_event();
	worse.t[RXP_STACK] -= 1000;
	examples_add(x, &worse, &ri);
	ok(examples_of_cpu(x, 3, 1 << 20, &ri)->t[RXP_STACK] == worse.t[RXP_STACK],
	   "where the wait is not measured, the slowest up to its socket");
	free(x);
}

int main(void)
{
	test_usual();
	test_stages();
	test_qdiscs();
	test_cpus();
	test_examples();
	return done();
}
