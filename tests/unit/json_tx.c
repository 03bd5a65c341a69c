// SPDX-License-Identifier: GPL-2.0-only
/* src/output/json*.c: what is sent, dropped, or sent and received by the same kernel. */
#include <linux/types.h>
#include <stdlib.h>

#include "json_lines.h"
#include "names.h"
#include "sample.h"

/* One packet as JSON; to be freed by the caller. */
static json_t *packet_line(const struct ns_event *e, const struct run_info *ri)
{
	char *text = NULL;
	json_t *o;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	is_u64((unsigned)json_packet(f, e, ri), 0, "packet written");
	fclose(f);
	o = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	return o;
}

static __u64 sum_of(const json_t *o, unsigned n, const char *const *names)
{
	__u64 sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += num(o, names[i]);
	return sum;
}

static void test_sent_packet(void)
{
	struct run_info ri = sample_run_both();
	struct ns_event e = sample_sent();
	json_t *o = packet_line(&e, &ri);

	is_str(str(o, "dir"), "tx", "direction");
	is_u64(json_object_size(sub(o, "points")), TXP_COUNT, "all points");
	is_u64(json_object_size(sub(o, "stages")), TXS_COUNT - 1, "all stages");
	is_u64(num(o, "total_ns"), sum_of(sub(o, "stages"), TXS_TOTAL, dirs[NS_TX].stages),
	       "the total is what leads to the driver");
	is_u64(num(sub(o, "stages"), "network"), 200000000, "network");
	is_u64(num(sub(o, "causes"), "nagle"), 39990000, "causes");
	is_u64(json_object_size(sub(o, "causes")), 2, "only those that acted");
	is_str(str(sub(o, "cause"), "rule"), "nagle", "the cause");
	is_str(str(sub(o, "cause"), "stage"), "socket", "its stage");
	is_u64(num(sub(o, "cause"), "ns"), 39990000, "its time");
	ok(json_is_true(sub(sub(o, "cause"), "certain")), "certain");
	is_str(str(sub(o, "cause"), "text"), "40ms in socket: Nagle waited for an ACK",
	       "its sentence");
	ok(str(sub(o, "cause"), "advice") != NULL, "its advice");
	is_u64(num(o, "sends"), 2, "sends");
	is_u64(num(o, "last_sent_ns"), e.again, "when it was sent last");
	is_str(str(sub(o, "qdisc"), "kind"), "fq", "queueing discipline");
	is_u64(num(sub(o, "qdisc"), "backlog_bytes"), 18168, "its backlog");
	ok(!sub(o, "drop") && !sub(o, "sent"), "neither dropped nor local");
	json_decref(o);

	e.flags = 0;
	e.tx.backlog_packets = QDISC_NONE;
	sample_flow(&e.flow, NS_UDP, 3);
	o = packet_line(&e, &ri);
	ok(json_is_null(sub(o, "qdisc")), "not queued");
	ok(!sub(o, "last_sent_ns") && sub(o, "causes"), "UDP has causes, and is not sent again");
	is_str(str(sub(o, "cause"), "rule"), "socket", "but was slow");
	ok(!sub(sub(o, "points"), "ack") && !sub(sub(o, "stages"), "network"), "and no ACKs");
	memset(e.tx.causes, 0, sizeof(e.tx.causes));
	json_decref(o);
	o = packet_line(&e, &ri);
	ok(!sub(o, "causes") && num(sub(o, "stages"), "socket"),
	   "of a wait that nothing is known of");
	e.flags = PKT_QUEUED;
	json_decref(o);
	o = packet_line(&e, &ri);
	ok(json_is_null(sub(sub(o, "qdisc"), "backlog_packets")), "a backlog that is not known");
	json_decref(o);
}

static void test_dropped_packet(void)
{
	struct run_info ri = sample_run_both();
	struct ns_event e = sample_dropped();
	json_t *o = packet_line(&e, &ri);

	is_str(str(sub(o, "drop"), "stage"), "qdisc", "dropped in");
	is_str(str(sub(o, "drop"), "reason"), "QDISC_DROP", "and why");
	is_u64(num(o, "total_ns"), 40004000, "up to its last stamp");
	is_u64(json_object_size(sub(o, "stages")), 3, "the stages that it passed");
	is_str(json_string_value(json_array_get(sub(o, "flags"), 0)), "dropped", "flag");
	json_decref(o);
	e.drop_reason = 0;
	e.stage = TXS_TOTAL;
	o = packet_line(&e, &ri);
	ok(json_is_null(sub(sub(o, "drop"), "stage")) &&
		   json_is_null(sub(sub(o, "drop"), "reason")),
	   "null where nothing is known");
	json_decref(o);
	e = sample_event();
	e.flags = PKT_DROPPED;
	e.drop_reason = 2;
	e.stage = RXS_IP;
	e.t[RXP_TRANSPORT] = e.t[RXP_QUEUED] = e.t[RXP_READY] = e.t[RXP_READ] = 0;
	o = packet_line(&e, &ri);
	is_str(str(o, "dir"), "rx", "a received one too");
	is_str(str(sub(o, "drop"), "stage"), "ip", "stage by its own direction");
	is_u64(num(o, "total_ns"), 10200, "time until its last stamp");
	json_decref(o);
}

static void test_local_packet(void)
{
	struct run_info ri = sample_run_both();
	struct ns_event e = sample_local();
	json_t *o = packet_line(&e, &ri), *sent = sub(o, "sent");

	is_u64(num(o, "local_ns"), 69600, "from send to read");
	is_u64(num(sent, "netns"), 4026532386U, "the sender's namespace");
	is_u64(num(sent, "ifindex"), 7, "and device");
	is_u64(json_object_size(sub(sent, "points")), 5, "its points");
	is_u64(num(sub(sent, "stages"), "socket"), 900, "its stages");
	is_u64(json_array_size(sub(sent, "hops")), 2, "devices on the way");
	is_u64(num(json_array_get(sub(sent, "hops"), 0), "ifindex"), 4, "the first");
	is_str(json_string_value(json_array_get(sub(o, "flags"), 0)), "local", "flag");
	ok(!sub(o, "sends") && !sub(o, "qdisc"), "it was received");
	json_decref(o);
	e.trail.n_hops = 9;
	o = packet_line(&e, &ri);
	is_u64(json_array_size(sub(sub(o, "sent"), "hops")), HOPS, "as many as there is room for");
	is_u64(num(sub(o, "sent"), "n_hops"), 9, "and how many there were");
	json_decref(o);
}

static void test_tx_lines(void)
{
	struct run_info ri = sample_run_both();
	struct text_opts o = {.connections = 3, .sort_dir = NS_TX, .sort_stage = TXS_NETWORK};
	struct snapshot *s = snapshot_new();
	struct qdisc q = {.dev = "eth0", .kind = "fq_codel", .ifindex = 2, .netns = 9, .n = 3};
	struct drop_count d = {
		.key = {.dir = NS_TX, .stage = TXS_IP, .proto = NS_UDP, .reason = 2}};
	json_t *line, *tx;
	struct lines l;

	o.sort_key = SORT_N;
	s->conns = calloc(2, sizeof(*s->conns));
	s->n_conns = 2;
	sample_conn(&s->conns[0], NS_TCP, 2, 2000, 100);
	sample_conn(&s->conns[1], NS_TCP, 4, 10, 100);
	sample_conn_sends(&s->conns[1], 5, 1000);
	memset(&s->conns[1].dir[NS_RX], 0, sizeof(struct conn_dir));
	s->causes[CAUSE_CWND] = (struct cause_time){.n = 2, .sum = 500};
	q.handle = 0x80010000;
	q.backlog_packets = 7;
	q.backlog_bytes = QDISC_NONE;
	s->qdiscs = malloc(sizeof(q));
	*s->qdiscs = q;
	s->n_qdiscs = 1;
	memcpy(d.drop.dev, "eth0", 5);
	d.drop.n = 6;
	s->drops = malloc(sizeof(d));
	*s->drops = d;
	s->n_drops = 1;
	sample_add(&s->hist[NS_TX][NS_TCP][TXH_RESENT], 7000, 2);
	sample_add(&s->hist[NS_RX][NS_TCP][RXH_LOCAL], 9000, 1);
	snapshot_lines(&l, s, &ri, &o);

	is_u64(count(&l, "stage"), 2 * (RXS_COUNT + 1) + 2 + TXS_COUNT + 1 + TXS_COUNT - 2,
	       "both directions; local, read_*, resent; UDP without ACKs");
	is_u64(num(find(&l, "stage", "tcp", "resent"), "max_ns"), 7000, "sent again");
	is_u64(num(find(&l, "stage", "tcp", "local"), "n"), 1, "sent and received here");
	ok(!find(&l, "stage", "udp", "network"), "no ACKs for UDP");
	line = find(&l, "stage", "udp", "qdisc");
	is_str(str(line, "dir"), "tx", "direction");
	is_u64(count(&l, "cause"), 1, "causes that acted");
	line = find(&l, "cause", "tcp", NULL);
	is_str(str(line, "cause"), "cwnd", "which");
	is_u64(num(line, "sum_ns"), 500, "how long");
	line = find(&l, "qdisc", NULL, NULL);
	is_str(str(line, "handle"), "8001:", "a handle as tc prints it");
	is_u64(num(line, "backlog_packets"), 7, "backlog");
	ok(json_is_null(sub(line, "backlog_bytes")), "not known");
	line = find(&l, "drop", "udp", "ip");
	is_str(str(line, "reason"), "NOT_SPECIFIED", "drop");
	is_u64(num(line, "n"), 6, "how many");

	line = find(&l, "connection", NULL, NULL);
	is_u64(num(line, "remote_port"), 40004, "by what it sent");
	ok(!sub(line, "rx"), "a direction without packets is left out");
	tx = sub(line, "tx");
	is_u64(num(tx, "n"), 5, "n");
	is_u64(num(sub(sub(tx, "stages"), "network"), "n"), 4, "n of a stage");
	is_u64(num(sub(sub(tx, "stages"), "qdisc"), "n"), 5, "which is that of all for most");
	is_u64(json_object_size(sub(tx, "stages")), TXS_COUNT - 1, "all of them");
	is_u64(num(sub(sub(tx, "causes"), "nagle"), "sum_ns"), 15000, "causes");
	is_u64(num(sub(tx, "resent"), "n"), 3, "sent again");
	is_u64(num(tx, "srtt_ns"), 45000, "what TCP knows");
	is_u64(num(sub(tx, "rtt"), "mean_ns"), 45000, "round trip");
	is_u64(num(sub(tx, "rtt"), "host_tx_ns"), 4000, "this host's part");
	is_u64(count(&l, "ledger"), 2, "a ledger for each direction");
	drop(&l);
	snapshot_free(s);
}

int main(void)
{
	test_sent_packet();
	test_dropped_packet();
	test_local_packet();
	test_tx_lines();
	return done();
}
