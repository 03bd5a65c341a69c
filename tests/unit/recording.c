// SPDX-License-Identifier: GPL-2.0-only
/* src/record/writer.c and reader.c: a run through a file, and files that are no recordings. */
#include <linux/types.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accumulate.h"
#include "reader.h"
#include "story.h"
#include "tap.h"
#include "writer.h"

#define INTERVALS 40
#define START 1000000000000ULL

static char dir[] = "/tmp/netstrata-recording-XXXXXX", path[64];

static struct writer *open_writer(__u64 max_size)
{
	struct run_info ri = sample_run_both();
	struct writer *w = writer_open(
		&(struct writer_options){.path = path, .force = true, .max_size = max_size});

	return w && !writer_start(w, &ri) ? w : NULL;
}

/* A run of `intervals`; returns its counters at the end. */
static struct snapshot *write_run(unsigned intervals, __u64 max_size, const char *reason)
{
	struct snapshot *cur = snapshot_new(), *prev, *delta = snapshot_new();
	struct writer *w = open_writer(max_size);
	struct ns_event slow[2] = {sample_event(), sample_sent()};
	struct run_info ri = sample_run_both();
	struct ranking why;

	story_begin(cur);
	if (ranking_init(&why))
		return cur;
	ranking_add(&why, &slow[1], &ri);
	for (unsigned i = 0; w && i < intervals; i++) {
		struct recorded_interval in = {.s = delta,
					       .packets = slow,
					       .n_packets = i % 3,
					       .connections_left_out = i,
					       .packets_left_out = 2 * i};

		if (i % 3)
			in.slow = why;

		prev = story_copy(cur);
		story_go_on(cur, 200);
		snapshot_delta(cur, prev, delta);
		snapshot_free(prev);
		if (writer_interval(w, &in))
			break;
	}
	if (w)
		writer_close(w, reason);
	ranking_free(&why);
	snapshot_free(delta);
	return cur;
}

static void test_run(void)
{
	struct snapshot *total = write_run(INTERVALS, 1 << 30, "duration");
	struct recording *r = recording_open(path);
	struct run_info want = sample_run_both();
	struct recorded_interval i;
	struct accumulator a;
	__u64 n = 0, packets = 0, slow = 0, left_out = 0, damaged = 0;
	const struct recording_facts *f;
	const struct run_info *ri;
	struct ns_event e = sample_sent();

	if (!ok(r != NULL, "a recording is opened"))
		return;
	ri = recording_info(r);
	f = recording_facts(r);
	ok(!strcmp(ri->version, want.version) && !strcmp(ri->kernel, want.kernel) &&
		   !strcmp(ri->host, want.host) && !strcmp(ri->options, want.options),
	   "the run's texts");
	ok(ri->mono_ns == want.mono_ns && ri->real_ns == want.real_ns &&
		   ri->budget_bytes == want.budget_bytes && ri->sample == want.sample &&
		   ri->slow_ns == want.slow_ns && ri->backlog_found == want.backlog_found,
	   "and numbers");
	ok(!memcmp(ri->points, want.points, sizeof(ri->points)), "the points");
	is_str(ri->hooks[NS_TX][NS_TCP][TXP_QDISC], "tp_btf/net_dev_queue", "a hook");
	ok(!ri->hooks[NS_RX][NS_UDP][RXP_STACK], "none");
	ok(ri->n_drop_reasons == want.n_drop_reasons && !ri->drop_reasons[3] &&
		   !strcmp(ri->drop_reasons[5], "QDISC_DROP"),
	   "this kernel's drop reasons");
	is_str(f->end, "duration", "why it ended");
	ok(f->intervals == INTERVALS && f->start_ns == START && f->end_ns == total->mono_ns &&
		   !f->forgotten && !f->unknown_names,
	   "its extent");
	accumulator_init(&a);
	while (recording_next(r, &i) > 0) {
		accumulator_add(&a, i.s);
		packets += i.n_packets;
		slow += i.slow.packets;
		left_out += i.connections_left_out + i.packets_left_out;
		damaged += i.n_packets == 2 && memcmp(&i.packets[1], &e, sizeof(e));
		n++;
		recorded_interval_free(&i);
	}
	is_u64(n, INTERVALS, "all intervals");
	is_u64(packets, 13 + 2 * 13, "their packets");
	is_u64(damaged, 0, "as they were");
	is_u64(slow, 26, "why they were slow");
	is_u64(left_out, 3 * INTERVALS * (INTERVALS - 1) / 2, "and what was left out");
	ok(!memcmp(a.sum->hist, total->hist, sizeof(total->hist)) &&
		   !memcmp(a.sum->ledger, total->ledger, sizeof(total->ledger)),
	   "they add up to the run");
	ok(story_same_cpus(a.sum->softirqs, total->softirqs), "so do the softirqs of each CPU");
	accumulator_free(&a);

	n = 0;
	recording_seek(r, START + 10000000000ULL, START + 20000000000ULL);
	for (; recording_next(r, &i) > 0; n++) {
		damaged += i.s->mono_ns <= START + 10000000000ULL ||
			   i.s->mono_ns > START + 20000000000ULL;
		recorded_interval_free(&i);
	}
	ok(n >= 9 && n <= 11 && !damaged, "a part of it: %llu intervals of 10 s", n);
	recording_seek(r, ~0ULL, ~0ULL);
	is_u64(recording_next(r, &i), 0, "nothing after the end");
	recording_seek(r, 0, 0);
	is_u64(recording_next(r, &i), 0, "nor before the beginning");
	recording_close(r);
	snapshot_free(total);
}

/* A reader looks on while the writer goes on. */
static void test_both(void)
{
	struct writer *w = open_writer(1 << 30);
	struct snapshot *s = snapshot_new();
	struct recorded_interval in = {.s = s}, out;
	struct recording *r;
	unsigned seen = 0;

	s->interval_ns = 1;
	for (unsigned i = 0; i < 5; i++) {
		s->mono_ns = START + i;
		writer_interval(w, &in);
	}
	r = recording_open(path);
	ok(r && !recording_facts(r)->end[0], "still going on");
	for (unsigned i = 5; r && i < 15 && recording_next(r, &out) > 0; i++) {
		s->mono_ns = START + i;
		seen += !writer_interval(w, &in);
		recorded_interval_free(&out);
	}
	is_u64(seen, 10, "neither is in the other's way");
	recording_close(r);
	writer_close(w, "duration");
	snapshot_free(s);
}

static void test_max_size(void)
{
	const __u64 max = 256 << 10;
	struct snapshot *total = write_run(600, max, "count");
	struct recording *r = recording_open(path);
	struct recorded_interval i;
	struct stat st;
	__u64 n = 0, packets = 0;

	stat(path, &st);
	ok((__u64)st.st_size <= max && (__u64)st.st_size > max / 2, "%lld bytes, %llu at most",
	   (long long)st.st_size, max);
	if (!ok(r != NULL, "readable"))
		return;
	for (; recording_next(r, &i) > 0; n++) {
		packets += i.n_packets;
		recorded_interval_free(&i);
	}
	is_u64(n + recording_facts(r)->forgotten, 600,
	       "the intervals there, and the forgotten ones");
	/* 0, 1 and 2 packets in turn */
	ok(n > 20 && packets + 1 >= n && packets <= n + 1,
	   "those there have their packets: %llu intervals, %llu packets", n, packets);
	is_u64(recording_facts(r)->end_ns, total->mono_ns, "the latest are there");
	is_u64(recording_facts(r)->start_ns, START + recording_facts(r)->forgotten_ns,
	       "and how long the forgotten ones were");
	recording_close(r);
	snapshot_free(total);
}

/* ---- no recordings -----------------------------------------------------------------------------
 */

static void write_file(const void *data, size_t len)
{
	FILE *f = fopen(path, "w");

	fwrite(data, 1, len, f);
	fclose(f);
}

static char *whole_file(size_t *len)
{
	FILE *f = fopen(path, "r");
	char *data = malloc(4 << 20);

	*len = fread(data, 1, 4 << 20, f);
	fclose(f);
	return data;
}

/* Read it all; true if it ended in an error, or could not be opened. */
static bool fails(void)
{
	struct recording *r = recording_open(path);
	struct recorded_interval i;
	int more = -1;

	while (r && (more = recording_next(r, &i)) > 0)
		recorded_interval_free(&i);
	recording_close(r);
	return more < 0;
}

static void change(const char *sql)
{
	sqlite3 *db;

	sqlite3_open(path, &db);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL))
		printf("# %s: %s\n", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* A table of our name that never ends. */
#define ENDLESS_VIEW                                                                               \
	"DROP TABLE interval; CREATE VIEW interval AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL " \
	"SELECT x + 1 FROM c) SELECT x AS end_ns, 1 AS length_ns, 0, 0, x'00' FROM c"

static void test_strangers(void)
{
	static const char *const changes[] = {
		"PRAGMA user_version = 2",
		"PRAGMA user_version = 0",
		"PRAGMA application_id = 0",
		"DROP TABLE packet",
		"CREATE VIEW v AS SELECT 1",
		"CREATE TRIGGER t AFTER INSERT ON interval BEGIN SELECT 1; END",
		ENDLESS_VIEW,
		"UPDATE interval SET data = x'00'",
		"UPDATE interval SET data = NULL",
		"UPDATE interval SET data = zeroblob(7000000)",
		"UPDATE interval SET data = 'text'",
		"UPDATE interval SET end_ns = end_ns + 1",
		"UPDATE packet SET data = x'ffffffffffffffffff'",
		"UPDATE fact SET value = 12 WHERE name = 'histogram_buckets'",
		"INSERT INTO hook VALUES ('up', 'tcp', 'ip', 'x')",
	};

	write_file("", 0);
	ok(fails(), "an empty file");
	write_file("#!/bin/sh\necho no recording, but long enough to look at\n", 50);
	ok(fails(), "a text");
	unlink(path);
	ok(fails(), "no file");
	mkdir(path, 0700);
	ok(fails(), "a directory");
	rmdir(path);
	change("CREATE TABLE t(x)");
	ok(fails(), "another program's database");
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		unlink(path);
		snapshot_free(write_run(4, 1 << 30, "duration"));
		change(changes[i]);
		ok(fails(), "%s", changes[i]);
	}
}

/* Whatever happens to the bytes: an answer, and no harm. */
static void test_damage(void)
{
	unsigned noticed = 0, runs = 0;
	size_t len;
	char *data;

	snapshot_free(write_run(10, 1 << 30, "duration"));
	data = whole_file(&len);
	for (size_t cut = 512; cut < len; cut += 4096 - 512) {
		write_file(data, cut);
		noticed += fails();
		runs++;
	}
	is_u64(noticed, runs, "cut short: noticed each time");
	freopen("/dev/null", "w", stderr);
	for (unsigned i = 0; i < 300; i++) {
		size_t at = rnd() % len, n = rnd() % 64;
		char saved[64];

		n = n < len - at ? n : len - at;
		memcpy(saved, data + at, n);
		for (size_t k = 0; k < n; k++)
			data[at + k] = (char)rnd();
		write_file(data, len);
		fails();
		memcpy(data + at, saved, n);
	}
	ok(true, "300 times random bytes somewhere: it comes back");
	free(data);
}

int main(void)
{
	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), "%s/file", dir);
	test_run();
	test_both();
	test_max_size();
	test_strangers();
	test_damage();
	unlink(path);
	rmdir(dir);
	return done();
}
