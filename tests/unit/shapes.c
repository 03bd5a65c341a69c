// SPDX-License-Identifier: GPL-2.0-only
/* The builds of the path's programs for one shape (src/probe/shapes.c): when each is taken, and
 * that the skeleton of the build for any shape fits them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "shape.h"
#include "shapes.h"
#include "split.h"
#include "state.h"
#include "tap.h"
#include "path.skel.h"

static void taken(const struct shape_build *b)
{
	struct path_shape s = b->shape;
	__u32 *fields[] = {&s.nests,  &s.joins,		  &s.events, &s.traces, &s.blame,
			   &s.sample, &s.filters_readers, &s.n_devs, &s.n_xdps, &s.n_hws};

	for (int pr = 0; pr < NS_PROTOS; pr++)
		is_u64(s.tx_stages[pr], tx_stages_present(s.points[NS_TX][pr]),
		       "its stages are those of its points");
	ok(shape_build_for(&s) == b, "%s: taken for its shape", b->name);
	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		*fields[i] ^= 1;
		ok(!shape_build_for(&s), "%s: not with field %u different", b->name, i);
		*fields[i] ^= 1;
	}
	for (int dir = 0; dir < NS_DIRS; dir++)
		for (int pr = 0; pr < NS_PROTOS; pr++) {
			s = b->shape;
			for (unsigned i = 0; i < POINTS_MAX; i++) {
				bool open = dir == NS_RX && SHAPE_OPEN & 1U << i;

				s.points[dir][pr] ^= 1U << i;
				ok((shape_build_for(&s) == b) == open,
				   "%s: %s without point %u of %d/%d", b->name,
				   open ? "also" : "not", i, dir, pr);
				s.points[dir][pr] ^= 1U << i;
			}
			s.points[dir][pr] = 0;
			ok(!shape_build_for(&s), "%s: not if %d/%d is not measured", b->name, dir,
			   pr);
		}
}

static struct bpf_object *open_elf(const void *elf, size_t size)
{
	struct bpf_object *o = bpf_object__open_mem(elf, size, NULL);

	if (!o) {
		printf("Bail out! an object cannot be opened\n");
		exit(1);
	}
	return o;
}

/* The variables of a section, with their places. */
static char *variables(const struct bpf_object *o, const char *section)
{
	const struct btf *btf = bpf_object__btf(o);
	int id = btf__find_by_name_kind(btf, section, BTF_KIND_DATASEC);
	const struct btf_type *sec = id > 0 ? btf__type_by_id(btf, id) : NULL;
	const struct btf_var_secinfo *v = sec ? btf_var_secinfos(sec) : NULL;
	size_t len;
	char *text;
	FILE *f = open_memstream(&text, &len);

	for (unsigned i = 0; sec && i < btf_vlen(sec); i++)
		fprintf(f, "%u+%u %s; ", v[i].offset, v[i].size,
			btf__name_by_offset(btf, btf__type_by_id(btf, v[i].type)->name_off));
	fclose(f);
	return text;
}

static void fits(const struct bpf_object *any, const struct shape_build *b)
{
	const char *sections[] = {".rodata", ".bss"};
	struct bpf_object *o;
	struct bpf_program *p;
	struct bpf_map *m;
	unsigned missing = 0;
	size_t size;
	const void *elf = b->elf(&size);

	o = open_elf(elf, size);
	for (unsigned i = 0; i < 2; i++) {
		char *want = variables(any, sections[i]), *got = variables(o, sections[i]);

		ok(strchr(want, ';'), "%s: there are variables", sections[i]);
		/* after them a build can have the rest of its constants */
		if (!ok(!strncmp(got, want, strlen(want)), "the same at the same places"))
			printf("#   got %s\n#   want %s\n", got, want);
		free(want);
		free(got);
	}
	bpf_object__for_each_program (p, any)
		missing += !bpf_object__find_program_by_name(o, bpf_program__name(p));
	is_u64(missing, 0, "the same programs");
	bpf_object__for_each_map(m, any)
	{
		struct bpf_map *own;

		if (bpf_map__is_internal(m)) /* named for the object */
			continue;
		own = bpf_object__find_map_by_name(o, bpf_map__name(m));
		ok(own && bpf_map__value_size(own) == bpf_map__value_size(m) &&
			   bpf_map__type(own) == bpf_map__type(m),
		   "%s: the same map", bpf_map__name(m));
	}
	bpf_object__close(o);
}

int main(void)
{
	const struct path_shape none = {};
	size_t size;
	const void *elf = path_bpf__elf_bytes(&size);
	struct bpf_object *any = open_elf(elf, size);
	unsigned n;
	const struct shape_build *builds = shape_builds(&n);

	ok(n > 0, "there are builds");
	ok(!shape_build_for(&none), "none for nothing");
	for (unsigned i = 0; i < n; i++) {
		taken(&builds[i]);
		fits(any, &builds[i]);
	}
	bpf_object__close(any);
	return done();
}
