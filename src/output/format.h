/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers, addresses and bars for a reader's eye. Each function returns its text by value, so
 * that it can stand in the argument list of a printf: fprintf(f, "%s", fmt_ns(ns).s).
 */
#ifndef NS_FORMAT_H
#define NS_FORMAT_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "record.h"

#define FMT_BAR_MAX 64 /* cells */

struct fmt {
	char s[24];
};

struct fmt_line {
	char s[160];
};

struct fmt_bar {
	char s[3 * FMT_BAR_MAX + 1];
};

/* A duration with three significant digits: "812ns", "4.2us", "1.31ms", "2.5s", "1234s". */
struct fmt fmt_ns(__u64 ns);

/* The same in a unit of the reader's choice; FMT_AUTO where that takes more than 7 columns. */
enum fmt_unit { FMT_AUTO, FMT_NS, FMT_US, FMT_MS, FMT_UNITS };
struct fmt fmt_time(__u64 ns, enum fmt_unit unit);

/* How a histogram's values are written. */
typedef struct fmt (*fmt_fn)(__u64 v);

/* A count: exact below 10000, then three significant digits with k, M, G, T or P. */
struct fmt fmt_count(__u64 n);

/* part of whole: "0%", "12%", "99.9%", "<0.1%"; only all of it is "100%". "-" without a whole. */
struct fmt fmt_percent(__u64 part, __u64 whole);

/* n in ns nanoseconds, as a number for each second. */
struct fmt fmt_rate(__u64 n, __u64 ns);

/* sum / n, three significant digits; "-" where n is 0. */
struct fmt fmt_ratio(__u64 sum, __u64 n);

/* Bytes with KiB, MiB, GiB. */
struct fmt fmt_bytes(__u64 n);

/* "10.0.0.1:80", "[fe80::1]:80"; "*" when the port is 0 (no peer). */
struct fmt_line fmt_endpoint(const __u8 addr[16], __u16 port);

/* "local<-remote" with sep between the two. */
struct fmt_line fmt_flow(const struct flow *flow, const char *sep);

/* Just the address, as JSON shows it. */
struct fmt_line fmt_addr(const __u8 addr[16]);

/*
 * Copy text that somebody else chose (a process name, an argument) so that it can be printed:
 * up to len bytes or the first NUL; control characters and what is no valid UTF-8 become '?',
 * and so does everything that is no ASCII unless utf8. Returns buf, always terminated and
 * never with half a character at its end.
 */
char *fmt_clean(char *buf, size_t size, const char *text, size_t len, bool utf8);
struct fmt fmt_comm(const char comm[COMM_LEN], bool utf8);

/* A bar of `fraction` of `width` cells, blank-padded to width; any part above 0 shows. */
struct fmt_bar fmt_bar(double fraction, unsigned width, bool utf8);

#endif
