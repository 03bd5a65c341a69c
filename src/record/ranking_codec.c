// SPDX-License-Identifier: GPL-2.0-only
/* What the slow packets of an interval were slow for, as bytes. */
#include <errno.h>
#include <stdlib.h>

#include "recorded.h"

enum tag { TAG_ALL = 1, TAG_RULE };

static void walk_all(struct codec *c, struct ranking *r)
{
	codec_u64(c, &r->packets);
	codec_u64(c, &r->sum);
	codec_u64(c, &r->unclear);
}

static int put_rule(struct codec *c, struct ranked *r, __u8 rule)
{
	struct codec packet;
	const void *bytes;
	size_t mark;

	if (packet_encode(&r->event, &packet))
		return -ENOMEM;
	bytes = packet.data;
	codec_begin(c, TAG_RULE, &mark);
	codec_name(c, NAMES_RULE, &rule, 0);
	codec_u64(c, &r->n);
	codec_u64(c, &r->sum);
	codec_blob(c, &bytes, &packet.len);
	codec_end(c, mark);
	free(packet.data);
	return 0;
}

int ranking_encode(const struct ranking *r, struct codec *c)
{
	int err = 0;
	size_t mark;

	codec_write(c);
	codec_begin(c, TAG_ALL, &mark);
	walk_all(c, (struct ranking *)r); /* writing changes nothing */
	codec_end(c, mark);
	for (size_t i = 0; i < n_cause_rules && !err; i++)
		if (r->rules[i].n)
			err = put_rule(c, &r->rules[i], i);
	if (!err)
		return codec_finish(c);
	free(c->data);
	return err;
}

/*
 * The worst packet says again what it was slow for. Where that is something else here, as of
 * another version, or the rule is none of ours, its packets cannot be ranked.
 */
static int get_rule(struct codec *c, const struct dictionary *names, const struct run_info *ri,
		    struct ranking *r)
{
	struct ranked one = {0}, *mine;
	struct packet p;
	__u8 rule = 0;
	const void *bytes;
	size_t len;

	codec_name(c, NAMES_RULE, &rule, n_cause_rules);
	codec_u64(c, &one.n);
	codec_u64(c, &one.sum);
	codec_blob(c, &bytes, &len);
	if (c->failed || packet_decode(bytes, len, names, &one.event))
		return -EBADMSG;
	packet_read(&one.event, ri, &p);
	if (rule >= n_cause_rules || !cause_find(&one.event, &p, ri, &one.worst) ||
	    one.worst.rule != &cause_rules[rule]) {
		r->unclear += one.n;
		return 0;
	}
	mine = &r->rules[rule];
	if (!mine->n)
		*mine = one;
	return 0;
}

int ranking_decode(const void *data, size_t len, const struct dictionary *names,
		   const struct run_info *ri, struct ranking *r)
{
	struct codec c;
	unsigned tag;
	int err = 0;

	codec_read(&c, data, len, names);
	while (!err && codec_item(&c, &tag)) {
		if (tag == TAG_ALL)
			walk_all(&c, r);
		else if (tag == TAG_RULE)
			err = get_rule(&c, names, ri, r);
	}
	return err || c.failed ? -EBADMSG : 0;
}
