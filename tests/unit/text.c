// SPDX-License-Identifier: GPL-2.0-only
/*
 * src/output/text*.c against golden files. UPDATE_GOLDEN=1 rewrites them: read the diff.
 * The directory is tests/unit/golden, or $GOLDEN.
 */
#include <linux/types.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "sample.h"
#include "tap.h"
#include "text.h"

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1 << 16);

	if (f) {
		size_t n = fread(text, 1, (1 << 16) - 1, f);

		text[n] = '\0';
		fclose(f);
	} else {
		strcpy(text, "(no golden file)");
	}
	return text;
}

/* Show the first line that differs. */
static void show_difference(const char *got, const char *want)
{
	size_t i = 0, line = 1, start = 0;

	for (; got[i] && got[i] == want[i]; i++)
		if (got[i] == '\n') {
			line++;
			start = i + 1;
		}
	printf("#   line %zu: got  %.*s\n", line, (int)strcspn(got + start, "\n"), got + start);
	printf("#   line %zu: want %.*s\n", line, (int)strcspn(want + start, "\n"), want + start);
}

static void golden(const char *name, const char *got)
{
	const char *dir = getenv("GOLDEN");
	char path[400], *want;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.txt", dir ? dir : "tests/unit/golden", name);
	if (getenv("UPDATE_GOLDEN")) {
		f = fopen(path, "w");
		if (!f || fputs(got, f) == EOF || fclose(f))
			printf("# cannot write %s: %s\n", path, strerror(errno));
	}
	want = read_file(path);
	if (!ok(!strcmp(got, want), "%s", name))
		show_difference(got, want);
	free(want);
}

static size_t longest_line(const char *s)
{
	size_t longest = 0, n = 0;

	for (; *s; s++) {
		n = *s == '\n' ? 0 : n + ((*s & 0xc0) != 0x80);
		longest = n > longest ? n : longest;
	}
	return longest;
}

/* 20000 packets with a tail, and copies of several packets. */
static void fill_tcp(struct hist *rx)
{
	static const struct {
		unsigned stage;
		__u64 ns, step;
	} typical[] = {{RXS_STACK, 700, 3},
		       {RXS_IP, 1100, 5},
		       {RXS_TRANSPORT, 2300, 17},
		       {RXS_APPLICATION, 14000, 900}};

	for (unsigned k = 0; k < 20000; k++) {
		__u64 total = 0;

		for (size_t i = 0; i < sizeof(typical) / sizeof(typical[0]); i++) {
			__u64 ns = typical[i].ns + typical[i].step * (k % 200);

			if (typical[i].stage == RXS_APPLICATION && k % 500 == 0)
				ns *= 40;
			sample_add(&rx[typical[i].stage], ns, 1);
			total += ns;
			if (typical[i].stage != RXS_APPLICATION)
				continue;
			if (k % 4 != 0) /* four packets to a copy */
				sample_add(&rx[RXH_NOT_FIRST], ns, 1);
			if (k % 4 != 3)
				sample_add(&rx[RXH_NOT_LAST], ns, 1);
		}
		sample_add(&rx[RXS_TOTAL], total, 1);
	}
}

static struct snapshot *sample_snapshot(void)
{
	static const struct {
		unsigned proto, host, n;
		__u64 ns;
	} conns[] = {{NS_TCP, 2, 12000, 5200},
		     {NS_TCP, 3, 1300, 81000},
		     {NS_UDP, 4, 15, 900},
		     {NS_TCP, 7, 40, 3000000}};
	struct snapshot *s = snapshot_new();

	s->mono_ns = 1010000000000ULL;
	s->interval_ns = 1000000000;
	fill_tcp(s->rx[NS_TCP]);
	s->ledger.seen = 20123;
	s->ledger.taken = 20000;
	s->n_conns = sizeof(conns) / sizeof(conns[0]);
	s->conns = calloc(s->n_conns, sizeof(*s->conns));
	for (size_t i = 0; i < s->n_conns; i++)
		sample_conn(&s->conns[i], conns[i].proto, conns[i].host, conns[i].n, conns[i].ns);
	memcpy(s->conns[1].comm, "evil\033[2Jna\xc3\xafve\xff", 16);
	return s;
}

struct scene {
	struct run_info ri;
	struct snapshot *s;
	struct text_opts o;
};

static void scene_plain(struct scene *c)
{
	(void)c;
}

static void scene_losses(struct scene *c)
{
	c->s->final = true;
	c->s->interval_ns = 12500000000ULL;
	c->s->ledger.lost[LOSS_SAMPLED] = 7;
	c->s->ledger.lost[LOSS_UNREAD] = 88;
	c->s->ledger.lost[LOSS_EVENT_FULL] = 2000;
	c->s->ledger.undelivered = 4711;
	sample_add(&c->s->rx[NS_TCP][RXS_HOL], 31000000, 25);
	c->s->rx[NS_TCP][RXS_TOTAL].sum += 25 * 31000000ULL;
	for (unsigned i = 0; i < RXS_TOTAL; i++)
		if (i != RXS_HOL)
			sample_add(&c->s->rx[NS_UDP][i], 450 * (i + 1), 19);
	sample_add(&c->s->rx[NS_UDP][RXS_TOTAL], 450 * (1 + 2 + 3 + 5), 19);
}

static void scene_merged(struct scene *c)
{
	c->ri.points[NS_TCP] &= ~(1U << RXP_IP | 1U << RXP_TRANSPORT);
	c->ri.points[NS_UDP] = 0;
	c->ri.sample = 16;
	c->ri.slower_ns = 1500000;
	memset(&c->s->rx[NS_TCP][RXS_IP], 0, sizeof(struct hist));
	memset(&c->s->rx[NS_TCP][RXS_STACK], 0, sizeof(struct hist));
	c->o.connections = 2;
	c->o.sort_key = SORT_N;
}

static void scene_histogram(struct scene *c)
{
	c->o.histogram = true;
	c->o.utf8 = true;
	c->o.width = 100;
	sample_add(&c->s->rx[NS_TCP][RXS_APPLICATION], 90000000000ULL, 3); /* overflow */
	sample_add(&c->s->rx[NS_TCP][RXS_TOTAL], 90000000000ULL, 3);
	sample_add(&c->s->rx[NS_TCP][RXS_STACK], 0, 2);
}

static void scene_color(struct scene *c)
{
	c->o.color = true;
	c->o.utf8 = true;
	c->o.connections = 1;
	c->s->ledger.lost[LOSS_MARK_FULL] = 3;
}

static void scene_connections(struct scene *c)
{
	c->o.connections = 10;
	c->o.sort_key = SORT_SUM;
	c->o.sort_stage = RXS_APPLICATION;
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
	static const struct {
		const char *name;
		void (*prepare)(struct scene *c);
		unsigned max_width;
	} scenes[] = {
		{"plain", scene_plain, 80},	{"losses", scene_losses, 80},
		{"merged", scene_merged, 80},	{"histogram", scene_histogram, 100},
		{"color", scene_color, 0},	{"connections", scene_connections, 110}, /* IPv6 */
		{"nothing", scene_nothing, 80},
	};

	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
		struct scene c = {.ri = sample_run(), .s = sample_snapshot(), .o = {.width = 80}};
		char *text = NULL;
		size_t len;
		FILE *f = open_memstream(&text, &len);
		int err;

		c.o.sort_stage = RXS_TOTAL;
		scenes[i].prepare(&c);
		err = text_header(f, &c.ri, &c.o);
		err |= text_snapshot(f, c.s, &c.ri, &c.o);
		fclose(f);
		is_u64((unsigned)err, 0, "written");
		golden(scenes[i].name, text);
		if (scenes[i].max_width)
			ok(longest_line(text) <= scenes[i].max_width, "%s: no line over %u columns",
			   scenes[i].name, scenes[i].max_width);
		free(text);
		snapshot_free(c.s);
	}
}

static void test_packets(void)
{
	struct run_info ri = sample_run();
	struct text_opts plain = {.width = 80}, wide = {.width = 160}, color = {.width = 160};
	struct rx_event ooo = sample_event(), simple = sample_event(), bad = sample_event(), udp;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	color.color = color.utf8 = true;
	simple.flags = 0;
	simple.t[RXP_READY] = simple.t[RXP_QUEUED] + 20000;
	simple.t[RXP_READ] = simple.t[RXP_READY] + 35000;
	bad.t[RXP_READ] = bad.t[RXP_STACK] - 5;
	udp = simple;
	sample_flow(&udp.flow, NS_UDP, 3);
	udp.flags = PKT_UNNOTIFIED;
	text_packet(f, &simple, &ri, &plain);
	text_packet(f, &ooo, &ri, &plain);
	text_packet(f, &simple, &ri, &wide);
	text_packet(f, &ooo, &ri, &wide);
	text_packet(f, &bad, &ri, &wide);
	text_packet(f, &udp, &ri, &wide);
	text_packet(f, &simple, &ri, &color);
	ri.points[NS_TCP] &= ~(1U << RXP_IP);
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
	struct rx_event e = sample_event();
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
	setenv("TZ", "UTC", 1);
	tzset();
	test_snapshots();
	test_packets();
	test_errors();
	return done();
}
