/* SPDX-License-Identifier: GPL-2.0-only */
/* What this kernel and this process can do, found by trying. */
#ifndef NS_PROBE_KERNEL_H
#define NS_PROBE_KERNEL_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct btf;

struct kernel {
	char release[65];
	char machine[65];
	char host[65];
	struct btf *btf;    /* of the kernel; NULL if it has none */
	int btf_error;	    /* why, negative errno */
	__u64 missing_caps; /* bit mask of capability numbers */
	bool kprobes;	    /* the kernel has kprobes */
	unsigned possible_cpus;
};

/* Fill *k. Returns 0, or -errno when not even the basics can be read. kernel_close frees. */
int kernel_probe(struct kernel *k);
void kernel_close(struct kernel *k);

/* Can a fentry program of this function be loaded? 0, or -errno of the attempt. */
int kernel_try_fentry(const struct kernel *k, const char *function);

/* Is there such a tracepoint, with so many arguments at least, for tp_btf programs? 0 or -ENOENT.
 */
int kernel_try_tracepoint(const struct kernel *k, const char *name, unsigned args);

/* Does BTF know a function of this name? */
bool kernel_has_function(const struct kernel *k, const char *function);

/* Has any enum in BTF, one without a name too, a constant of this name? */
bool kernel_has_enumerator(const struct kernel *k, const char *name);

/* "CAP_BPF, CAP_PERFMON" for a bit mask. Returns buf. */
const char *caps_name(__u64 caps, char *buf, size_t size);

/* Give up every capability but CAP_BPF, which map access needs before 5.19, and those of the bit
 * mask `keep`. */
void caps_drop(__u64 keep);

#endif
