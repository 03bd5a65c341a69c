/* SPDX-License-Identifier: GPL-2.0-only */
/* From the maps of the running programs to a snapshot. */
#ifndef NS_COLLECT_H
#define NS_COLLECT_H

#include "clock.h"
#include "load.h"
#include "snapshot.h"

struct ring_buffer;
struct totals;
struct changes;
struct softirq_collector;

/* Called for each packet record; what it returns, if negative, ends collector_poll. */
typedef int (*packet_fn)(void *ctx, const struct ns_event *e);

struct collector {
	const struct path *path;
	const struct cpu_row *rows; /* mapped, one for each possible CPU */
	struct conn *conns;	    /* mapped; rows that are closed are emptied here */
	size_t rows_bytes, conns_bytes;
	struct conn_use *uses; /* of each row: when it last grew */
	struct totals *ended;  /* of all connections that ended */
	struct conn *closed;   /* connections that ended during the run, the slowest of them */
	size_t n_closed;
	__u64 unread;		 /* packets that rows held when they were taken back ... */
	__u64 unacked;		 /* ... and segments that they waited for the ACK of */
	struct changes *changes; /* for collector_interval; NULL: not tracked */
	struct snapshot *before; /* all but connections, at its latest call */
	struct ring_buffer *ring;
	__u32 left; /* records that this collector_poll() may still take */
	packet_fn on_packet;
	void *ctx;
	struct softirq_collector *softirqs; /* its numbers go into the same snapshots; NULL: none */
	__u64 start_ns;
};

/* Map the tables. on_packet may be NULL if there are no events. 0 or -errno, logged. */
int collector_open(struct collector *c, const struct path *path, packet_fn on_packet, void *ctx);
void collector_close(struct collector *c);

/* Everything since the start, into a new snapshot that the caller frees. NULL: out of memory. */
struct snapshot *collector_snapshot(struct collector *c);

/*
 * What is new since the call before (or collector_track), as snapshot_delta() of two snapshots says
 * it, but at the price of the connections that changed. collector_track comes first, once. NULL, or
 * -ENOMEM: out of memory.
 */
int collector_track(struct collector *c);
struct snapshot *collector_interval(struct collector *c);

/* Make rows of ended connections usable again, and hand over the records that nobody is woken for
 * (all but those of a trace); wanted every second or so. */
void collector_maintain(struct collector *c);

/* A file descriptor that becomes readable when there are events; -1 if there are none. */
int collector_fd(const struct collector *c);

/* Hand over what the event ring holds, but no more than it has room for: a flood that goes on must
 * not keep anything else waiting. 0, or what on_packet returned. */
int collector_poll(struct collector *c);

#endif
