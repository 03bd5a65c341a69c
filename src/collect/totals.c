// SPDX-License-Identifier: GPL-2.0-only
#include "totals.h"

#include <string.h>

#include "histogram.h"
#include "names.h"

static void add_stage(struct conn_stage *to, const struct conn_stage *from)
{
	to->sum += from->sum;
	to->n += from->n;
	if (to->max < from->max)
		to->max = from->max;
}

void totals_add(struct totals *t, const struct conn *c)
{
	unsigned proto = c->flow.proto % NS_PROTOS;

	for (int dir = 0; dir < NS_DIRS; dir++)
		for (int i = 0; i < STAGES_MAX; i++)
			add_stage(&t->stages[dir][proto][i], &c->dir[dir].stages[i]);
	add_stage(&t->resent[proto], &c->resent);
	for (int i = 0; i < CAUSE_COUNT && proto == NS_TCP; i++) { /* UDP's: per connection only */
		t->causes[i].sum += c->causes[i].sum;
		t->causes[i].n += c->causes[i].n;
	}
}

void totals_put(const struct totals *t, struct snapshot *s)
{
	for (int dir = 0; dir < NS_DIRS; dir++) {
		for (int p = 0; p < NS_PROTOS; p++) {
			for (int i = 0; i < (int)dirs[dir].n_stages; i++) {
				s->hist[dir][p][i].sum = t->stages[dir][p][i].sum;
				s->hist[dir][p][i].max = t->stages[dir][p][i].max;
			}
			s->ledger[dir].taken += hist_n(&s->hist[dir][p][dirs[dir].total]);
		}
	}
	for (int p = 0; p < NS_PROTOS; p++) {
		s->hist[NS_TX][p][TXH_RESENT].sum = t->resent[p].sum;
		s->hist[NS_TX][p][TXH_RESENT].max = t->resent[p].max;
	}
	memcpy(s->causes, t->causes, sizeof(s->causes));
}

void snapshot_add_cpu(struct snapshot *s, const struct cpu_row *row)
{
	static const int hists[NS_DIRS] = {[NS_RX] = RXH_COUNT, [NS_TX] = TXH_COUNT};

	for (int dir = 0; dir < NS_DIRS; dir++) {
		const struct cpu_dir *d = &row->dir[dir];

		s->ledger[dir].seen += d->seen + d->seen_by_one;
		s->ledger[dir].undelivered += d->undelivered;
		for (int i = 0; i < LOSS_COUNT; i++)
			s->ledger[dir].lost[i] += d->lost[i];
		for (int p = 0; p < NS_PROTOS; p++)
			for (int h = 0; h < hists[dir]; h++)
				hist_merge(&s->hist[dir][p][h], &d->hist[p][h]);
		if (dir == NS_TX)
			for (int h = TXS_NETWORK; h <= TXS_ACK; h++)
				hist_merge(&s->hist[dir][NS_TCP][h],
					   &d->hist[NS_TCP][TXH_CLOSING(h)]);
	}
	for (int p = 0; p < NS_PROTOS; p++)
		for (int set = 1; set < WAY_SETS; set++)
			for (int i = 0; row->ways[p][set] && i < WAY_COUNT; i++)
				if (set & 1 << i)
					s->ledger[NS_RX].ways[i] += row->ways[p][set];
}
