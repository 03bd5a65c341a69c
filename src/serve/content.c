// SPDX-License-Identifier: GPL-2.0-only
#include "content.h"

#include <errno.h>
#include <string.h>

#include "anomaly_output.h"
#include "json_parts.h"
#include "json_serve.h"
#include "names.h"
#include "page.h"

#define TEXT_PLAIN "text/plain; charset=utf-8"
#define JSON_LINES "application/x-ndjson"

static int write_prometheus(FILE *f, const struct view *v, const struct serve_opts *o,
			    bool openmetrics)
{
	struct prom_opts p = {
		.openmetrics = openmetrics,
		.netstacklat = o->netstacklat,
		.connections = o->connections,
		.self = v->self,
		.packets = v->packets,
		.n_packets = v->n_packets,
		.anomalies = &v->anomaly_counts,
		.known = &v->known,
	};

	return prometheus_write(f, v->total, v->ri, &p);
}

static int write_text(FILE *f, const struct view *v, const struct query *q,
		      const struct serve_opts *o)
{
	(void)q;
	return write_prometheus(f, v, o, false);
}

static int write_openmetrics(FILE *f, const struct view *v, const struct query *q,
			     const struct serve_opts *o)
{
	(void)q;
	return write_prometheus(f, v, o, true);
}

static const struct snapshot *chosen(const struct view *v, const struct query *q)
{
	return q->whole_run ? v->total : v->interval;
}

static int write_snapshot(FILE *f, const struct view *v, const struct query *q,
			  const struct serve_opts *o)
{
	const struct snapshot *s = chosen(v, q);
	int err = json_moment(f, s, v->ri);

	(void)o;
	return err ? err : json_snapshot(f, s, v->ri, &(struct text_opts){.connections = 0});
}

static int write_connections(FILE *f, const struct view *v, const struct query *q,
			     const struct serve_opts *o)
{
	const struct snapshot *s = chosen(v, q);
	struct text_opts t = {
		.connections = q->n,
		.sort_dir = q->dir,
		.sort_key = q->by,
		.sort_stage = dirs[q->dir].total,
	};
	int err = json_moment(f, s, v->ri);

	(void)o;
	return err ? err : json_connections(f, s, v->ri, &t);
}

static int write_packets(FILE *f, const struct view *v, const struct query *q,
			 const struct serve_opts *o)
{
	int err = json_moment(f, v->interval, v->ri);

	(void)q;
	(void)o;
	for (size_t i = 0; !err && i < v->n_packets; i++)
		err = json_packet(f, &v->packets[i], v->ri);
	return err;
}

static int write_anomalies(FILE *f, const struct view *v, const struct query *q,
			   const struct serve_opts *o)
{
	int err = json_moment(f, v->interval, v->ri);

	(void)q;
	(void)o;
	for (size_t i = 0; !err && i < v->n_anomalies; i++)
		err = json_anomaly(f, &v->anomalies[i], v->ri);
	return err ? err : json_anomaly_counts(f, &v->anomaly_counts);
}

static int write_history(FILE *f, const struct view *v, const struct query *q,
			 const struct serve_opts *o)
{
	int err = json_moment(f, v->interval, v->ri);

	(void)o;
	for (size_t i = 0; !err && i < v->n_history; i++) {
		const struct history_line *line = v->history[i];

		if (line->mono_ns > q->since_ns && fwrite(line->text, 1, line->len, f) != line->len)
			err = -ENOMEM;
	}
	return err;
}

static int write_capabilities(FILE *f, const struct view *v, const struct query *q,
			      const struct serve_opts *o)
{
	int err = json_moment(f, v->interval, v->ri);

	(void)q;
	(void)o;
	return err ? err : json_start(f, v->ri);
}

static const char healthy[] = "ok\n";

static const struct content contents[] = {
	{"/metrics", "text/plain; version=0.0.4; charset=utf-8", .write = write_text},
	{"/api/v1/snapshot", JSON_LINES, .write = write_snapshot, .arguments = true},
	{"/api/v1/connections", JSON_LINES, .write = write_connections, .arguments = true},
	{"/api/v1/history", JSON_LINES, .write = write_history, .arguments = true},
	{"/api/v1/anomalies", JSON_LINES, .write = write_anomalies},
	{"/api/v1/packets", JSON_LINES, .write = write_packets},
	{"/api/v1/capabilities", JSON_LINES, .write = write_capabilities},
	{"/healthz", TEXT_PLAIN, .text = healthy, .text_end = healthy + sizeof(healthy) - 1},
	{"/", "text/html; charset=utf-8", .text = page_html, .text_end = page_html_end},
	{"/page.js", "text/javascript; charset=utf-8", .text = page_js, .text_end = page_js_end},
	{"/details.js", "text/javascript; charset=utf-8", .text = details_js,
	 .text_end = details_js_end},
	{"/page.css", "text/css; charset=utf-8", .text = page_css, .text_end = page_css_end},
};

#define COUNT (sizeof(contents) / sizeof(contents[0]))
_Static_assert(COUNT < CONTENT_MAX, "CONTENT_MAX");

const struct content content_openmetrics = {
	"/metrics", "application/openmetrics-text; version=1.0.0; charset=utf-8",
	.write = write_openmetrics};

const struct content *content_find(const char *path)
{
	for (size_t i = 0; i < COUNT; i++)
		if (!strcmp(path, contents[i].path))
			return &contents[i];
	return NULL;
}

void content_paths(char *buf, size_t size)
{
	size_t at = 0;

	*buf = 0;
	for (size_t i = 0; i < COUNT && at < size; i++)
		at += snprintf(buf + at, size - at, "%s%s", contents[i].path,
			       i + 1 < COUNT ? " " : "\n");
}

unsigned content_number(const struct content *c)
{
	return c == &content_openmetrics ? COUNT : (unsigned)(c - contents);
}
