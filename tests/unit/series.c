// SPDX-License-Identifier: GPL-2.0-only
/* src/model/series.c */
#include <linux/types.h>
#include <stdlib.h>

#include "histogram.h"
#include "rnd.h"
#include "sample.h"
#include "series.h"
#include "tap.h"

#define CAPACITY 10

static struct snapshot *interval(unsigned i)
{
	struct snapshot *s = snapshot_new();

	s->mono_ns = 1000 + i * 100;
	s->interval_ns = 100 + i;
	for (unsigned k = 0; k < 40 * (i % 7); k++) {
		sample_add(&s->hist[NS_RX][NS_TCP][RXS_IP], rnd_log(37), 1);
		sample_add(&s->hist[NS_TX][NS_UDP][TXS_QDISC], rnd_log(12), 1);
		sample_add(&s->hist[NS_TX][NS_TCP][TXS_QDISC], rnd_log(20), 1);
	}
	return s;
}

/* The values of one histogram of an interval, against the histogram itself. */
static unsigned compare(const struct series *s, unsigned age, enum ns_dir dir, unsigned proto,
			unsigned stage, const struct hist *want)
{
	const struct series_value *v = series_at(s, age, dir, proto, stage);
	struct hist h = {0};
	unsigned wrong = v->n != hist_n(want) || v->sum != want->sum || v->max != want->max;
	__u64 q;

	series_hist(s, age, dir, proto, stage, &h);
	wrong += memcmp(&h, want, sizeof(h)) != 0;
	for (unsigned i = 0; i < SERIES_QUANTILES; i++)
		wrong += v->q[i] != (hist_quantile(want, series_quantiles[i], &q) ? q : 0);
	return wrong;
}

int main(void)
{
	struct series *s = series_new(CAPACITY);
	struct snapshot *all[3 * CAPACITY];
	unsigned wrong = 0;
	__u64 len;

	is_u64(series_len(s), 0, "empty");
	for (unsigned i = 0; i < 3 * CAPACITY; i++) {
		all[i] = interval(i);
		wrong += series_add(s, all[i]) != 0;
		wrong += series_len(s) != (i + 1 < CAPACITY ? i + 1 : CAPACITY);
		for (unsigned age = 0; age < series_len(s); age++) {
			const struct snapshot *want = all[i - age];
			struct hist both = want->hist[NS_TX][NS_TCP][TXS_QDISC];

			hist_merge(&both, &want->hist[NS_TX][NS_UDP][TXS_QDISC]);
			wrong += series_time(s, age, &len) != want->mono_ns ||
				 len != want->interval_ns;
			wrong += compare(s, age, NS_RX, NS_TCP, RXS_IP,
					 &want->hist[NS_RX][NS_TCP][RXS_IP]);
			wrong += compare(s, age, NS_RX, NS_UDP, RXS_IP,
					 &want->hist[NS_RX][NS_UDP][RXS_IP]);
			wrong += compare(s, age, NS_TX, NS_UDP, TXS_QDISC,
					 &want->hist[NS_TX][NS_UDP][TXS_QDISC]);
			wrong += compare(s, age, NS_TX, SERIES_ALL, TXS_QDISC, &both);
		}
	}
	is_u64(wrong, 0, "each interval, while the ring fills and goes round: bucket by bucket");
	is_u64(series_count(s), 3 * CAPACITY, "how many there were");
	for (unsigned i = 0; i < 3 * CAPACITY; i++)
		snapshot_free(all[i]);
	series_free(s);
	series_free(NULL);
	return done();
}
