// SPDX-License-Identifier: GPL-2.0-only
/* src/output/text*.c: what is sent, causes, queues and drops, against golden files; see scene.h. */
#include <linux/types.h>

#include "histogram.h"
#include "scene.h"

/* 12000 packets that spent most of their time in the socket, and half of them acked. */
static void fill_tx(struct hist *tx)
{
	static const struct {
		unsigned stage;
		__u64 ns, step;
	} typical[] = {{TXS_SOCKET, 21000, 1700},
		       {TXS_TRANSPORT, 900, 3},
		       {TXS_IP, 1300, 7},
		       {TXS_QDISC, 800, 450},
		       {TXS_DRIVER, 2100, 11}};

	for (unsigned k = 0; k < 12000; k++) {
		__u64 total = 0;

		for (size_t i = 0; i < sizeof(typical) / sizeof(typical[0]); i++) {
			__u64 ns = typical[i].ns + typical[i].step * (k % 150);

			sample_add(&tx[typical[i].stage], ns, 1);
			total += ns;
		}
		sample_add(&tx[TXS_TOTAL], total, 1);
		sample_add(&tx[TXS_COMPLETION], 30000 + k % 900 * 10, 1);
		if (k % 2)
			continue;
		sample_add(&tx[TXS_NETWORK], 250000 + k % 800 * 100, 1);
		sample_add(&tx[TXS_ACK], 3000 + k % 50, 1);
	}
	sample_add(&tx[TXH_RESENT], 260000, 17);
}

static void add_qdisc(struct scene *c, const struct qdisc *q)
{
	c->s->qdiscs = realloc(c->s->qdiscs, (c->s->n_qdiscs + 1) * sizeof(*q));
	c->s->qdiscs[c->s->n_qdiscs++] = *q;
}

static void add_drop(struct scene *c, struct drop_key key, const char *dev, __u64 n)
{
	struct drop_count d = {.key = key, .drop = {.n = n}};

	snprintf(d.drop.dev, sizeof(d.drop.dev), "%s", dev);
	c->s->drops = realloc(c->s->drops, (c->s->n_drops + 1) * sizeof(d));
	c->s->drops[c->s->n_drops++] = d;
}

static void both_directions(struct scene *c)
{
	struct snapshot *s = c->s;

	c->ri = sample_run_both();
	fill_tx(s->hist[NS_TX][NS_TCP]);
	sample_add(&s->hist[NS_RX][NS_TCP][RXH_LOCAL], 91000, 400);
	s->ledger[NS_TX].seen = 12005;
	s->ledger[NS_TX].taken = 12000;
	s->ledger[NS_TX].lost[LOSS_DROPPED] = 5;
	c->o.sort_dir = NS_TX;
	c->o.sort_stage = TXS_TOTAL;
	c->o.connections = 10;
	sample_conn_sends(&s->conns[0], 7000, 2100);
	sample_conn_sends(&s->conns[2], 30, 800);
	sample_conn_sends(&s->conns[3], 5000, 9000);
	s->conns[2].causes[CAUSE_NAGLE].sum = s->conns[2].causes[CAUSE_OTHER].sum = 0;
	s->conns[3].dir[NS_RX].n = 0;
}

static void scene_both(struct scene *c)
{
	both_directions(c);
	c->s->causes[CAUSE_CWND] = (struct cause_time){.n = 812, .sum = 91000000};
	c->s->causes[CAUSE_TSQ] = (struct cause_time){.n = 20000, .sum = 5000000000ULL};
	c->s->causes[CAUSE_AUTOCORK] = (struct cause_time){.n = 3, .sum = 12};
	add_qdisc(c, &(struct qdisc){.dev = "eth0",
				     .kind = "fq_codel",
				     .ifindex = 2,
				     .n = 9000,
				     .bypassed = 1000,
				     .sum = 900000000,
				     .max = 4000000,
				     .backlog_packets = 12,
				     .backlog_bytes = 18000});
	add_qdisc(c, &(struct qdisc){.dev = "eth0",
				     .kind = "fq_codel",
				     .ifindex = 2,
				     .n = 1000,
				     .sum = 100000000,
				     .max = 5000000,
				     .requeues = 17,
				     .edt = 40000000,
				     .backlog_packets = 7,
				     .backlog_bytes = 9000});
	add_qdisc(c, &(struct qdisc){.dev = "lo",
				     .kind = "pfifo_fast",
				     .ifindex = 1,
				     .bypassed = 31,
				     .backlog_packets = QDISC_NONE,
				     .backlog_bytes = QDISC_NONE});
	add_drop(c, (struct drop_key){.dir = NS_TX, .stage = TXS_QDISC, .reason = 5}, "eth0", 5);
	add_drop(c, (struct drop_key){.dir = NS_RX, .stage = RXS_APPLICATION, .reason = 2}, "lo",
		 123456);
	add_drop(c, (struct drop_key){.dir = NS_RX, .stage = RXS_IP, .proto = NS_UDP}, "", 2);
}

/* Only what is sent, few hooks, and several namespaces. */
static void scene_sent(struct scene *c)
{
	struct qdisc q = {.dev = "veth-long-name0",
			  .kind = "pfifo_fast",
			  .ifindex = 2,
			  .netns = 4026531840U,
			  .n = 40,
			  .sum = 4000000,
			  .max = 900000};

	both_directions(c);
	memset(c->ri.points[NS_RX], 0, sizeof(c->ri.points[NS_RX]));
	c->ri.points[NS_TX][NS_TCP] = 1U << TXP_SEND | 1U << TXP_HANDED;
	c->ri.points[NS_TX][NS_UDP] = 1U << TXP_QDISC | 1U << TXP_DRIVER | 1U << TXP_HANDED;
	memset(c->s->hist[NS_TX][NS_TCP], 0, sizeof(c->s->hist[NS_TX][NS_TCP]));
	sample_add(&c->s->hist[NS_TX][NS_TCP][TXS_DRIVER], 75000, 25);
	sample_add(&c->s->hist[NS_TX][NS_TCP][TXS_TOTAL], 75000, 25);
	add_qdisc(c, &q);
	memcpy(q.dev, "\033[2J", 5);
	q.netns = 4026532386U;
	q.kind[0] = '\0';
	add_qdisc(c, &q);
	for (unsigned i = 0; i < 25; i++)
		add_drop(c, (struct drop_key){.dir = NS_TX, .reason = 100 + i, .netns = i % 3},
			 "dummy0", 1000 - i);
}

/* Stages that are measured as one have long names; 80 columns are enough all the same. */
static void scene_wide(struct scene *c)
{
	struct hist *tx = c->s->hist[NS_TX][NS_TCP], *rx = c->s->hist[NS_RX][NS_TCP];

	both_directions(c);
	c->ri.points[NS_TX][NS_TCP] &= ~(1U << TXP_SEGMENT | 1U << TXP_IP);
	c->ri.points[NS_RX][NS_TCP] &= ~(1U << RXP_WOKEN | 1U << RXP_RUNNING);
	hist_merge(&tx[TXS_IP], &tx[TXS_SOCKET]);
	memset(&tx[TXS_SOCKET], 0, sizeof(*tx));
	memset(&tx[TXS_TRANSPORT], 0, sizeof(*tx));
	memset(&rx[RXH_NOT_FIRST], 0, sizeof(*rx));
	c->o.sort_stage = TXS_SOCKET;
	c->s->n_conns = 1;
	add_drop(c, (struct drop_key){.dir = NS_TX, .stage = TXS_SOCKET, .reason = 5}, "eth0", 5);
	add_drop(c, (struct drop_key){.dir = NS_TX, .stage = TXS_QDISC, .reason = 5}, "eth0", 4);
	add_drop(c, (struct drop_key){.dir = NS_RX, .stage = RXS_WAKEUP, .reason = 5},
		 "veth-long-name0", 3);
}

static void scene_color_both(struct scene *c)
{
	scene_both(c);
	c->o.color = c->o.utf8 = true;
	c->o.connections = 1;
	c->o.width = 100;
}

static void test_snapshots(void)
{
	static const struct scene_test scenes[] = {
		{"both", scene_both, 110},
		{"sent", scene_sent, 130},
		{"wide", scene_wide, 80},
		{"color-both", scene_color_both, 0},
	};

	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
		test_scene(&scenes[i]);
}

static void test_packets(void)
{
	struct run_info ri = sample_run_both();
	struct text_opts plain = {.width = 80}, wide = {.width = 160}, color = {.width = 160};
	struct ns_event e = sample_sent(), drop = sample_dropped(), local = sample_local(), udp;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	color.color = color.utf8 = true;
	text_packet(f, &e, &ri, &plain);
	text_packet(f, &e, &ri, &wide);
	text_packet(f, &e, &ri, &color);
	text_packet(f, &drop, &ri, &plain);
	text_packet(f, &local, &ri, &plain);
	local.trail.n_hops = 7;
	local.trail.t[TXP_IP] = 1;
	text_packet(f, &local, &ri, &color);
	udp = e;
	sample_flow(&udp.flow, NS_UDP, 3);
	udp.flags = PKT_QUEUED;
	udp.sends = 1;
	udp.tx.edt_ns = 0;
	udp.tx.backlog_packets = udp.tx.backlog_bytes = QDISC_NONE;
	text_packet(f, &udp, &ri, &plain);
	drop = sample_event();
	drop.flags = PKT_DROPPED;
	drop.stage = RXS_TRANSPORT;
	drop.t[RXP_QUEUED] = drop.t[RXP_READY] = drop.t[RXP_READ] = 0;
	text_packet(f, &drop, &ri, &plain);
	fclose(f);
	golden("packets-tx", text);
	free(text);
}

int main(void)
{
	use_utc();
	test_snapshots();
	test_packets();
	return done();
}
