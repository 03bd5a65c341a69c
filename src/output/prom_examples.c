// SPDX-License-Identifier: GPL-2.0-only
#include "prom_examples.h"

#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "packet.h"

/* The newest packet in each bucket, as its place in the list plus 1. */
struct prom_examples {
	const struct ns_event *packets;
	const struct run_info *ri;
	struct {
		size_t packet; /* 0: none */
		__u64 ns;
	} newest[NS_DIRS][NS_PROTOS][STAGES_MAX][PROM_LES + 1];
};

struct prom_examples *prom_examples_new(const struct ns_event *packets, size_t n,
					const struct run_info *ri)
{
	struct prom_examples *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->packets = packets;
	x->ri = ri;
	for (size_t i = 0; i < n; i++) {
		const struct ns_event *e = &packets[i];
		struct packet p;

		packet_read(e, ri, &p);
		/* one that was dropped is in no histogram */
		if (!p.valid || e->flow.proto >= NS_PROTOS || e->flags & PKT_DROPPED)
			continue;
		for (unsigned s = 0; s < STAGES_MAX; s++) {
			unsigned le = prom_le_of(p.ns[s]);

			if (s != STAGE_TOTAL && !(p.stages & 1U << s))
				continue;
			x->newest[p.dir][e->flow.proto][s][le].packet = i + 1;
			x->newest[p.dir][e->flow.proto][s][le].ns = p.ns[s];
		}
	}
	return x;
}

void prom_examples_free(struct prom_examples *x)
{
	free(x);
}

/* The flow and who read or sent it: 117 characters at most, with the longest addresses. */
static struct prom_labels labels_of(const struct ns_event *e)
{
	struct fmt_line local = fmt_endpoint(e->flow.local, e->flow.local_port),
			remote = fmt_endpoint(e->flow.remote, e->flow.remote_port);
	struct prom_labels l = PROM_NONE;
	char pid[16];

	snprintf(pid, sizeof(pid), "%u", e->pid);
	l = prom_label(l, "local", local.s, sizeof(local.s));
	l = prom_label(l, "remote", remote.s, sizeof(remote.s));
	return prom_label(l, "pid", pid, sizeof(pid));
}

/* When a packet's record was complete, nearly: the latest of its stamps. */
static __u64 latest(const struct ns_event *e)
{
	__u64 t = 0;

	for (unsigned i = 0; i < POINTS_MAX; i++)
		if (e->t[i] > t)
			t = e->t[i];
	return t;
}

void prom_examples_of(const struct prom_examples *x, enum ns_dir dir, unsigned proto,
		      unsigned stage, struct prom_exemplars *out)
{
	for (unsigned i = 0; i <= PROM_LES; i++) {
		const struct ns_event *e;

		out->le[i].there = false;
		if (stage >= STAGES_MAX || !x->newest[dir][proto][stage][i].packet)
			continue;
		e = &x->packets[x->newest[dir][proto][stage][i].packet - 1];
		out->le[i].there = true;
		out->le[i].labels = labels_of(e);
		out->le[i].ns = x->newest[dir][proto][stage][i].ns;
		out->le[i].real_ns = x->ri->real_ns + (latest(e) - x->ri->mono_ns);
	}
}
