// SPDX-License-Identifier: GPL-2.0-only
/* Anomalies on made-up series: what must be found, what must not, and when. */
#include <math.h>
#include <stdlib.h>

#include "anomaly.h"
#include "names.h"
#include "rnd.h"
#include "sample.h"
#include "tap.h"

#define CONNS 100
#define US 1000.0

static struct conn conns[CONNS];
static struct snapshot delta = {.conns = conns, .n_conns = CONNS};

static double uniform(void)
{
	return ((double)(rnd() >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

/* The latency of one packet, of median 1. */
static double log_normal(void)
{
	return exp(normal());
}

static double heavy_tail(void) /* without a variance */
{
	return pow(2 * uniform(), -1 / 1.5);
}

static double two_modes(void)
{
	return (uniform() < 0.6 ? 1 : 20) * exp(0.2 * normal());
}

/* One interval of connection i: n packets of that median. */
static void fill(unsigned i, unsigned n, double ns, double (*draw)(void))
{
	struct conn_dir *d = &conns[i].dir[NS_RX];

	memset(&conns[i], 0, sizeof(conns[i]));
	sample_flow(&conns[i].flow, NS_TCP, 2);
	conns[i].flow.remote_port = (__u16)(1000 + i);
	d->n = n;
	while (n--) {
		__u64 v = (__u64)(ns * draw());
		__u64 *max = &d->stages[dirs[NS_RX].total].max;

		d->coarse[coarse_bucket(v)]++;
		if (v > *max)
			*max = v;
	}
}

static size_t interval(struct anomaly *a, struct anomaly_change *out, size_t max)
{
	delta.mono_ns += 1000000000;
	return anomaly_interval(a, &delta, out, max);
}

/* An hour of intervals of a second, each connection with a median and a rate of its own. */
static void test_steady(const char *name, double (*draw)(void), double drift)
{
	struct anomaly *a = anomaly_new(4 * CONNS);
	struct anomaly_change c;
	size_t alarms = 0;

	for (unsigned t = 0; t < 3600; t++) {
		for (unsigned i = 0; i < CONNS; i++)
			fill(i, 20 + i % 10, 20 * US * (1 + i % 50) * pow(2, drift * t / 3600.0),
			     draw);
		alarms += interval(a, &c, 1);
	}
	ok(alarms <= 1, "%s: %zu alarms in an hour of %u connections", name, alarms, CONNS);
	is_u64(anomaly_untracked(a), 0, "all of them were looked at");
	anomaly_free(a);
}

/* One of a hundred becomes five times as slow: found within 3 intervals, and no other. */
static void test_shift(const char *name, double (*draw)(void))
{
	unsigned late = 0, missed = 0, others = 0, uncleared = 0;

	for (unsigned run = 0; run < 50; run++) {
		struct anomaly *a = anomaly_new(4 * CONNS);
		unsigned who = (unsigned)(rnd() % CONNS), found = 0, cleared = 0;
		unsigned shift = ANOMALY_WARMUP + (unsigned)(rnd() % 60);

		for (unsigned t = 0; t < shift + 20; t++) {
			struct anomaly_change c;

			for (unsigned i = 0; i < CONNS; i++) {
				bool slow = i == who && t >= shift && t < shift + 10;

				fill(i, 30, 50 * US * (slow ? 5 : 1), draw);
			}
			if (!interval(a, &c, 1))
				continue;
			if (c.flow.remote_port != 1000 + who || t < shift)
				others++;
			else if (c.raised)
				found = t - shift + 1;
			else
				cleared = t - shift + 1;
		}
		missed += !found;
		late += found > 3;
		uncleared += cleared < 11;
		anomaly_free(a);
	}
	ok(!missed && !late, "%s: found within 3 intervals (%u late, %u missed of 50)", name, late,
	   missed);
	is_u64(others, 0, "and nothing else");
	is_u64(uncleared, 0, "and that it is over");
}

static double constant(void)
{
	return 1;
}

/* What one connection is told after these medians (us), one for each interval. */
static size_t changes_of(const unsigned *us, size_t n, struct anomaly_change *out)
{
	struct anomaly *a = anomaly_new(4);
	size_t found = 0;

	delta.n_conns = 1;
	delta.mono_ns = 0;
	for (size_t i = 0; i < n; i++) {
		fill(0, 30, us[i] * US, constant);
		found += interval(a, out + found, 8 - found);
	}
	delta.n_conns = CONNS;
	anomaly_free(a);
	return found;
}

static void test_hysteresis(void)
{
	unsigned us[80];
	struct anomaly_change c[8];

	for (unsigned i = 0; i < 80; i++)
		us[i] = 100;
	for (unsigned i = 0; i < 4; i++)
		us[i] = 1000; /* the warm-up: no past to judge by */
	is_u64(changes_of(us, 80, c), 0, "a slow start is no anomaly");
	us[20] = us[30] = us[32] = 900;
	is_u64(changes_of(us, 80, c), 0, "single intervals are none");
	us[21] = 900;
	us[22] = 900;
	is_u64(changes_of(us, 80, c), 2, "two in a row are, and it ends");
	ok(c[0].raised && !c[1].raised, "raised, then over");
	is_u64(c[0].since_ns, 21000000000ULL, "since the first of them");
	ok(c[0].usual_ns >= 90000 && c[0].usual_ns <= 130000, "what is usual");
	ok(c[0].now_ns >= 900000 && c[0].now_ns < 1130000, "what it is now");
	for (unsigned i = 20; i < 60; i++)
		us[i] = i % 3 == 2 ? 100 : 900;
	is_u64(changes_of(us, 80, c), 2, "a short recovery does not end it");
	for (unsigned i = 20; i < 60; i++)
		us[i] = 180;
	is_u64(changes_of(us, 80, c), 0, "less than twice as slow is none");
}

static void test_bounds(void)
{
	struct anomaly *a = anomaly_new(10);
	struct anomaly_change c;

	ok(!anomaly_new(0) && !anomaly_new(~(size_t)0), "absurd sizes");
	for (unsigned i = 0; i < CONNS; i++)
		fill(i, 30, 50 * US, constant);
	is_u64(interval(a, &c, 1), 0, "a full table goes on");
	is_u64(anomaly_untracked(a), CONNS - 10, "and counts what it leaves out");
	for (unsigned i = 0; i < CONNS; i++)
		fill(i, 19, 50 * US, constant);
	for (unsigned t = 0; t < ANOMALY_HISTORY + 1; t++)
		interval(a, &c, 1);
	is_u64(anomaly_untracked(a), CONNS - 10, "too few packets are no interval");
	for (unsigned i = 90; i < CONNS; i++)
		fill(i, 30, 50 * US, constant);
	interval(a, &c, 1);
	is_u64(anomaly_untracked(a), CONNS - 10, "those not seen for long make room");
	anomaly_free(a);
	anomaly_free(NULL);
}

int main(void)
{
	test_hysteresis();
	test_bounds();
	test_shift("log-normal", log_normal);
	test_shift("heavy tail", heavy_tail);
	test_steady("log-normal", log_normal, 0);
	test_steady("heavy tail", heavy_tail, 0);
	test_steady("twice as slow in an hour", log_normal, 1);
	test_steady("two modes", two_modes, 0);
	return done();
}
