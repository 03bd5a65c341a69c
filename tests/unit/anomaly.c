// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections and services on made-up series: what must be found, what must not, and when. SEEDS=N:
 * hours of each kind of noise (3); docs/anomalies.md has the result of many.
 */
#include <time.h>

#include "anomaly_sample.h"

#define CONNS 100

static struct conn conns[CONNS];
static struct snapshot delta = {.conns = conns, .n_conns = CONNS};

static void interval(struct anomalies *a)
{
	delta.mono_ns += SECOND;
	anomalies_interval(a, &delta, false);
}

/* An hour of intervals of a second, each connection with a median and a rate of its own. */
static __u64 steady_hour(const struct pool *p, double drift, bool alike)
{
	struct anomalies *a = anomalies_for(CONNS);
	__u64 n;

	for (unsigned t = 0; t < 3600; t++) {
		for (unsigned i = 0; i < CONNS; i++)
			conn_fill_pool(
				&conns[i], i, 20 + i % 10,
				20 * US * (alike ? 1 : 1 + i % 50) * pow(2, drift * t / 3600.0), p);
		interval(a);
	}
	n = alarms(a);
	if (anomalies_counts(a)->untracked)
		n = ~0ULL;
	anomalies_free(a);
	return n;
}

static void test_steady(const char *name, double (*draw)(void), double drift)
{
	const char *given = getenv("SEEDS");
	unsigned seeds = given ? (unsigned)atoi(given) : 3;
	struct pool p = pool_new(name, draw);
	__u64 sum = 0, most = 0;

	for (unsigned i = 0; i < seeds; i++) {
		__u64 n = steady_hour(&p, drift, i & 1);

		sum += n;
		most = n > most ? n : most;
	}
	ok(most <= 1, "%s: at most one alarm an hour of %u connections (%llu in %u hours)", name,
	   CONNS, sum, seeds);
	free(p.v);
}

struct found {
	unsigned late, missed, others, uncleared;
};

/* One of a hundred becomes five times as slow, for ten intervals, and no other does. */
static void shift_once(double (*draw)(void), struct found *f)
{
	struct anomalies *a = anomalies_for(CONNS);
	unsigned who = (unsigned)(rnd() % CONNS), found = 0, cleared = 0;
	unsigned shift = USUAL_WARMUP + (unsigned)(rnd() % 60);

	for (unsigned t = 0; t < shift + 20; t++) {
		const struct anomaly *x;

		for (unsigned i = 0; i < CONNS; i++) {
			bool slow = i == who && t >= shift && t < shift + 10;

			conn_fill(&conns[i], i, 30, 50 * US * (slow ? 5 : 1), draw);
		}
		interval(a);
		for (unsigned i = 0; (x = anomalies_changed(a, i)); i++) {
			if (x->scope != ANOMALY_CONNECTION ||
			    x->conn.flow.remote_port != 10000 + who || t < shift)
				f->others++;
			else if (!x->end)
				found = t - shift + 1;
			else
				cleared = t - shift + 1;
		}
	}
	f->missed += !found;
	f->late += found > 3;
	f->uncleared += cleared < 11;
	anomalies_free(a);
}

static void test_shift(const char *name, double (*draw)(void))
{
	struct found f = {0};

	for (unsigned run = 0; run < 50; run++)
		shift_once(draw, &f);
	ok(!f.missed && !f.late, "%s: found within 3 intervals (%u late, %u missed of 50)", name,
	   f.late, f.missed);
	is_u64(f.others, 0, "and nothing else");
	is_u64(f.uncleared, 0, "and that it is over");
}

/* What one connection is told after these medians (us), one for each interval. */
static size_t changes_of(const unsigned *us, size_t n, unsigned packets, struct anomaly *out,
			 size_t max)
{
	struct anomalies *a = anomalies_for(4);
	const struct anomaly *x;
	size_t found = 0;

	delta.n_conns = 1;
	delta.mono_ns = 0;
	for (size_t i = 0; i < n; i++) {
		conn_fill(&conns[0], 0, packets, us[i] * US, constant);
		interval(a);
		for (unsigned k = 0; (x = anomalies_changed(a, k)) && found < max; k++)
			out[found++] = *x;
	}
	delta.n_conns = CONNS;
	anomalies_free(a);
	return found;
}

static void set(unsigned *us, size_t from, size_t to, unsigned v)
{
	for (size_t i = from; i < to; i++)
		us[i] = v;
}

static void test_hysteresis(void)
{
	static struct anomaly c[8];
	unsigned us[80];

	set(us, 0, 80, 100);
	set(us, 0, 4, 1000); /* the warm-up: no past to judge by */
	is_u64(changes_of(us, 80, 30, c, 8), 0, "a slow start is no anomaly");
	us[20] = us[30] = us[32] = 900;
	is_u64(changes_of(us, 80, 30, c, 8), 0, "single intervals are none");
	us[21] = us[22] = 900;
	is_u64(changes_of(us, 80, 30, c, 8), 2, "two in a row are, and it ends");
	ok(!c[0].end && c[1].end == ANOMALY_OVER && c[0].id == 1 && c[1].id == 1,
	   "begun, then over");
	is_u64(c[0].since_ns, 21 * SECOND, "since the first of them");
	is_u64(c[0].raised_ns, 22 * SECOND, "certain at the second");
	is_u64(c[1].ended_ns, 26 * SECOND, "over after three");
	ok(c[0].usual_ns >= 90000 && c[0].usual_ns <= 115000, "what is usual");
	ok(c[0].now_ns >= 800000 && c[0].now_ns < 1000000, "what it is now");
	ok(c[0].stage == RXS_APPLICATION && c[0].stage_now_ns == 900000, "the stage, and its mean");
	ok(c[0].stage_usual_ns > 90000 && c[0].stage_usual_ns < 120000, "and what that was");
	ok(c[0].port == 443 && c[0].local && !c[0].peers, "of which service, against its past");
	set(us, 20, 60, 900);
	for (unsigned i = 22; i < 60; i += 3)
		us[i] = 100;
	is_u64(changes_of(us, 80, 30, c, 8), 2, "a short recovery does not end it");
	set(us, 20, 60, 180);
	is_u64(changes_of(us, 80, 30, c, 8), 0, "less than twice as slow is none");
	set(us, 0, 80, 1);
	set(us, 20, 60, 5);
	is_u64(changes_of(us, 80, 30, c, 8), 0, "nor are a few microseconds");
}

static void test_ends(void)
{
	static struct anomaly c[8];
	static unsigned us[1000];
	struct anomalies *a = anomalies_for(4);

	set(us, 0, 30, 100);
	set(us, 30, 1000, 600);
	is_u64(changes_of(us, 1000, 30, c, 8), 2, "what lasts is told once");
	ok(c[1].end == ANOMALY_IS_USUAL && c[1].ended_ns == (31 + 1 + ANOMALY_LASTING) * SECOND,
	   "and ends when it is the usual");

	delta.n_conns = 1;
	for (unsigned t = 0; t < 40; t++) {
		conn_fill(&conns[0], 0, 30, (t < 30 ? 100 : 900) * US, constant);
		interval(a);
	}
	is_u64(anomaly_active(anomalies_counts(a)), 1, "it goes on");
	delta.n_conns = 0;
	for (unsigned t = 1; t < ANOMALY_GONE; t++)
		interval(a);
	is_u64(anomaly_active(anomalies_counts(a)), 1, "still, without packets");
	interval(a);
	ok(!anomaly_active(anomalies_counts(a)) && anomalies_at(a, 0)->end == ANOMALY_NO_PACKETS,
	   "then it is gone");
	delta.n_conns = CONNS;
	anomalies_free(a);
}

/* Bursts of four intervals that come every minute. */
static void test_habit(void)
{
	static struct anomaly c[64];
	static unsigned us[8000];
	size_t n;

	set(us, 0, 8000, 100);
	for (unsigned i = 100; i < 3500; i += 60)
		set(us, i, i + 4, 900);
	is_u64(changes_of(us, 3500, 30, c, 64), 4, "what comes every minute is told twice");
	set(us, 3000, 3004, 2500);
	n = changes_of(us, 3500, 30, c, 64);
	ok(n == 6 && c[4].since_ns == 3001 * SECOND, "and when it is worse");
	set(us, 7300, 7310, 900);
	n = changes_of(us, 8000, 30, c, 64);
	ok(n == 8 && c[6].since_ns == 7301 * SECOND, "and after an hour without it");
}

/* Fewer packets than make a value are put together. */
static void test_few_packets(void)
{
	static struct anomaly c[8];
	static unsigned us[300];

	set(us, 0, 300, 100);
	set(us, 200, 230, 600);
	is_u64(changes_of(us, 100, 5, c, 8), 0, "5 packets an interval: nothing before 64 of them");
	is_u64(changes_of(us, 300, 5, c, 8), 2, "then it is found");
	ok(c[0].raised_ns <= 209 * SECOND, "after two times four intervals");
}

/* Slow from its first packet on: only its peers can tell. */
static void test_peers(void)
{
	struct anomalies *a = anomalies_for(CONNS);
	const struct anomaly *x = NULL;
	unsigned t, slow = CONNS;

	for (t = 0; t < 10 && !x; t++) {
		for (unsigned i = 0; i < CONNS; i++)
			conn_fill(&conns[i], i, 30, 50 * US * (i == 5 && t >= 2 ? 8 : 1),
				  log_normal);
		delta.n_conns = t < 2 ? 5 : CONNS; /* 5 are too few for peers */
		interval(a);
		x = anomalies_at(a, 0);
	}
	ok(x && t == 5, "slow from the start: found in its third interval");
	if (!x)
		return;
	ok(x->peers && x->conn.flow.remote_port == 10005, "by its peers");
	ok(x->usual_ns > 30000 && x->usual_ns < 80000, "whose median is what is usual");
	ok(x->stage == RXS_APPLICATION && x->stage_usual_ns > 50000, "and whose stages are");
	anomalies_free(a);

	a = anomalies_for(CONNS);
	for (t = 0; t < 100; t++) {
		for (unsigned i = 0; i < CONNS; i++)
			conn_fill(&conns[i], i, 30, 50 * US * (i < slow / 5 ? 30 : 1), log_normal);
		interval(a);
	}
	is_u64(alarms(a), 0, "every fifth is slow: that is how this service is");
	anomalies_free(a);
	a = anomalies_for(CONNS);
	for (t = 0; t < 100; t++) {
		for (unsigned i = 0; i < CONNS; i++) {
			conn_fill(&conns[i], i, 30, 50 * US * (i % 12 ? 1 : 30), log_normal);
			conns[i].flow.netns += i % 12 == 0;
		}
		interval(a);
	}
	is_u64(alarms(a), 0, "those of another network namespace are no peers");
	anomalies_free(a);
	a = anomalies_for(CONNS);
	for (t = 0; t < 2000; t++) {
		for (unsigned i = 0; i < CONNS; i++)
			conn_fill(&conns[i], i, 20, 50 * US * (i == 1 ? 30 : 1), constant);
		interval(a);
	}
	is_u64(alarms(a), 1, "one that is always slow is told once");
	ok(anomalies_at(a, 0)->end == ANOMALY_IS_USUAL, "and then let be");
	anomalies_free(a);
}

/* All become slow: that is one anomaly, not a hundred. */
static void test_service(void)
{
	struct anomalies *a = anomalies_for(CONNS);
	unsigned found = 0;

	for (unsigned t = 0; t < 60; t++) {
		for (unsigned i = 0; i < CONNS; i++)
			conn_fill(&conns[i], i, 30, (1 + i % 3) * 50 * US * (t >= 30 ? 5 : 1),
				  log_normal);
		interval(a);
		if (!found && alarms(a))
			found = t;
	}
	ok(alarms(a) == 1 && anomalies_counts(a)->total[ANOMALY_SERVICE] == 1,
	   "all of a service: one anomaly, of the service");
	is_u64(found, 31, "in the second interval");
	ok(anomalies_at(a, 0)->port == 443 && anomalies_at(a, 0)->n == CONNS, "which it names");
	ok(anomalies_at(a, 0)->stage == RXS_APPLICATION, "with the stage");
	anomalies_free(a);
}

/* Connections of ten intervals each, one after the other. */
static void test_churn(void)
{
	struct anomalies *a = anomalies_for(CONNS);
	struct pool p = pool_new("churn", log_normal);

	for (unsigned t = 0; t < 3600; t++) {
		for (unsigned i = 0; i < CONNS; i++) {
			conn_fill_pool(&conns[i], i, 25, 50 * US, &p);
			conns[i].gen = 1 + (t + i) / 10;
			conns[i].flow.remote_port = (__u16)(10000 + i + (t + i) / 10 % 300 * 100);
		}
		interval(a);
	}
	is_u64(alarms(a), 0, "connections that come and go for an hour: no alarm");
	is_u64(anomalies_counts(a)->untracked, 0, "and all are looked at");
	free(p.v);
	anomalies_free(a);
}

static void test_bounds(void)
{
	static struct conn many[50 * CONNS];
	struct snapshot d = {.conns = many, .n_conns = 50 * CONNS};
	struct anomalies *a = anomalies_for(CONNS);
	unsigned listed = 0;

	ok(!anomalies_new(0, &anomaly_ri) && !anomalies_new(~0UL / 2, &anomaly_ri), "absurd sizes");
	for (unsigned t = 0; t < 60; t++) {
		for (unsigned i = 0; i < 50 * CONNS; i++) {
			conn_fill(&many[i], i, 30, 50 * US * (t < 30 ? 1 : 9), constant);
			many[i].flow.local_port = many[i].flow.remote_port; /* no peers */
		}
		d.mono_ns += SECOND;
		anomalies_interval(a, &d, false);
	}
	ok(anomalies_counts(a)->untracked >= 60 * 4700, "a full table goes on, and counts");
	while (anomalies_at(a, listed))
		listed++;
	is_u64(listed, ANOMALY_MAX, "so many are told of");
	ok(anomalies_counts(a)->untold == alarms(a) - ANOMALY_MAX, "the others are counted");
	anomalies_free(a);
	anomalies_free(NULL);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A bound with room for sanitizers and slow machines; docs/anomalies.md has the figure. */
static void test_cost(void)
{
	enum { MANY = 10000, TIMES = 40 };
	struct conn *c = calloc(MANY, sizeof(*c));
	struct snapshot d = {.conns = c, .n_conns = MANY};
	struct anomalies *a = anomalies_for(MANY);
	double used;

	for (unsigned i = 0; i < MANY; i++) {
		conn_fill(&c[i], i, 30, 50 * US, log_normal);
		c[i].dir[NS_TX] = c[i].dir[NS_RX];
	}
	used = seconds();
	for (unsigned t = 0; t < TIMES; t++)
		anomalies_interval(a, &d, false);
	used = (seconds() - used) / TIMES;
	ok(used < 0.1, "an interval of %d connections in both directions: %.2f ms", MANY,
	   used * 1000);
	is_u64(anomalies_counts(a)->untracked, 0, "all of them");
	anomalies_free(a);
	free(c);
}

int main(void)
{
	test_hysteresis();
	test_ends();
	test_habit();
	test_few_packets();
	test_peers();
	test_service();
	test_churn();
	test_bounds();
	test_cost();
	test_shift("log-normal", log_normal);
	test_shift("heavy tail", heavy_tail);
	test_steady("log-normal", log_normal, 0);
	test_steady("heavy tail", heavy_tail, 0);
	test_steady("twice as slow in an hour", log_normal, 1);
	test_steady("two modes", two_modes, 0);
	return done();
}
