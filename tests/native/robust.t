#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Bad moments and bad surroundings: a signal at any time, nobody reading the output, a full disk, no
# privilege, a namespace that goes away, a full table. A clear message, the right status, nothing left attached.
. "$(dirname "$0")/../lib.sh"
need root netns
have python3 bpftool setpriv

# Our programs that no living process holds, or that a netstrata of this test holds.
left_attached() {
	local held id
	held=$(cat /proc/[0-9]*/fdinfo/* 2>/dev/null | awk '$1 == "prog_id:" { print $2 }')
	for id in $(bpftool prog list 2>/dev/null | awk -F: '/ name ns_/ { print $1 }'); do
		[ "$id" -le "$newest" ] || grep -qx "$id" <<<"$held" || echo "$id"
	done
}
newest=$(bpftool prog list 2>/dev/null | awk -F: '/^[0-9]+:/ { n = $1 } END { print n + 0 }')
nothing_left() { # the kernel frees programs a little after the process has gone
	local end=$((SECONDS + 5))
	while [ -n "$(left_attached)" ]; do
		[ $SECONDS -lt $end ] || { diag "left: $(left_attached | tr '\n' ' ')"; return 1; }
		pause 0.05
	done
}
json_lines() { python3 -c 'import json, sys
for l in open(sys.argv[1]): json.loads(l)' "$1"; }
# ends NAME STATUS TEXT: NAME has ended with STATUS and said TEXT.
ends() {
	wait_end "$1"
	[[ "${RC[$1]}" =~ ^($2)$ ]] && cat "$T/$1.err" "$T/$1.out" | grep -iE -- "$3" >/dev/null && return
	diag "status ${RC[$1]}, want $2; stderr: $(head -3 "$T/$1.err")"
	return 1
}

net_up || { fail "namespaces"; done_testing; }
server s 7500 -4 tcp --timeout 120
client c 7500 4 tcp --total 100s --every 1ms --timeout 120
B=/run/netns/$NS_B

# ---- signals -----------------------------------------------------------------------------------
for sub in stat trace watch; do
	measure m $sub || { fail "$sub starts" "$(<"$T/m.err")"; continue; }
	ok "$sub: its programs are there while it runs" grep -q prog_id /proc/"${PID[m]}"/fdinfo/*
	if bpftool prog list | grep -q ' name ns_'; then pass "$sub: and are named ns_"; else fail "$sub: and are named ns_"; fi
	stop m INT
	is "$sub: Ctrl-C ends it with 0" "${RC[m]}" 0
	ok "$sub: and with an end object" grep -q '"type":"end"' "$T/m.out"
	ok "$sub: every line is whole" json_lines "$T/m.out"
	measure m $sub
	stop m TERM
	is "$sub: SIGTERM too" "${RC[m]}" 0
	ok "$sub: every line is whole" json_lines "$T/m.out"
done
bad=
for i in {1..12}; do
	sub=stat sig=INT
	[ $((i % 2)) = 0 ] || sub=trace
	[ $((i % 4)) -lt 2 ] || sig=TERM
	start m "$NETSTRATA" $sub --json --netns "$B"
	pause "0.$(printf %03d $((RANDOM % 500)))"
	kill -$sig "${PID[m]}"
	wait_end m
	# Before it is ready to catch the signal, the signal itself may end it.
	[[ ${RC[m]} =~ ^(0|130|143)$ ]] && json_lines "$T/m.out" || bad+=" $sub:$sig:${RC[m]}"
done
is "a signal at any moment" "$bad" ""
ok "nothing is left attached" nothing_left

# ---- output --------------------------------------------------------------------------------------
# shellcheck disable=SC2016
mkfifo "$T/pipe"
head -1 "$T/pipe" >/dev/null &
head=$!
# shellcheck disable=SC2016
start m bash -c 'exec "$@" >"$0"' "$T/pipe" "$NETSTRATA" trace --json --netns "$B"
wait_end m
ok "the reader of the output goes away: it ends" test "${RC[m]}" != 137
wait $head
start m bash -c 'exec "$@" >&-' - "$NETSTRATA" stat --json --netns "$B" --duration 1s
ok "stdout is closed: it says so" ends m 1 'stdout|standard output|cannot write|Bad file'
start m bash -c 'exec "$@" >/dev/full' - "$NETSTRATA" stat --json --netns "$B" --duration 1s
ok "stdout is full: it says so" ends m 1 'No space left'
mkdir "$T/full"
if mount -t tmpfs -o size=16k full "$T/full" 2>/dev/null; then
	trap 'umount "$T/full" 2>/dev/null; cleanup' EXIT
	start m "$NETSTRATA" trace --chrome "$T/full/trace.json" --netns "$B" --limit 2000
	ok "disk full on --chrome: it says so" ends m 1 'No space left'
	umount "$T/full"
else
	skip "disk full on --chrome" "cannot mount a tmpfs"
fi
start m "$NETSTRATA" trace --chrome "$T/none/trace.json" --netns "$B" --limit 10
ok "--chrome into a directory that is not there" ends m '1|2' 'none/trace.json'
# Once it measures, even root may not write there any more.
mkdir "$T/theirs"
chown 65534 "$T/theirs"
start m "$NETSTRATA" trace --chrome "$T/theirs/trace.json" --netns "$B" --limit 10
ok "--chrome into another user's directory" ends m 0 ''
ok "and the packets are there" grep -q '"ph":"X"' "$T/theirs/trace.json"
if [[ $("$NETSTRATA" --version) == *sqlite3* ]]; then
	start m "$NETSTRATA" record -o "$T/theirs/recording" --netns "$B" --interval 100ms --duration 500ms
	ok "record into another user's directory" ends m 0 ''
	ok "and it can be read" grep -q "tcp received" <("$NETSTRATA" report "$T/theirs/recording")
else
	skip "record into another user's directory" "built without sqlite3" sqlite
fi
ok "nothing is left attached" nothing_left

# ---- privilege -------------------------------------------------------------------------------------
chmod 711 "$T"
cp "$NETSTRATA" "$T/netstrata"
chmod 755 "$T/netstrata"
for sub in stat trace watch check; do
	start m setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=-all --inh-caps=-all "$T/netstrata" $sub
	ok "$sub without privilege names the capability" ends m 3 'CAP_(BPF|SYS_ADMIN|PERFMON)'
done
start m setpriv --bounding-set=-all --inh-caps=-all "$T/netstrata" stat --duration 1s
ok "root without capabilities too: they are tested, not uid 0" ends m 3 'CAP_(BPF|SYS_ADMIN|PERFMON)'

# ---- things that are not there ---------------------------------------------------------------------
for arg in "--netns nowhere-$$" "--netns /run/netns/nowhere-$$" "--dev nodev$$" "--cgroup /nowhere-$$" "--pid 4194303"; do
	# shellcheck disable=SC2086
	start m "$NETSTRATA" stat --duration 1s $arg
	ok "stat $arg" ends m '1|2' "${arg#* }"
done

# ---- bounds ------------------------------------------------------------------------------------------
measure m stat --max-connections 1
for port in 7501 7502 7503; do
	server s$port $port -4 tcp
	client c$port $port 4 tcp --count 20 --every 1ms
	wait_end c$port
	wait_end s$port
done
ok "a full connection table: it goes on" stop m
full=$("$TREE/tests/stages.py" "$T/m.out" ledger lost.map_full)
ok "and the packets of connections without a row are counted ($full)" [ "$full" -ge 40 ]
n=$("$TREE/tests/stages.py" "$T/m.out" tcp total n)
taken=$("$TREE/tests/stages.py" "$T/m.out" ledger taken)
is "the totals hold what was taken" "$n" "$taken"

measure m stat
stop c TERM
stop s TERM
net_down
ok "the namespace goes away while it is measured" stop m
ok "nothing is left attached" nothing_left
done_testing
