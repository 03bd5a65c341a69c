// SPDX-License-Identifier: GPL-2.0-only
#include "names.h"

#include <string.h>

const char *const rx_point_names[RXP_COUNT] = {
#define X(id, name, doc) [RXP_##id] = name,
	RX_POINTS(X)
#undef X
};

const char *const rx_stage_names[RXS_COUNT] = {
#define X(id, name, from, to, doc) [RXS_##id] = name,
	RX_STAGES(X)
#undef X
		[RXS_TOTAL] = "total",
};

const struct loss_info loss_infos[LOSS_COUNT] = {
#define X(id, json, totals, words) [LOSS_##id] = {.name = json, .doc = words, .in_totals = totals},
	LOSSES(X)
#undef X
};

const char *proto_name(unsigned proto)
{
	static const char *const names[NS_PROTOS] = {[NS_TCP] = "tcp", [NS_UDP] = "udp"};

	return proto < NS_PROTOS ? names[proto] : "?";
}

__u32 rx_stage_covers(__u32 points, enum rx_stage stage)
{
	__u32 present = rx_stages_present(points), covers = 1U << stage;
	int i;

	/* hol lies between transport and application but is a cause of its own: never merged */
	for (i = (int)stage - 1; i >= 0 && i != RXS_HOL && !(present & 1U << i); i--)
		covers |= 1U << i;
	return stage == RXS_HOL || stage == RXS_TOTAL ? 1U << stage : covers;
}

char *rx_stage_label(__u32 points, enum rx_stage stage, char *buf, size_t size)
{
	__u32 covers = rx_stage_covers(points, stage);
	size_t used = 0, len;
	unsigned i;

	buf[0] = '\0';
	for (i = 0; i < RXS_COUNT; i++) {
		if (!(covers & 1U << i))
			continue;
		len = strlen(rx_stage_names[i]);
		if (used + len + 2 > size)
			break;
		if (used)
			buf[used++] = '+';
		memcpy(buf + used, rx_stage_names[i], len + 1);
		used += len;
	}
	return buf;
}
