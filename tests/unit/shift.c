// SPDX-License-Identifier: GPL-2.0-only
/* src/model/shift.c against made-up runs whose change is known. */
#include <linux/types.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rnd.h"
#include "sample.h"
#include "softirq_model.h"
#include "diff.h"
#include "tap.h"

#define BLOCKS 24
#define STAGES 6
#define RUNS 100

static double uniform(void)
{
	return ((double)(rnd() >> 11) + 0.5) / (double)(1ULL << 53);
}

static double normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

/* What a stage is like: median ns, spread of packets, of blocks, how much a block takes from the
 * one before, and how many packets a block has. */
struct shape {
	double median, spread, between, memory;
	unsigned packets;
};

struct fake {
	struct hist h[BLOCKS];
	const struct hist *list[BLOCKS];
};

static void make(struct fake *f, const struct shape *s, double factor)
{
	double level = normal();

	memset(f, 0, sizeof(*f));
	for (unsigned b = 0; b < BLOCKS; b++) {
		f->list[b] = &f->h[b];
		level = s->memory * level + sqrt(1 - s->memory * s->memory) * normal();
		for (unsigned i = 0; i < s->packets; i++) {
			double ns =
				s->median * factor * exp(s->spread * normal() + s->between * level);

			sample_add(&f->h[b], (__u64)ns, 1);
		}
	}
}

static const struct shape shapes[STAGES] = {
	{1200, 0.3, 0.05, 0, 300},    {4000, 0.6, 0.1, 0.3, 200}, {90, 0.2, 0.02, 0, 500},
	{250000, 1.2, 0.2, 0.3, 200}, {14000, 0.5, 0.05, 0, 60},  {9, 0.1, 0.01, 0, 300},
};

/* All stages of two runs; returns the number of verdicts, and what the first quantile's were. */
static unsigned compare(double factor, enum shift_verdict median[STAGES])
{
	struct shift s[STAGES][SHIFT_QUANTILES];
	static struct fake a, b;
	unsigned verdicts = 0, comparisons = 0;

	for (unsigned i = 0; i < STAGES; i++) {
		make(&a, &shapes[i], 1);
		make(&b, &shapes[i], factor);
		shift_compare(a.list, BLOCKS, b.list, BLOCKS, s[i]);
		for (unsigned q = 0; q < SHIFT_QUANTILES; q++)
			comparisons += s[i][q].verdict >= SHIFT_NONE;
	}
	for (unsigned i = 0; i < STAGES; i++) {
		for (unsigned q = 0; q < SHIFT_QUANTILES; q++) {
			shift_judge(&s[i][q], comparisons);
			verdicts += s[i][q].verdict > SHIFT_NONE;
		}
		median[i] = s[i][0].verdict;
	}
	return verdicts;
}

static void test_equal(void)
{
	enum shift_verdict median[STAGES];
	unsigned wrong = 0;

	for (unsigned r = 0; r < RUNS; r++)
		wrong += compare(1, median) > 0;
	ok(wrong * 20 <= RUNS, "runs that are alike: a verdict in %u of %u, 5 %% at most", wrong,
	   RUNS);
}

static void test_shifted(double factor, enum shift_verdict want, const char *what)
{
	enum shift_verdict median[STAGES];
	unsigned right[STAGES] = {0}, other = 0;

	for (unsigned r = 0; r < RUNS / 4; r++) {
		compare(factor, median);
		for (unsigned i = 0; i < STAGES; i++) {
			right[i] += median[i] == want;
			other += median[i] > SHIFT_NONE && median[i] != want;
		}
	}
	is_u64(other, 0, "never the other way round");
	/* of the noisy ones (blocks that differ by 10 and by 20 %) this is not asked */
	ok(right[0] * 20 >= RUNS / 4 * 19, "%s found: %u of %u", what, right[0], RUNS / 4);
	ok(right[2] * 20 >= RUNS / 4 * 19, "%s found: %u of %u", what, right[2], RUNS / 4);
	ok(right[4] * 20 >= RUNS / 4 * 19, "%s found: %u of %u", what, right[4], RUNS / 4);
}

/* All values alike: 1 ns more may be the next bucket, which is 12 % higher. */
static void test_one_value(void)
{
	static struct fake a, b;
	struct shift s[SHIFT_QUANTILES];

	for (unsigned i = 0; i < BLOCKS; i++) {
		a.list[i] = &a.h[i];
		b.list[i] = &b.h[i];
		sample_add(&a.h[i], 1024, 100);
		sample_add(&b.h[i], 1025, 100);
	}
	shift_compare(a.list, BLOCKS, b.list, BLOCKS, s);
	shift_judge(&s[0], 1);
	ok(s[0].verdict == SHIFT_NONE, "a bucket further, but perhaps 1 ns only: no verdict");
	ok(s[0].low < 0.001 && s[0].high > 0.2, "and its interval says so: %.3f to %.3f", s[0].low,
	   s[0].high);
	memset(&b.h, 0, sizeof(b.h));
	for (unsigned i = 0; i < BLOCKS; i++)
		sample_add(&b.h[i], 2000, 100);
	shift_compare(a.list, BLOCKS, b.list, BLOCKS, s);
	shift_judge(&s[0], 1);
	ok(s[0].verdict == SHIFT_SLOWER && s[0].low < 2000.0 / 1024 - 1 &&
		   s[0].high > 2000.0 / 1024 - 1,
	   "twice as long is seen, and the interval holds it");
}

/* Half of the first run is unlike the other half: a second one that is like either is no news. */
static void test_drift(void)
{
	static struct fake a, b;
	struct shift s[SHIFT_QUANTILES];
	struct shape shape = shapes[0];

	make(&a, &shape, 1);
	make(&b, &shape, 1.2);
	for (unsigned i = 0; i < BLOCKS / 2; i++)
		a.list[i] = &b.h[i];
	make(&b, &shape, 1.2);
	shift_compare(a.list, BLOCKS, b.list, BLOCKS, s);
	shift_judge(&s[0], 1);
	ok(s[0].verdict == SHIFT_NONE && s[0].noise > 0.15,
	   "a first run that drifts has a high noise floor: %.2f", s[0].noise);
}

static void test_too_few(void)
{
	static struct fake a, b;
	struct shift s[SHIFT_QUANTILES], again[SHIFT_QUANTILES];

	make(&a, &shapes[4], 1);
	make(&b, &shapes[4], 3);
	shift_compare(a.list, SHIFT_BLOCKS_MIN - 1, b.list, BLOCKS, s);
	ok(s[0].verdict == SHIFT_FEW_BLOCKS, "too few blocks");
	shift_compare(a.list, BLOCKS, b.list, 0, s);
	ok(s[0].verdict == SHIFT_FEW_SAMPLES, "nothing on the other side");
	shift_compare(a.list, SHIFT_BLOCKS_MIN, b.list, SHIFT_BLOCKS_MIN, s);
	ok(s[0].verdict == SHIFT_NONE && s[2].verdict == SHIFT_FEW_SAMPLES,
	   "720 packets: enough for p50, too few for p99");
	shift_judge(&s[0], 2);
	ok(s[0].verdict == SHIFT_SLOWER,
	   "three times as long: seen with the least number of blocks");
	shift_judge(&s[2], 2);
	ok(s[2].verdict == SHIFT_FEW_SAMPLES, "without a comparison no verdict");
	shift_compare(a.list, SHIFT_BLOCKS_MIN, b.list, SHIFT_BLOCKS_MIN, again);
	shift_judge(&again[0], 2);
	ok(again[0].low == s[0].low && again[0].high == s[0].high && again[0].noise == s[0].noise,
	   "the same input gives the same result");
}

/* A minute in which CPU 1 is late by `factor`, and CPU 2 has nothing to do. */
static void fill_minute(struct timeline *t, double factor)
{
	timeline_init(t, DIFF_COLUMNS);
	for (unsigned i = 0; i < 60; i++) {
		struct snapshot *s = snapshot_new();

		s->softirqs = softirq_new(3, 0);
		for (unsigned cpu = 0; factor > 0 && cpu < 2; cpu++)
			for (unsigned k = 0; k < 50; k++)
				sample_add(
					&s->softirqs->rows[cpu].vec[SI_RX].delay,
					(__u64)((cpu ? factor : 1) * (double)(2000 + rnd() % 9000)),
					1);
		if (factor <= 0) {
			softirq_free(s->softirqs);
			s->softirqs = NULL;
		}
		timeline_add(t, s);
		snapshot_free(s);
	}
	timeline_end(t);
}

static void test_cpus(void)
{
	struct run_info ri = {0};
	struct timeline before, after, none;
	static struct diff d;

	fill_minute(&before, 1);
	fill_minute(&after, 2);
	fill_minute(&none, 0);
	diff_make(&before, &ri, &after, &ri, &d);
	is_u64(d.n, 2, "a row for each CPU that had something to do");
	is_u64(d.comparisons, 6, "of three quantiles");
	ok(d.rows[0].softirq && !d.rows[0].cpu && d.rows[0].n[0] == 3000, "the first CPU");
	ok(d.rows[0].shifts[0].verdict == SHIFT_NONE, "which is as before");
	ok(d.rows[1].cpu == 1 && d.rows[1].shifts[0].verdict == SHIFT_SLOWER &&
		   d.rows[1].shifts[0].change > 0.8 && d.rows[1].shifts[0].change < 1.2,
	   "and the other, which is late");
	diff_make(&before, &ri, &none, &ri, &d);
	ok(!d.n && d.one_has_cpus, "a recording without them is not compared");
	timeline_free(&before);
	timeline_free(&after);
	timeline_free(&none);
}

int main(void)
{
	test_equal();
	test_shifted(1.2, SHIFT_SLOWER, "20 % slower");
	test_shifted(1 / 1.2, SHIFT_FASTER, "a sixth faster");
	test_one_value();
	test_drift();
	test_too_few();
	test_cpus();
	return done();
}
