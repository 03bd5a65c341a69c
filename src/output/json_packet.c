// SPDX-License-Identifier: GPL-2.0-only
/* The `packet` object. */
#include "json_parts.h"

#include "cause.h"
#include "names.h"
#include "packet.h"

static json_t *points_of(const __u64 *t, const char *const *names, unsigned n, __u32 points)
{
	json_t *list = json_object();

	for (unsigned i = 0; i < n; i++)
		if (t[i] && points & 1U << i)
			json_object_set_new(list, names[i], json_u64(t[i]));
	return list;
}

static json_t *packet_points(const struct ns_event *e, const struct packet *p)
{
	__u32 points = p->points;
	json_t *list;

	if (p->dir == NS_RX && e->flags & PKT_UNNOTIFIED)
		points &= ~(1U << RXP_READY); /* nobody was told: the stamp, if any, is another's */
	list = points_of(e->t, dirs[p->dir].points, dirs[p->dir].n_points, points);
	if (p->dir == NS_RX && e->flags & PKT_PARTIAL)
		json_object_set_new(list, "first_read", json_u64(e->again));
	return list;
}

/* Stamps out of order have no stages, and no total that they could add up to. */
static json_t *stages_of(const struct packet *p)
{
	json_t *list = json_object();

	for (unsigned i = 0; p->valid && i < dirs[p->dir].n_stages; i++)
		if (p->stages & 1U << i)
			json_object_set_new(list, dirs[p->dir].stages[i], json_u64(p->ns[i]));
	return list;
}

static json_t *flags_of(const struct ns_event *e)
{
	json_t *list = json_array();
	const char *flag;

	for (unsigned i = 0; (flag = packet_flag(e, i)); i++)
		json_array_append_new(list, json_string(flag));
	return list;
}

/* NULL: it waited, and why is not known. */
static json_t *causes_of(const struct ns_event *e, const struct packet *p)
{
	json_t *list = json_object();
	bool waits = p->valid && p->wait_stage >= 0;

	for (unsigned i = 0; waits && i < CAUSE_COUNT; i++)
		if (e->tx.causes[i])
			json_object_set_new(list, cause_infos[i].name, json_u64(e->tx.causes[i]));
	if (waits && p->ns[p->wait_stage] && !json_object_size(list)) {
		json_decref(list);
		return NULL;
	}
	return list;
}

static json_t *backlog(__u32 n)
{
	return n == QDISC_NONE ? json_null() : json_u64(n);
}

static json_t *qdisc_of(const struct ns_event *e)
{
	if (!(e->flags & PKT_QUEUED))
		return json_null();
	return json_pack("{s:o,s:o,s:o,s:o,s:o}", "kind", json_text(e->tx.qdisc, KIND_LEN), "dev",
			 json_text(e->tx.dev, DEV_LEN), "backlog_packets",
			 backlog(e->tx.backlog_packets), "backlog_bytes",
			 backlog(e->tx.backlog_bytes), "edt_ns", json_u64(e->tx.edt_ns));
}

static int set_tx(json_t *line, const struct ns_event *e, const struct packet *p)
{
	int failed = json_object_set_new(line, "sends", json_u64(e->sends));
	json_t *causes = causes_of(e, p);

	if (causes)
		failed |= json_object_set_new(line, "causes", causes);
	if (e->flags & PKT_RESENT)
		failed |= json_object_set_new(line, "last_sent_ns", json_u64(e->again));
	return failed | json_object_set_new(line, "qdisc", qdisc_of(e));
}

static json_t *hops_of(const struct trail *trail)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < HOPS && i < trail->n_hops; i++) {
		const struct hop *hop = &trail->hops[i];

		json_array_append_new(
			list, json_pack("{s:o,s:o,s:o}", "netns", json_u64(hop->netns), "ifindex",
					json_u64(hop->ifindex), "t_ns", json_u64(hop->t)));
	}
	return list;
}

/* The sender's half of a packet that this kernel sent too. */
static int set_sent(json_t *line, const struct ns_event *e)
{
	const struct trail *trail = &e->trail;
	struct packet sent;
	__u64 local_ns;
	json_t *half;

	if (!packet_read_sent(e, &sent, &local_ns))
		return 0;
	half = json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "netns", json_u64(trail->netns), "ifindex",
			 json_u64(trail->ifindex), "points",
			 points_of(trail->t, dirs[NS_TX].points, TXP_HANDED + 1, sent.points),
			 "stages", stages_of(&sent), "hops", hops_of(trail), "n_hops",
			 json_u64(trail->n_hops));
	return json_object_set_new(line, "sent", half) |
	       json_object_set_new(line, "local_ns", json_u64(local_ns));
}

static int set_blame(json_t *line, const struct ns_event *e)
{
	static const unsigned stages[] = {RXS_SOFTIRQ_WAIT, RXS_RUNQUEUE};
	json_t *list = json_object();
	int failed = 0;

	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		const struct blame *b = packet_blame(e, stages[i]);

		if (b)
			failed |= json_object_set_new(
				list, dirs[NS_RX].stages[stages[i]],
				json_pack("{s:s,s:o,s:o,s:o}", "kind", blame_kind_name(b), "name",
					  json_text(blame_name(b), COMM_LEN), "id",
					  json_u64(b->pid), "ns", json_u64(b->ns)));
	}
	if (!json_object_size(list)) {
		json_decref(list);
		return failed;
	}
	return failed | json_object_set_new(line, "blame", list);
}

json_t *json_packet_object(const struct ns_event *e, const struct run_info *ri)
{
	json_t *line = json_object_of("packet");
	struct cause cause;
	struct packet p;
	int failed;

	packet_read(e, ri, &p);
	failed = json_object_set_new(line, "dir", json_string(dirs[p.dir].name));
	failed |= json_set_flow(line, &e->flow, e->pid, e->comm);
	failed |= json_object_set_new(line, "ifindex", json_u64(e->ifindex));
	failed |= json_object_set_new(line, "cpu", json_u64(e->cpu));
	if (e->flow.proto == NS_TCP)
		failed |= json_object_set_new(line, "seq", json_u64(e->seq));
	failed |= json_object_set_new(line, "len", json_u64(e->len));
	failed |= json_object_set_new(line, "points", packet_points(e, &p));
	failed |= json_object_set_new(line, "stages", stages_of(&p));
	failed |= json_object_set_new(line, "total_ns",
				      p.valid ? json_u64(p.ns[dirs[p.dir].total]) : json_null());
	failed |= json_object_set_new(line, "flags", flags_of(e));
	if (p.dir == NS_TX)
		failed |= set_tx(line, e, &p);
	else
		failed |= set_sent(line, e) | set_blame(line, e);
	if (p.dir == NS_RX && e->hw.error)
		failed |= json_object_set_new(line, "hw", json_hw_stamp(e));
	if (cause_find(e, &p, ri, &cause))
		failed |= json_object_set_new(line, "cause", json_cause(&cause, e, ri));
	if (e->flags & PKT_DROPPED)
		failed |= json_object_set_new(
			line, "drop",
			json_pack("{s:o,s:o}", "stage",
				  json_stage(p.dir,
					     stage_measured(ri, p.dir, e->flow.proto, e->stage)),
				  "reason", json_reason(ri, e->drop_reason)));
	if (!failed)
		return line;
	json_decref(line);
	return NULL;
}

int json_packet(FILE *f, const struct ns_event *e, const struct run_info *ri)
{
	return json_line(f, json_packet_object(e, ri), 0);
}
