// SPDX-License-Identifier: GPL-2.0-only
/* What is said of anomalies: the lines of watch, and the objects. */
#include <jansson.h>

#include "anomaly_output.h"
#include "anomaly_sample.h"
#include "golden.h"

static void put(FILE *f, FILE *json, struct anomaly *x, const struct run_info *ri)
{
	static const struct text_opts o = {.width = 80};

	text_anomaly(f, x, ri, &o);
	json_anomaly(json, x, ri);
	x->ended_ns = x->since_ns + 65 * SECOND;
	x->latest_ns = x->usual_ns;
	x->end = 1 + x->id % (ANOMALY_ENDS - 1);
	text_anomaly(f, x, ri, &o);
	json_anomaly(json, x, ri);
	x->id++;
	x->end = ANOMALY_ACTIVE;
	x->ended_ns = 0;
}

static void test_words(void)
{
	struct run_info ri = sample_run_both();
	struct anomaly x = {
		.id = 1,
		.proto = NS_TCP,
		.stage = RXS_APPLICATION,
		.usual_ns = 41000,
		.now_ns = 210000,
		.latest_ns = 210000,
		.stage_usual_ns = 30000,
		.stage_now_ns = 190000,
		.n = 30,
		.since_ns = 1000000000000ULL + 5 * SECOND,
		.raised_ns = 1000000000000ULL + 6 * SECOND,
		.cause = -1,
		.pid = 1234,
		.comm = "ng\033inx",
		.port = 443,
		.netns = 4026531840U,
		.local = true,
		.qdisc = {.dev = "eth0", .kind = "fq", .handle = 0x80010000},
	};
	struct anomaly_counts counts = {.intervals = 3, .untracked = 2, .total = {1, 0, 2}};
	char *text = NULL, *lines = NULL;
	size_t len = 0, json_len = 0;
	FILE *f = open_memstream(&text, &len), *json = open_memstream(&lines, &json_len);
	unsigned bad = 0, n = 0, examples = 0;

	sample_flow(&x.conn.flow, NS_TCP, 2);
	text_anomalies_start(f, USUAL_WARMUP, SECOND, &(struct text_opts){.width = 80});
	put(f, json, &x, &ri);
	x.has_example = true;
	x.example = sample_event();
	x.peers = true;
	put(f, json, &x, &ri);
	x.peers = x.has_example = false;
	x.scope = ANOMALY_SERVICE;
	x.dir = NS_TX;
	x.stage = TXS_SOCKET;
	x.cause = CAUSE_NAGLE;
	put(f, json, &x, &ri);
	x.stage = STAGES_MAX;
	put(f, json, &x, &ri);
	x.scope = ANOMALY_STAGE;
	x.stage = TXS_NETWORK;
	put(f, json, &x, &ri);
	x.scope = ANOMALY_QDISC;
	x.stage = TXS_QDISC;
	x.proto = NS_PROTOS;
	x.now_ns *= 10;
	x.has_example = true;
	x.example = sample_sent();
	put(f, json, &x, &ri);
	x.scope = ANOMALY_CPU;
	x.dir = NS_RX;
	x.stage = RXS_SOFTIRQ_WAIT;
	x.has_example = false;
	x.cpu = 3;
	put(f, json, &x, &ri);
	x.has_example = true;
	x.example = sample_event();
	put(f, json, &x, &ri);
	x.ksoftirqd = true;
	ri.points[NS_RX][NS_TCP] &= ~(1U << RXP_RAISE | 1U << RXP_SOFTIRQ);
	put(f, json, &x, &ri);
	text_anomalies_end(f, &counts, &(struct text_opts){.width = 80});
	fclose(f);
	fclose(json);
	golden("anomalies", text);
	for (char *line = strtok(lines, "\n"); line; line = strtok(NULL, "\n"), n++) {
		json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

		bad += !o || !json_is_string(json_object_get(o, "subject"));
		examples += json_is_object(json_object_get(o, "packet")) &&
			    json_is_object(json_object_get(o, "cause"));
		json_decref(o);
	}
	ok(n == 18 && !bad, "each is one JSON object");
	is_u64(examples, 6, "a connection's, a queue's and a CPU's with a packet and its cause");
	free(text);
	free(lines);
}

int main(void)
{
	use_utc();
	test_words();
	return done();
}
