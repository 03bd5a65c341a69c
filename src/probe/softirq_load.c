// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "histogram.h"
#include "maps_memory.h"
#include "msg.h"
#include "require.h"
#include "softirq_load.h"

#include "softirq.skel.h"

/* Which part of the configuration wants which tracepoint. In the order of attaching: an exit before
 * its entry, or an entry would be remembered whose exit was missed. */
static const struct {
	const char *program, *tracepoint;
	bool softirqs, blame, lines;
} table[SOFTIRQ_PROGRAMS] = {
	{"ns_softirq_raise", "softirq_raise", true, true, true},
	{"ns_softirq_exit", "softirq_exit", true, true, false},
	{"ns_softirq_entry", "softirq_entry", true, true, true},
	{"ns_napi_poll", "napi_poll", true, false, false},
	{"ns_irq_exit", "irq_handler_exit", false, true, true},
	{"ns_irq_entry", "irq_handler_entry", false, true, true},
	{"ns_softirq_switch", "sched_switch", false, true, false},
};

static bool wanted(const struct softirq_config *config, unsigned i)
{
	return (config->softirqs && table[i].softirqs) || (config->blame && table[i].blame) ||
	       (config->lines && table[i].lines);
}

static int require_tracepoints(const struct kernel *k, const struct softirq_config *config)
{
	for (unsigned i = 0; i < SOFTIRQ_PROGRAMS; i++) {
		if (!wanted(config, i) || !kernel_try_tracepoint(k, table[i].tracepoint, 0))
			continue;
		msg_err("this kernel has no tracepoint %s", table[i].tracepoint);
		return -EOPNOTSUPP;
	}
	return 0;
}

static int load(struct softirq_programs *p, const struct kernel *k,
		const struct softirq_config *config)
{
	__u32 lines = config->lines ? config->lines : 1;

	p->skel = softirq_bpf__open();
	if (!p->skel)
		return -errno;
	memcpy((void *)&p->skel->rodata->cfg, config, sizeof(*config));
	hist_fill_table((__u8 *)p->skel->rodata->bucket_of_byte);
	bpf_map__set_max_entries(p->skel->maps.rows, k->possible_cpus);
	bpf_map__set_max_entries(p->skel->maps.lines, lines);
	bpf_map__set_max_entries(p->skel->maps.irq_counts, k->possible_cpus * lines);
	for (unsigned i = 0; i < SOFTIRQ_PROGRAMS; i++)
		bpf_program__set_autoload(
			bpf_object__find_program_by_name(p->skel->obj, table[i].program),
			wanted(config, i));
	return softirq_bpf__load(p->skel);
}

static int attach(struct softirq_programs *p, const struct softirq_config *config)
{
	for (unsigned i = 0; i < SOFTIRQ_PROGRAMS; i++) {
		struct bpf_link *link;

		if (!wanted(config, i))
			continue;
		link = bpf_program__attach(
			bpf_object__find_program_by_name(p->skel->obj, table[i].program));
		if (!link)
			return msg_errno(errno, "cannot attach to %s", table[i].tracepoint);
		p->links[p->n_links++] = link;
	}
	return 0;
}

int softirq_load(struct softirq_programs *p, const struct kernel *k,
		 const struct softirq_config *config, const __u16 *lines)
{
	int err;

	memset(p, 0, sizeof(*p));
	err = kernel_require(k);
	if (!err)
		err = require_tracepoints(k, config);
	if (err)
		return err;
	err = load(p, k, config);
	if (err)
		msg_errno(err, "the kernel refused the programs of softirqs; -vv shows why");
	if (!err)
		p->budget_bytes = maps_memory(p->skel->obj);
	if (!err && lines)
		memcpy((void *)p->skel->bss->line_of_irq, lines, sizeof(*lines) * IRQ_MAX);
	if (!err)
		err = attach(p, config);
	if (err)
		softirq_unload(p);
	return err;
}

void softirq_unload(struct softirq_programs *p)
{
	while (p->n_links)
		bpf_link__destroy(p->links[--p->n_links]);
	softirq_bpf__destroy(p->skel);
	p->skel = NULL;
}

void softirq_measure(struct softirq_programs *p, bool on)
{
	__atomic_store_n(&p->skel->bss->measuring, on, __ATOMIC_SEQ_CST);
}

void softirq_set_budget(struct softirq_programs *p, __u32 budget)
{
	p->skel->bss->netdev_budget = budget;
}

__u64 softirq_misses(const struct softirq_programs *p)
{
	struct bpf_program *prog;
	__u64 misses = 0;

	bpf_object__for_each_program (prog, p->skel->obj) {
		struct bpf_prog_info info = {};
		__u32 len = sizeof(info);
		int fd = bpf_program__fd(prog);

		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len))
			misses += info.recursion_misses;
	}
	return misses;
}
