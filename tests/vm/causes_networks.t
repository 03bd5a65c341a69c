#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The causes that need what a test machine may lack: a delaying qdisc (netem), hooks by functions, a bridge, a cgroup,
# and nftables.
# kernels: 6.12
# lab: --icount
. "$(dirname "$0")/../lib.sh"
need vm # natively causes.t itself runs all that can be
trap - EXIT
exec env ONLY="within networks queues bridge held senders unseen rules" "$TREE/tests/vm/causes.t"
