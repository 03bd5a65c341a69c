/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets as a Chrome trace-event file, for Perfetto (ui.perfetto.dev) and chrome://tracing.
 *
 * One process per network namespace, one thread per connection and direction. A packet is a
 * slice with its stages nested inside. Slices of one thread must not overlap, but packets of one
 * connection do (a reader that lags takes many at once): those go to further threads of the same
 * name.
 */
#ifndef NS_CHROME_H
#define NS_CHROME_H

#include <linux/types.h>
#include <stdbool.h>

#include "record.h"
#include "snapshot.h"

struct chrome;

/*
 * Create or open the file, while there is the privilege to; what it holds stays until
 * chrome_start(). Returns NULL with errno set.
 */
struct chrome *chrome_open(const char *path);

/* Empty it, and begin. Before any packet; 0 or -errno. */
int chrome_start(struct chrome *c, const struct run_info *ri);

/*
 * Add a packet. Returns 0 or -errno; after an error nothing more is written, the same error is
 * returned from then on, and the file holds what was written before it as valid JSON.
 */
int chrome_packet(struct chrome *c, const struct ns_event *e);

/* Write what is buffered, close and free; without a start the file is as it was, or gone again.
 * Returns 0 or the first error. c may be NULL. */
int chrome_close(struct chrome *c);

#endif
