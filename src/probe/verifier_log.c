// SPDX-License-Identifier: GPL-2.0-only
#include "verifier_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "msg.h"

#define LOG_STATS 4 /* the kernel's BPF_LOG_STATS */

/* What it says is short, but it writes as well about ways that it gives up again, and fails
 * (ENOSPC) where that finds no room. Only what is written takes memory. */
#define LOG_BYTES (256 * 1024)

char *verifier_log_want(struct bpf_object *obj)
{
	struct bpf_program *prog;
	char *logs = NULL, *log;
	size_t n = 0;

	bpf_object__for_each_program (prog, obj)
		n++;
	if (msg_verbosity == 1) /* with more, libbpf's own log shows it all */
		log = logs = calloc(n, LOG_BYTES);
	if (!logs)
		return NULL;
	bpf_object__for_each_program (prog, obj) {
		bpf_program__set_log_buf(prog, log, LOG_BYTES);
		bpf_program__set_log_level(prog, LOG_STATS);
		log += LOG_BYTES;
	}
	return logs;
}

void verifier_log_print(struct bpf_object *obj, const char *log)
{
	struct bpf_program *prog;
	unsigned followed;

	if (!log)
		return;
	bpf_object__for_each_program (prog, obj) {
		const char *p = strstr(log, "processed ");

		if (p && sscanf(p, "processed %u", &followed) == 1)
			msg_info("%s: %zu instructions, the verifier followed %u",
				 bpf_program__name(prog), bpf_program__insn_cnt(prog), followed);
		log += LOG_BYTES;
	}
}
