// SPDX-License-Identifier: GPL-2.0-only
/* What clients send, and where the server listens. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "listen.h"
#include "request.h"
#include "tap.h"

static void test_accept(void)
{
	static const struct {
		const char *accept;
		bool openmetrics;
	} cases[] = {
		{NULL, false},
		{"", false},
		{"*/*", false},
		{"text/plain", false},
		{"application/openmetrics-text", true},
		{"application/openmetrics-text; version=1.0.0", true},
		{"application/openmetrics-text; version=0.0.1", false},
		{"application/openmetrics-text;version=\"1.0.0\"", true},
		{"APPLICATION/OpenMetrics-Text;VERSION=1.0.0", true},
		{"application/openmetrics-text;q=0", false},
		{"application/openmetrics-text;q=0.000", false},
		{"application/openmetrics-text;q=0.001", true},
		{"application/openmetrics-text;q=2", false},
		{"application/openmetrics-text;q=x,text/plain;q=0.1", false},
		{"application/openmetrics-text;q=0.5,text/plain;q=0.6", false},
		{"application/openmetrics-text;q=0.5,text/plain;q=0.5", true},
		{"application/openmetrics-text;q=0.5,*/*", false},
		{"application/openmetrics-textual", false},
		{" text/html , application/openmetrics-text ; q = 0.9 ", true},
		/* Prometheus 2.42, and 3 */
		{"application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
		 "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		 true},
		{"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
		 "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;"
		 "escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
		 true},
		/* a browser */
		{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false},
		{",,;;,;q=,=,\"", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(request_wants_openmetrics(cases[i].accept) == cases[i].openmetrics, "Accept: %s",
		   cases[i].accept ? cases[i].accept : "(none)");
}

static void test_token(void)
{
	static const char token[] = "0123456789abcdef";

	ok(request_has_token("Bearer 0123456789abcdef", token), "the token");
	ok(request_has_token("bearer  0123456789abcdef", token), "the scheme in small letters");
	ok(!request_has_token(NULL, token), "no header");
	ok(!request_has_token("", token), "an empty one");
	ok(!request_has_token("Bearer", token), "a scheme alone");
	ok(!request_has_token("Bearer ", token), "no token");
	ok(!request_has_token("Bearer 0123456789abcde", token), "too short");
	ok(!request_has_token("Bearer 0123456789abcdef0", token), "too long");
	ok(!request_has_token("Bearer 1123456789abcdef", token), "the first character");
	ok(!request_has_token("Bearer 0123456789abcdeF", token), "the last character");
	ok(!request_has_token("Basic 0123456789abcdef", token), "another scheme");
	ok(!request_has_token("0123456789abcdef", token), "no scheme");
}

static void test_host(void)
{
	static const char *const good[] = {"localhost", "LOCALHOST:19700",
					   "127.0.0.1", "192.0.2.1:80",
					   "[::1]",	"[2001:db8::1]:19700"};
	static const char *const bad[] = {
		"",
		"evil.example",
		"localhost.evil.example",
		"127.0.0.1.evil",
		"localhost:",
		"localhost:80x",
		"localhost:999999",
		"[::1",
		"::1",
		"[localhost]",
		"[]",
		"127.0.0.1:80:80",
		"1.2.3",
		"user@localhost",
		"[::1]x",
		"[:::::::::::::::::::::::::::::::::::::::::::::::::::::::]"};

	ok(request_host_is_local(NULL), "Host: (none)");
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ok(request_host_is_local(good[i]), "Host: %s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!request_host_is_local(bad[i]), "not Host: %s", bad[i]);
}

static void test_arguments(void)
{
	static const struct {
		const char *name, *value;
		int err;
	} cases[] = {
		{"n", "1", 0},
		{"n", "100", 0},
		{"n", "101", -EINVAL},
		{"n", "0", -EINVAL},
		{"n", "", -EINVAL},
		{"n", NULL, -EINVAL},
		{"n", "-1", -EINVAL},
		{"n", "1 ", -EINVAL},
		{"n", "18446744073709551617", -EINVAL},
		{"since", "0", 0},
		{"since", "9223372036854775807", 0},
		{"since", "99999999999999999999", -EINVAL},
		{"dir", "tx", 0},
		{"dir", "TX", -EINVAL},
		{"by", "p99", 0},
		{"by", "p50", -EINVAL},
		{"span", "run", 0},
		{"span", "day", -EINVAL},
		{"colour", "red", -ENOENT},
	};
	struct query q = QUERY_DEFAULTS;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(request_argument(&q, cases[i].name, cases[i].value) == cases[i].err, "%s=%s: %d",
		   cases[i].name, cases[i].value ? cases[i].value : "(null)", cases[i].err);
	ok(q.n == 100 && q.since_ns == 9223372036854775807ULL && q.dir == NS_TX &&
		   q.by == SORT_P99 && q.whole_run,
	   "what was right is taken, what was wrong changes nothing");
}

static void test_listen(void)
{
	static const struct {
		const char *text, *shown; /* NULL: refused */
		bool loopback;
	} cases[] = {
		{LISTEN_DEFAULT, LISTEN_DEFAULT, true},
		{"80", "127.0.0.1:80", true},
		{"localhost:0", "127.0.0.1:0", true},
		{"127.255.255.254:1", "127.255.255.254:1", true},
		{"[::1]:65535", "[::1]:65535", true},
		{":443", "[::]:443", false},
		{"0.0.0.0:1", "0.0.0.0:1", false},
		{"128.0.0.1:1", "128.0.0.1:1", false},
		{"[::ffff:127.0.0.1]:1", "[::ffff:127.0.0.1]:1", false},
		{"", NULL, false},
		{":", NULL, false},
		{"127.0.0.1", NULL, false},
		{"127.0.0.1:65536", NULL, false},
		{"127.0.0.1:-1", NULL, false},
		{"example.org:80", NULL, false},
		{"::1:80", NULL, false},
		{"[::1:80", NULL, false},
		{"[]:80", NULL, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct listen_addr a;
		int err = listen_parse(cases[i].text, &a);

		if (!cases[i].shown) {
			ok(err == -EINVAL, "not '%s'", cases[i].text);
			continue;
		}
		is_str(err ? "refused" : listen_text(&a).s, cases[i].shown, cases[i].text);
		ok(listen_is_loopback(&a) == cases[i].loopback, "loopback or not");
	}
}

static void test_open(void)
{
	struct listen_addr a, b;
	int fd, again;

	listen_parse("127.0.0.1:0", &a);
	fd = listen_open(&a);
	ok(fd >= 0 && ntohs(a.sa.v4.sin_port), "the kernel's choice of a port is told");
	b = a;
	again = listen_open(&b);
	ok(again == -EADDRINUSE, "a port that is taken");
	close(fd);
}

int main(void)
{
	test_accept();
	test_token();
	test_host();
	test_arguments();
	test_listen();
	test_open();
	return done();
}
