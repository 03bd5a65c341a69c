// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ping_run.h"

static struct ping_slot *slot_of(struct ping_session *s, __u16 key)
{
	return &s->slots[key % PING_TRIES];
}

static void print(struct ping_session *s, const struct ping_event *e)
{
	int err = s->o->json ? ping_json_event(stdout, e, &s->run)
			     : ping_text_event(stdout, e, &s->run);

	if (err && !s->failed)
		s->failed = err;
}

/* It is over; the stamps that the programs took until now are in *try. */
static void settle(struct ping_session *s, struct ping_slot *slot, struct ping_try *try)
{
	*try = *slot->try;
	ping_disarm(&s->programs, slot->try);
	if (slot->fd >= 0)
		close(slot->fd);
	slot->fd = -1;
	slot->waiting = false;
	s->waiting--;
}

static void lose(struct ping_session *s, struct ping_slot *slot, enum ping_result result,
		 const char *from, const char *error)
{
	struct ping_event e = {.result = result, .seq = slot->seq, .from = from, .error = error};
	struct ping_try try;

	settle(s, slot, &try);
	s->stats.lost++;
	s->stats.errors += result == PING_ERROR;
	s->stats.again += try.again;
	print(s, &e);
}

static void answer(struct ping_session *s, struct ping_slot *slot, enum ping_result result, __u64 t,
		   const char *from)
{
	struct ping_event e = {.result = result, .seq = slot->seq, .from = from};
	struct roundtrip trip;
	struct ping_try try;

	settle(s, slot, &try);
	roundtrip_split(&try, slot->sent, slot->returned, t, &trip);
	e.rtt_ns = trip.rtt_ns;
	e.trip = &trip;
	ping_stats_add(&s->stats, &trip);
	s->stats.refused += result == PING_REFUSED;
	print(s, &e);
}

static bool mark_answered(struct ping_session *s, __u16 key)
{
	unsigned char *byte = &s->answered[key / 8], bit = 1 << key % 8;
	bool was = *byte & bit;

	*byte |= bit;
	return was;
}

/* A reply that nothing waits for. */
static void stray(struct ping_session *s, const struct ping_answer *a)
{
	struct ping_slot *slot = slot_of(s, a->key);
	bool known = slot->seq && slot->key == a->key, again;
	struct ping_event e = {.from = a->from};

	/* sequence numbers come again after 65536: it is the latest try that has this one */
	e.seq = s->stats.sent - (__u16)(s->stats.sent - a->key);
	if (e.seq == 0 || e.seq > s->stats.sent)
		return; /* never sent: not of this run */
	again = mark_answered(s, a->key);
	e.result = again ? PING_DUPLICATE : PING_LATE;
	s->stats.duplicates += again;
	s->stats.late += !again;
	if (known)
		e.rtt_ns = a->t - slot->sent;
	print(s, &e);
}

static void take_errors(struct ping_session *s)
{
	struct ping_answer a;
	struct ping_slot *slot;
	socklen_t len = sizeof(int);
	int n, error;

	while ((n = ping_icmp_read(&s->icmp, true, &a)) >= 0) {
		slot = slot_of(s, a.key);
		if (n && slot->waiting && slot->key == a.key)
			lose(s, slot, PING_ERROR, a.from, strerror(a.error));
	}
	/* the error is also left to the next send, which would fail for the sake of this one */
	getsockopt(s->icmp.fd, SOL_SOCKET, SO_ERROR, &error, &len);
}

void ping_take_icmp(struct ping_session *s)
{
	struct ping_answer a;
	struct ping_slot *slot;
	int n;

	while ((n = ping_icmp_read(&s->icmp, false, &a)) >= 0) {
		slot = slot_of(s, a.key);
		if (!n)
			continue;
		if (slot->waiting && slot->key == a.key) {
			mark_answered(s, a.key);
			answer(s, slot, PING_REPLY, a.t, a.from);
		} else {
			stray(s, &a);
		}
	}
	take_errors(s);
}

void ping_take_tcp(struct ping_session *s, struct ping_slot *slot)
{
	socklen_t len = sizeof(int);
	int error = 0;
	__u64 t;

	getsockopt(slot->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	t = ping_now();
	if (!error || error == ECONNREFUSED)
		answer(s, slot, error ? PING_REFUSED : PING_REPLY, t, NULL);
	else
		lose(s, slot, PING_ERROR, NULL, strerror(error));
}

/* Take a slot for a new try, and let the programs look for it. */
static struct ping_slot *begin(struct ping_session *s, __u16 key, int fd)
{
	struct ping_slot *slot = slot_of(s, key);

	if (slot->waiting) /* it was to be given up by now, but time runs on */
		lose(s, slot, PING_TIMEOUT, NULL, NULL);
	*slot = (struct ping_slot){.seq = s->stats.sent, .key = key, .fd = fd, .waiting = true};
	slot->try = ping_arm(&s->programs, key);
	s->waiting++;
	return slot;
}

static void try_icmp(struct ping_session *s)
{
	__u16 key = s->stats.sent;
	struct ping_slot *slot = begin(s, key, -1);
	int err;

	s->answered[key / 8] &= ~(1 << key % 8);
	err = ping_icmp_send(&s->icmp, &s->ends, key, &slot->sent);
	slot->returned = ping_now();
	if (err)
		lose(s, slot, PING_ERROR, NULL, strerror(-err));
}

/* A port whose place is free; with most of them in use by us, the last one that was offered. */
static int open_tcp(struct ping_session *s, __u16 *port)
{
	int fd = -1;

	for (int i = 0; i < 32; i++) {
		if (fd >= 0)
			close(fd);
		fd = ping_tcp_socket(s->o, &s->ends, port);
		if (fd < 0 || !slot_of(s, *port)->waiting)
			break;
	}
	return fd;
}

static void try_tcp(struct ping_session *s)
{
	struct ping_event e = {.result = PING_ERROR, .seq = s->stats.sent};
	struct ping_slot *slot;
	__u16 port;
	int fd = open_tcp(s, &port), err;

	if (fd < 0) {
		s->stats.lost++;
		s->stats.errors++;
		e.error = strerror(-fd);
		print(s, &e);
		return;
	}
	slot = begin(s, port, fd);
	slot->sent = ping_now();
	err = connect(fd, (const struct sockaddr *)&s->ends.to.sa, s->ends.to.len) ? errno : 0;
	slot->returned = ping_now();
	if (err == ECONNREFUSED)
		answer(s, slot, PING_REFUSED, slot->returned, NULL);
	else if (err && err != EINPROGRESS)
		lose(s, slot, PING_ERROR, NULL, strerror(err));
}

void ping_try_next(struct ping_session *s)
{
	s->stats.sent++;
	if (s->o->tcp_port)
		try_tcp(s);
	else
		try_icmp(s);
}

__u64 ping_expire(struct ping_session *s, __u64 now)
{
	__u64 next = ~0ULL, end;

	for (int i = 0; s->waiting && i < PING_TRIES; i++) {
		struct ping_slot *slot = &s->slots[i];

		if (!slot->waiting)
			continue;
		end = slot->sent + s->o->timeout_ns;
		if (end <= now)
			lose(s, slot, PING_TIMEOUT, NULL, NULL);
		else if (end < next)
			next = end;
	}
	return next;
}

void ping_abandon(struct ping_session *s)
{
	struct ping_try try;

	for (int i = 0; s->waiting && i < PING_TRIES; i++)
		if (s->slots[i].waiting)
			settle(s, &s->slots[i], &try);
}
