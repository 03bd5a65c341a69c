// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "reasons.h"

#define REASONS_MAX 1024 /* those of subsystems have numbers far above: by number only */
#define PREFIX "SKB_DROP_REASON_"

void reasons_read(struct drop_reasons *r, const struct kernel *k)
{
	int id = k->btf ? btf__find_by_name_kind(k->btf, "skb_drop_reason", BTF_KIND_ENUM) : -1;
	const struct btf_type *t = id < 0 ? NULL : btf__type_by_id(k->btf, id);
	const struct btf_enum *e = t ? btf_enum(t) : NULL;

	*r = (struct drop_reasons){0};
	if (!t)
		return;
	r->names = calloc(REASONS_MAX, sizeof(*r->names));
	if (!r->names)
		return;
	for (unsigned i = 0; i < btf_vlen(t); i++) {
		const char *name = btf__name_by_offset(k->btf, e[i].name_off);

		if (e[i].val < 0 || e[i].val >= REASONS_MAX || !name)
			continue;
		if (!strncmp(name, PREFIX, strlen(PREFIX)))
			name += strlen(PREFIX);
		free((char *)r->names[e[i].val]);
		r->names[e[i].val] = strdup(name);
		if (r->n <= (unsigned)e[i].val)
			r->n = e[i].val + 1;
	}
}

void reasons_free(struct drop_reasons *r)
{
	for (unsigned i = 0; r->names && i < REASONS_MAX; i++)
		free((char *)r->names[i]);
	free(r->names);
	*r = (struct drop_reasons){0};
}
