// SPDX-License-Identifier: GPL-2.0-only
/* libFuzzer: addresses with a prefix, and the numbers and rates beside them. */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "values.h"

/* Leading one bits; aborts if a one follows a zero. */
static unsigned int prefix_of(const __u64 mask[2])
{
	const __u8 *byte = (const __u8 *)mask;
	unsigned int len = 0;

	for (unsigned int i = 0; i < 128; i++) {
		if (!(byte[i / 8] & (0x80 >> (i % 8))))
			continue;
		if (i != len++)
			abort();
	}
	return len;
}

/* What was parsed can be written, and parses to the same again. */
static void check_host(const struct host_match *h)
{
	char addr[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN + 8];
	struct host_match again;

	if ((h->addr[0] & ~h->mask[0]) || (h->addr[1] & ~h->mask[1]))
		abort();
	if (!inet_ntop(AF_INET6, h->addr, addr, sizeof(addr)))
		abort();
	snprintf(text, sizeof(text), "%s/%u", addr, prefix_of(h->mask));
	if (host_parse(text, &again) || memcmp(h, &again, sizeof(again)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct host_match h;
	__u64 n;
	__u32 rate;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (host_parse(text, &h) == 0)
		check_host(&h);
	if (number_parse(text, 3, 300, &n) == 0 &&
	    (n < 3 || n > 300 || n != strtoull(text, NULL, 10)))
		abort();
	if (sample_parse(text, &rate) == 0 && rate == 0)
		abort();
	free(text);
	return 0;
}
