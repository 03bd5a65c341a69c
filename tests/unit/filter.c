// SPDX-License-Identifier: GPL-2.0-only
/* Addresses, numbers and rates; the nearest name; and what filters look up on this system. */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lookup.h"
#include "suggest.h"
#include "tap.h"
#include "values.h"

/* What the kernel compares, written as an address again. */
static const char *text_of(const __u64 half[2])
{
	static char buf[INET6_ADDRSTRLEN];

	return inet_ntop(AF_INET6, half, buf, sizeof(buf));
}

static void test_host(void)
{
	static const struct {
		const char *text, *addr, *mask;
	} good[] = {
		{"192.0.2.7", "::ffff:192.0.2.7", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
		{"192.0.2.7/32", "::ffff:192.0.2.7", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
		{"192.0.2.7/24", "::ffff:192.0.2.0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00"},
		{"192.0.2.255/25", "::ffff:192.0.2.128", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff80"},
		{"1.2.3.4/1", "::ffff:0.0.0.0", "ffff:ffff:ffff:ffff:ffff:ffff:8000:0"},
		{"0.0.0.0/0", "::ffff:0.0.0.0", "ffff:ffff:ffff:ffff:ffff:ffff::"},
		{"::ffff:192.0.2.7", "::ffff:192.0.2.7", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
		{"::ffff:192.0.2.7/120", "::ffff:192.0.2.0",
		 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00"},
		{"2001:db8::1", "2001:db8::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
		{"2001:db8::1/32", "2001:db8::", "ffff:ffff::"},
		{"2001:db8:ffff::/35", "2001:db8:e000::", "ffff:ffff:e000::"},
		{"2001:db8::1/64", "2001:db8::", "ffff:ffff:ffff:ffff::"},
		{"2001:db8::8001/113", "2001:db8::8000", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:8000"},
		{"::1/128", "::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
		{"::/0", "::", "::"},
	};
	static const struct {
		const char *text;
		int err;
	} bad[] = {
		{"", -EINVAL},
		{"/", -EINVAL},
		{"/24", -EINVAL},
		{"192.0.2", -EINVAL},
		{"192.0.2.256", -EINVAL},
		{"192.0.2.7/", -EINVAL},
		{"192.0.2.7/x", -EINVAL},
		{"192.0.2.7/-1", -EINVAL},
		{"192.0.2.7/ 8", -EINVAL},
		{"192.0.2.7/8/8", -EINVAL},
		{" 192.0.2.7", -EINVAL},
		{"localhost", -EINVAL},
		{"fe80::1%lo", -EINVAL},
		{"1111:2222:3333:4444:5555:6666:7777:8888:9999", -EINVAL},
		{"00000000000000000000000000000000000000000000000000000000000::", -EINVAL},
		{"192.0.2.7/33", -ERANGE},
		{"2001:db8::/129", -ERANGE},
		{"2001:db8::/340282366920938463463374607431768211456", -ERANGE},
	};
	struct host_match h, before;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		memset(&h, 0x5a, sizeof(h));
		ok(host_parse(good[i].text, &h) == 0, "'%s' is an address", good[i].text);
		is_str(text_of(h.addr), good[i].addr, "its address");
		is_str(text_of(h.mask), good[i].mask, "its mask");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&h, 0x5a, sizeof(h));
		before = h;
		ok(host_parse(bad[i].text, &h) == bad[i].err && !memcmp(&h, &before, sizeof(h)),
		   "'%s' is refused with %d", bad[i].text, bad[i].err);
	}
}

static void test_number(void)
{
	__u64 n = 42;
	__u32 rate = 42;

	ok(number_parse("18446744073709551615", 0, ~0ULL, &n) == 0 && n == ~0ULL, "2^64 - 1");
	ok(number_parse("0", 0, 9, &n) == 0 && n == 0, "0");
	ok(number_parse("0009", 0, 9, &n) == 0 && n == 9, "leading zeros");
	n = 42;
	ok(number_parse("18446744073709551616", 0, 9, &n) == -ERANGE, "2^64");
	ok(number_parse("184467440737095516150", 0, 9, &n) == -ERANGE, "a digit more than 2^64");
	ok(number_parse("99999999999999999999999999999", 0, 9, &n) == -ERANGE, "far too large");
	ok(number_parse("10", 0, 9, &n) == -ERANGE, "above the range");
	ok(number_parse("1", 2, 9, &n) == -ERANGE, "below the range");
	ok(number_parse("", 0, 9, &n) == -EINVAL, "empty");
	ok(number_parse("-1", 0, 9, &n) == -EINVAL, "negative");
	ok(number_parse("1 ", 0, 9, &n) == -EINVAL, "trailing space");
	is_u64(n, 42, "untouched by failures");

	ok(sample_parse("1/100", &rate) == 0 && rate == 100, "1/100");
	ok(sample_parse("100", &rate) == 0 && rate == 100, "100");
	ok(sample_parse("1", &rate) == 0 && rate == 1, "1: all");
	ok(sample_parse("1/1", &rate) == 0 && rate == 1, "1/1: all");
	ok(sample_parse("1/4294967295", &rate) == 0 && rate == ~0U, "1/2^32-1");
	rate = 42;
	ok(sample_parse("0", &rate) && sample_parse("1/0", &rate) && sample_parse("2/3", &rate) &&
		   sample_parse("1/", &rate) && sample_parse("", &rate) &&
		   sample_parse("1/4294967296", &rate) && rate == 42,
	   "what is no rate");
}

static void test_suggest(void)
{
	static const char *const names[] = {"interval", "count", "connections", "color", "comm"};
#define NEAREST(word) suggest(word, strlen(word), names, 5)

	is_u64(edit_distance("", ""), 0, "distance of nothing");
	is_u64(edit_distance("", "abc"), 3, "insert three");
	is_u64(edit_distance("abc", ""), 3, "delete three");
	is_u64(edit_distance("ab", "ba"), 1, "swap");
	is_u64(edit_distance("port", "prot"), 1, "swap inside");
	is_u64(edit_distance("kitten", "sitting"), 3, "kitten, sitting");
	is_u64(edit_distance("abcd", "dcba"), 3, "reversed: swap inside, replace outside");
	is_str(NEAREST("intervall"), "interval", "a letter too many");
	is_str(NEAREST("conut"), "count", "two letters swapped");
	is_str(NEAREST("conn"), "connections", "the beginning");
	is_str(NEAREST("colour"), "color", "another spelling");
	is_str(NEAREST("frobnicate"), NULL, "nothing near");
	is_str(NEAREST(""), NULL, "an empty word");
	is_str(NEAREST("zz"), NULL, "a short word is near to nothing");
	is_str(suggest("count=5", 5, names, 5), "count", "the first letters only");
	is_str(NEAREST("intervalintervalintervalintervalintervalintervalinterval"), NULL,
	       "a very long word");
}

static void *look_up_own_thread(void *arg)
{
	char text[32];
	__u32 tgid;

	snprintf(text, sizeof(text), "%ld", syscall(SYS_gettid));
	*(int *)arg = lookup_system.pid(text, &tgid);
	return NULL;
}

/* Messages of these go to stderr: prove shows them, nothing depends on them. */
static void test_system(void)
{
	struct netns_ref ns = {.fd = -1};
	struct stat st;
	pthread_t thread;
	__u32 value = 42;
	char text[64];
	int err = 0;

	snprintf(text, sizeof(text), "%d", getpid());
	ok(lookup_system.pid(text, &value) == 0 && value == (__u32)getpid(), "this process");
	if (pthread_create(&thread, NULL, look_up_own_thread, &err) == 0)
		pthread_join(thread, NULL);
	is_u64(err, -ESRCH, "a thread is no process");

	if (!ok(lookup_system.netns("self", &ns) == 0, "this network namespace"))
		return;
	ok(stat("/proc/self/ns/net", &st) == 0 && st.st_ino == ns.inode, "its inode number");
	value = 0;
	ok(lookup_system.dev("lo", &ns, &value) == 0 && value == 1, "its loopback device");
	ok(lookup_system.dev("nope0", &ns, &value) == -ENODEV, "no such device in it");
	close(ns.fd);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)st.st_ino);
	if (ok(lookup_system.netns(text, &ns) == 0 && ns.inode == st.st_ino, "found by its number"))
		close(ns.fd);
}

int main(void)
{
	test_host();
	test_number();
	test_suggest();
	test_system();
	return done();
}
