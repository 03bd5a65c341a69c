// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer target: any bytes as an interval, as a packet and as a ranking of a recording. What
 * they are read as must be the same when it is written and read again.
 *
 * Input: one byte (which of the three), then what the codec reads; the sum at its end is put right,
 * or nothing would get past it.
 */
#include <linux/types.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "recorded.h"
#include "sample.h"

/* Of another program, whose numbers are one off, so that some names are not known; and our own. */
static struct dictionary names, own;

static void learn_all(void)
{
	dictionary_init(&names);
	dictionary_init(&own);
	for (unsigned k = 0; k < NAMES_KINDS; k++) {
		for (unsigned i = 0; i < names_count(k); i++) {
			dictionary_learn(&names, name_kinds[k], i + 1, names_get(k, i));
			dictionary_learn(&own, name_kinds[k], i, names_get(k, i));
		}
	}
}

static void must(bool good)
{
	if (!good)
		abort();
}

static void try_snapshot(const __u8 *data, size_t len)
{
	struct snapshot *s, *again;
	struct codec c, twice;
	int err;

	s = snapshot_decode(data, len, &names, &err);
	if (!s)
		return;
	must(!snapshot_encode(s, &c));
	again = snapshot_decode(c.data, c.len, &own, &err);
	must(again && !memcmp(again->hist, s->hist, sizeof(s->hist)) &&
	     !memcmp(again->ledger, s->ledger, sizeof(s->ledger)) && again->n_conns == s->n_conns &&
	     again->n_drops == s->n_drops && again->n_qdiscs == s->n_qdiscs);
	must(!s->n_conns || !memcmp(again->conns, s->conns, s->n_conns * sizeof(*s->conns)));
	must(!s->n_qdiscs || !memcmp(again->qdiscs, s->qdiscs, s->n_qdiscs * sizeof(*s->qdiscs)));
	must(!snapshot_encode(again, &twice));
	must(twice.len == c.len && !memcmp(twice.data, c.data, c.len));
	snapshot_free(again);
	snapshot_free(s);
	free(c.data);
	free(twice.data);
}

static void try_packet(const __u8 *data, size_t len)
{
	struct ns_event e, again;
	struct codec c;

	if (packet_decode(data, len, &names, &e))
		return;
	must(!packet_encode(&e, &c));
	must(!packet_decode(c.data, c.len, &own, &again));
	free(c.data);
}

static void try_ranking(const __u8 *data, size_t len)
{
	struct run_info ri = sample_run_both();
	struct ranking r, again;
	struct codec c;

	must(!ranking_init(&r) && !ranking_init(&again));
	if (!ranking_decode(data, len, &names, &ri, &r)) {
		must(!ranking_encode(&r, &c));
		must(!ranking_decode(c.data, c.len, &own, &ri, &again));
		must(again.packets == r.packets && again.sum == r.sum);
		for (size_t i = 0; i < n_cause_rules; i++)
			must(again.rules[i].n == r.rules[i].n);
		free(c.data);
	}
	ranking_free(&r);
	ranking_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct codec c;

	static bool learnt;

	if (!size)
		return 0;
	if (!learnt)
		learn_all();
	learnt = true;
	codec_write(&c);
	for (size_t i = 1; i < size; i++)
		codec_bytes(&c, &(__u8){data[i]}, 1);
	must(!codec_finish(&c));
	if (data[0] & 2)
		try_ranking(c.data, c.len);
	else if (data[0] & 1)
		try_packet(c.data, c.len);
	else
		try_snapshot(c.data, c.len);
	free(c.data);
	return 0;
}
