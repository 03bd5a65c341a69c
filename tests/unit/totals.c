// SPDX-License-Identifier: GPL-2.0-only
/* src/collect/totals.c: what one CPU's row adds to a snapshot. */
#include <stdlib.h>

#include "names.h"
#include "tap.h"
#include "totals.h"

static __u64 *way_set(struct cpu_row *row, enum ns_proto proto, __u32 flags)
{
	return &row->ways[proto][PKT_WAY_SET(flags)];
}

/* Packets are counted by all the ways that each had; a way has all packets that had it, among
 * others. */
static void test_ways(void)
{
	struct cpu_row *row = calloc(1, sizeof(*row));
	struct snapshot *s = snapshot_new();
	const __u64 *ways = s->ledger[NS_RX].ways;

	*way_set(row, NS_TCP, PKT_WAY(WAY_KSOFTIRQD) | PKT_RESENT) = 1;
	*way_set(row, NS_TCP, PKT_WAY(WAY_KSOFTIRQD) | PKT_WAY(WAY_NO_IRQ)) = 10;
	*way_set(row, NS_UDP, PKT_WAY(WAY_NO_IRQ) | PKT_WAY(WAY_PREEMPTED)) = 100;
	*way_set(row, NS_UDP, PKT_WAYS) = 1000;
	snapshot_add_cpu(s, row);
	for (int i = 0; i < WAY_COUNT; i++)
		is_u64(ways[i],
		       1000 + (i == WAY_KSOFTIRQD ? 11 : 0) + (i == WAY_NO_IRQ ? 110 : 0) +
			       (i == WAY_PREEMPTED ? 100 : 0),
		       way_infos[i].name);
	snapshot_add_cpu(s, row);
	is_u64(ways[WAY_NO_IRQ], 2 * 1110, "a second CPU adds up");
	is_u64(s->ledger[NS_TX].ways[WAY_NO_IRQ], 0, "what is sent has none");
	snapshot_free(s);
	free(row);
}

static void test_counts(void)
{
	struct cpu_row *row = calloc(1, sizeof(*row));
	struct snapshot *s = snapshot_new();

	for (int dir = 0; dir < NS_DIRS; dir++) {
		struct cpu_dir *d = &row->dir[dir];

		d->seen = 1;
		d->seen_by_one = 20;
		d->undelivered = 300;
		d->lost[LOSS_MAP_FULL] = 4;
		d->hist[NS_TCP][0].count[7] = 5;
	}
	row->dir[NS_TX].hist[NS_TCP][TXH_CLOSING(TXS_ACK)].count[9] = 6;
	snapshot_add_cpu(s, row);
	for (int dir = 0; dir < NS_DIRS; dir++) {
		is_u64(s->ledger[dir].seen, 21, "seen by all programs");
		is_u64(s->ledger[dir].undelivered, 300, "undelivered");
		is_u64(s->ledger[dir].lost[LOSS_MAP_FULL], 4, "lost");
		is_u64(s->hist[dir][NS_TCP][0].count[7], 5, "a histogram");
	}
	is_u64(s->hist[NS_TX][NS_TCP][TXS_ACK].count[9], 6, "ACKs of a connection that closes too");
	snapshot_free(s);
	free(row);
}

int main(void)
{
	test_ways();
	test_counts();
	return done();
}
