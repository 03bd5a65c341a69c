// SPDX-License-Identifier: GPL-2.0-only
/* The `watch`, `anomaly` and `anomaly_counts` objects. */
#include "anomaly_output.h"

#include "cause_text.h"
#include "format.h"
#include "json_parts.h"
#include "names.h"
#include "packet.h"

static json_t *rule_of(const struct anomaly_rule *r)
{
	return json_pack("{s:s,s:i,s:f,s:f,s:i,s:i}", "name", r->name, "packets", (int)r->packets,
			 "far", r->far, "deviation", r->deviation, "raise", (int)r->raise, "clear",
			 (int)r->clear);
}

int json_anomalies_start(FILE *f, unsigned warmup, __u64 interval_ns)
{
	json_t *line = json_object_of("watch"), *rules = json_array();
	int failed = 0, err;

	for (unsigned i = 0; i < ANOMALY_RULES; i++)
		failed |= json_array_append_new(rules, rule_of(&anomaly_rules[i]));
	failed |= json_object_set_new(line, "interval_ns", json_u64(interval_ns));
	failed |= json_object_set_new(line, "warmup", json_u64(warmup));
	failed |= json_object_set_new(line, "rules", rules);
	err = json_line(f, line, failed);
	return err ? err : json_flush(f);
}

static int set_scope(json_t *line, const struct anomaly *x)
{
	const struct qdisc *q = &x->qdisc;
	json_t *o = json_object();
	int failed = 0;

	switch (x->scope) {
	case ANOMALY_CONNECTION:
		failed = json_set_flow(o, &x->conn.flow, x->pid, x->comm);
		failed |= json_object_set_new(o, "port", json_u64(x->port));
		break;
	case ANOMALY_SERVICE:
		failed = json_object_set_new(o, "port", json_u64(x->port));
		failed |= json_object_set_new(o, "here", json_boolean(x->local));
		failed |= json_object_set_new(o, "netns", json_u64(x->netns));
		break;
	case ANOMALY_QDISC:
		failed = json_object_set_new(o, "dev", json_text(q->dev, DEV_LEN));
		failed |= json_object_set_new(o, "ifindex", json_u64(q->ifindex));
		failed |= json_object_set_new(o, "netns", json_u64(q->netns));
		failed |= json_object_set_new(o, "kind", json_text(q->kind, KIND_LEN));
		failed |= json_object_set_new(o, "handle", json_sprintf("%x:", q->handle >> 16));
		break;
	case ANOMALY_CPU:
		failed = json_object_set_new(o, "cpu", json_u64(x->cpu));
		break;
	default:
		json_decref(o);
		return 0;
	}
	return failed | json_object_set_new(line, anomaly_rules[x->scope].name, o);
}

static int set_stage(json_t *line, const struct anomaly *x)
{
	bool known = x->stage < dirs[x->dir].n_stages;
	int failed = 0;

	failed |= json_object_set_new(
		line, "stage", known ? json_string(dirs[x->dir].stages[x->stage]) : json_null());
	failed |= json_object_set_new(line, "stage_now_ns",
				      known ? json_u64(x->stage_now_ns) : json_null());
	failed |= json_object_set_new(line, "stage_usual_ns",
				      known ? json_u64(x->stage_usual_ns) : json_null());
	return failed;
}

static int set_example(json_t *line, const struct anomaly *x, const struct run_info *ri)
{
	const struct ns_event *e = &x->example;
	struct cause cause;
	bool found = anomaly_cause(x, ri, &cause);

	return json_object_set_new(line, "cause", found ? json_cause(&cause, e, ri) : json_null()) |
	       json_object_set_new(line, "packet",
				   x->has_example ? json_packet_object(e, ri) : json_null());
}

int json_anomaly(FILE *f, const struct anomaly *x, const struct run_info *ri)
{
	char subject[ANOMALY_TEXT_LEN], change[ANOMALY_TEXT_LEN], why[CAUSE_TEXT_LEN];
	json_t *line = json_object_of("anomaly");
	int failed = 0;

	failed |= json_object_set_new(line, "id", json_u64(x->id));
	failed |= json_object_set_new(line, "state", json_string(anomaly_end_names[x->end]));
	failed |= json_object_set_new(line, "scope", json_string(anomaly_rules[x->scope].name));
	failed |= json_object_set_new(line, "against", json_string(x->peers ? "peers" : "past"));
	failed |= json_object_set_new(line, "dir", json_string(dirs[x->dir].name));
	failed |= json_object_set_new(line, "proto",
				      x->proto < NS_PROTOS ? json_string(proto_name(x->proto))
							   : json_null());
	failed |= set_scope(line, x);
	failed |= json_object_set_new(line, "n", json_u64(x->n));
	failed |= json_object_set_new(line, "factor", json_real(anomaly_factor(x)));
	failed |= json_object_set_new(line, "now_ns", json_u64(x->now_ns));
	failed |= json_object_set_new(line, "usual_ns", json_u64(x->usual_ns));
	failed |= json_object_set_new(line, "latest_ns", json_u64(x->latest_ns));
	failed |= set_stage(line, x);
	failed |= json_object_set_new(line, "since_ns", json_u64(x->since_ns));
	failed |= json_object_set_new(line, "raised_ns", json_u64(x->raised_ns));
	failed |=
		json_object_set_new(line, "ended_ns", x->end ? json_u64(x->ended_ns) : json_null());
	failed |= json_object_set_new(
		line, "subject", json_string(anomaly_subject(x, true, subject, sizeof(subject))));
	failed |= json_object_set_new(line, "change",
				      json_string(anomaly_change(x, ri, change, sizeof(change))));
	failed |= json_object_set_new(line, "why",
				      json_string(anomaly_why(x, ri, true, why, sizeof(why))));
	failed |= set_example(line, x, ri);
	return json_line(f, line, failed);
}

static json_t *by_scope(const __u64 counts[ANOMALY_SCOPES])
{
	json_t *o = json_object();

	for (unsigned i = 0; i < ANOMALY_SCOPES; i++)
		json_object_set_new(o, anomaly_rules[i].name, json_u64(counts[i]));
	return o;
}

int json_anomaly_counts(FILE *f, const struct anomaly_counts *c)
{
	json_t *line = json_object_of("anomaly_counts");
	int failed = 0, err;

	failed |= json_object_set_new(line, "intervals", json_u64(c->intervals));
	failed |= json_object_set_new(line, "warmup", json_u64(anomaly_warmup(c)));
	failed |= json_object_set_new(line, "active", by_scope(c->active));
	failed |= json_object_set_new(line, "total", by_scope(c->total));
	failed |= json_object_set_new(line, "habitual", json_u64(c->habitual));
	failed |= json_object_set_new(line, "untracked", json_u64(c->untracked));
	failed |= json_object_set_new(line, "untold", json_u64(c->untold));
	err = json_line(f, line, failed);
	return err ? err : json_flush(f);
}
