// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "reasons.h"

#define REASONS_MAX 1024 /* those of subsystems have numbers far above: by number only */
#define PREFIX "SKB_DROP_REASON_"

static const struct btf_type *reasons_enum(const struct kernel *k)
{
	int id = k->btf ? btf__find_by_name_kind(k->btf, "skb_drop_reason", BTF_KIND_ENUM) : -1;

	return id < 0 ? NULL : btf__type_by_id(k->btf, id);
}

static const char *reason_name(const struct kernel *k, const struct btf_enum *e)
{
	const char *name = btf__name_by_offset(k->btf, e->name_off);

	return name && !strncmp(name, PREFIX, strlen(PREFIX)) ? name + strlen(PREFIX) : name;
}

unsigned reasons_number(const struct kernel *k, const char *name)
{
	const struct btf_type *t = reasons_enum(k);

	for (unsigned i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(reason_name(k, &btf_enum(t)[i]), name))
			return btf_enum(t)[i].val;
	return 0;
}

void reasons_read(struct drop_reasons *r, const struct kernel *k)
{
	const struct btf_type *t = reasons_enum(k);
	const struct btf_enum *e = t ? btf_enum(t) : NULL;

	*r = (struct drop_reasons){0};
	if (!t)
		return;
	r->names = calloc(REASONS_MAX, sizeof(*r->names));
	if (!r->names)
		return;
	for (unsigned i = 0; i < btf_vlen(t); i++) {
		const char *name = reason_name(k, &e[i]);

		if (e[i].val < 0 || e[i].val >= REASONS_MAX || !name)
			continue;
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
