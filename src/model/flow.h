/* SPDX-License-Identifier: GPL-2.0-only */
/* Which packets belong to a connection. Pure functions. */
#ifndef NS_FLOW_H
#define NS_FLOW_H

#include <linux/types.h>
#include <stdbool.h>

#include "record.h"

/* For a place in a table; `more` is whatever else tells its entries apart. */
__u32 flow_hash(const struct flow *flow, unsigned more);

/* Is the packet one of this connection? A socket that is not connected has packets of many peers.
 */
bool flow_has(const struct flow *flow, const struct ns_event *e);

#endif
