#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What is sent, by kprobes: the same cases as with fentry.
# kernels: 5.10 6.12
# lab: --icount --timeout 1500
. "$(dirname "$0")/../lib.sh"
need vm
trap - EXIT
exec env HOOKS=kprobe ONLY=sockets "$TREE/tests/vm/send.t"
