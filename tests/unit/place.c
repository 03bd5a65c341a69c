// SPDX-License-Identifier: GPL-2.0-only
/*
 * bpf/place.bpf.h itself, on a made-up clock: packets under way whose addresses want one place,
 * each find their own stamps, and no other's.
 */
#pragma GCC diagnostic ignored "-Wunused-function" /* helpers that it does not ask for */
#include "bpf_host.h"

#define NS_COMMON_BPF_H

#include "shape.h"
#include "split.h"
#include "state.h"
#include "tap.h"
#include "rnd.h"

static struct path_config cfg;
#include "place.bpf.h"
#undef const

#define US 1000ULL
#define MS 1000000ULL
#define MIB (1 << 20)
#define SAME_PLACE (4 * MIB) /* apart: two such want one place */

static u64 now_ns = 1000 * MS;

static u64 bpf_ktime_get_ns(void)
{
	return now_ns;
}

/* The i-th of those that want one place. */
static void *rival(u64 i)
{
	return (void *)(0xffff888000123400ULL + i * SAME_PLACE);
}

static void forget(void)
{
	memset(places, 0, sizeof(places));
	now_ns += 1000 * MS;
}

/* As `stack` does. */
static struct slot *comes_in(void *skb)
{
	struct slot *s = &rx_place_for(skb, now_ns)->rx;

	AT(s, RXP_STACK) = now_ns;
	s->skb = (u64)skb;
	s->flags = 0;
	return s;
}

/* Its slot, if it has one: all ways to find it agree. */
static struct slot *found(void *skb)
{
	struct place *p = rx_place(skb, NULL);

	if (p != place_at(rx_place_of(skb)) || p != place_at(ns_rx_place_of(address_of(skb))))
		return NULL;
	return p->rx.skb == (u64)skb ? &p->rx : NULL;
}

static void test_two(void)
{
	struct slot *first, *second;

	forget();
	first = comes_in(rival(0));
	now_ns += 2 * US;
	second = comes_in(rival(1));
	ok(first != second, "two under way at one time have two places");
	ok(found(rival(0)) == first && found(rival(1)) == second, "each finds its own");
	is_u64(AT(first, RXP_STACK), now_ns - 2 * US, "with its stamp");
	ok(!found(rival(2)), "a third, which never came, finds none");
	first->flags = SLOT_TAKEN;
	ok(comes_in(rival(1)) == second,
	   "who comes again keeps its place, though the first is free");
	second->flags = SLOT_TAKEN;
	second->skb = 0;
	ok(comes_in(rival(1)) == first, "the next packet of its address takes the first");
	ok(found(rival(1)) == first && !found(rival(0)), "and is found there");
}

static void test_gone(void)
{
	struct slot *first;

	forget();
	first = comes_in(rival(0));
	now_ns += RX_UNDER_WAY_NS;
	ok(comes_in(rival(1)) == first,
	   "nothing tells of an ACK that it is gone: its place is free in time");
	first->flags = SLOT_TAKEN;
	ok(comes_in(rival(2)) == first, "that of a segment at once, when its socket has taken it");
	first->flags = SLOT_FILTERED;
	ok(comes_in(rival(3)) == first, "and that of one not asked for");
	first->flags = SLOT_SAMPLED;
	ok(comes_in(rival(4)) == first, "or left out");
	first->skb = 0;
	ok(comes_in(rival(5)) == first, "and that of a datagram that was read");
	AT(first, RXP_STACK) = now_ns + 30;
	ok(comes_in(rival(6)) != first, "not that of one whose CPU looked at the clock after us");
	ok(!places[first_place(rival(1)) ^ 1].tx.passed && places[first_place(rival(1))].tx.passed,
	   "only this place is known to have been passed");
}

static void test_filters(void)
{
	struct slot *first;

	forget();
	cfg.filters_packets = 1;
	first = comes_in(rival(0));
	ok(&rx_place_for(rival(1), 0)->rx != first,
	   "one not asked for, which has no stamp, takes no place of one under way");
	now_ns += RX_UNDER_WAY_NS;
	ok(&rx_place_for(rival(1), 0)->rx == first, "but that of one that is gone");
	cfg.filters_packets = 0;
}

static void test_queued(void)
{
	struct slot *has[PLACES_EACH], *last;
	unsigned good = 0;

	forget();
	for (unsigned i = 0; i < PLACES_EACH; i++) {
		has[i] = comes_in(rival(i));
		has[i]->flags = SLOT_QUEUED;
		now_ns += 60000 * MS;
	}
	for (unsigned i = 0; i < PLACES_EACH; i++)
		good += found(rival(i)) == has[i];
	is_u64(good, PLACES_EACH,
	       "datagrams that wait for their reader keep their places for as long as it takes");
	for (unsigned i = 1; i < PLACES_EACH; i++) { /* those that the next one can have */
		last = comes_in(rival(PLACES_EACH));
		last->skb = (u64)rival(PLACES_EACH + i);
		last->flags = SLOT_QUEUED;
	}
	last = comes_in(rival(PLACES_EACH));
	ok(last == has[0] && !found(rival(0)),
	   "where all are taken the latest pushes out the first");
	for (good = 1; good < PLACES_EACH; good++)
		if (found(rival(good)) != has[good])
			break;
	is_u64(good, PLACES_EACH, "and no other");
}

/* A place that was passed is an ordinary one again in time. */
static void test_forgotten(void)
{
	struct place *p = &places[first_place(rival(0))];

	forget();
	comes_in(rival(0));
	comes_in(rival(1))->flags = SLOT_QUEUED;
	now_ns += 60000 * MS;
	comes_in(rival(2));
	ok(p->tx.passed && found(rival(1)), "who waits elsewhere for a minute is found");
	p->rx.skb = 0;
	now_ns += 60000 * MS;
	comes_in(rival(3));
	ok(!p->tx.passed && !found(rival(1)),
	   "for two minutes, no more, and the others look no longer");
	for (int i = 0; i < 2; i++) {
		struct tx_slot *t = &place_at(tx_place_for(rival(i)))->tx;

		t->skb = (u64)rival(i);
		t->t_qdisc = now_ns;
	}
	ok(p->tx.passed, "one that is sent passes it too");
	p->tx.flags = TX_SLOT_DONE;
	now_ns += 60000 * MS;
	tx_place_for(rival(2));
	ok(p->tx.passed && &tx_place(rival(1), NULL)->tx != &p->tx, "for a minute");
	now_ns += 60000 * MS;
	tx_place_for(rival(2));
	ok(!p->tx.passed, "or two");
}

/* What is sent has its own half of each place. */
static void test_sent(void)
{
	struct tx_slot *t[2];
	struct slot *in;

	forget();
	for (int i = 0; i < 2; i++) {
		t[i] = &place_at(tx_place_for(rival(i)))->tx;
		t[i]->skb = (u64)rival(i);
		t[i]->t_qdisc = now_ns;
	}
	ok(t[0] != t[1] && &tx_place(rival(1), NULL)->tx == t[1] &&
		   &tx_place(rival(0), NULL)->tx == t[0],
	   "two in a queueing discipline have two places");
	in = comes_in(rival(1));
	ok(in == &place_at(first_place(rival(1)))->rx,
	   "the second comes in again: nobody has the first place there");
	ok(found(rival(1)) == in && &tx_place(rival(1), NULL)->tx == t[1],
	   "and both its halves are found");
	t[0]->flags = TX_SLOT_DONE;
	ok(tx_place_for(rival(2)) == first_place(rival(2)),
	   "what the driver has leaves its place to others");
}

/*
 * Two thousand datagrams wait; one is read, another comes. Their memory comes in pages from
 * anywhere. Nobody finds another's stamps, and hardly one is lost, where with one place each a
 * good many would be.
 */
#define WAIT 2000
#define SLAB 4096
#define SIZE 256

static void test_many(void)
{
	static void *queue[WAIT];
	static u32 slabs[WAIT * SIZE / SLAB + 1];
	unsigned crowded = 0, lost = 0;
	static u8 taken[SLOTS];

	forget();
	for (unsigned i = 0; i < sizeof(slabs) / sizeof(*slabs); i++)
		slabs[i] = i * 997 + rnd() % 997; /* none twice */
	for (unsigned i = 0; i < WAIT; i++) {
		u64 object = i * SIZE;

		queue[i] = (void *)(0xffff888000000000ULL + (u64)slabs[object / SLAB] * SLAB +
				    object % SLAB);
		crowded += taken[first_place(queue[i])]++ != 0;
	}
	ok(crowded >= 40, "%u of %u want a place that another one has", crowded, WAIT);
	for (unsigned turn = 0; turn < 20 * WAIT; turn++) {
		void *skb = queue[rnd() % WAIT];
		struct slot *s = found(skb);

		if (turn >= WAIT) {
			lost += !s;
			if (s)
				s->skb = 0;
		}
		s = comes_in(turn < WAIT ? queue[turn] : skb);
		s->flags = SLOT_QUEUED;
		now_ns += US;
	}
	ok(lost <= 2, "%u of %u were pushed out", lost, 19 * WAIT);
}

int main(void)
{
	test_two();
	test_gone();
	test_filters();
	test_queued();
	test_forgotten();
	test_sent();
	test_many();
	return done();
}
