// SPDX-License-Identifier: GPL-2.0-only
#include "cause.h"

#include "names.h"

/* The longest stage of those in the mask, or STAGES_MAX. */
static unsigned longest(const struct packet *p, __u32 among)
{
	unsigned most = STAGES_MAX;

	for (unsigned i = 0; i < dirs[p->dir].n_stages; i++)
		if (p->stages & among & 1U << i && p->ns[i] &&
		    (most == STAGES_MAX || p->ns[i] > p->ns[most]))
			most = i;
	return most;
}

static bool fits(const struct cause_rule *r, enum cause_scope scope, const struct cause_facts *f)
{
	if (r->scope != scope || (scope != CAUSE_OF_DROP && r->dir != f->p->dir))
		return false;
	return scope != CAUSE_OF_STAGE || r->stage == f->stage;
}

/* The first rule that holds. */
static bool explain(enum cause_scope scope, const struct cause_facts *f, __u64 of_ns,
		    struct cause *out)
{
	for (size_t i = 0; i < n_cause_rules; i++) {
		const struct cause_rule *r = &cause_rules[i];
		struct cause_facts mine = *f;

		if (!fits(r, scope, f) || (r->holds && !r->holds(&mine)))
			continue;
		*out = (struct cause){
			.rule = r,
			.dir = f->p->dir,
			.stage = f->stage,
			.points = f->p->points,
			.ns = mine.ns,
			.of_ns = of_ns,
			.certain = (f->p->points & r->certain_with) == r->certain_with,
		};
		return true;
	}
	return false;
}

static bool explain_stage(struct cause_facts *f, unsigned stage, __u64 of_ns, struct cause *out)
{
	/* What holds a segment back in the socket is known wherever that stage ends, and the rules
	 * for `application` say what else it can be. */
	bool waits = f->p->dir == NS_TX && (int)stage == f->p->wait_stage;
	bool read = f->p->dir == NS_RX && stage == RXS_APPLICATION, alone, known;

	if (stage == STAGES_MAX)
		return false;
	alone = waits || read || stage_covers(f->p->dir, f->p->points, stage) == 1U << stage;
	f->stage = waits ? TXS_SOCKET : stage;
	f->ns = f->p->ns[stage];
	known = explain(alone ? CAUSE_OF_STAGE : CAUSE_OF_MERGED, f, of_ns, out);
	out->stage = stage;
	return known;
}

/* A local packet: its sender's half, or the way from there to here. */
static bool explain_sent(struct cause_facts *f, struct cause *out)
{
	const struct packet *here = f->p;
	struct packet sent;
	__u64 local_ns, way;
	unsigned stage;

	if (!packet_read_sent(f->e, &sent, &local_ns) || !sent.valid || local_ns < f->ri->slow_ns)
		return false;
	way = here->start - sent.start - sent.ns[TXS_TOTAL];
	if ((__s64)way < 0) /* the last stamp, of the driver's return, can come after the packet */
		way = 0;
	stage = longest(&sent, (1U << TXS_TOTAL) - 1);
	if (stage == STAGES_MAX || way > sent.ns[stage]) {
		f->stage = STAGES_MAX;
		f->ns = way;
		return way && explain(CAUSE_OF_WAY, f, local_ns, out);
	}
	f->p = &sent;
	f->stage = stage;
	f->ns = sent.ns[stage];
	return explain(CAUSE_OF_SENT, f, local_ns, out);
}

bool cause_find(const struct ns_event *e, const struct packet *p, const struct run_info *ri,
		struct cause *out)
{
	struct cause_facts f = {.e = e, .ri = ri, .p = p, .stage = STAGES_MAX};
	const unsigned total = dirs[p->dir].total;
	const __u32 in_total = (1U << total) - 1;
	unsigned after;

	if (!ri->slow_ns || !p->valid)
		return false;
	if (e->flags & PKT_DROPPED) {
		f.stage = STAGES_MAX;
		if (e->stage < total)
			f.stage = stage_measured(ri, p->dir, e->flow.proto, e->stage);
		return explain(CAUSE_OF_DROP, &f, 0, out);
	}
	if (p->ns[total] >= ri->slow_ns)
		return explain_stage(&f, longest(p, in_total), p->ns[total], out);
	if (p->dir == NS_RX)
		return explain_sent(&f, out);
	after = longest(p, ~(in_total | 1U << total));
	return after != STAGES_MAX && p->ns[after] >= ri->slow_ns &&
	       explain_stage(&f, after, p->ns[after], out);
}

bool cause_of_stage(const struct ns_event *e, const struct packet *p, const struct run_info *ri,
		    unsigned stage, struct cause *out)
{
	struct cause_facts f = {.e = e, .ri = ri, .p = p, .stage = STAGES_MAX};
	const unsigned total = dirs[p->dir].total;

	if (!p->valid || stage >= dirs[p->dir].n_stages || !(p->stages & 1U << stage))
		return false;
	return explain_stage(&f, stage, p->ns[stage < total ? total : stage], out);
}
