/* SPDX-License-Identifier: GPL-2.0-only */
/* A snapshot, and options to show it with. */
#ifndef NS_TEST_SCENE_H
#define NS_TEST_SCENE_H

#include <stdlib.h>

#include "golden.h"
#include "sample.h"
#include "text.h"

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
	fill_tcp(s->hist[NS_RX][NS_TCP]);
	s->ledger[NS_RX].seen = 20123;
	s->ledger[NS_RX].taken = 20000;
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

struct scene_test {
	const char *name;
	void (*prepare)(struct scene *c);
	unsigned max_width; /* of a line; 0 = any */
};

static void test_scene(const struct scene_test *t)
{
	struct scene c = {.ri = sample_run(), .s = sample_snapshot(), .o = {.width = 80}};
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	int err;

	c.o.sort_stage = RXS_TOTAL;
	t->prepare(&c);
	err = text_header(f, &c.ri, &c.o);
	err |= text_snapshot(f, c.s, &c.ri, &c.o);
	fclose(f);
	is_u64((unsigned)err, 0, "written");
	golden(t->name, text);
	if (t->max_width)
		ok(longest_line(text) <= t->max_width, "%s: no line over %u columns", t->name,
		   t->max_width);
	free(text);
	snapshot_free(c.s);
}

#endif
