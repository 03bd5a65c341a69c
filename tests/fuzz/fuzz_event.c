// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer target: any bytes as a packet's record, a connection and a snapshot through all
 * renderers. They must not crash, and what they call JSON must be JSON.
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined ... && ./fuzz_event tests/fuzz/corpus/event
 *
 * Input: two bytes of options, then the points of each direction and protocol, then the structures
 * one after the other. What is missing is 0, or, by an option, the input once more: what is fuzzed
 * is shorter than a snapshot.
 */
#include <linux/types.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chrome.h"
#include "json.h"
#include "names.h"
#include "text.h"

#define N_CONNS 2
#define N_QDISCS 3
#define N_DROPS 3

struct input {
	const __u8 *data;
	size_t size, at;
	bool repeat;
};

/* The next bytes of the input. Where it is over, 0, or the same bytes again. */
static void take(struct input *in, void *to, size_t len)
{
	__u8 *p = to;
	size_t n;

	for (; len && in->size && (in->at < in->size || in->repeat); p += n, len -= n) {
		n = in->size - in->at % in->size;
		n = n < len ? n : len;
		memcpy(p, in->data + in->at % in->size, n);
		in->at += n;
	}
	memset(p, 0, len);
}

static void must_parse(char *text)
{
	for (char *p = text, *end; (end = strchr(p, '\n')); p = end + 1) {
		json_error_t error;
		json_t *o;

		*end = '\0';
		o = json_loads(p, JSON_REJECT_DUPLICATES, &error);
		if (!o) {
			fprintf(stderr, "no JSON: %s: %s\n", error.text, p);
			abort();
		}
		json_decref(o);
	}
}

static void must(int err, const char *what)
{
	if (err) {
		fprintf(stderr, "%s: %d\n", what, err);
		abort();
	}
}

static void run_chrome(const struct ns_event *e, const struct run_info *ri)
{
	static char path[64];
	struct chrome *c;
	json_t *root;

	/* one file for all runs, in memory where there is such a place */
	if (!path[0])
		snprintf(path, sizeof(path), "%s/netstrata-fuzz-%d",
			 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm", (int)getpid());
	c = chrome_open(path);
	if (!c)
		abort();
	must(chrome_start(c, ri), "chrome_start");
	must(chrome_packet(c, e), "chrome_packet");
	must(chrome_packet(c, e), "chrome_packet again");
	must(chrome_close(c), "chrome_close");
	root = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	if (!root)
		abort();
	json_decref(root);
	unlink(path);
}

static void take_options(struct input *in, struct text_opts *o, bool *final)
{
	__u8 options[2];

	take(in, options, sizeof(options));
	o->color = options[0] & 1;
	o->utf8 = options[0] & 2;
	o->histogram = options[0] & 4;
	o->width = options[0] & 8 ? 200 : 0;
	o->connections = options[0] & 16 ? N_CONNS : 1;
	o->sort_dir = options[0] & 32 ? NS_TX : NS_RX;
	*final = options[0] & 128;
	in->repeat = options[1] & 8;
	o->sort_key = options[1] % (SORT_N + 1);
	o->sort_stage = (options[1] >> 4) % dirs[o->sort_dir].n_stages;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const reasons[] = {NULL, "NOT_SPECIFIED", NULL, "NO_SOCKET"};
	static struct run_info ri = {.drop_reasons = reasons, .n_drop_reasons = 4};
	static struct snapshot s;
	struct input in = {.data = data, .size = size};
	struct conn conns[N_CONNS];
	struct qdisc qdiscs[N_QDISCS];
	struct drop_count drops[N_DROPS];
	struct text_opts o = {0};
	struct ranking ranking;
	struct ns_event e;
	char *text = NULL;
	size_t len;
	FILE *f;

	take_options(&in, &o, &s.final);
	take(&in, ri.points, sizeof(ri.points));
	take(&in, &e, sizeof(e));
	take(&in, conns, sizeof(conns));
	take(&in, qdiscs, sizeof(qdiscs));
	take(&in, drops, sizeof(drops));
	memcpy(ri.options, &e, sizeof(e) < sizeof(ri.options) ? sizeof(e) : sizeof(ri.options));
	ri.mono_ns = e.again;
	ri.real_ns = e.t[RXP_READY];
	ri.slow_ns = e.pid;
	ri.backlog_found = e.seq & 1;
	if (ranking_init(&ranking))
		abort();
	ranking_add(&ranking, &e, &ri);
	take(&in, &s.mono_ns, sizeof(s.mono_ns));
	take(&in, &s.interval_ns, sizeof(s.interval_ns));
	take(&in, s.causes, sizeof(s.causes));
	take(&in, s.ledger, sizeof(s.ledger));
	memset(s.hist, 0, sizeof(s.hist)); /* of one direction only: to print all would take long */
	take(&in, s.hist[o.sort_dir][NS_TCP], sizeof(s.hist[o.sort_dir][NS_TCP]));
	s.conns = conns;
	s.n_conns = N_CONNS;
	s.qdiscs = qdiscs;
	s.n_qdiscs = N_QDISCS;
	s.drops = drops;
	s.n_drops = N_DROPS;

	f = open_memstream(&text, &len);
	must(text_header(f, &ri, &o), "text_header");
	must(text_packet(f, &e, &ri, &o), "text_packet");
	must(text_snapshot(f, &s, &ri, &o), "text_snapshot");
	must(text_ranking(f, &ranking, e.len, &ri, &o), "text_ranking");
	fclose(f);
	if (memchr(text, '\0', len) || (!o.color && strchr(text, '\033')))
		abort(); /* a name reached the terminal as it was */
	free(text);

	f = open_memstream(&text, &len);
	must(json_start(f, &ri), "json_start");
	must(json_packet(f, &e, &ri), "json_packet");
	must(json_snapshot(f, &s, &ri, &o), "json_snapshot");
	must(json_ranking(f, &ranking, e.len, &ri), "json_ranking");
	must(json_end(f, &s, &ri, "end"), "json_end");
	fclose(f);
	must_parse(text);
	free(text);

	ranking_free(&ranking);
	run_chrome(&e, &ri);
	return 0;
}
