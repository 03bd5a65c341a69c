// SPDX-License-Identifier: GPL-2.0-only
#include "flow.h"

#include <string.h>

__u32 flow_hash(const struct flow *flow, unsigned more)
{
	const __u8 *p = (const void *)flow;
	__u64 h = 14695981039346656037ULL + more;

	for (size_t i = 0; i < sizeof(*flow); i++)
		h = (h ^ p[i]) * 1099511628211ULL;
	return (__u32)(h ^ h >> 32);
}

bool flow_has(const struct flow *flow, const struct ns_event *e)
{
	if (flow->remote_port)
		return !memcmp(&e->flow, flow, sizeof(*flow));
	return e->flow.proto == flow->proto && e->flow.netns == flow->netns &&
	       e->flow.local_port == flow->local_port;
}
