// SPDX-License-Identifier: GPL-2.0-only
/* src/collect/changes.c, totals.c: against differences of whole copies of the table. */
#include <linux/types.h>
#include <stdlib.h>

#include "changes.h"
#include "histogram.h"
#include "names.h"
#include "rnd.h"
#include "sample.h"
#include "tap.h"

#define ROWS 60
#define ROUNDS 200

/* What the programs may do to a row between two looks, one thing at a time. */
static void touch(struct conn *c)
{
	unsigned dir = rnd() % NS_DIRS, stage = rnd() % dirs[dir].n_stages,
		 cause = rnd() % CAUSE_COUNT;
	struct conn_dir *d = &c->dir[dir];
	__u64 ns = rnd_log(30);

	switch (rnd() % 4) {
	case 0: /* a packet */
		d->n++;
		d->coarse[coarse_bucket(ns)]++;
		for (unsigned i = 0; i <= dirs[dir].total; i++) {
			d->stages[i].sum += ns;
			d->stages[i].max = d->stages[i].max > ns ? d->stages[i].max : ns;
		}
		break;
	case 1: /* what comes after a packet was counted */
		while (!(dirs[dir].sometimes & 1U << stage))
			stage = (stage + 1) % dirs[dir].n_stages;
		d->stages[stage].n++;
		d->stages[stage].sum += ns;
		d->stages[stage].max = d->stages[stage].max > ns ? d->stages[stage].max : ns;
		break;
	case 2:
		c->causes[cause].n++;
		c->causes[cause].sum += ns;
		break;
	default:
		c->resent.n++;
		c->resent.sum += ns;
		c->resent.max = c->resent.max > ns ? c->resent.max : ns;
	}
}

static const struct conn *listed(const struct snapshot *s, __u32 row, __u32 gen)
{
	for (size_t i = 0; i < s->n_conns; i++)
		if (s->conns[i].row == row && s->conns[i].gen == gen)
			return &s->conns[i];
	return NULL;
}

/* One interval: some rows change, some end and begin anew, all are looked at. */
static unsigned one_round(struct changes *ch, struct conn *rows, struct totals *want)
{
	struct snapshot *s = snapshot_new();
	unsigned wrong = 0, expected = 0;

	for (unsigned i = 0; i < ROWS; i++) {
		struct conn before = rows[i], d;
		const struct conn *got;

		for (unsigned k = rnd() % 4; k-- && rnd() % 3;)
			touch(&rows[i]);
		d = rows[i];
		conn_delta(&d, &before);
		totals_add(want, &d);
		if (!conn_moved(&d)) {
			wrong += changes_look(ch, i, &rows[i]) != 0;
			continue;
		}
		expected++;
		wrong += changes_look(ch, i, &rows[i]) || changes_look(ch, i, &rows[i]);
		got = &ch->found[ch->n_found - 1];
		wrong += memcmp(got, &d, sizeof(d)) != 0;
		if (rnd() % 10)
			continue;
		changes_forget(ch, i); /* its last packets stay in this interval */
		sample_conn(&rows[i], NS_TCP, i, 1, 1);
		memset(rows[i].dir, 0, sizeof(rows[i].dir));
		rows[i].gen = before.gen + 1;
		rows[i].row = i;
	}
	wrong += ch->n_found != expected;
	changes_take(ch, s);
	wrong += s->n_conns != expected || ch->n_found;
	for (size_t i = 0; i < s->n_conns; i++)
		wrong += listed(s, s->conns[i].row, s->conns[i].gen) != &s->conns[i];
	snapshot_free(s);
	return wrong;
}

static void test_changes(void)
{
	static struct conn rows[ROWS];
	struct changes *ch = changes_new(ROWS);
	struct totals want = {0};
	unsigned wrong = 0;

	for (unsigned i = 0; i < ROWS; i++) {
		rows[i].row = i;
		rows[i].gen = 1;
		sample_flow(&rows[i].flow, i % 2, i);
	}
	for (unsigned i = 0; i < ROUNDS; i++)
		wrong += one_round(ch, rows, &want);
	is_u64(wrong, 0, "each interval: the rows that moved, and their differences");
	ok(!memcmp(&ch->totals, &want, sizeof(want)), "the totals hold all of it");
	changes_free(ch);
}

/* More connections than there is room for: the totals have them all the same. */
static void test_bound(void)
{
	struct changes *ch = changes_new(1);
	struct snapshot *s = snapshot_new();
	struct conn c;

	for (unsigned i = 0; i < 6000; i++) {
		sample_conn(&c, NS_TCP, 2, 1, 1000);
		c.row = 0;
		changes_look(ch, 0, &c);
		changes_forget(ch, 0);
	}
	changes_take(ch, s);
	is_u64(s->n_conns, 4097, "listed up to the bound");
	totals_put(&ch->totals, s);
	is_u64(s->hist[NS_RX][NS_TCP][RXS_IP].sum, 6000 * 1000, "and all of them in the totals");
	changes_look(ch, 0, &c);
	changes_take(ch, s);
	is_u64(s->n_conns, 1, "and the next interval begins anew");
	snapshot_free(s);
	changes_free(ch);
	changes_free(NULL);
}

int main(void)
{
	test_changes();
	test_bound();
	return done();
}
