#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The causes that need what a test machine may lack: qdiscs that delay (netem, tbf, fq), or a bridge.
# kernels: 6.12
# lab: --icount
. "$(dirname "$0")/../lib.sh"
need vm # natively causes.t itself runs all that can be
trap - EXIT
exec env ONLY="networks queues bridge" "$TREE/tests/vm/causes.t"
