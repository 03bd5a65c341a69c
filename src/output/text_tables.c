// SPDX-License-Identifier: GPL-2.0-only
/* What text_snapshot() says of time and packets lost on the way: causes, queues, drops. */
#include "text_style.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "names.h"

#define CAUSE_WIDTH 11 /* "zero_window" */
#define CAUSE_COLUMNS (CAUSE_WIDTH + 3 * 7 + 1)
#define WAY_WIDTH 13 /* "threaded_napi" */
#define WAY_COLUMNS (WAY_WIDTH + 2 * 7 + 1)
#define QDISC_WIDTH 30	/* "eth0 fq_codel netns 4026531840" */
#define DROP_COLUMNS 40 /* "received tcp application enp129s0f1np1 " */

void text_causes(FILE *f, const struct snapshot *s, const struct text_opts *o)
{
	unsigned order[CAUSE_COUNT], n = 0;
	__u64 all = 0;

	for (unsigned i = 0; i < CAUSE_COUNT; i++) {
		unsigned at = n;

		if (!s->causes[i].n)
			continue;
		all += s->causes[i].sum;
		for (; at && s->causes[order[at - 1]].sum < s->causes[i].sum; at--)
			order[at] = order[at - 1];
		order[at] = i;
		n++;
	}
	if (!n)
		return;
	fprintf(f, "%s%-*s %6s %6s %6s why TCP held data back%s\n", text_style(o, TS_HEAD),
		CAUSE_WIDTH, "cause", "waits", "time", "share", text_style(o, TS_RESET));
	for (unsigned i = 0; i < n; i++) {
		const struct cause_time *t = &s->causes[order[i]];

		fprintf(f, "%-*s %6s %6s %6s ", CAUSE_WIDTH, cause_infos[order[i]].name,
			fmt_count(t->n).s, fmt_ns(t->sum).s, fmt_percent(t->sum, all).s);
		text_words(f, cause_infos[order[i]].doc, CAUSE_COLUMNS, o);
	}
}

/* Why some packets do not have all stages. */
void text_ways(FILE *f, const struct snapshot *s, const struct text_opts *o)
{
	const struct ledger *l = &s->ledger[NS_RX];
	bool any = false;

	for (unsigned i = 0; i < WAY_COUNT; i++) {
		if (!l->ways[i])
			continue;
		if (!any)
			fprintf(f, "%s%-*s %6s %6s how packets came in, and were read%s\n",
				text_style(o, TS_HEAD), WAY_WIDTH, "way", "n", "share",
				text_style(o, TS_RESET));
		any = true;
		fprintf(f, "%-*s %6s %6s ", WAY_WIDTH, way_infos[i].name, fmt_count(l->ways[i]).s,
			fmt_percent(l->ways[i], l->taken).s);
		text_words(f, way_infos[i].doc, WAY_COLUMNS, o);
	}
}

/* Of those that are known: a packet that was dropped may have had no device any more, and so 0. */
static bool namespaces_differ(const __u32 *first, size_t n, size_t stride)
{
	__u32 one = 0;

	for (size_t i = 0; i < n; i++) {
		__u32 netns = *(const __u32 *)((const char *)first + i * stride);

		if (one && netns && netns != one)
			return true;
		if (netns)
			one = netns;
	}
	return false;
}

static bool known(__u32 backlog)
{
	return backlog != QDISC_NONE;
}

/* The queues of one device and kind as one: mq has one for each of the device's. */
static size_t merge_qdiscs(struct qdisc *q, const struct snapshot *s)
{
	size_t n = 0, at;

	for (size_t i = 0; i < s->n_qdiscs; i++) {
		const struct qdisc *new = &s->qdiscs[i];
		struct qdisc *old;

		for (at = 0; at < n; at++)
			if (q[at].ifindex == new->ifindex && q[at].netns == new->netns &&
			    !strncmp(q[at].kind, new->kind, KIND_LEN))
				break;
		old = &q[at];
		if (at == n) {
			q[n++] = *new;
			continue;
		}
		old->n += new->n;
		old->bypassed += new->bypassed;
		old->requeues += new->requeues;
		old->sum += new->sum;
		old->edt += new->edt;
		old->max = old->max > new->max ? old->max : new->max;
		if (!known(old->backlog_packets) ||
		    (known(new->backlog_packets) && new->backlog_packets > old->backlog_packets))
			old->backlog_packets = new->backlog_packets;
	}
	return n;
}

static int by_wait(const void *va, const void *vb)
{
	const struct qdisc *a = va, *b = vb;

	if (a->sum != b->sum)
		return a->sum > b->sum ? -1 : 1;
	if (a->ifindex != b->ifindex)
		return a->ifindex < b->ifindex ? -1 : 1;
	return (a->netns > b->netns) - (a->netns < b->netns);
}

static void print_qdisc(FILE *f, const struct qdisc *q, bool netns, const struct text_opts *o)
{
	char dev[DEV_LEN + 1], kind[KIND_LEN + 1], label[80];
	int len;

	fmt_clean(dev, sizeof(dev), q->dev, DEV_LEN, o->utf8);
	fmt_clean(kind, sizeof(kind), q->kind, KIND_LEN, o->utf8);
	len = snprintf(label, sizeof(label), "%s %s", dev, kind[0] ? kind : "-");
	if (netns)
		snprintf(label + len, sizeof(label) - (size_t)len, " netns %u", q->netns);
	text_label(f, label, QDISC_WIDTH);
	fprintf(f, " %6s %6s", fmt_count(q->n).s, fmt_count(q->bypassed).s);
	fprintf(f, " %6s %6s", q->n ? fmt_ns(q->sum / q->n).s : "-", q->n ? fmt_ns(q->max).s : "-");
	fprintf(f, " %8s %7s\n", qdisc_tells(q) ? fmt_count(q->requeues).s : "-",
		q->n && known(q->backlog_packets) ? fmt_count(q->backlog_packets).s : "-");
	if (q->edt)
		fprintf(f, "  %s%s of the wait was pacing: held until the departure time%s\n",
			text_style(o, TS_FAINT), fmt_percent(q->edt, q->sum).s,
			text_style(o, TS_RESET));
}

void text_rest(FILE *f, size_t n)
{
	if (n > TEXT_ROWS)
		fprintf(f, "  ... and %zu more (--json has all)\n", n - TEXT_ROWS);
}

int text_qdiscs(FILE *f, const struct snapshot *s, const struct text_opts *o)
{
	struct qdisc *q;
	bool netns;
	size_t n;

	if (!s->n_qdiscs)
		return 0;
	q = calloc(s->n_qdiscs, sizeof(*q));
	if (!q)
		return -ENOMEM;
	n = merge_qdiscs(q, s);
	qsort(q, n, sizeof(*q), by_wait);
	netns = namespaces_differ(&q->netns, n, sizeof(*q));
	fprintf(f, "%s%-*s %6s %6s %6s %6s %8s %7s%s\n", text_style(o, TS_HEAD), QDISC_WIDTH,
		"queueing discipline", "queued", "past", "mean", "max", "requeues", "backlog",
		text_style(o, TS_RESET));
	for (size_t i = 0; i < n && i < TEXT_ROWS; i++)
		print_qdisc(f, &q[i], netns, o);
	text_rest(f, n);
	free(q);
	return 0;
}

static int by_count(const void *va, const void *vb)
{
	const struct drop_count *a = va, *b = vb;

	if (a->drop.n != b->drop.n)
		return a->drop.n > b->drop.n ? -1 : 1;
	return memcmp(&a->key, &b->key, sizeof(a->key));
}

static void print_drop(FILE *f, const struct drop_count *d, const struct run_info *ri, bool netns,
		       const struct text_opts *o)
{
	enum ns_dir dir = d->key.dir == NS_TX ? NS_TX : NS_RX;
	unsigned proto = d->key.proto < NS_PROTOS ? d->key.proto : 0;
	unsigned stage = stage_measured(ri, dir, proto, d->key.stage);
	char dev[DEV_LEN + 1], reason[64], label[64] = "?";
	int used;

	fmt_clean(dev, sizeof(dev), d->drop.dev, DEV_LEN, o->utf8);
	if (stage < dirs[dir].total)
		stage_label(dir, ri->points[dir][proto], stage, label, sizeof(label));
	used = fprintf(f, "%-8s %-3s %-11s ", dirs[dir].verb, proto_name(proto), label);
	/* what a long label needs more, the device gives: few have names of 15 characters */
	fprintf(f, "%-*s %6s %s", used < DROP_COLUMNS ? DROP_COLUMNS - used : 0, dev[0] ? dev : "-",
		fmt_count(d->drop.n).s,
		drop_reason_name(ri, d->key.reason, reason, sizeof(reason)));
	if (netns && d->key.netns)
		fprintf(f, " netns %u", d->key.netns);
	fputc('\n', f);
}

int text_drops(FILE *f, const struct snapshot *s, const struct run_info *ri,
	       const struct text_opts *o)
{
	struct drop_count *d;
	bool netns;

	if (!s->n_drops)
		return 0;
	d = calloc(s->n_drops, sizeof(*d));
	if (!d)
		return -ENOMEM;
	memcpy(d, s->drops, s->n_drops * sizeof(*d));
	qsort(d, s->n_drops, sizeof(*d), by_count);
	netns = namespaces_differ(&d->key.netns, s->n_drops, sizeof(*d));
	fprintf(f, "%s%-12s %-11s %-15s %6s %s%s\n", text_style(o, TS_HEAD), "dropped", "in stage",
		"device", "n", "reason", text_style(o, TS_RESET));
	for (size_t i = 0; i < s->n_drops && i < TEXT_ROWS; i++)
		print_drop(f, &d[i], ri, netns, o);
	text_rest(f, s->n_drops);
	free(d);
	return 0;
}
