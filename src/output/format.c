// SPDX-License-Identifier: GPL-2.0-only
#include "format.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

struct unit {
	const char *name;
	__u64 size;
};

/*
 * v in the first unit in which it is below 1000, with three significant digits and no zeros
 * after the last one that counts. Integers only: %.3g would say 1e+03us for 999.6 us.
 */
static struct fmt scaled(__u64 v, const struct unit *units, size_t n_units)
{
	static const unsigned pow10[] = {1, 10, 100};
	const struct unit *u = units, *last = units + n_units - 1;
	struct fmt out;
	__u64 whole, rounded;
	unsigned digits;

	for (;; u++) {
		whole = v / u->size;
		digits = u->size == 1 || whole >= 100 ? 0 : whole >= 10 ? 1 : 2;
		if (digits)
			rounded = (v * pow10[digits] + u->size / 2) / u->size;
		else
			rounded = whole + (v % u->size >= u->size - u->size / 2 && u->size > 1);
		if (u == last || rounded < 1000 * pow10[digits])
			break;
	}
	while (digits && rounded % 10 == 0) {
		rounded /= 10;
		digits--;
	}
	if (digits)
		snprintf(out.s, sizeof(out.s), "%llu.%0*llu%s", rounded / pow10[digits],
			 (int)digits, rounded % pow10[digits], u->name);
	else
		snprintf(out.s, sizeof(out.s), "%llu%s", rounded, u->name);
	return out;
}

static const struct unit time_units[] = {
	{"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}};

struct fmt fmt_ns(__u64 ns)
{
	return scaled(ns, time_units, sizeof(time_units) / sizeof(time_units[0]));
}

struct fmt fmt_time(__u64 ns, enum fmt_unit unit)
{
	struct fmt out;

	/* below a hundredth of the unit nothing would be left of it */
	if (unit == FMT_AUTO || unit >= FMT_UNITS || ns < time_units[unit - FMT_NS].size / 100)
		return fmt_ns(ns);
	out = scaled(ns, &time_units[unit - FMT_NS], 1);
	return strlen(out.s) > 7 ? fmt_ns(ns) : out;
}

struct fmt fmt_count(__u64 n)
{
	static const struct unit units[] = {{"k", 1000ULL},
					    {"M", 1000000ULL},
					    {"G", 1000000000ULL},
					    {"T", 1000000000000ULL},
					    {"P", 1000000000000000ULL}};
	struct fmt out;

	if (n >= 10000)
		return scaled(n, units, sizeof(units) / sizeof(units[0]));
	snprintf(out.s, sizeof(out.s), "%llu", n);
	return out;
}

struct fmt fmt_bytes(__u64 n)
{
	static const struct unit units[] = {{" B", 1},
					    {" KiB", 1ULL << 10},
					    {" MiB", 1ULL << 20},
					    {" GiB", 1ULL << 30},
					    {" TiB", 1ULL << 40}};

	return scaled(n, units, sizeof(units) / sizeof(units[0]));
}

struct fmt fmt_percent(__u64 part, __u64 whole)
{
	double p = whole ? 100.0 * (double)part / (double)whole : 0;
	struct fmt out;

	if (!whole)
		snprintf(out.s, sizeof(out.s), "-");
	else if (part == 0 || part == whole)
		snprintf(out.s, sizeof(out.s), "%.0f%%", p);
	else if (p < 0.1)
		snprintf(out.s, sizeof(out.s), "<0.1%%");
	else if (p > 99.9 && p < 100)
		snprintf(out.s, sizeof(out.s), ">99.9%%");
	else
		snprintf(out.s, sizeof(out.s), "%.*f%%", p < 9.95 || (p > 99.4 && p < 100) ? 1 : 0,
			 p);
	return out;
}

struct fmt fmt_rate(__u64 n, __u64 ns)
{
	double rate = ns ? (double)n * 1e9 / (double)ns : 0;
	struct fmt out;

	if (rate >= 10 || !n)
		return fmt_count((__u64)(rate + 0.5));
	snprintf(out.s, sizeof(out.s), "%.2g", rate);
	return out;
}

struct fmt fmt_ratio(__u64 sum, __u64 n)
{
	struct fmt out;

	if (!n)
		snprintf(out.s, sizeof(out.s), "-");
	else if (sum / n >= 100)
		return fmt_count((sum + n / 2) / n);
	else
		snprintf(out.s, sizeof(out.s), "%.3g", (double)sum / (double)n);
	return out;
}

struct fmt_line fmt_addr(const __u8 addr[16])
{
	static const __u8 v4_mapped[12] = {[10] = 0xff, [11] = 0xff};
	bool v4 = !memcmp(addr, v4_mapped, sizeof(v4_mapped));
	struct fmt_line out;

	if (!inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? addr + 12 : addr, out.s, sizeof(out.s)))
		snprintf(out.s, sizeof(out.s), "?");
	return out;
}

struct fmt_line fmt_endpoint(const __u8 addr[16], __u16 port)
{
	struct fmt_line out, a = fmt_addr(addr);
	bool v6 = strchr(a.s, ':');

	if (port == 0)
		snprintf(out.s, sizeof(out.s), "*");
	else
		snprintf(out.s, sizeof(out.s), "%s%.46s%s:%u", v6 ? "[" : "", a.s, v6 ? "]" : "",
			 port);
	return out;
}

struct fmt_line fmt_flow(const struct flow *flow, const char *sep)
{
	struct fmt_line out;

	snprintf(out.s, sizeof(out.s), "%.60s%.8s%.60s",
		 fmt_endpoint(flow->local, flow->local_port).s, sep,
		 fmt_endpoint(flow->remote, flow->remote_port).s);
	return out;
}

/* Length of the valid UTF-8 character at s (at most len bytes), 0 if there is none. */
static size_t utf8_len(const unsigned char *s, size_t len)
{
	/* Lead byte, and the range of the byte after it: no overlong form, surrogate, > U+10FFFF */
	static const struct {
		unsigned char lead_lo, lead_hi, next_lo, next_hi, len;
	} forms[] = {
		{0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (*s < forms[i].lead_lo || *s > forms[i].lead_hi)
			continue;
		if (forms[i].len > len)
			return 0;
		if (forms[i].len > 1 && (s[1] < forms[i].next_lo || s[1] > forms[i].next_hi))
			return 0;
		for (size_t k = 2; k < forms[i].len; k++)
			if ((s[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].len;
	}
	return 0;
}

/* C0, DEL and C1: an escape sequence in a process name must not reach the terminal. */
static bool is_control(const unsigned char *s)
{
	return *s < 0x20 || *s == 0x7f || (*s == 0xc2 && s[1] < 0xa0);
}

char *fmt_clean(char *buf, size_t size, const char *text, size_t len, bool utf8)
{
	const unsigned char *s = (const unsigned char *)text, *end;
	size_t used = 0, n;

	end = s + strnlen(text, len);
	while (s < end) {
		n = utf8_len(s, (size_t)(end - s));
		if (used + (n ? n : 1) >= size)
			break;
		if (n == 0 || is_control(s) || (n > 1 && !utf8))
			buf[used++] = '?';
		else
			for (size_t k = 0; k < n; k++)
				buf[used++] = (char)s[k];
		s += n ? n : 1;
	}
	buf[used] = '\0';
	return buf;
}

struct fmt fmt_comm(const char comm[COMM_LEN], bool utf8)
{
	struct fmt out;

	fmt_clean(out.s, sizeof(out.s), comm, COMM_LEN, utf8);
	return out;
}

struct fmt_bar fmt_bar(double fraction, unsigned width, bool utf8)
{
	/* U+258F (one eighth) to U+2588 (all) differ in the last byte only */
	unsigned steps = utf8 ? 8 : 1, total, filled;
	struct fmt_bar out;
	char *p = out.s;

	if (width > FMT_BAR_MAX)
		width = FMT_BAR_MAX;
	if (!(fraction > 0))
		fraction = 0;
	if (fraction > 1)
		fraction = 1;
	total = width * steps;
	filled = (unsigned)(fraction * total + 0.5);
	if (fraction > 0 && filled == 0)
		filled = 1;
	for (unsigned cell = 0; cell < width; cell++) {
		unsigned here = filled > steps ? steps : filled;

		filled -= here;
		if (!here) {
			*p++ = ' ';
		} else if (!utf8) {
			*p++ = '#';
		} else {
			memcpy(p, "\xe2\x96", 2);
			p[2] = (char)(0x90 - here);
			p += 3;
		}
	}
	*p = '\0';
	return out;
}
