// SPDX-License-Identifier: GPL-2.0-only
#include "html_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "histogram.h"
#include "names.h"
#include "recording_output.h"
#include "text_style.h"

#define N_QUANTILES 4

static const double quantiles[N_QUANTILES] = {0.5, 0.9, 0.99, 0.999};
static const char *const quantile_names[N_QUANTILES] = {"p50", "p90", "p99", "p99.9"};

/* The policy makes it certain that no request leaves the page. */
static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	"style-src 'unsafe-inline'\">"
	"<meta name=\"color-scheme\" content=\"light dark\"><style>\n"
	":root{--bg:#fff;--fg:#1a1c1f;--faint:#666d75;--grid:#e1e4e8;--s0:#0b62c4;--s1:#0a7d55;"
	"--s2:#b45309;--s3:#b3261e;--heat:11,98,196}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#14171a;--fg:#e4e7ea;--faint:#9aa3ab;"
	"--grid:#31373d;--s0:#62a8f5;--s1:#4cc798;--s2:#f0a44b;--s3:#ff7b72;--heat:98,168,245}}\n"
	"body{margin:0 auto;padding:1rem;max-width:74rem;background:var(--bg);color:var(--fg);"
	"font:16px/1.45 system-ui,sans-serif}\n"
	"h1{font-size:1.4rem;margin:.2rem 0}h2{font-size:1.15rem;margin:1.6rem 0 .4rem}\n"
	"p,figcaption,.legend{color:var(--faint);margin:.2rem 0}\n"
	".plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));"
	"gap:1rem}figure{margin:0}svg{width:100%;height:auto;display:block}\n"
	".axis path{stroke:var(--grid);fill:none}.axis text{fill:var(--faint);font-size:12px}\n"
	".line{fill:none;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}\n"
	"path.s0{stroke:var(--s0)}path.s1{stroke:var(--s1)}path.s2{stroke:var(--s2)}"
	"path.s3{stroke:var(--s3);stroke-dasharray:1 4}\n"
	"span.s0{color:var(--s0)}span.s1{color:var(--s1)}span.s2{color:var(--s2)}"
	"span.s3{color:var(--s3)}.hint{fill:transparent}.hint:hover{fill:var(--fg);"
	"fill-opacity:.12}\n"
	".h1{fill:rgba(var(--heat),.14)}.h2{fill:rgba(var(--heat),.3)}.h3{fill:rgba(var(--heat),."
	"47)}"
	".h4{fill:rgba(var(--heat),.64)}.h5{fill:rgba(var(--heat),.82)}.h6{fill:rgb(var(--heat))}\n"
	".wide{overflow-x:auto}table{border-collapse:collapse;width:100%}"
	"th,td{padding:.15rem .5rem;text-align:right;white-space:nowrap;"
	"border-bottom:1px solid var(--grid);font-variant-numeric:tabular-nums}"
	"th:first-child,td:first-child{text-align:left}tr.total{font-weight:600}\n"
	"meter{width:6rem;vertical-align:middle}pre{overflow-x:auto;font-size:.8rem;line-height:1."
	"35}\n"
	".lines{font:.8rem/1.35 monospace}.lines p{color:inherit;white-space:pre-wrap;"
	"margin:.3rem 0;padding-left:2ch;text-indent:-2ch;overflow-wrap:anywhere}\n"
	"</style>";

/* Text that somebody else chose, or that holds <-. */
static void put(FILE *f, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '&':
			fputs("&amp;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		default:
			fputc(*text, f);
		}
	}
}

static void put_clean(FILE *f, const char *text, size_t size)
{
	char buf[600];

	put(f, fmt_clean(buf, sizeof(buf), text, size, true));
}

static void put_head(FILE *f, const struct html_report *r)
{
	const struct run_info *ri = r->ri;

	fputs(head, f);
	fputs("<title>netstrata: ", f);
	put_clean(f, ri->host, sizeof(ri->host));
	fputs("</title></head><body>\n<h1>netstrata on ", f);
	put_clean(f, ri->host, sizeof(ri->host));
	fputs("</h1>\n<p>Linux ", f);
	put_clean(f, ri->kernel, sizeof(ri->kernel));
	fprintf(f, ", %s %s to %s, %s intervals</p>\n<p>", recording_date(ri, r->part->start_ns).s,
		text_clock(ri, r->part->start_ns, false).s,
		text_clock(ri, r->part->end_ns, false).s, fmt_count(r->part->intervals).s);
	put_clean(f, ri->options, sizeof(ri->options));
	fputs("</p>\n", f);
}

static void put_row(FILE *f, const struct hist *h, const char *label, __u64 total, bool is_total)
{
	__u64 v;

	fprintf(f, "<tr%s><td>", is_total ? " class=\"total\"" : "");
	put(f, label);
	fprintf(f, "</td><td>%s</td>", fmt_count(hist_n(h)).s);
	for (unsigned i = 0; i < N_QUANTILES; i++)
		fprintf(f, "<td>%s</td>", hist_quantile(h, quantiles[i], &v) ? fmt_ns(v).s : "-");
	fprintf(f, "<td>%s</td><td>", fmt_ns(h->max).s);
	put(f, total ? fmt_percent(h->sum, total).s : "");
	fputs("</td><td>", f);
	if (total && !is_total)
		fprintf(f, "<meter value=\"%.4f\"></meter>", (double)h->sum / (double)total);
	fputs("</td></tr>\n", f);
}

static void put_stages(FILE *f, const struct html_report *r, enum ns_dir dir, unsigned proto)
{
	const struct hist *h = r->total->hist[dir][proto];
	__u32 points = r->ri->points[dir][proto], rows = stages_present(dir, points);
	unsigned total = dirs[dir].total;
	char label[64];

	for (unsigned i = 0; i < dirs[dir].n_stages; i++)
		if (dirs[dir].sometimes & 1U << i && hist_n(&h[i]))
			rows |= 1U << i;
	fputs("<div class=\"wide\"><table><tr><th>stage</th><th>n</th>", f);
	for (unsigned i = 0; i < N_QUANTILES; i++)
		fprintf(f, "<th>%s</th>", quantile_names[i]);
	fputs("<th>max</th><th>share</th><th></th></tr>\n", f);
	for (unsigned i = 0; i < dirs[dir].n_stages; i++)
		if (rows & 1U << i && hist_n(&h[i]))
			put_row(f, &h[i], stage_label(dir, points, i, label, sizeof(label)),
				i <= total ? h[total].sum : 0, i == total);
	if (dir == NS_RX && hist_n(&h[RXH_HW])) /* beside them: no share of the total */
		put_row(f, &h[RXH_HW], dirs[dir].stages[RXH_HW], 0, false);
	fputs("</table></div>\n", f);
}

static void put_direction(FILE *f, const struct html_report *r, enum ns_dir dir, unsigned proto)
{
	fprintf(f, "<h2>%s %s</h2>\n", proto_name(proto), dirs[dir].verb);
	put_stages(f, r, dir, proto);
	fputs("<div class=\"plots\">", f);
	html_lines(f, r, dir, proto);
	html_heat(f, r, dir, proto);
	fputs("</div>\n", f);
}

/* What a report without --html prints. */
static int print_text(FILE *f, const struct html_report *r)
{
	int err = text_snapshot(f, r->total, r->ri, r->text);

	if (!err && r->ri->slow_ns)
		err = text_ranking(f, r->ranking, ranking_missed(r->total), r->ri, r->text);
	if (!err)
		err = text_recording(f, r->part, r->facts, r->ri, r->text);
	return err;
}

static int print_packets(FILE *f, const struct html_report *r)
{
	int err = 0;

	for (size_t i = 0; i < r->n_packets && !err; i++)
		err = text_packet(f, &r->packets[i], r->ri, r->text);
	return err;
}

/* Long lines: each wraps, and one sees where the next begins. */
static void put_lines(FILE *f, char *text)
{
	fputs("<div class=\"lines\">", f);
	for (char *end; *text; text = end) {
		end = text + strcspn(text, "\n");
		if (*end)
			*end++ = '\0';
		fputs("<p>", f);
		put(f, text);
		fputs("</p>", f);
	}
	fputs("</div>\n", f);
}

static int put_text(FILE *f, const struct html_report *r, const char *title, bool lines,
		    int (*print)(FILE *f, const struct html_report *r))
{
	char *text = NULL;
	size_t len;
	FILE *m = open_memstream(&text, &len);
	int err = m ? print(m, r) : -ENOMEM;

	if (m && fclose(m) && !err)
		err = -ENOMEM;
	if (!err) {
		fprintf(f, "<h2>%s</h2>", title);
		if (lines) {
			put_lines(f, text);
		} else {
			fputs("<pre>", f);
			put(f, text);
			fputs("</pre>\n", f);
		}
	}
	free(text);
	return err;
}

int html_report(FILE *f, const struct html_report *r)
{
	int err;

	put_head(f, r);
	for (unsigned d = 0; d < NS_DIRS; d++)
		for (unsigned p = 0; p < NS_PROTOS; p++)
			if (r->ri->points[d][p] && hist_n(&r->total->hist[d][p][dirs[d].total]))
				put_direction(f, r, d, p);
	err = put_text(f, r, "All of it as text", false, print_text);
	if (!err && r->n_packets)
		err = put_text(f, r, "The slowest packets", true, print_packets);
	fputs("</body></html>\n", f);
	if (fflush(f) && !err)
		err = -errno;
	return err ? err : text_status(f);
}
