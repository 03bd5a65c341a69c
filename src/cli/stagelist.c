// SPDX-License-Identifier: GPL-2.0-only
#include "stagelist.h"

#include <errno.h>
#include <string.h>

#include "msg.h"
#include "names.h"
#include "sort.h"
#include "optvalue.h"

#define BIT(stage) (1U << (stage))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define RX_PRE (BIT(RXS_IRQ) | BIT(RXS_SOFTIRQ_WAIT) | BIT(RXS_NAPI) | BIT(RXS_XDP))
#define RX_PATH (BIT(RXS_STACK) | BIT(RXS_IP) | BIT(RXS_TRANSPORT) | BIT(RXS_HOL))
#define RX_SCHED (BIT(RXS_WAKEUP) | BIT(RXS_RUNQUEUE) | BIT(RXS_APPLICATION))
#define TX_PATH (BIT(TXS_TOTAL) - 1)
#define TX_AFTER_TOTAL (BIT(TXS_COMPLETION) | BIT(TXS_NETWORK) | BIT(TXS_ACK))

static const struct group {
	const char *name;
	__u32 stages[NS_DIRS];
} groups[] = {
	{"all", {RX_PRE | RX_PATH | RX_SCHED, TX_PATH | TX_AFTER_TOTAL}},
	{"pre", {RX_PRE, 0}},
	{"path", {RX_PATH, TX_PATH}},
	{"sched", {RX_SCHED, 0}},
	{"after", {0, TX_AFTER_TOTAL}},
	{"none", {0, 0}},
};

void stages_default(__u32 stages[NS_DIRS], bool cheap)
{
	for (unsigned d = 0; d < NS_DIRS; d++)
		stages[d] = groups[0].stages[d];
	if (cheap)
		stages[NS_RX] &= ~RX_PRE;
}

static bool is(const char *name, const char *word, size_t len)
{
	return strlen(name) == len && !memcmp(name, word, len);
}

/* Add what a name stands for in one direction; false: nothing. */
static bool add(enum ns_dir dir, const char *word, size_t len, __u32 *stages)
{
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		if (!is(groups[i].name, word, len))
			continue;
		*stages |= groups[i].stages[dir];
		return true;
	}
	for (unsigned i = 0; i < dirs[dir].n_stages; i++) {
		if (i == dirs[dir].total || !is(dirs[dir].stages[i], word, len))
			continue;
		*stages |= BIT(i);
		return true;
	}
	return false;
}

/* Say what is not known; the nearest name among all of both directions. */
static int unknown(const char *word, size_t len)
{
	const char *names[ARRAY_SIZE(groups) + 2 * STAGES_MAX];
	unsigned n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		names[n++] = groups[i].name;
	for (unsigned d = 0; d < NS_DIRS; d++)
		for (unsigned i = 0; i < dirs[d].n_stages; i++)
			if (i != dirs[d].total)
				names[n++] = dirs[d].stages[i];
	return optvalue_choose("stages", word, len, names, n);
}

static int add_word(const char *word, size_t len, __u32 stages[NS_DIRS])
{
	const char *colon = memchr(word, ':', len);
	int only = -1;
	bool any = false;

	if (colon) {
		only = optvalue_choose("stages", word, colon - word, sort_dirs, NS_DIRS);
		if (only < 0)
			return only;
		len -= colon + 1 - word;
		word = colon + 1;
	}
	for (unsigned d = 0; d < NS_DIRS; d++)
		if (only < 0 || only == (int)d)
			any |= add(d, word, len, &stages[d]);
	if (any)
		return 0;
	if (only < 0 || unknown(word, len) < 0)
		return only < 0 ? unknown(word, len) : -EINVAL;
	msg_err("--stages '%s': that direction has no such stage", word);
	return -EINVAL;
}

int stages_parse(const char *text, __u32 stages[NS_DIRS])
{
	memset(stages, 0, NS_DIRS * sizeof(*stages));
	for (;;) {
		size_t len = strcspn(text, ",");
		int err = add_word(text, len, stages);

		if (err < 0)
			return err;
		if (!text[len])
			return 0;
		text += len + 1;
	}
}

void stages_for_blame(__u32 stages[NS_DIRS])
{
	stages[NS_RX] |= BIT(RXS_SOFTIRQ_WAIT) | BIT(RXS_RUNQUEUE);
}
