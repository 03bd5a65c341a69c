// SPDX-License-Identifier: GPL-2.0-only
/* One packet, one line. */
#include "text_style.h"

#include "format.h"
#include "names.h"
#include "packet.h"

#define BAR_CELLS 16
#define BAR_MIN_WIDTH 120 /* columns of the terminal below which there is no bar */

/*
 * BAR_CELLS cells, each with the colour or the first letter of the stage in which its share of
 * the time lies: no two stages begin with the same letter.
 */
static void print_bar(FILE *f, const __u64 *d, __u32 stages, const struct text_opts *o)
{
	const char *block = o->utf8 ? "\xe2\x96\x88" : "#";
	unsigned stage = 0, shown = RXS_COUNT;
	__u64 before = 0;

	fputs(" [", f);
	for (unsigned cell = 0; cell < BAR_CELLS; cell++) {
		double at = ((double)cell + 0.5) / BAR_CELLS * (double)d[RXS_TOTAL];

		while (stage < RXS_TOTAL - 1 &&
		       (!(stages & 1U << stage) || (double)(before + d[stage]) <= at))
			before += d[stage++];
		if (stage != shown)
			fputs(text_style(o, TS_STAGE + stage), f);
		shown = stage;
		if (o->color)
			fputs(block, f);
		else
			fputc(rx_stage_names[stage][0], f);
	}
	fprintf(f, "%s]", text_style(o, TS_RESET));
}

int text_packet(FILE *f, const struct rx_event *e, const struct run_info *ri,
		const struct text_opts *o)
{
	const char *flag;
	struct packet p;
	char label[64];

	packet_read(e, ri->points, &p);
	fprintf(f, "%s %s %7s", text_clock(ri, e->t[RXP_STACK], true).s, proto_name(e->flow.proto),
		p.valid ? fmt_ns(p.ns[RXS_TOTAL]).s : "-");
	if (p.valid && o->width >= BAR_MIN_WIDTH)
		print_bar(f, p.ns, p.stages, o);
	fprintf(f, " %s %uB", fmt_flow(&e->flow, "<-").s, e->len);
	for (unsigned i = 0; p.valid && i < RXS_TOTAL; i++)
		if (p.stages & 1U << i)
			fprintf(f, " %s%s%s=%s", text_style(o, TS_STAGE + i),
				rx_stage_label(p.points, i, label, sizeof(label)),
				text_style(o, TS_RESET), fmt_ns(p.ns[i]).s);
	fprintf(f, " cpu%u %s/%u", e->cpu, fmt_comm(e->comm, o->utf8).s, e->pid);
	for (unsigned i = 0; (flag = packet_flag(e, i)); i++)
		fprintf(f, "%c%s", i ? ',' : ' ', flag);
	fputs(p.valid ? "\n" : " stamps out of order\n", f);
	return text_status(f);
}
