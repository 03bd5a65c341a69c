// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "kernel.h"

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF 39
#endif

static const struct {
	int nr;
	const char *name;
} cap_names[] = {
	{CAP_SYS_ADMIN, "CAP_SYS_ADMIN"},
	{CAP_PERFMON, "CAP_PERFMON"},
	{CAP_BPF, "CAP_BPF"},
};

const char *caps_name(__u64 caps, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < sizeof(cap_names) / sizeof(cap_names[0]); i++) {
		if (!(caps & 1ULL << cap_names[i].nr) || len >= size)
			continue;
		len += snprintf(buf + len, size - len, "%s%s", len ? ", " : "", cap_names[i].name);
	}
	return buf;
}

static __u64 effective_caps(void)
{
	unsigned long long caps = 0;
	char line[256];
	FILE *f = fopen("/proc/self/status", "r");

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "CapEff: %llx", &caps) == 1)
			break;
	fclose(f);
	return caps;
}

void caps_drop(__u64 keep)
{
	struct __user_cap_header_struct h = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct d[2] = {};

	__u64 have = effective_caps();

	keep = (keep & have) | 1ULL << (have & 1ULL << CAP_BPF ? CAP_BPF : CAP_SYS_ADMIN);
	for (unsigned i = 0; i < 2; i++)
		d[i].effective = d[i].permitted = keep >> (32 * i);
	syscall(SYS_capset, &h, d);
}

/* Load a program of these instructions to see whether the kernel takes it, and drop it. */
static int try_load(enum bpf_attach_type type, int btf_id, const struct bpf_insn *insns, size_t n)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = type,
		    .attach_btf_id = (__u32)btf_id);
	int fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "ns_probe", "GPL", insns, n, &opts);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static const struct bpf_insn return_0[] = {
	{.code = BPF_ALU64 | BPF_MOV | BPF_K},
	{.code = BPF_JMP | BPF_EXIT},
};

int kernel_try_fentry(const struct kernel *k, const char *function)
{
	int id = btf__find_by_name_kind(k->btf, function, BTF_KIND_FUNC);

	return id < 0 ? -ENOENT : try_load(BPF_TRACE_FENTRY, id, return_0, 2);
}

static int tracepoint_id(const struct kernel *k, const char *name)
{
	char type[128];

	snprintf(type, sizeof(type), "btf_trace_%s", name);
	return btf__find_by_name_kind(k->btf, type, BTF_KIND_TYPEDEF);
}

int kernel_try_tracepoint(const struct kernel *k, const char *name, unsigned args)
{
	int id = tracepoint_id(k, name);
	const struct btf_type *t;

	if (id < 0)
		return -ENOENT;
	/* a typedef of a pointer to a function, whose first argument is the tracepoint's own */
	t = btf__type_by_id(k->btf, btf__type_by_id(k->btf, id)->type);
	t = t ? btf__type_by_id(k->btf, t->type) : NULL;
	return t && btf_is_func_proto(t) && btf_vlen(t) >= args + 1 ? 0 : -ENOENT;
}

bool kernel_has_function(const struct kernel *k, const char *function)
{
	return btf__find_by_name_kind(k->btf, function, BTF_KIND_FUNC) >= 0;
}

bool kernel_has_enumerator(const struct kernel *k, const char *name)
{
	for (__u32 id = 1; id < btf__type_cnt(k->btf); id++) {
		const struct btf_type *t = btf__type_by_id(k->btf, id);

		for (unsigned i = 0; btf_is_enum(t) && i < btf_vlen(t); i++)
			if (!strcmp(btf__name_by_offset(k->btf, btf_enum(t)[i].name_off), name))
				return true;
	}
	return false;
}

int kernel_probe(struct kernel *k)
{
	__u64 caps = effective_caps();
	struct utsname u;
	int cpus;

	memset(k, 0, sizeof(*k));
	if (uname(&u))
		return -errno;
	snprintf(k->release, sizeof(k->release), "%s", u.release);
	snprintf(k->machine, sizeof(k->machine), "%s", u.machine);
	snprintf(k->host, sizeof(k->host), "%s", u.nodename);
	cpus = libbpf_num_possible_cpus();
	if (cpus < 0)
		return cpus;
	k->possible_cpus = cpus;
	k->kprobes = !access("/sys/bus/event_source/devices/kprobe/type", R_OK);
	if (!(caps & 1ULL << CAP_SYS_ADMIN))
		k->missing_caps = (1ULL << CAP_BPF | 1ULL << CAP_PERFMON) & ~caps;
	k->btf = btf__load_vmlinux_btf();
	if (!k->btf)
		k->btf_error = -errno;
	return 0;
}

void kernel_close(struct kernel *k)
{
	btf__free(k->btf);
	k->btf = NULL;
}
