/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bytes of a recording. One description of a structure serves both ways: each function here
 * writes the value that it is given a pointer to, or reads it, by codec.writing. docs/recording.md
 * tells the format.
 *
 * Bytes that are read may be anything. What cannot be is noticed (codec.failed), and then
 * everything reads as 0. An item that ends early reads as 0 too, and what follows the last value
 * that is known is passed over: so items can grow.
 */
#ifndef NS_CODEC_H
#define NS_CODEC_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "dictionary.h"

struct codec {
	bool writing;
	bool failed;			 /* reading: no valid bytes; writing: out of memory */
	__u8 *data;			 /* writing: owned by whoever takes it */
	size_t len;			 /* writing: so far; reading: of all */
	size_t room;			 /* writing: allocated */
	size_t at;			 /* reading: the next byte */
	size_t end;			 /* reading: of the item */
	const struct dictionary *names;	 /* reading */
	__u64 scratch[HIST_BUCKETS + 2]; /* for what has no place: see codec_member() */
};

void codec_write(struct codec *c);
/* data must outlive the codec. Checks the sum at its end. */
void codec_read(struct codec *c, const void *data, size_t len, const struct dictionary *names);
/* The last step of writing: adds the sum. 0 or -ENOMEM; then data is freed. */
int codec_finish(struct codec *c);

/* An item: a tag, and the values until codec_end(). */
void codec_begin(struct codec *c, unsigned tag, size_t *mark);
void codec_end(struct codec *c, size_t mark);
/* Reading: go to the next item; false at the end, and when something is wrong. */
bool codec_item(struct codec *c, unsigned *tag);

void codec_u64(struct codec *c, __u64 *v);
/* Those that are narrower fail on what they cannot hold. */
void codec_u32(struct codec *c, __u32 *v);
void codec_u16(struct codec *c, __u16 *v);
void codec_u8(struct codec *c, __u8 *v);
/* A number below `limit`. */
void codec_below(struct codec *c, unsigned *v, unsigned limit);
/* Against a value that is known: small where v is close above base. */
void codec_since(struct codec *c, __u64 *v, __u64 base);
/* Up to the first NUL, or all of it. */
void codec_text(struct codec *c, char *text, size_t size);
void codec_bytes(struct codec *c, void *bytes, size_t size);
/* As many bytes as there are; reading: they stay where they are. */
void codec_blob(struct codec *c, const void **bytes, size_t *size);
/* n counters of 4 or 8 bytes each, most of them 0. */
void codec_counts(struct codec *c, void *counts, unsigned n, size_t width);

/*
 * Go through the members of an array whose indices have names, begin with *i = -1. Writing: to the
 * next that is not all 0. Reading: to the next of the recording; one whose name is not known here
 * is a scratch place. Returns it, or NULL after the last.
 */
void *codec_member(struct codec *c, enum name_kind kind, void *array, size_t size, int *i);

/* A single number that has a name. Unknown to us: `otherwise`. */
void codec_name(struct codec *c, enum name_kind kind, __u8 *v, __u8 otherwise);

#endif
