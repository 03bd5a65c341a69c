#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Anomalies of real traffic, from a recording: a hundred connections for a minute or so, of which at first none is
# slow, then one, then all, and then another task has the reader's CPU. Each is found within three intervals,
# by what it is, and steady traffic has one alarm at most. A minute and a half.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
need root netns
have python3
"$NETSTRATA" --version | grep -q 'optional libraries:.*sqlite3' || skip_all sqlite "built without sqlite3"

# shellcheck disable=SC2034 # of lib.sh
LIMIT=120
N=100
# phase NAME: the reader goes on to it
phase() {
	kill -USR1 "${PID[reader]}"
	wait_line reader "$1 " || fail "phase $1"
}
# packets N: until so many are read from now on
packets() {
	local from
	from=$(sed -n 's/^read //p' "$T/reader.out" | tail -1)
	wait_line reader "read $((from + $1))" || fail "the reader goes on"
}

net_up || { fail "namespaces"; done_testing; }
start reader nsenter --net="/run/netns/$NS_B" "$TREE/tests/anomalies.py" read 7900 $N
wait_line reader "ready 7900" || { fail "the reader"; done_testing; }
measure r record -o "$T/rec" --interval 1s --tcp --port 7900 --slower 1ms --connections $((3 * N))
start sender nsenter --net="/run/netns/$NS_A" "$TREE/tests/anomalies.py" send 10.99.0.2 7900 $N
wait_line reader "read 100000" || fail "steady traffic" # 40 intervals, of which 16 are the warm-up
phase "one slow"
packets 10000
phase steady
packets 20000 # it takes three values for an end
phase "all slow"
packets 10000
phase steady
packets 20000
start hog "$TREE/tests/anomalies.py" hog 6
wait_end hog || fail "the hog" "$(<"$T/hog.err")"
ok "record ends" stop r
for p in sender reader; do stop $p TERM; done
"$NETSTRATA" watch --json --replay "$T/rec" >"$T/told" 2>"$T/told.err"
is "--replay: status" $? 0
ok "by the schema" "$TREE/tests/cli/check-schema.py" <"$T/told"
tap_from "$TREE/tests/anomalies.py" found "$T/told" <(cat "$T/reader.out" "$T/hog.out")
done_testing
