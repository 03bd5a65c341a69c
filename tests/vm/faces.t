#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# One and the same traffic as stat, serve (JSON and /metrics), top and a recording tell of it: each measures by
# itself, from before the first packet until after the last. Natively and in a guest of the lab.
# kernels: 6.12
# lab: --icount
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/serve.sh
. "$TREE/tests/serve.sh"
# shellcheck source=tests/tmux.sh
. "$TREE/tests/tmux.sh"
need root netns
have curl python3
need_serve
need_top
"$NETSTRATA" --version | grep -q 'optional libraries:.*sqlite3' || skip_all sqlite "built without sqlite3"

# kept NAME: the screen, which is held, in $T/NAME, once it is all there: the terminal may still be drawing
kept() {
	local end=$((SECONDS + LIMIT))
	screen >"$T/$1"
	while pause 0.3; screen >"$T/screen"; ! cmp -s "$T/screen" "$T/$1"; do
		[ $SECONDS -lt $end ] || return 1
		cp "$T/screen" "$T/$1"
	done
}
# changed: until it is not that in $T/screen
changed() {
	local end=$((SECONDS + LIMIT))
	while screen >"$T/now"; cmp -s "$T/screen" "$T/now"; do
		[ $SECONDS -lt $end ] || return 1
		pause 0.05
	done
}

net_up || { fail "namespaces"; done_testing; }

# ---- all of them measure, both ends ----------------------------------------------------------------
A=/run/netns/$NS_A
serve m --netns "$A" --netns "/run/netns/$NS_B" || { fail "serve starts" "$(<"$T/m.err")"; done_testing; }
measure stat stat --netns "$A" --connections 50 || { fail "stat starts"; done_testing; }
measure record record --netns "$A" -o "$T/recording" --interval 500ms || { fail "record starts"; done_testing; }
top -- --netns "$A" --interval 1s || { fail "top starts"; done_testing; }
tm resize-window -x 200 -y 50

# ---- enough packets for a p99; real-time readers, whose wake-ups are clear on a busy machine too ----------
server s 7610 -4 tcp --rt 10 --delay 2ms --timeout 90
server u 7611 -4 udp --rt 10 --delay 2ms --timeout 90 --count 1200
client c 7610 4 tcp --rt 10 --count 1200 --every 4ms --timeout 90
client v 7611 4 udp --rt 10 --count 1200 --every 4ms --timeout 90
LIMIT=60
for name in c s v u; do wait_end $name || diag "$name: ${RC[$name]}" "$(<"$T/$name.err")"; done

# ---- what each of them has, from now on ----------------------------------------------------------
keys t Space
ok "top is held" see PAUSED "total of" ":7610" ":7611"
kept top-connections || fail "it keeps still"
for proto in udp tcp; do
	keys p
	if changed && kept top-$proto; then pass "top shows $proto only"; else fail "top shows $proto only"; fi
done
stop stat
stop record
snapshot_taken
for path in snapshot connections; do get "api/v1/$path?span=run&n=50" >"$T/$path"; done
get metrics >"$T/metrics"
"$NETSTRATA" report "$T/recording" --json --connections 50 >"$T/report" || fail "report"
tap_from python3 "$TREE/tests/faces.py" "$T"
keys q
done_testing
