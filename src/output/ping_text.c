// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "format.h"
#include "ping_output.h"
#include "text_style.h"

static const char *style(const struct ping_run *run, enum text_style s)
{
	return text_style(&(struct text_opts){.color = run->color}, s);
}

static int flush(FILE *f)
{
	errno = 0;
	return fflush(f) || ferror(f) ? -(errno ? errno : EIO) : 0;
}

/* Who is asked: 10.99.0.2, 10.99.0.2:443 or [fd99::2]:443 */
static struct fmt_line target(const struct ping_run *run)
{
	bool v6 = strchr(run->target, ':');
	struct fmt_line out;

	if (run->port)
		snprintf(out.s, sizeof(out.s), "%s%s%s:%u", v6 ? "[" : "", run->target,
			 v6 ? "]" : "", run->port);
	else
		snprintf(out.s, sizeof(out.s), "%s", run->target);
	return out;
}

/* The stages that cannot be told apart, for want of hooks; the tracepoints are always there. */
static void print_merged(FILE *f, const struct ping_run *run)
{
	bool ip = run->hooks[PP_IP], ready = run->hooks[PP_READY];
	__u32 covers = 0;
	char label[64];

	if (!ip)
		covers |= 1U << PS_STACK | 1U << PS_IP;
	if (!ready)
		covers |= 1U << PS_IP | 1U << PS_WAKEUP;
	if (covers)
		fprintf(f, "; no hook for %s%s%s; measured as one: %s", ip ? "" : "ip",
			ip || ready ? "" : ", ", ready ? "" : "ready",
			roundtrip_label(covers, label, sizeof(label)));
}

int ping_text_start(FILE *f, const struct ping_run *run)
{
	char host[256];

	fmt_clean(host, sizeof(host), run->host, strlen(run->host), run->utf8);
	fprintf(f, "%sping %s", style(run, TS_HEAD), target(run).s);
	if (strcmp(run->host, run->target))
		fprintf(f, " (%s)", host);
	fputs(style(run, TS_RESET), f);
	if (run->port)
		fputs(": time of a TCP connect", f);
	else
		fprintf(f, ": ICMP echo, %u bytes", run->size);
	print_merged(f, run);
	fputc('\n', f);
	return flush(f);
}

static void print_stage(FILE *f, const struct roundtrip *r, int stage, const struct ping_run *run)
{
	char label[64];

	fprintf(f, " %s%s%s %s", style(run, TS_FAINT),
		roundtrip_label(r->covers[stage], label, sizeof(label)), style(run, TS_RESET),
		fmt_ns(r->ns[stage]).s);
	if (stage == PS_PEER)
		fputs(" (on this kernel)", f);
}

/* What is not of this host. */
#define NOT_HERE (1U << PS_RESOLVE | 1U << PS_NETWORK | 1U << PS_PEER)

/* send 12us qdisc 1us driver 8us | network 142us | stack+ip 5us wakeup 15us */
static void print_stages(FILE *f, const struct roundtrip *r, const struct ping_run *run)
{
	bool network = false, any = false;

	for (int s = 0; s < PS_COUNT; s++) {
		bool is_network = r->covers[s] & NOT_HERE;

		if (!r->covers[s])
			continue;
		if (any && is_network != network)
			fputs(" |", f);
		print_stage(f, r, s, run);
		network = is_network;
		any = true;
	}
}

static void print_answer(FILE *f, const struct ping_event *e, const struct ping_run *run)
{
	const struct roundtrip *r = e->trip;
	const char *bound = r->kernel_whole ? "" : ">=";

	fprintf(f,
		"%s rtt %s%s%s = kernel %s%s (%s%s):", e->result == PING_REFUSED ? " refused" : "",
		style(run, TS_HEAD), fmt_ns(r->rtt_ns).s, style(run, TS_RESET), bound,
		fmt_ns(r->kernel_ns).s, bound, fmt_percent(r->kernel_ns, r->rtt_ns).s);
	print_stages(f, r, run);
	if (r->again)
		fprintf(f, "; %sSYN sent %u times%s", style(run, TS_WARN), r->again + 1,
			style(run, TS_RESET));
	if (r->forwarded)
		fputs("; network: also through other namespaces of this kernel", f);
}

int ping_text_event(FILE *f, const struct ping_event *e, const struct ping_run *run)
{
	const char *warn = style(run, TS_WARN), *reset = style(run, TS_RESET);

	fprintf(f, "%s: seq=%llu", target(run).s, e->seq);
	if (e->from && strcmp(e->from, run->target) && e->result != PING_ERROR)
		fprintf(f, " from %s", e->from);
	switch (e->result) {
	case PING_REPLY:
	case PING_REFUSED:
		print_answer(f, e, run);
		break;
	case PING_LATE:
		fprintf(f, " %slate%s", warn, reset);
		break;
	case PING_DUPLICATE:
		fprintf(f, " %sduplicate%s", warn, reset);
		break;
	case PING_TIMEOUT:
		fprintf(f, " %sno answer%s in %s", warn, reset, fmt_ns(run->timeout_ns).s);
		break;
	case PING_ERROR:
		fprintf(f, " %s%s%s%s%s", warn, e->error, reset, e->from ? ", says " : "",
			e->from ? e->from : "");
		break;
	}
	if (e->rtt_ns && !e->trip)
		fprintf(f, ", rtt %s", fmt_ns(e->rtt_ns).s);
	fputc('\n', f);
	return flush(f);
}

static const char *quantile(const struct ping_series *s, double q, struct fmt *buf)
{
	__u64 v;

	if (!hist_quantile(&s->hist, q, &v))
		return "-";
	*buf = fmt_ns(v);
	return buf->s;
}

static void print_row(FILE *f, const char *name, const struct ping_series *s)
{
	__u64 n = hist_n(&s->hist);
	struct fmt p50, p99;

	if (!n)
		return;
	fprintf(f, "%-18s %7s %7s %7s %7s %7s\n", name, fmt_count(n).s, fmt_ns(s->min).s,
		quantile(s, 0.5, &p50), quantile(s, 0.99, &p99), fmt_ns(s->hist.max).s);
}

static void print_counts(FILE *f, const struct ping_stats *s, const struct ping_run *run)
{
	__u64 pending = s->sent - s->received - s->lost;

	fprintf(f, "%s%s: %llu sent, %llu received%s, ", style(run, TS_HEAD), target(run).s,
		s->sent, s->received, style(run, TS_RESET));
	fprintf(f, "%s%llu lost (%s)%s", s->lost ? style(run, TS_WARN) : "", s->lost,
		fmt_percent(s->lost, s->sent).s, s->lost ? style(run, TS_RESET) : "");
	if (s->late)
		fprintf(f, ", of these %llu late", s->late);
	if (s->errors)
		fprintf(f, "%s %llu by an error", s->late ? "," : ", of these", s->errors);
	if (pending)
		fprintf(f, ", %llu not answered yet", pending);
	if (s->refused)
		fprintf(f, "; %llu refused", s->refused);
	if (s->duplicates)
		fprintf(f, "; %llu duplicates", s->duplicates);
	if (s->again)
		fprintf(f, "; %llu SYNs sent again", s->again);
	if (s->peer)
		fprintf(f, "; the peer is on this kernel");
	fputc('\n', f);
}

int ping_text_end(FILE *f, const struct ping_stats *s, const struct ping_run *run)
{
	char label[64];

	print_counts(f, s, run);
	if (s->received) {
		fprintf(f, "%-18s %7s %7s %7s %7s %7s\n", "", "n", "min", "p50", "p99", "max");
		print_row(f, "rtt", &s->rtt);
		print_row(f, "kernel", &s->kernel);
		for (int i = 0; i < PS_COUNT; i++)
			print_row(f, roundtrip_label(s->stages[i].covers, label, sizeof(label)),
				  &s->stages[i]);
	}
	return flush(f);
}
