/* SPDX-License-Identifier: GPL-2.0-only */
/* -v: what the verifier had to say of each program, as tests/vm/verifier.t records it. */
#ifndef NS_VERIFIER_LOG_H
#define NS_VERIFIER_LOG_H

struct bpf_object;

/* Ask for it, before the load. NULL unless it is wanted; else to be freed after the load. */
char *verifier_log_want(struct bpf_object *obj);
/* Print what was asked for; log may be NULL. */
void verifier_log_print(struct bpf_object *obj, const char *log);

#endif
