#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# netstrata serve: all of its answers are of one and the same snapshot, each in the form that it promises, and
# netstrata stat has counted the same packets.
# kernels: 5.10 7.x
# lab: --icount
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/serve.sh
. "$TREE/tests/serve.sh"
need root netns
have curl python3
need_serve

net_up || { fail "namespaces"; done_testing; }
B=/run/netns/$NS_B

# ---- messages that are read 3 ms late -------------------------------------------------------------
serve m --netns "$B" --interval 1s --slower 1ms --connections 2 --compat netstacklat || {
	fail "serve starts" "$(<"$T/m.err")"
	done_testing
}
measure stat stat --cpus
is "there is an answer before the first interval is over" "$(get healthz)" ok
server s 7600 -4 tcp --delay 3ms --timeout 60
client c 7600 4 tcp --count 200 --every 4ms --timeout 60
wait_end c
wait_end s
snapshot_taken
stop stat
for _ in 1 2 3 4 5; do # softirqs go on: two answers of one snapshot
	get metrics >"$T/metrics"
	get "api/v1/snapshot?span=run" >"$T/run"
	moment=$(sed -n 's/^netstrata_snapshot_time_seconds \(.*\)\.\(.*\)/\1\2/p' "$T/metrics")
	grep -q "\"real_ns\":$moment," "$T/run" && break
done
get metrics -H 'Accept: application/openmetrics-text; version=1.0.0' >"$T/openmetrics"
for path in snapshot connections history packets capabilities; do
	get "api/v1/$path" >"$T/$path"
	ok "/api/v1/$path fits the schema" "$TREE/tests/cli/check-schema.py" <"$T/$path"
done
ok "/api/v1/snapshot?span=run fits the schema" "$TREE/tests/cli/check-schema.py" <"$T/run"
ok "stat fits the schema" "$TREE/tests/cli/check-schema.py" <"$T/stat.out"
tap_from python3 "$TREE/tests/serve.py" agree "$T"
if command -v promtool >/dev/null; then
	ok "promtool check metrics" promtool check metrics <"$T/metrics"
else
	skip "promtool check metrics" "promtool is not installed (Debian: prometheus)" prometheus
fi
stop m
is "Ctrl-C ends it with 0" "${RC[m]}" 0
done_testing
