// SPDX-License-Identifier: GPL-2.0-only
#include "names.h"

#include <stdio.h>
#include <string.h>

#include "split.h"

#define NAME(id, name, ...) name,
#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static const char *const rx_points[] = {RX_POINTS(NAME)};
static const char *const tx_points[] = {TX_POINTS(NAME)};
static const char *const rx_stages[] = {RX_STAGES(NAME) "total", RX_SERIES(NAME)};
static const char *const tx_stages[] = {TX_STAGES(NAME) "total", TX_AFTER(NAME) TX_SERIES(NAME)};

#define DOC(id, name, from, to, doc) doc,
#define SERIES_DOC(id, name, doc) doc,
static const char *const rx_docs[] = {RX_STAGES(DOC) "from the first point to the read",
				      RX_SERIES(SERIES_DOC)};
static const char *const tx_docs[] = {TX_STAGES(DOC) "from the first point until the driver has it",
				      TX_AFTER(DOC) TX_SERIES(SERIES_DOC)};

_Static_assert(COUNT_OF(rx_stages) == RXH_COUNT && COUNT_OF(tx_stages) == TXH_COUNT, "stages");

const struct dir_info dirs[NS_DIRS] = {
	[NS_RX] = {.name = "rx",
		   .verb = "received",
		   .n_points = RXP_COUNT,
		   .n_stages = RXS_COUNT,
		   .points = rx_points,
		   .stages = rx_stages,
		   .docs = rx_docs,
		   .total = RXS_TOTAL,
		   .sometimes = 1U << RXS_IRQ | 1U << RXS_SOFTIRQ_WAIT | 1U << RXS_NAPI |
				1U << RXS_XDP | 1U << RXS_HOL | 1U << RXS_WAKEUP |
				1U << RXS_RUNQUEUE,
		   .alone = 1U << RXS_XDP | 1U << RXS_HOL,
		   .arrow = "<-"},
	[NS_TX] = {.name = "tx",
		   .verb = "sent",
		   .n_points = TXP_COUNT,
		   .n_stages = TXS_COUNT,
		   .points = tx_points,
		   .stages = tx_stages,
		   .docs = tx_docs,
		   .total = TXS_TOTAL,
		   .sometimes = 1U << TXS_COMPLETION | 1U << TXS_NETWORK | 1U << TXS_ACK,
		   .arrow = "->"},
};

const struct loss_info loss_infos[LOSS_COUNT] = {
#define X(id, json, totals, words) [LOSS_##id] = {.name = json, .doc = words, .in_totals = totals},
	LOSSES(X)
#undef X
};

enum loss_kind loss_kind(enum ns_loss reason)
{
	if (reason == LOSS_SAMPLED || reason == LOSS_FILTERED)
		return LEFT_OUT;
	return loss_infos[reason].in_totals ? LOST_DETAIL : LOST_PACKET;
}

const struct way_info way_infos[WAY_COUNT] = {
#define X(id, json, words) [WAY_##id] = {.name = json, .doc = words},
	RX_WAYS(X)
#undef X
};

const struct cause_info cause_infos[CAUSE_COUNT] = {
#define X(id, json, fn, words) [CAUSE_##id] = {.name = json, .function = fn, .doc = words},
	CAUSES(X)
#undef X
};

const char *proto_name(unsigned proto)
{
	static const char *const names[NS_PROTOS] = {[NS_TCP] = "tcp", [NS_UDP] = "udp"};

	return proto < NS_PROTOS ? names[proto] : "?";
}

const char *drop_reason_name(const struct run_info *ri, __u32 reason, char *buf, size_t size)
{
	if (!reason)
		return "-";
	if (reason < ri->n_drop_reasons && ri->drop_reasons[reason])
		return ri->drop_reasons[reason];
	snprintf(buf, size, "reason %#x", reason);
	return buf;
}

__u32 proto_points(enum ns_dir dir, unsigned proto)
{
	__u32 all = (1U << dirs[dir].n_points) - 1;

	if (dir == NS_TX && proto == NS_UDP)
		all &= ~(1U << TXP_ACK | 1U << TXP_ACKED);
	return all;
}

bool dir_measured(const struct run_info *ri, enum ns_dir dir)
{
	for (unsigned p = 0; p < NS_PROTOS; p++)
		if (ri->points[dir][p])
			return true;
	return false;
}

__u32 stages_present(enum ns_dir dir, __u32 points)
{
	return dir == NS_RX ? rx_stages_present(points) : tx_stages_present(points);
}

__u32 stages_possible(enum ns_dir dir, __u32 points)
{
	return stages_present(dir, points) | (dir == NS_RX ? 1U << RXS_HOL : 0);
}

/* The first stage that is measured, up to `stack` and of what is sent: stage n begins at point n.
 */
static unsigned first_stage(enum ns_dir dir, __u32 points)
{
	const unsigned last = dir == NS_RX ? RXS_STACK : TXS_TOTAL;
	unsigned first = 0;

	while (first < last && !(points & 1U << first))
		first++;
	return first;
}

__u32 stage_covers(enum ns_dir dir, __u32 points, unsigned stage)
{
	__u32 present = stages_present(dir, points), covers = 1U << stage;
	const struct dir_info *d = &dirs[dir];

	if (stage >= d->total || d->alone & covers)
		return covers;
	for (unsigned i = stage; i-- > first_stage(dir, points);) {
		if (d->alone & 1U << i)
			continue;
		if (present & 1U << i)
			break;
		covers |= 1U << i;
	}
	return covers;
}

unsigned stage_measured(const struct run_info *ri, enum ns_dir dir, unsigned proto, unsigned stage)
{
	__u32 points = proto < NS_PROTOS ? ri->points[dir][proto] : 0;

	for (unsigned i = stage; i < dirs[dir].total; i++)
		if (stages_present(dir, points) & 1U << i &&
		    stage_covers(dir, points, i) & 1U << stage)
			return i;
	return stage;
}

char *stage_label(enum ns_dir dir, __u32 points, unsigned stage, char *buf, size_t size)
{
	__u32 covers = stage_covers(dir, points, stage);
	size_t used = 0, len;

	buf[0] = '\0';
	for (unsigned i = 0; i < dirs[dir].n_stages; i++) {
		if (!(covers & 1U << i))
			continue;
		len = strlen(dirs[dir].stages[i]);
		if (used + len + 2 > size)
			break;
		if (used)
			buf[used++] = '+';
		memcpy(buf + used, dirs[dir].stages[i], len + 1);
		used += len;
	}
	return buf;
}
