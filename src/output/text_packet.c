// SPDX-License-Identifier: GPL-2.0-only
/* One packet, one line. */
#include "text_style.h"

#include "cause_text.h"
#include "format.h"
#include "names.h"
#include "packet.h"

#define BAR_CELLS 16
#define BAR_MIN_WIDTH 120 /* columns of the terminal below which there is no bar */

/*
 * BAR_CELLS cells, each with the colour or the letter of the stage in which its share of the time
 * lies.
 */
static void print_bar(FILE *f, const struct packet *p, const struct text_opts *o)
{
	const char *block = o->utf8 ? "\xe2\x96\x88" : "#";
	unsigned stage = 0, shown = STAGES_MAX;
	__u64 before = 0;

	fputs(" [", f);
	for (unsigned cell = 0; cell < BAR_CELLS; cell++) {
		double at = ((double)cell + 0.5) / BAR_CELLS * (double)p->ns[dirs[p->dir].total];

		while (stage < dirs[p->dir].total - 1 &&
		       (!(p->stages & 1U << stage) || (double)(before + p->ns[stage]) <= at))
			before += p->ns[stage++];
		if (stage != shown)
			fputs(text_stage_style(o, p->dir, stage), f);
		shown = stage;
		if (o->color)
			fputs(block, f);
		else
			fputc(text_stage_letter(p->dir, stage), f);
	}
	fprintf(f, "%s]", text_style(o, TS_RESET));
}

/* Stages `from` up to, not including, `to`; `before` stands once before the first. */
static void print_stages(FILE *f, const struct packet *p, unsigned from, unsigned to,
			 const char *before, const struct text_opts *o)
{
	char label[64];

	for (unsigned i = from; i < to; i++) {
		if (!(p->stages & 1U << i))
			continue;
		fprintf(f, "%s %s%s%s=%s", before, text_stage_style(o, p->dir, i),
			stage_label(p->dir, p->points, i, label, sizeof(label)),
			text_style(o, TS_RESET), fmt_ns(p->ns[i]).s);
		before = "";
	}
}

/* What a packet met on its way out. */
static void print_tx(FILE *f, const struct ns_event *e, const struct packet *p,
		     const struct text_opts *o)
{
	char kind[KIND_LEN + 1];

	if (e->flags & PKT_QUEUED) {
		fmt_clean(kind, sizeof(kind), e->tx.qdisc, KIND_LEN, o->utf8);
		fprintf(f, " in=%s", kind[0] ? kind : "-");
		if (e->tx.backlog_packets != QDISC_NONE)
			fprintf(f, " backlog=%u", e->tx.backlog_packets);
		if (e->tx.backlog_bytes != QDISC_NONE)
			fprintf(f, "%s%uB", e->tx.backlog_packets != QDISC_NONE ? "/" : " backlog=",
				e->tx.backlog_bytes);
		if (e->tx.edt_ns)
			fprintf(f, " paced=%s", fmt_ns(e->tx.edt_ns).s);
	}
	if (e->sends > 1)
		fprintf(f, " sends=%u", e->sends);
	if (e->flags & PKT_RESENT && e->again >= p->start)
		fprintf(f, " last_sent=+%s", fmt_ns(e->again - p->start).s);
}

static void print_drop(FILE *f, const struct ns_event *e, enum ns_dir dir,
		       const struct run_info *ri, const struct text_opts *o)
{
	unsigned proto = e->flow.proto < NS_PROTOS ? e->flow.proto : 0;
	unsigned stage = stage_measured(ri, dir, proto, e->stage);
	char reason[64], label[64];

	fprintf(f, " %sdropped in %s", text_style(o, TS_WARN),
		stage < dirs[dir].total
			? stage_label(dir, ri->points[dir][proto], stage, label, sizeof(label))
			: "?");
	if (e->drop_reason)
		fprintf(f, ": %s", drop_reason_name(ri, e->drop_reason, reason, sizeof(reason)));
	fputs(text_style(o, TS_RESET), f);
}

/* The sender's half of a packet that never left this kernel. */
static void print_sent(FILE *f, const struct ns_event *e, const struct packet *p,
		       const struct text_opts *o)
{
	struct packet sent;
	__u64 local_ns;

	if (!packet_read_sent(e, &sent, &local_ns) || sent.start > p->start)
		return;
	fprintf(f, " | sent %s before:", fmt_ns(p->start - sent.start).s);
	if (sent.valid)
		print_stages(f, &sent, 0, TXS_TOTAL, "", o);
	fprintf(f, " via %u/%u", e->trail.netns, e->trail.ifindex);
	for (unsigned i = 0; i < HOPS && i < e->trail.n_hops; i++)
		fprintf(f, " %u/%u", e->trail.hops[i].netns, e->trail.hops[i].ifindex);
	if (e->trail.n_hops > HOPS)
		fputs(" ...", f);
}

static void print_blame(FILE *f, const struct ns_event *e, unsigned stage,
			const struct text_opts *o)
{
	const struct blame *b = packet_blame(e, stage);
	char name[2 * COMM_LEN];

	if (!b)
		return;
	fmt_clean(name, sizeof(name), blame_name(b), COMM_LEN, o->utf8);
	fprintf(f, " %s:%s/%u=%s", dirs[NS_RX].stages[stage], name, b->pid, fmt_ns(b->ns).s);
}

int text_packet(FILE *f, const struct ns_event *e, const struct run_info *ri,
		const struct text_opts *o)
{
	char text[CAUSE_TEXT_LEN];
	struct cause cause;
	const char *flag;
	struct packet p;
	unsigned total;

	packet_read(e, ri, &p);
	total = dirs[p.dir].total;
	fprintf(f, "%s %s %7s", text_clock(ri, p.start, true).s, proto_name(e->flow.proto),
		p.valid ? fmt_ns(p.ns[total]).s : "-");
	if (p.valid && o->width >= BAR_MIN_WIDTH)
		print_bar(f, &p, o);
	fprintf(f, " %s %uB", fmt_flow(&e->flow, dirs[p.dir].arrow).s, e->len);
	if (p.valid) {
		print_stages(f, &p, 0, total, "", o);
		print_stages(f, &p, total + 1, dirs[p.dir].n_stages, " then", o);
	}
	if (p.dir == NS_TX)
		print_tx(f, e, &p, o);
	if (e->flags & PKT_DROPPED)
		print_drop(f, e, p.dir, ri, o);
	fprintf(f, " cpu%u %s/%u", e->cpu, fmt_comm(e->comm, o->utf8).s, e->pid);
	for (unsigned i = 0; (flag = packet_flag(e, i)); i++)
		fprintf(f, "%c%s", i ? ',' : ' ', flag);
	if (!p.valid)
		fputs(" stamps out of order", f);
	if (p.dir == NS_RX) {
		text_hw_stamp(f, e->hw);
		print_blame(f, e, RXS_SOFTIRQ_WAIT, o);
		print_blame(f, e, RXS_RUNQUEUE, o);
		print_sent(f, e, &p, o);
	}
	if (cause_find(e, &p, ri, &cause))
		fprintf(f, " | %s", cause_text(&cause, e, ri, o->utf8, text, sizeof(text)));
	fputc('\n', f);
	return text_status(f);
}
