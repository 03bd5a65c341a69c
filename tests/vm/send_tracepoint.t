#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What is sent, with tracepoints alone, before there was one at the send (6.16): no causes, and no stage before the
# queueing discipline; all the rest is there.
# kernels: 6.12
# lab: --icount --timeout 1500
. "$(dirname "$0")/../lib.sh"
need vm
trap - EXIT
exec env HOOKS=tracepoint ONLY=sockets "$TREE/tests/vm/send.t"
