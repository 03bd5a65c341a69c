// SPDX-License-Identifier: GPL-2.0-only
#include "codec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define VARINT_MAX 10
#define SUM_BYTES 4

/* CRC-32 as in Ethernet and zlib, bit by bit: recordings are small. */
static __u32 crc32(const __u8 *data, size_t len)
{
	__u32 crc = ~0U;

	for (size_t i = 0; i < len; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320U : 0);
	}
	return ~crc;
}

void codec_write(struct codec *c)
{
	memset(c, 0, sizeof(*c));
	c->writing = true;
}

void codec_read(struct codec *c, const void *data, size_t len, const struct dictionary *names)
{
	__u8 sum[SUM_BYTES];
	__u32 crc;

	memset(c, 0, sizeof(*c));
	c->data = (__u8 *)data; /* only read */
	c->names = names;
	c->failed = len < SUM_BYTES;
	if (c->failed)
		return;
	c->len = len - SUM_BYTES;
	crc = crc32(data, c->len);
	for (int i = 0; i < SUM_BYTES; i++)
		sum[i] = crc >> 8 * i;
	c->failed = memcmp(sum, c->data + c->len, SUM_BYTES) != 0;
}

static void put(struct codec *c, const void *bytes, size_t n)
{
	if (c->len + n > c->room && !c->failed) {
		size_t room = (c->len + n) * 2;
		__u8 *data = realloc(c->data, room);

		c->failed = !data;
		if (data) {
			c->data = data;
			c->room = room;
		}
	}
	if (c->failed || !n)
		return;
	memcpy(c->data + c->len, bytes, n);
	c->len += n;
}

int codec_finish(struct codec *c)
{
	__u32 crc = c->failed ? 0 : crc32(c->data, c->len);

	for (int i = 0; i < SUM_BYTES; i++)
		put(c, &(__u8){crc >> 8 * i}, 1);
	if (!c->failed)
		return 0;
	free(c->data);
	c->data = NULL;
	return -ENOMEM;
}

static unsigned varint(__u8 *buf, __u64 v)
{
	unsigned n = 0;

	for (; v >= 0x80; v >>= 7)
		buf[n++] = v | 0x80;
	buf[n++] = v;
	return n;
}

/* From the bytes before `end`; past it everything is 0. */
static __u64 get(struct codec *c, size_t end)
{
	__u64 v = 0;

	for (unsigned shift = 0; !c->failed && c->at < end; shift += 7) {
		__u8 byte = c->data[c->at++];

		if (shift == 63 && byte > 1) {
			c->failed = true;
			return 0;
		}
		v |= (__u64)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return v;
	}
	c->failed |= v != 0; /* cut in the middle */
	return 0;
}

void codec_u64(struct codec *c, __u64 *v)
{
	__u8 buf[VARINT_MAX];

	if (c->writing)
		put(c, buf, varint(buf, *v));
	else
		*v = get(c, c->end);
}

/* A number from 0 to max by way of 64 bits. */
static __u64 bounded(struct codec *c, __u64 v, __u64 max)
{
	codec_u64(c, &v);
	if (v <= max)
		return v;
	c->failed = true;
	return 0;
}

void codec_u32(struct codec *c, __u32 *v)
{
	*v = bounded(c, *v, ~0U);
}

void codec_u16(struct codec *c, __u16 *v)
{
	*v = bounded(c, *v, 0xffff);
}

void codec_u8(struct codec *c, __u8 *v)
{
	*v = bounded(c, *v, 0xff);
}

void codec_below(struct codec *c, unsigned *v, unsigned limit)
{
	*v = bounded(c, *v, limit - 1);
}

void codec_since(struct codec *c, __u64 *v, __u64 base)
{
	__s64 diff = (__s64)(*v - base);
	__u64 zigzag = (__u64)diff << 1 ^ (__u64)(diff >> 63);

	codec_u64(c, &zigzag);
	*v = base + (zigzag >> 1 ^ -(zigzag & 1));
}

void codec_bytes(struct codec *c, void *bytes, size_t size)
{
	if (c->writing) {
		put(c, bytes, size);
	} else if (c->failed || c->end - c->at < size) {
		memset(bytes, 0, size);
		c->at = c->end;
	} else {
		memcpy(bytes, c->data + c->at, size);
		c->at += size;
	}
}

void codec_blob(struct codec *c, const void **bytes, size_t *size)
{
	__u64 len = c->writing ? *size : 0;

	codec_u64(c, &len);
	if (c->writing) {
		put(c, *bytes, len);
		return;
	}
	c->failed |= len > c->end - c->at;
	*size = c->failed ? 0 : len;
	*bytes = c->data + c->at;
	c->at += *size;
}

void codec_text(struct codec *c, char *text, size_t size)
{
	__u64 len = c->writing ? strnlen(text, size) : 0;

	len = bounded(c, len, size);
	codec_bytes(c, text, len);
	if (c->writing)
		return;
	len = strnlen(text, len); /* nothing behind its end */
	memset(text + len, 0, size - len);
}

/* The next counter that is not 0: its distance, 1 at least, from the one before; 0 after the last.
 */
static bool next_index(struct codec *c, unsigned *next, unsigned found, unsigned n)
{
	__u64 gap = c->writing && found < n ? found - *next + 1 : 0;

	codec_u64(c, &gap);
	if (!gap)
		return false;
	if (gap > n - *next) {
		c->failed = true;
		return false;
	}
	*next += gap;
	return true;
}

/* All is kept as 64 bits on the way. */
static __u64 load(const void *counts, unsigned i, size_t width)
{
	return width == sizeof(__u32) ? ((const __u32 *)counts)[i] : ((const __u64 *)counts)[i];
}

static void store(struct codec *c, void *counts, unsigned i, size_t width, __u64 v)
{
	if (width == sizeof(__u64))
		((__u64 *)counts)[i] = v;
	else if (v <= ~0U)
		((__u32 *)counts)[i] = v;
	else
		c->failed = true;
}

void codec_counts(struct codec *c, void *counts, unsigned n, size_t width)
{
	unsigned next = 0, found;
	__u64 v;

	if (!c->writing)
		memset(counts, 0, n * width);
	do {
		for (found = next; c->writing && found < n && !load(counts, found, width);)
			found++;
		if (!next_index(c, &next, found, n))
			return;
		v = load(counts, next - 1, width);
		codec_u64(c, &v);
		if (!c->writing)
			store(c, counts, next - 1, width, v);
	} while (!c->failed);
}

void codec_begin(struct codec *c, unsigned tag, size_t *mark)
{
	codec_u64(c, &(__u64){tag});
	*mark = c->len;
}

/* The length belongs before the values, and is known only now. */
void codec_end(struct codec *c, size_t mark)
{
	__u8 buf[VARINT_MAX];
	size_t len = c->len - mark;
	unsigned n;

	if (c->failed)
		return;
	n = varint(buf, len);
	put(c, buf, n);
	if (c->failed)
		return;
	memmove(c->data + mark + n, c->data + mark, len);
	memcpy(c->data + mark, buf, n);
}

bool codec_item(struct codec *c, unsigned *tag)
{
	__u64 t, len;

	if (c->failed || c->end >= c->len)
		return false;
	c->at = c->end;
	t = get(c, c->len);
	len = get(c, c->len);
	if (c->failed || t > 0xffff || len > c->len - c->at) {
		c->failed = true;
		return false;
	}
	*tag = t;
	c->end = c->at + len;
	return true;
}

static bool all_zero(const void *p, size_t size)
{
	const __u8 *b = p;

	while (size && !*b) {
		b++;
		size--;
	}
	return !size;
}

void *codec_member(struct codec *c, enum name_kind kind, void *array, size_t size, int *i)
{
	unsigned n = names_count(kind);
	__u64 number = 0; /* plus 1: 0 ends the list */
	char *a = array;

	if (c->writing) {
		for ((*i)++; (unsigned)*i < n && all_zero(a + *i * size, size);)
			(*i)++;
		number = (unsigned)*i < n ? (unsigned)*i + 1 : 0;
	}
	codec_u64(c, &number);
	if (!number || c->failed)
		return NULL;
	if (!c->writing)
		*i = dictionary_here(c->names, kind, number - 1);
	return *i == NAME_UNKNOWN ? (void *)c->scratch : a + *i * size;
}

void codec_name(struct codec *c, enum name_kind kind, __u8 *v, __u8 otherwise)
{
	int here;

	codec_u8(c, v);
	if (c->writing)
		return;
	here = dictionary_here(c->names, kind, *v);
	*v = here == NAME_UNKNOWN ? otherwise : (__u8)here;
}
