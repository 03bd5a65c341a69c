// SPDX-License-Identifier: GPL-2.0-only
#include "conns.h"

#include "histogram.h"
#include "names.h"

__u64 conn_stage_n(const struct conn *c, enum ns_dir dir, unsigned stage)
{
	const struct conn_dir *d = &c->dir[dir];

	return dirs[dir].sometimes & 1U << stage ? d->stages[stage].n : d->n;
}

__u64 conn_rank(const struct conn *c, enum ns_dir dir, enum conn_sort_key key, unsigned stage)
{
	const struct conn_dir *d = &c->dir[dir];
	__u64 p99;

	switch (key) {
	case SORT_N:
		return conn_stage_n(c, dir, stage);
	case SORT_SUM:
		return d->stages[stage].sum;
	case SORT_P99:
		if (stage == dirs[dir].total &&
		    coarse_quantile(d->coarse, d->stages[stage].max, 0.99, &p99))
			return p99;
		break;
	case SORT_MAX:
		break;
	}
	return d->stages[stage].max;
}

unsigned conn_worst_stage(const struct conn *c, enum ns_dir dir)
{
	const struct conn_stage *s = c->dir[dir].stages;
	unsigned worst = 0;

	for (unsigned i = 1; i < dirs[dir].total; i++)
		if (s[i].sum > s[worst].sum)
			worst = i;
	return worst;
}

int conn_worst_cause(const struct conn *c)
{
	int worst = -1;

	for (int i = 0; i < CAUSE_COUNT; i++)
		if (c->causes[i].sum && (worst < 0 || c->causes[i].sum > c->causes[worst].sum))
			worst = i;
	return worst;
}

static __u64 mean(__u64 sum, __u64 n)
{
	return n ? sum / n : 0;
}

bool conn_rtt(const struct conn *c, struct conn_rtt *out)
{
	const struct conn_dir *tx = &c->dir[NS_TX];
	const struct conn_stage *s = tx->stages;
	__u64 host = 0;

	if (!s[TXS_NETWORK].n || c->flow.proto != NS_TCP)
		return false;
	/* not `socket`: TCP's round-trip time begins when the segment is sent */
	for (unsigned i = s[TXS_SOCKET].sum ? TXS_TRANSPORT : TXS_QDISC; i < TXS_TOTAL; i++)
		host += s[i].sum; /* without a hook for `segment`, ip holds socket too */
	out->host_tx = mean(host, tx->n);
	out->network = mean(s[TXS_NETWORK].sum, s[TXS_NETWORK].n);
	/* `network` holds it where it is not known when the ACK came in */
	out->host_rx = mean(s[TXS_ACK].sum, s[TXS_NETWORK].n);
	out->mean = out->host_tx + out->network + out->host_rx;
	return true;
}
