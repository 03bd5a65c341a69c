// SPDX-License-Identifier: GPL-2.0-only
#include "changes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

#define ENDED_MAX 4096 /* listed beside those that live; the others are in the totals only */
#define ROOM_MIN 64

struct changes *changes_new(size_t n)
{
	struct changes *ch = calloc(1, sizeof(*ch));

	if (!ch)
		return NULL;
	ch->max = n + ENDED_MAX;
	ch->seen = calloc(n, sizeof(*ch->seen)); /* memory is taken as rows come into use */
	ch->activity = calloc(n, sizeof(*ch->activity));
	if (ch->seen && ch->activity)
		return ch;
	changes_free(ch);
	return NULL;
}

void changes_free(struct changes *ch)
{
	if (!ch)
		return;
	free(ch->seen);
	free(ch->activity);
	free(ch->found);
	free(ch);
}

/* None of its counters ever falls: where their sum is the same, all are. */
static __u64 activity(const struct conn *c)
{
	__u64 sum = c->resent.n;

	for (unsigned d = 0; d < NS_DIRS; d++) {
		sum += c->dir[d].n;
		for (__u32 rest = dirs[d].sometimes; rest; rest &= rest - 1)
			sum += c->dir[d].stages[__builtin_ctz(rest)].n;
	}
	for (unsigned i = 0; i < CAUSE_COUNT; i++)
		sum += c->causes[i].n + c->causes[i].sum;
	return sum;
}

static int make_room(struct changes *ch)
{
	size_t room = ch->room ? 2 * ch->room : ROOM_MIN;
	struct conn *more;

	if (ch->n_found < ch->room)
		return 0;
	more = realloc(ch->found, (room < ch->max ? room : ch->max) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	ch->found = more;
	ch->room = room < ch->max ? room : ch->max;
	return 0;
}

int changes_look(struct changes *ch, __u32 row, const struct conn *now)
{
	struct conn copy, beyond, *new = &beyond;

	if (activity(now) == ch->activity[row])
		return 0;
	if (ch->n_found < ch->max) {
		if (make_room(ch))
			return -ENOMEM;
		new = &ch->found[ch->n_found];
	}
	*new = copy = *now; /* once: the row goes on changing */
	conn_delta(new, &ch->seen[row]);
	ch->seen[row] = copy;
	ch->activity[row] = activity(&copy);
	totals_add(&ch->totals, new);
	ch->n_found += conn_moved(new) && new != &beyond;
	return 0;
}

void changes_forget(struct changes *ch, __u32 row)
{
	memset(&ch->seen[row], 0, sizeof(ch->seen[row]));
	ch->activity[row] = 0;
}

void changes_take(struct changes *ch, struct snapshot *s)
{
	free(s->conns);
	s->conns = ch->found;
	s->n_conns = ch->n_found;
	ch->found = NULL;
	ch->n_found = ch->room = 0;
}
