#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The causes of readers and senders that the kernel, or somebody else in it, holds up; some need what a test machine may
# lack: hooks by functions, a cgroup, nftables.
# kernels: 6.12
# lab: --icount
. "$(dirname "$0")/../lib.sh"
need vm # natively causes.t itself runs all that can be
trap - EXIT
exec env ONLY="held senders unseen within rules" "$TREE/tests/vm/causes.t"
