// SPDX-License-Identifier: GPL-2.0-only
/* src/output/text*.c against golden files; see scene.h. */
#include <linux/types.h>

#include "scene.h"
#include "softirq_sample.h"

static void scene_plain(struct scene *c)
{
	(void)c;
}

static void scene_losses(struct scene *c)
{
	c->s->final = true;
	c->s->interval_ns = 12500000000ULL;
	c->s->ledger[NS_RX].lost[LOSS_SAMPLED] = 7;
	c->s->ledger[NS_RX].lost[LOSS_UNREAD] = 88;
	c->s->ledger[NS_RX].lost[LOSS_EVENT_FULL] = 2000;
	c->s->ledger[NS_RX].undelivered = 4711;
	sample_add(&c->s->hist[NS_RX][NS_TCP][RXS_HOL], 31000000, 25);
	c->s->hist[NS_RX][NS_TCP][RXS_TOTAL].sum += 25 * 31000000ULL;
	for (unsigned i = 0; i < RXS_TOTAL; i++)
		if (i != RXS_HOL)
			sample_add(&c->s->hist[NS_RX][NS_UDP][i], 450 * (i + 1), 19);
	sample_add(&c->s->hist[NS_RX][NS_UDP][RXS_TOTAL], 450 * (66 - 8), 19);
	c->s->ledger[NS_RX].ways[WAY_KSOFTIRQD] = 5000;
	c->s->ledger[NS_RX].ways[WAY_NOT_WOKEN] = 40;
}

static void scene_merged(struct scene *c)
{
	c->ri.points[NS_RX][NS_TCP] &= ~(1U << RXP_IP | 1U << RXP_TRANSPORT);
	c->ri.points[NS_RX][NS_UDP] = 0;
	c->ri.sample = 16;
	c->ri.slower_ns = 1500000;
	memset(&c->s->hist[NS_RX][NS_TCP][RXS_IP], 0, sizeof(struct hist));
	memset(&c->s->hist[NS_RX][NS_TCP][RXS_STACK], 0, sizeof(struct hist));
	c->o.connections = 2;
	c->o.sort_key = SORT_N;
}

static void scene_histogram(struct scene *c)
{
	c->o.histogram = true;
	c->o.utf8 = true;
	c->o.width = 100;
	sample_add(&c->s->hist[NS_RX][NS_TCP][RXS_APPLICATION], 90000000000ULL, 3); /* overflow */
	sample_add(&c->s->hist[NS_RX][NS_TCP][RXS_TOTAL], 90000000000ULL, 3);
	sample_add(&c->s->hist[NS_RX][NS_TCP][RXS_STACK], 0, 2);
}

static void scene_color(struct scene *c)
{
	c->o.color = true;
	c->o.utf8 = true;
	c->o.connections = 1;
	c->s->ledger[NS_RX].lost[LOSS_MARK_FULL] = 3;
}

static void scene_connections(struct scene *c)
{
	c->o.connections = 10;
	c->o.sort_key = SORT_SUM;
	c->o.sort_stage = RXS_APPLICATION;
}

static void scene_cpus(struct scene *c)
{
	c->s->softirqs = sample_cpus(4);
}

/* More than there is room for: those that waited longest; and columns for all there is. */
static void scene_cpus_many(struct scene *c)
{
	c->s->softirqs = sample_cpus(200);
	c->s->softirqs->misses = 0;
	c->o.color = true;
	c->o.width = 110;
}

static void scene_nothing(struct scene *c)
{
	free(c->s->conns);
	memset(c->s, 0, sizeof(*c->s));
	c->o.connections = 3;
	c->ri.options[0] = '\0';
}

static void test_snapshots(void)
{
	static const struct scene_test scenes[] = {
		{"plain", scene_plain, 80},
		{"losses", scene_losses, 80},
		{"merged", scene_merged, 80},
		{"histogram", scene_histogram, 100},
		{"color", scene_color, 0},
		{"connections", scene_connections, 110}, /* IPv6 */
		{"nothing", scene_nothing, 80},
		{"cpus", scene_cpus, 80},
		{"cpus-many", scene_cpus_many, 110},
	};

	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
		test_scene(&scenes[i]);
}

static void test_packets(void)
{
	struct run_info ri = sample_run();
	struct text_opts plain = {.width = 80}, wide = {.width = 160}, color = {.width = 160};
	struct ns_event ooo = sample_event(), simple = sample_event(), bad = sample_event(), udp;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	color.color = color.utf8 = true;
	simple.flags = PKT_WAY(WAY_KSOFTIRQD) | PKT_WAY(WAY_NOT_WOKEN);
	simple.t[RXP_WOKEN] = simple.t[RXP_RUNNING] = 0;
	simple.t[RXP_READY] = simple.t[RXP_QUEUED] + 20000;
	simple.t[RXP_READ] = simple.t[RXP_READY] + 35000;
	bad.t[RXP_READ] = bad.t[RXP_STACK] - 5;
	udp = simple;
	sample_flow(&udp.flow, NS_UDP, 3);
	udp.flags = PKT_UNNOTIFIED | PKT_WAY(WAY_NOT_WOKEN);
	text_packet(f, &simple, &ri, &plain);
	text_packet(f, &ooo, &ri, &plain);
	text_packet(f, &simple, &ri, &wide);
	text_packet(f, &ooo, &ri, &wide);
	text_packet(f, &bad, &ri, &wide);
	text_packet(f, &udp, &ri, &wide);
	text_packet(f, &simple, &ri, &color);
	ooo.runqueue_blame =
		(struct blame){.ns = 18000, .pid = 567, .kind = BLAME_TASK, .comm = "stress\033ng"};
	ooo.softirq_blame = (struct blame){.ns = 2500, .pid = 1, .kind = BLAME_SOFTIRQ};
	text_packet(f, &ooo, &ri, &plain);
	ri.points[NS_RX][NS_TCP] &= ~(1U << RXP_IP);
	text_packet(f, &simple, &ri, &wide);
	fclose(f);
	golden("packets", text);
	free(text);
}

static void test_errors(void)
{
	struct run_info ri = sample_run();
	struct snapshot *s = sample_snapshot();
	struct text_opts o = {.width = 80, .sort_stage = RXS_TOTAL};
	struct ns_event e = sample_event();
	FILE *f = fopen("/dev/full", "w");
	int err;

	if (!f) {
		skip("a full disk is noticed", "no /dev/full");
	} else {
		err = text_snapshot(f, s, &ri, &o);
		ok(err == -ENOSPC || err == -EIO, "a full disk is noticed: %d", err);
		fclose(f);
		f = fopen("/dev/full", "w");
		setvbuf(f, NULL, _IOLBF, 0);
		text_packet(f, &e, &ri, &o);
		ok(text_packet(f, &e, &ri, &o) < 0, "by a packet's line too");
		fclose(f);
	}
	snapshot_free(s);
}

int main(void)
{
	use_utc();
	test_snapshots();
	test_packets();
	test_errors();
	return done();
}
