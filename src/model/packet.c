// SPDX-License-Identifier: GPL-2.0-only
#include "packet.h"

#include <stddef.h>

void packet_read(const struct rx_event *e, const __u32 *points, struct packet *out)
{
	*out = (struct packet){0};
	if (e->flow.proto < NS_PROTOS)
		out->points = points[e->flow.proto];
	out->stages = rx_stages_present(out->points) & ~(1U << RXS_TOTAL);
	if (e->flags & PKT_OOO)
		out->stages |= 1U << RXS_HOL;
	/* the parts may be in order and their sum still wrap: no JSON integer could hold it */
	out->valid = rx_split(e->t, e->t[RXP_READ], out->points, e->flags, out->ns) == 0 &&
		     (__s64)out->ns[RXS_TOTAL] >= 0;
}

const char *packet_flag(const struct rx_event *e, unsigned n)
{
	static const struct {
		unsigned flag;
		const char *name;
	} flags[] = {{PKT_OOO, "ooo"}, {PKT_UNNOTIFIED, "unnotified"}, {PKT_PARTIAL, "partial"}};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (e->flags & flags[i].flag && n-- == 0)
			return flags[i].name;
	return NULL;
}
