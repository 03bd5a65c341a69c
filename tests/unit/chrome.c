// SPDX-License-Identifier: GPL-2.0-only
/* src/output/chrome.c: the file is valid JSON at any time, and slices nest. */
#include <linux/types.h>
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chrome.h"
#include "rnd.h"
#include "sample.h"
#include "tap.h"

static char path[] = "/tmp/netstrata-chrome-XXXXXX";

static json_t *load(void)
{
	json_error_t error;
	json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);

	if (!root)
		printf("# %s:%d: %s\n", path, error.line, error.text);
	return root;
}

static double number(const json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

static bool is_slice(const json_t *o, const char *category)
{
	const char *cat = json_string_value(json_object_get(o, "cat"));

	return cat && !strcmp(cat, category);
}

struct span {
	double start, end;
};

/*
 * Each packet's slice is followed by its stages, back to back from its start to its end, and no
 * two packets of one thread overlap. Returns the number of packets, or -1.
 */
static int check_slices(const json_t *events)
{
	enum { MAX_TID = 4096 };
	static struct span spans[MAX_TID][64];
	static unsigned n_spans[MAX_TID];
	double end = 0, at = 0;
	int packets = 0;
	json_t *o;
	size_t i;

	memset(n_spans, 0, sizeof(n_spans));
	json_array_foreach(events, i, o)
	{
		double ts = number(o, "ts"), dur = number(o, "dur");
		int tid = (int)number(o, "tid");

		if (is_slice(o, "packet")) {
			if (packets && at < end - 0.002)
				return -1;
			if (tid < 1 || tid >= MAX_TID)
				return -1;
			for (unsigned k = 0; k < n_spans[tid] && k < 64; k++)
				if (ts < spans[tid][k].end - 0.002 &&
				    ts + dur > spans[tid][k].start + 0.002)
					return -1;
			spans[tid][n_spans[tid]++ % 64] = (struct span){ts, ts + dur};
			at = ts;
			end = ts + dur;
			packets++;
		} else if (is_slice(o, "stage")) {
			if (ts < at - 0.002 || ts > at + 0.002 || ts + dur > end + 0.002)
				return -1;
			at = ts + dur;
		}
	}
	return packets && at < end - 0.002 ? -1 : packets;
}

static struct chrome *begun(const char *to, const struct run_info *ri)
{
	struct chrome *c = chrome_open(to);
	int err = c ? chrome_start(c, ri) : -errno;

	if (!err)
		return c;
	chrome_close(c);
	errno = -err;
	return NULL;
}

/* It is opened before it is known whether anything can be measured. */
static void test_not_begun(void)
{
	char fresh[sizeof(path) + 8];
	struct stat st;

	is_u64((unsigned)chrome_close(begun(path, &(struct run_info){0})), 0, "a trace");
	is_u64((unsigned)chrome_close(chrome_open(path)), 0, "opened, but not begun");
	ok(!stat(path, &st) && st.st_size, "what was in the file stays");
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	is_u64((unsigned)chrome_close(chrome_open(fresh)), 0, "a new file");
	ok(stat(fresh, &st) && errno == ENOENT, "is not left behind");
}

static void test_one(void)
{
	struct run_info ri = sample_run();
	struct ns_event e = sample_event();
	struct chrome *c = begun(path, &ri);
	json_t *root, *list, *packet;
	unsigned meta = 0;
	size_t i;
	json_t *o;

	memcpy(e.comm, "a\"\\\033b\xff", 7);
	ok(c && !chrome_packet(c, &e), "one packet");
	is_u64((unsigned)chrome_close(c), 0, "closed");
	root = load();
	list = json_object_get(root, "traceEvents");
	is_u64((unsigned)check_slices(list), 1, "its stages fill it");
	packet = json_array_get(list, 2);
	is_str(json_string_value(json_object_get(packet, "ph")), "X", "a complete event");
	ok(number(packet, "ts") == 999999991.0 && number(packet, "dur") == 3048.5, "microseconds");
	ok(number(packet, "pid") == 4026531840.0, "the process is the network namespace");
	is_str(json_string_value(json_object_get(json_object_get(packet, "args"), "comm")),
	       "a\"\\?b?", "a name with quotes");
	is_str(json_string_value(json_object_get(json_object_get(packet, "args"), "flags")),
	       "ooo,partial", "flags");
	json_array_foreach(list, i, o) meta +=
		!strcmp(json_string_value(json_object_get(o, "ph")), "M");
	is_u64(meta, 2, "names of the process and the thread");
	json_decref(root);
}

static void test_none(void)
{
	struct run_info ri = sample_run();
	json_t *root;

	is_u64((unsigned)chrome_close(begun(path, &ri)), 0, "no packet");
	root = load();
	ok(root && json_array_size(json_object_get(root, "traceEvents")) == 0, "an empty list");
	json_decref(root);
	is_u64((unsigned)chrome_close(NULL), 0, "close nothing");
}

/* Packets that overlap in time, of several connections, in the order of their reads. */
static int write_many(struct chrome *c, unsigned n)
{
	struct ns_event e = sample_event();
	int err = 0;

	for (unsigned k = 0; !err && k < n; k++) {
		sample_flow(&e.flow, k % 2, (k / 2) % 5);
		e.flags = (__u16)(rnd() % 8);
		e.t[0] = 1000000000000ULL + k * 100000ULL - rnd() % 5000000;
		for (unsigned i = 1; i < RXP_COUNT; i++)
			e.t[i] = e.t[i - 1] + rnd() % 100000;
		err = chrome_packet(c, &e);
	}
	return err;
}

static void test_many(void)
{
	struct run_info ri = sample_run();
	struct chrome *c = begun(path, &ri);
	json_t *root;

	is_u64((unsigned)write_many(c, 3000), 0, "3000 packets");
	root = load();
	ok(root && json_array_size(json_object_get(root, "traceEvents")) > 2000,
	   "valid while it is still being written");
	json_decref(root);
	chrome_close(c);
	root = load();
	is_u64((unsigned)check_slices(json_object_get(root, "traceEvents")), 3000,
	       "stages nest, packets of a thread do not overlap");
	json_decref(root);
}

/* A limit on the size of files fails like a full disk. */
static void test_full(void)
{
	struct run_info ri = sample_run();
	struct rlimit old, small;
	struct chrome *c;
	json_t *root;
	int err, again, closed;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 200000;
	c = begun(path, &ri);
	setrlimit(RLIMIT_FSIZE, &small);
	err = write_many(c, 3000);
	again = write_many(c, 1);
	closed = chrome_close(c);
	setrlimit(RLIMIT_FSIZE, &old);
	ok(err == -EFBIG && again == -EFBIG && closed == -EFBIG,
	   "a file that cannot grow: %d, again %d, at close %d", err, again, closed);
	root = load();
	ok(root && check_slices(json_object_get(root, "traceEvents")) > 100,
	   "and holds what was written before");
	json_decref(root);
}

static void test_open_errors(void)
{
	struct run_info ri = sample_run();
	struct chrome *c;

	errno = 0;
	c = chrome_open("/nonexistent/file");
	ok(!c && errno == ENOENT, "no such directory");
	if (access("/dev/full", W_OK)) {
		skip("a device without room", "no /dev/full");
		return;
	}
	c = begun("/dev/full", &ri);
	ok(!c && errno == ENOSPC, "a device without room");
}

/* What cannot be rewound: a pipe gets the end of the JSON once, at close. */
static void test_pipe(void)
{
	struct run_info ri = sample_run();
	char fd_path[40], buf[1 << 14];
	struct ns_event e = sample_event();
	struct chrome *c;
	json_t *root;
	ssize_t n;
	int fd[2];

	if (pipe(fd)) {
		skip("a pipe", "no pipe");
		return;
	}
	snprintf(fd_path, sizeof(fd_path), "/dev/fd/%d", fd[1]);
	c = begun(fd_path, &ri);
	ok(c && !chrome_packet(c, &e) && !chrome_close(c), "a pipe");
	n = read(fd[0], buf, sizeof(buf));
	root = n > 0 ? json_loadb(buf, (size_t)n, 0, NULL) : NULL;
	is_u64((unsigned)check_slices(json_object_get(root, "traceEvents")), 1, "gets it all");
	json_decref(root);
	close(fd[0]);
	close(fd[1]);
}

static void test_tx(void)
{
	struct run_info ri = sample_run_both();
	struct ns_event e = sample_sent(), dropped = sample_dropped(), local = sample_local();
	struct chrome *c = begun(path, &ri);
	json_t *root, *list, *args;
	const char *name;

	chrome_packet(c, &e);
	chrome_packet(c, &dropped);
	chrome_packet(c, &local);
	chrome_close(c);
	root = load();
	list = json_object_get(root, "traceEvents");
	is_u64((unsigned)check_slices(list), 3, "sent, dropped, local: stages fill the slices");
	args = json_object_get(json_array_get(list, 1), "args");
	name = json_string_value(json_object_get(args, "name"));
	ok(name && strstr(name, "->"), "the direction is in the name of the thread");
	args = json_object_get(json_array_get(list, 2), "args");
	ok(number(args, "network_ns") == 200000000, "what came after the total");
	is_str(json_string_value(json_object_get(args, "cause")), "nagle", "cause");
	is_str(json_string_value(json_object_get(args, "qdisc")), "fq", "queueing discipline");
	json_decref(root);
}

/* The device's own stamp: numbers beside the stages, where there is one. */
static void test_hw(void)
{
	struct run_info ri = sample_run();
	struct ns_event e = sample_event(), none = e;
	struct chrome *c = begun(path, &ri);
	json_t *root, *list, *args;
	unsigned with = 0;

	e.hw = (struct hw_stamp){.ago = -12, .error = 35};
	none.hw = (struct hw_stamp){.error = HW_MISSING};
	none.flow.remote_port++;
	chrome_packet(c, &e);
	chrome_packet(c, &none);
	chrome_close(c);
	root = load();
	list = json_object_get(root, "traceEvents");
	is_u64((unsigned)check_slices(list), 2, "stamped by the device: stages fill the slices");
	args = json_object_get(json_array_get(list, 2), "args");
	ok(number(args, "hw_to_stack_ns") == -12 && number(args, "hw_error_ns") == 35,
	   "and the stamp is beside them, with its error");
	for (size_t i = 0; i < json_array_size(list); i++) {
		args = json_object_get(json_array_get(list, i), "args");
		with += json_object_get(args, "hw_to_stack_ns") != NULL;
	}
	is_u64(with, 1, "a packet without one has none");
	json_decref(root);
}

static void test_invalid(void)
{
	struct run_info ri = sample_run();
	struct ns_event e = sample_event();
	struct chrome *c = begun(path, &ri);
	json_t *root, *last;

	e.t[RXP_READ] = 0;
	chrome_packet(c, &e);
	chrome_close(c);
	root = load();
	last = json_array_get(json_object_get(root, "traceEvents"), 2);
	is_str(json_string_value(json_object_get(last, "ph")), "i", "stamps out of order: a mark");
	json_decref(root);
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd >= 0)
		close(fd);
	test_not_begun();
	test_one();
	test_none();
	test_many();
	test_full();
	test_open_errors();
	test_pipe();
	test_tx();
	test_hw();
	test_invalid();
	unlink(path);
	return done();
}
