// SPDX-License-Identifier: GPL-2.0-only
/* src/output/format.c */
#include <linux/types.h>
#include <stdlib.h>

#include "format.h"
#include "rnd.h"
#include "sample.h"
#include "tap.h"

static void test_ns(void)
{
	static const struct {
		__u64 ns;
		const char *text;
	} cases[] = {
		{0, "0ns"},
		{1, "1ns"},
		{812, "812ns"},
		{999, "999ns"},
		{1000, "1us"},
		{1004, "1us"},
		{1005, "1.01us"},
		{4200, "4.2us"},
		{9994, "9.99us"},
		{9995, "10us"},
		{12345, "12.3us"},
		{99949, "99.9us"},
		{99950, "100us"},
		{999499, "999us"},
		{999500, "1ms"},
		{1310000, "1.31ms"},
		{999499999, "999ms"},
		{999500000, "1s"},
		{2500000000ULL, "2.5s"},
		{68719476736ULL, "68.7s"},
		{1234000000000ULL, "1234s"},
		{~0ULL, "18446744074s"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_str(fmt_ns(cases[i].ns).s, cases[i].text, "duration");
}

/* Read the text back: it must be within half a unit of the third digit. */
static void test_ns_property(void)
{
	unsigned wrong = 0, wide = 0;

	for (unsigned i = 0; i < 200000; i++) {
		__u64 ns = rnd_log(39);
		struct fmt f = fmt_ns(ns);
		char *unit;
		double v = strtod(f.s, &unit);

		v *= !strcmp(unit, "ns")   ? 1
		     : !strcmp(unit, "us") ? 1e3
		     : !strcmp(unit, "ms") ? 1e6
		     : !strcmp(unit, "s")  ? 1e9
					   : -1;
		wrong += v < (double)ns * 0.99499 || v > (double)ns * 1.00501;
		wide += strlen(f.s) > 6;
	}
	is_u64(wrong, 0, "any duration reads back within 0.5 %");
	is_u64(wide, 0, "and takes 6 columns at most");
}

static void test_numbers(void)
{
	is_str(fmt_count(0).s, "0", "count");
	is_str(fmt_count(9999).s, "9999", "count");
	is_str(fmt_count(10000).s, "10k", "count");
	is_str(fmt_count(12345).s, "12.3k", "count");
	is_str(fmt_count(999500).s, "1M", "count");
	is_str(fmt_count(1234567890).s, "1.23G", "count");
	is_str(fmt_count(~0ULL).s, "18447P", "count");
	is_str(fmt_bytes(512).s, "512 B", "bytes");
	is_str(fmt_bytes(1536).s, "1.5 KiB", "bytes");
	is_str(fmt_bytes(12 << 20).s, "12 MiB", "bytes");
	is_str(fmt_percent(0, 0).s, "-", "percent of nothing");
	is_str(fmt_percent(0, 5).s, "0%", "percent");
	is_str(fmt_percent(5, 5).s, "100%", "percent");
	is_str(fmt_percent(1, 1000000).s, "<0.1%", "a little is not nothing");
	is_str(fmt_percent(999999, 1000000).s, ">99.9%", "nearly all is not all");
	is_str(fmt_percent(1, 30).s, "3.3%", "percent");
	is_str(fmt_percent(123, 1000).s, "12%", "percent");
	is_str(fmt_percent(995, 1000).s, "99.5%", "percent");
	is_str(fmt_percent(3, 2).s, "150%", "percent");
}

static void test_addresses(void)
{
	struct flow flow;

	sample_flow(&flow, NS_TCP, 2);
	is_str(fmt_flow(&flow, "<-").s, "10.0.0.1:443<-10.0.0.2:40002", "IPv4");
	sample_flow(&flow, NS_UDP, 3);
	is_str(fmt_flow(&flow, "<-").s, "[2001:db8::1]:53<-*", "IPv6, no peer");
	sample_flow(&flow, NS_TCP, 7);
	is_str(fmt_endpoint(flow.local, 65535).s, "[abab:abab:abab:abab:abab:abab:abab:abab]:65535",
	       "the longest");
	is_u64(strlen(fmt_flow(&flow, "<-").s), 94, "is not cut");
	is_str(fmt_addr(flow.remote).s, "abab:abab:abab:abab:abab:abab:abab:abab", "address");
}

static void test_clean(void)
{
	static const struct {
		const char *in, *utf8, *ascii;
	} cases[] = {
		{"nginx", "nginx", "nginx"},
		{"a b\"\\", "a b\"\\", "a b\"\\"},
		{"\033[31mred\n\t\x7f", "?[31mred???", "?[31mred???"},
		{"na\xc3\xafve", "na\xc3\xafve", "na?ve"},
		{"\xe2\x82\xac\xf0\x9f\x90\xa7", "\xe2\x82\xac\xf0\x9f\x90\xa7", "??"},
		{"cut\xe2\x82", "cut??", "cut??"},
		{"\xc0\xaf\xe0\x80\xaf", "?????", "?????"},		/* overlong */
		{"\xed\xa0\x80\xf4\x90\x80\x80", "???????", "???????"}, /* surrogate, > 10ffff */
		{"\xc2\x9b"
		 "2J\xc2\xa0.",
		 "?2J\xc2\xa0.", "?2J?."}, /* C1 CSI */
		{"\xff\xfe\x80", "???", "???"},
		{"", "", ""},
	};
	char buf[64], small[4], comm[COMM_LEN];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = strlen(cases[i].in);

		is_str(fmt_clean(buf, sizeof(buf), cases[i].in, len, true), cases[i].utf8, "UTF-8");
		is_str(fmt_clean(buf, sizeof(buf), cases[i].in, len, false), cases[i].ascii,
		       "ASCII");
	}
	is_str(fmt_clean(small, sizeof(small), "ab\xe2\x82\xac", 5, true), "ab",
	       "no half character at the end");
	memset(comm, 'x', sizeof(comm));
	is_str(fmt_comm(comm, true).s, "xxxxxxxxxxxxxxxx", "a name without its NUL");
}

/* Columns that a bar takes: bytes that do not continue a character. */
static unsigned columns(const char *s)
{
	unsigned n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static void test_bar(void)
{
	unsigned wrong = 0;

	is_str(fmt_bar(0.5, 4, false).s, "##  ", "half");
	is_str(fmt_bar(0, 4, false).s, "    ", "nothing");
	is_str(fmt_bar(1, 4, false).s, "####", "all");
	is_str(fmt_bar(1e-9, 4, false).s, "#   ", "a little shows");
	is_str(fmt_bar(0.0 / 0.0, 2, false).s, "  ", "no number");
	is_str(fmt_bar(7, 2, false).s, "##", "more than all");
	is_str(fmt_bar(1, 1, true).s, "\xe2\x96\x88", "a full block");
	is_str(fmt_bar(0.125, 1, true).s, "\xe2\x96\x8f", "an eighth");
	is_str(fmt_bar(0.75, 2, true).s, "\xe2\x96\x88\xe2\x96\x8c", "one and a half");
	for (unsigned i = 0; i < 10000; i++) {
		unsigned width = (unsigned)(rnd() % 80);
		double fraction = (double)(rnd() % 1200) / 1000;

		wrong += columns(fmt_bar(fraction, width, i % 2).s) !=
			 (width < FMT_BAR_MAX ? width : FMT_BAR_MAX);
	}
	is_u64(wrong, 0, "always as wide as asked");
}

int main(void)
{
	test_ns();
	test_ns_property();
	test_numbers();
	test_addresses();
	test_clean();
	test_bar();
	return done();
}
