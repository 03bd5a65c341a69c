// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "values.h"

int number_parse(const char *text, __u64 min, __u64 max, __u64 *out)
{
	__u64 value = 0;

	if (!*text)
		return -EINVAL;
	for (const char *c = text; *c; c++) {
		if (*c < '0' || *c > '9')
			return -EINVAL;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (__u64)(*c - '0'), &value))
			value = ~0ULL; /* stays there: every further digit overflows too */
	}
	if (value < min || value > max)
		return -ERANGE;
	*out = value;
	return 0;
}

/* The first len bits set, in network order. */
static void prefix_mask(unsigned int len, __u64 mask[2])
{
	__u8 *byte = (__u8 *)mask;

	for (unsigned int i = 0; i < 16; i++, len -= len < 8 ? len : 8)
		byte[i] = len >= 8 ? 0xff : (__u8)(0xff00 >> len);
}

int host_parse(const char *text, struct host_match *out)
{
	static const __u8 mapped[12] = {[10] = 0xff, [11] = 0xff};
	size_t len = strcspn(text, "/");
	char copy[INET6_ADDRSTRLEN];
	__u64 bits, prefix, mask[2];
	__u8 addr[16];
	int err;

	if (len >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, len);
	copy[len] = '\0';

	memcpy(addr, mapped, sizeof(mapped));
	if (inet_pton(AF_INET, copy, addr + 12) == 1)
		bits = 32;
	else if (inet_pton(AF_INET6, copy, addr) == 1)
		bits = 128;
	else
		return -EINVAL;

	prefix = bits;
	if (text[len] == '/') {
		err = number_parse(text + len + 1, 0, bits, &prefix);
		if (err)
			return err;
	}
	prefix_mask(128 - bits + prefix, mask);
	memcpy(out->addr, addr, sizeof(addr));
	for (int i = 0; i < 2; i++) {
		out->mask[i] = mask[i];
		out->addr[i] &= mask[i];
	}
	return 0;
}

int sample_parse(const char *text, __u32 *out)
{
	__u64 n;

	if (strncmp(text, "1/", 2) == 0)
		text += 2;
	if (number_parse(text, 1, ~(__u32)0, &n))
		return -EINVAL;
	*out = n;
	return 0;
}
