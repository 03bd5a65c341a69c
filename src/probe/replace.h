/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NS_REPLACE_H
#define NS_REPLACE_H

struct bpf_object_skeleton;

/*
 * Before a skeleton is opened: take its programs from the file that this environment variable
 * names, if it does, in place of those built in. It is built from the same sources, otherwise: for
 * bench/ and tests/. Returns what is to be freed when the skeleton is open, or NULL.
 */
void *replace_object(struct bpf_object_skeleton *s, const char *variable);

#endif
