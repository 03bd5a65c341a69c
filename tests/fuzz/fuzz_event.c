// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer target: any bytes as a packet's record, a connection and a snapshot through all
 * renderers. They must not crash, and what they call JSON must be JSON.
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined ... && ./fuzz_event tests/fuzz/corpus/event
 *
 * Input: one byte of options, then the points of each protocol, then the three structures one
 * after the other; what is missing is 0.
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
#include "text.h"

#define N_CONNS 2

struct input {
	const __u8 *data;
	size_t size;
};

/* The next bytes of the input, 0 where it is over. */
static void take(struct input *in, void *to, size_t len)
{
	size_t n = len < in->size ? len : in->size;

	memset(to, 0, len);
	if (n)
		memcpy(to, in->data, n);
	in->data += n;
	in->size -= n;
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

static void run_chrome(const struct rx_event *e, const struct run_info *ri)
{
	static char path[64];
	struct chrome *c;
	json_t *root;

	/* one file for all runs, in memory where there is such a place */
	if (!path[0])
		snprintf(path, sizeof(path), "%s/netstrata-fuzz-%d",
			 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm", (int)getpid());
	c = chrome_open(path, ri);
	if (!c)
		abort();
	must(chrome_packet(c, e), "chrome_packet");
	must(chrome_packet(c, e), "chrome_packet again");
	must(chrome_close(c), "chrome_close");
	root = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	if (!root)
		abort();
	json_decref(root);
	unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct run_info ri;
	static struct snapshot s;
	struct input in = {.data = data, .size = size};
	struct conn conns[N_CONNS];
	struct text_opts o = {0};
	struct rx_event e;
	char *text = NULL;
	__u8 options;
	size_t len;
	FILE *f;

	take(&in, &options, sizeof(options));
	o.color = options & 1;
	o.utf8 = options & 2;
	o.histogram = options & 4;
	o.width = options & 8 ? 200 : 0;
	o.connections = options & 16 ? N_CONNS : 1;
	o.sort_key = (options >> 5) % (SORT_N + 1);
	o.sort_stage = (options >> 4) % RXS_COUNT;
	take(&in, ri.points, sizeof(ri.points));
	take(&in, &e, sizeof(e));
	take(&in, conns, sizeof(conns));
	memcpy(ri.options, &e, sizeof(e)); /* arguments are bytes as well */
	ri.mono_ns = e.first_read;
	ri.real_ns = e.t[RXP_READY];
	take(&in, &s.mono_ns, sizeof(s.mono_ns));
	take(&in, &s.interval_ns, sizeof(s.interval_ns));
	s.final = options & 128;
	take(&in, &s.ledger, sizeof(s.ledger));
	take(&in, s.rx, sizeof(s.rx));
	s.conns = conns;
	s.n_conns = N_CONNS;

	f = open_memstream(&text, &len);
	must(text_header(f, &ri, &o), "text_header");
	must(text_packet(f, &e, &ri, &o), "text_packet");
	must(text_snapshot(f, &s, &ri, &o), "text_snapshot");
	fclose(f);
	if (memchr(text, '\0', len) || (!o.color && strchr(text, '\033')))
		abort(); /* a name reached the terminal as it was */
	free(text);

	f = open_memstream(&text, &len);
	must(json_start(f, &ri), "json_start");
	must(json_packet(f, &e, &ri), "json_packet");
	must(json_snapshot(f, &s, &ri, &o), "json_snapshot");
	must(json_end(f, &s.ledger, "end"), "json_end");
	fclose(f);
	must_parse(text);
	free(text);

	run_chrome(&e, &ri);
	return 0;
}
