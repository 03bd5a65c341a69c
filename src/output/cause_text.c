// SPDX-License-Identifier: GPL-2.0-only
#include "cause_text.h"

#include <stdio.h>
#include <string.h>

#include "format.h"
#include "names.h"

struct sentence {
	const struct cause *c;
	const struct ns_event *e;
	const struct run_info *ri;
	bool utf8;
	FILE *f;
};

/* With the whole that it is less than half of. */
static void put_ns(const struct sentence *s)
{
	fputs(fmt_ns(s->c->ns).s, s->f);
	if (s->c->ns < s->c->of_ns - s->c->ns)
		fprintf(s->f, " of %s", fmt_ns(s->c->of_ns).s);
}

static void put_stage(const struct sentence *s)
{
	char label[64] = "an unknown stage";

	if (s->c->stage < dirs[s->c->dir].n_stages)
		stage_label(s->c->dir, s->c->points, s->c->stage, label, sizeof(label));
	fputs(label, s->f);
}

static void put_probably(const struct sentence *s)
{
	if (!s->c->certain)
		fputs("probably ", s->f);
}

static void put_reader(const struct sentence *s)
{
	fprintf(s->f, "%s/%u", fmt_comm(s->e->comm, s->utf8).s, s->e->pid);
}

static void put_holder(const struct sentence *s)
{
	const struct blame *b = packet_blame(s->e, s->c->stage);
	char name[COMM_LEN + 1];

	if (!b)
		return;
	fmt_clean(name, sizeof(name), blame_name(b), strnlen(blame_name(b), COMM_LEN), s->utf8);
	if (b->kind == BLAME_TASK)
		fprintf(s->f, "%s/%u", name, b->pid);
	else if (b->kind == BLAME_SOFTIRQ)
		fprintf(s->f, "the softirq %s", name);
	else
		fprintf(s->f, "the interrupt %u (%s)", b->pid, name);
}

static void put_again(const struct sentence *s)
{
	const struct ns_event *e = s->e;

	fputs(fmt_ns(s->c->dir == NS_TX ? e->again - e->t[TXP_HANDED] : e->t[RXP_READ] - e->again)
		      .s,
	      s->f);
}

static void put_qdisc(const struct sentence *s)
{
	char kind[KIND_LEN + 1], dev[DEV_LEN + 1];

	fmt_clean(kind, sizeof(kind), s->e->tx.qdisc, KIND_LEN, s->utf8);
	fmt_clean(dev, sizeof(dev), s->e->tx.dev, DEV_LEN, s->utf8);
	fprintf(s->f, "%s of %s", kind[0] ? kind : "?", dev[0] ? dev : "?");
}

static void put_ahead(const struct sentence *s)
{
	__u32 n = s->e->tx.backlog_packets - 1;

	fprintf(s->f, "%u packet%s", n, n == 1 ? "" : "s");
}

static void put_sends(const struct sentence *s)
{
	fprintf(s->f, "%u", s->e->sends);
}

static void put_reason(const struct sentence *s)
{
	char buf[32];

	fputs(s->e->drop_reason ? drop_reason_name(s->ri, s->e->drop_reason, buf, sizeof(buf))
				: "this kernel tells no reason",
	      s->f);
}

static void put_hops(const struct sentence *s)
{
	if (s->e->trail.n_hops > 1)
		fprintf(s->f, ", through %u devices", s->e->trail.n_hops);
}

static const struct {
	const char *name;
	void (*put)(const struct sentence *s);
} words[] = {
	{"ns", put_ns},		{"stage", put_stage},	{"probably", put_probably},
	{"reader", put_reader}, {"again", put_again},	{"qdisc", put_qdisc},
	{"ahead", put_ahead},	{"sends", put_sends},	{"reason", put_reason},
	{"hops", put_hops},	{"holder", put_holder},
};

/* The word that begins at `name`, len bytes; one that is not known stays as it is. */
static void put_word(const struct sentence *s, const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].name) == len && !memcmp(words[i].name, name, len)) {
			words[i].put(s);
			return;
		}
	fprintf(s->f, "{%.*s}", (int)len, name);
}

char *cause_text(const struct cause *c, const struct ns_event *e, const struct run_info *ri,
		 bool utf8, char *buf, size_t size)
{
	struct sentence s = {.c = c, .e = e, .ri = ri, .utf8 = utf8};
	const char *p = c->rule->text;

	buf[0] = '\0';
	s.f = fmemopen(buf, size, "w");
	if (!s.f)
		return buf;
	while (*p) {
		size_t plain = strcspn(p, "{"), word;

		fwrite(p, 1, plain, s.f);
		p += plain;
		if (!*p)
			break;
		word = strcspn(p, "}");
		put_word(&s, p + 1, word - 1);
		p += word + (p[word] == '}');
	}
	fclose(s.f);
	buf[size - 1] = '\0';
	return buf;
}
