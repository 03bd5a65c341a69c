// SPDX-License-Identifier: GPL-2.0-only
/* Anomalies in words: the parts that all outputs share, and the lines of watch. */
#include "anomaly_output.h"

#include <errno.h>

#include "cause_text.h"
#include "format.h"
#include "names.h"
#include "packet.h"
#include "text_style.h"

double anomaly_factor(const struct anomaly *x)
{
	return x->usual_ns ? (double)x->now_ns / (double)x->usual_ns : 0;
}

char *anomaly_subject(const struct anomaly *x, bool utf8, char *buf, size_t size)
{
	const struct dir_info *dir = &dirs[x->dir];
	char kind[KIND_LEN + 1], dev[DEV_LEN + 1];

	switch (x->scope) {
	case ANOMALY_CONNECTION:
		snprintf(buf, size, "connection %s %s %s/%u", proto_name(x->proto),
			 fmt_flow(&x->conn.flow, dir->arrow).s, fmt_comm(x->comm, utf8).s, x->pid);
		break;
	case ANOMALY_SERVICE:
		snprintf(buf, size,
			 "service %s port %u %s, %s, netns %u, median of %llu connections",
			 proto_name(x->proto), x->port, x->local ? "here" : "elsewhere", dir->verb,
			 x->netns, x->n);
		break;
	case ANOMALY_STAGE:
		snprintf(buf, size, "stage %s of %s %s", dir->stages[x->stage],
			 proto_name(x->proto), dir->verb);
		break;
	case ANOMALY_CPU:
		snprintf(buf, size, "cpu %u: NET_RX waits for it", x->cpu);
		break;
	default:
		fmt_clean(kind, sizeof(kind), x->qdisc.kind, KIND_LEN, utf8);
		fmt_clean(dev, sizeof(dev), x->qdisc.dev, DEV_LEN, utf8);
		snprintf(buf, size, "qdisc %s %x: of %s, netns %u", kind, x->qdisc.handle >> 16,
			 dev, x->qdisc.netns);
	}
	return buf;
}

char *anomaly_change(const struct anomaly *x, const struct run_info *ri, char *buf, size_t size)
{
	double factor = anomaly_factor(x);
	char label[64];
	int n;

	n = snprintf(buf, size, "%.*fx: %s, %s %s", factor < 9.95 ? 1 : 0, factor,
		     fmt_ns(x->now_ns).s, x->peers ? "its peers" : "was", fmt_ns(x->usual_ns).s);
	if (x->scope < ANOMALY_STAGE && x->stage < STAGES_MAX && (size_t)n < size)
		snprintf(buf + n, size - (size_t)n, "; most in %s: mean %s, %s %s",
			 stage_label(x->dir, ri->points[x->dir][x->proto], x->stage, label,
				     sizeof(label)),
			 fmt_ns(x->stage_now_ns).s, x->peers ? "theirs" : "was",
			 fmt_ns(x->stage_usual_ns).s);
	return buf;
}

bool anomaly_cause(const struct anomaly *x, const struct run_info *ri, struct cause *out)
{
	struct packet p;

	if (!x->has_example)
		return false;
	packet_read(&x->example, ri, &p);
	/* a packet of a slow stage may have been slow in another one most of all */
	return x->scope < ANOMALY_STAGE ? cause_find(&x->example, &p, ri, out)
					: cause_of_stage(&x->example, &p, ri, x->stage, out);
}

/* Of a CPU more is known than what its stage can mean. */
static void why_cpu(const struct anomaly *x, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s",
		 x->ksoftirqd ? "NET_RX ran in ksoftirqd, probably behind other tasks"
			      : "interrupts, other softirqs, or code that ran with them disabled",
		 x->has_example ? "; how long the packet waited for that was not measured "
				  "(--stages softirq_wait)"
				: "");
}

char *anomaly_why(const struct anomaly *x, const struct run_info *ri, bool utf8, char *buf,
		  size_t size)
{
	struct cause cause;

	buf[0] = '\0';
	if (anomaly_cause(x, ri, &cause))
		return cause_text(&cause, &x->example, ri, utf8, buf, size);
	if (x->scope == ANOMALY_CPU)
		why_cpu(x, buf, size);
	else if (x->stage == TXS_SOCKET && x->dir == NS_TX && x->cause >= 0)
		snprintf(buf, size, "%s", cause_infos[x->cause].doc);
	else if (x->stage < dirs[x->dir].n_stages && dirs[x->dir].docs[x->stage])
		snprintf(buf, size, "%s: %s", dirs[x->dir].stages[x->stage],
			 dirs[x->dir].docs[x->stage]);
	return buf;
}

int text_anomalies_start(FILE *f, unsigned warmup, __u64 interval_ns, const struct text_opts *o)
{
	fprintf(f,
		"%slearning what is usual: nothing is said of a connection's past before %u "
		"intervals of %s%s\n",
		text_style(o, TS_FAINT), warmup, fmt_ns(interval_ns).s, text_style(o, TS_RESET));
	if (fflush(f))
		return -errno;
	return text_status(f);
}

static void print_begin(FILE *f, const struct anomaly *x, const struct run_info *ri,
			const struct text_opts *o)
{
	char change[ANOMALY_TEXT_LEN], why[CAUSE_TEXT_LEN];
	const struct ns_event *e = &x->example;
	struct packet p;

	fprintf(f, " %s, since %s", anomaly_change(x, ri, change, sizeof(change)),
		text_clock(ri, x->since_ns, false).s);
	if (anomaly_why(x, ri, o->utf8, why, sizeof(why))[0])
		fprintf(f, " | %s", why);
	if (!x->has_example) {
		fputs(" (" ANOMALY_NO_EXAMPLE ")", f);
		return;
	}
	packet_read(e, ri, &p);
	fprintf(f, " (%s %s %s cpu%u %s/%u)", text_clock(ri, p.start, true).s,
		fmt_ns(p.ns[dirs[p.dir].total]).s, fmt_flow(&e->flow, dirs[p.dir].arrow).s, e->cpu,
		fmt_comm(e->comm, o->utf8).s, e->pid);
}

static void print_end(FILE *f, const struct anomaly *x)
{
	static const char *const words[ANOMALY_ENDS] = {
		[ANOMALY_OVER] = "as before",
		[ANOMALY_IS_USUAL] = "it is the usual now",
		[ANOMALY_NO_PACKETS] = "no packets any more",
	};

	fprintf(f, " %s after %s: %s, was %s", words[x->end], fmt_ns(x->ended_ns - x->since_ns).s,
		fmt_ns(x->latest_ns).s, fmt_ns(x->now_ns).s);
}

int text_anomaly(FILE *f, const struct anomaly *x, const struct run_info *ri,
		 const struct text_opts *o)
{
	char subject[ANOMALY_TEXT_LEN];

	fprintf(f,
		"%s %s#%llu %s%s %s:", text_clock(ri, x->end ? x->ended_ns : x->raised_ns, false).s,
		text_style(o, x->end ? TS_FAINT : TS_WARN), x->id, x->end ? "over" : "slow",
		text_style(o, TS_RESET), anomaly_subject(x, o->utf8, subject, sizeof(subject)));
	if (x->end)
		print_end(f, x);
	else
		print_begin(f, x, ri, o);
	fputc('\n', f);
	if (fflush(f))
		return -errno;
	return text_status(f);
}

int text_anomalies_end(FILE *f, const struct anomaly_counts *c, const struct text_opts *o)
{
	__u64 total = 0, active = 0;

	for (unsigned i = 0; i < ANOMALY_SCOPES; i++) {
		total += c->total[i];
		active += c->active[i];
	}
	fprintf(f, "%s%llu anomalies in %llu intervals", text_style(o, TS_FAINT), total,
		c->intervals);
	if (active)
		fprintf(f, ", %llu go on", active);
	if (c->intervals < USUAL_WARMUP)
		fprintf(f, "; too few intervals to say more (%u)", USUAL_WARMUP);
	if (c->habitual)
		fprintf(f, "; %llu values were as slow as twice before, and not told", c->habitual);
	fprintf(f, "%s\n", text_style(o, TS_RESET));
	if (c->untracked || c->untold)
		fprintf(f, "%s%llu values were not looked at, %llu anomalies not told: no room%s\n",
			text_style(o, TS_WARN), c->untracked, c->untold, text_style(o, TS_RESET));
	if (fflush(f))
		return -errno;
	return text_status(f);
}
