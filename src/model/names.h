/* SPDX-License-Identifier: GPL-2.0-only */
/* The words of the tables in stages.h, and which stages a printed stage stands for. */
#ifndef NS_NAMES_H
#define NS_NAMES_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "record.h"
#include "snapshot.h"

/* A direction: its points and stages, in the order of their numbers. */
struct dir_info {
	const char *name; /* "rx", "tx" */
	const char *verb; /* "received", "sent" */
	unsigned n_points;
	unsigned n_stages; /* the total and those after it too */
	unsigned total;	   /* the number of the total; the stages before it make it */
	const char *const *points;
	const char *const *stages; /* and, after these, the series beside them (stages.h) */
	const char *const *docs;   /* what a long time in the stage means, or what a series is */
	__u32 sometimes;	   /* bit mask: stages that only some packets have */
	__u32 alone;		   /* of these: never part of another, and none is part of them */
	const char *arrow;	   /* between local and remote end: "<-", "->" */
};

extern const struct dir_info dirs[NS_DIRS];

struct loss_info {
	const char *name; /* as in JSON */
	const char *doc;  /* plain words */
	bool in_totals;	  /* the packet is in the totals all the same */
};

extern const struct loss_info loss_infos[LOSS_COUNT];

enum loss_kind loss_kind(enum ns_loss reason);

struct way_info {
	const char *name; /* as in JSON */
	const char *doc;  /* plain words */
};

extern const struct way_info way_infos[WAY_COUNT];

struct cause_info {
	const char *name;     /* as in JSON */
	const char *function; /* the kernel's, whose decision it is; "" for `other` */
	const char *doc;      /* plain words */
};

extern const struct cause_info cause_infos[CAUSE_COUNT];

/* "tcp", "udp"; "?" for anything else. */
const char *proto_name(unsigned proto);

/* "NO_SOCKET"; "-" where the kernel tells no reason, "reason 0x10003" where its name is not known.
 * Returns buf or a static string. */
const char *drop_reason_name(const struct run_info *ri, __u32 reason, char *buf, size_t size);

/* The points that packets of a protocol have: a bit mask. UDP knows no ACKs. */
__u32 proto_points(enum ns_dir dir, unsigned proto);

/* Is a direction measured, of any protocol? */
bool dir_measured(const struct run_info *ri, enum ns_dir dir);

/* Which stages exist when only these points have a hook: a bit mask. RX: without hol. */
__u32 stages_present(enum ns_dir dir, __u32 points);

/* The same with those that only some packets have. */
__u32 stages_possible(enum ns_dir dir, __u32 points);

/*
 * The stages that `stage` stands for when only these points have a hook, itself included: a bit
 * mask. A stage without a hook at its end is part of the next one that has it; one before the first
 * hook is part of none.
 */
__u32 stage_covers(enum ns_dir dir, __u32 points, unsigned stage);

/* Their names joined by '+' ("stack+ip"). Returns buf. 64 bytes are enough for any label. */
char *stage_label(enum ns_dir dir, __u32 points, unsigned stage, char *buf, size_t size);

/* The stage of this run that measures what lies in `stage` of the table: the one it is merged into.
 */
unsigned stage_measured(const struct run_info *ri, enum ns_dir dir, unsigned proto, unsigned stage);

#endif
