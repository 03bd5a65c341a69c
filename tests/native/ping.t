#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# netstrata ping between two namespaces: every stage of every answer adds up; lost, refused and
# unreachable ones are told apart; odd options, signals, want of privilege.
# Delays of known size are injected by tests/vm/ping.t, where there is netem.
. "$(dirname "$0")/../lib.sh"
need root netns
have python3 setpriv

STATUS=
# ping OPTION...: a run from $NS_A to its end
ping() {
	STATUS=0
	in_a "$NETSTRATA" ping "$@" >"$T/ping.out" 2>"$T/ping.err" || STATUS=$?
}
# run NAME STATUS EXPECTATION OPTION...: its JSON lines
run() {
	local name=$1 status=$2 want=$3
	shift 3
	ping --json "$@"
	is "$name: exit status" "$STATUS" "$status"
	ok "$name: nothing on stderr" test ! -s "$T/ping.err"
	# shellcheck disable=SC2086
	tap_from "$TREE/tests/ping.py" "$T/ping.out" "$name" $want
	if [ -e "$TREE/docs/json-schema.json" ] && grep -q '"ping_end"' "$TREE/docs/json-schema.json"; then
		# shellcheck disable=SC2016
		ok "$name: JSON as the schema says" bash -c '"$0" >/dev/null' "$TREE/tests/cli/check-schema.py" <"$T/ping.out"
	fi
}
# fails STATUS TEXT OPTION...: one line on stderr
fails() {
	local status=$1 text=$2
	shift 2
	ping "$@"
	if [ "$STATUS" = "$status" ] && [ "$(wc -l <"$T/ping.err")" = 1 ] && grep -qF -- "$text" "$T/ping.err"; then
		pass "$*: $text"
	else
		fail "$*: $text" "status $STATUS, want $status:" "$(<"$T/ping.err")"
	fi
}

net_up || { fail "namespaces"; done_testing; }
listen="import socket, sys
s = socket.create_server(('::', 7700), family=socket.AF_INET6, dualstack_ipv6=True, backlog=100)
print('ready', flush=True)
sys.stdin.readline()"
start s nsenter --net="/run/netns/$NS_B" python3 -c "$listen"
wait_line s ready || fail "a listening port"
some="-c 25 -i 5ms"

# ---- answers ------------------------------------------------------------------------------------
# shellcheck disable=SC2086
for to in 10.99.0.2 fd99::2; do
	ping -c 2 -i 10ms --timeout 1s $to # the neighbour's address is asked for
	run "$to" 0 "sent=25 received=25 duplicates=0 results=reply peer=1 whole=1 forwarded=0 reason=count" $some $to
	run "$to, TCP" 0 "received=25 refused=0 results=reply peer=1 whole=1" $some --tcp 7700 $to
	run "$to, a port that is closed" 0 "received=25 refused=25 results=refused peer=1 whole=1" $some --tcp 7701 $to
	run "$to, no payload" 0 "received=3 whole=1" -c 3 -i 5ms --size 0 $to
	run "$to, in fragments" 0 "received=3 peer=1 whole=1" -c 3 -i 5ms --size 5000 $to
	run "$to, from an address, through a device" 0 "received=3" -c 3 -i 5ms --dev va --source "${to%2}1" $to
	run "$to, TCP, from an address, through a device" 0 "received=3" -c 3 -i 5ms --dev va --source "${to%2}1" --tcp 7700 $to
	run "$to, tracepoints only" 0 "received=3 peer=1" -c 3 -i 5ms --hooks tracepoint $to
done
run "the loopback" 0 "received=3 peer=1 whole=1" -c 3 -i 5ms 127.0.0.1
run "the loopback, TCP" 0 "received=3 refused=3 peer=1 whole=1" -c 3 -i 5ms --tcp 7701 ::1

# several at once, and another ping with its own packets between them
start other nsenter --net="/run/netns/$NS_A" "$NETSTRATA" ping --json -i 1ms 10.99.0.2
wait_line other '"seq":1,'
run "a thousand in a second, two at once" 0 "sent=1000 received=1000 duplicates=0 peer=1" -c 1000 -i 1ms 10.99.0.2
ok "SIGINT: exit status 0" stop other INT
tap_from "$TREE/tests/ping.py" "$T/other.out" "SIGINT" reason=interrupted
run "TCP, many at once" 0 "sent=300 received=300 peer=1" -c 300 -i 1ms --tcp 7701 10.99.0.2

# how much is the kernel's is about right: all but the way through the other namespace
python3 - "$T/ping.out" >"$T/share" <<'END'
import json, sys
p = [json.loads(line) for line in open(sys.argv[1])]
s = sorted(q["kernel_ns"] / q["rtt_ns"] for q in p if q["type"] == "ping")
print("ok" if 0.2 < s[len(s) // 2] < 1 else "not ok", s[len(s) // 2])
END
ok "the kernel's share: $(<"$T/share")" grep -q ^ok "$T/share"

# ---- text -----------------------------------------------------------------------------------------
ping -c 2 -i 5ms 10.99.0.2
ok "text: a line for each answer" [ "$(grep -cE '^10\.99\.0\.2: seq=[12] rtt [0-9.]+[mu]s = kernel [0-9.]+[mun]+s \([0-9.]+%\): send .* \| network .* peer .* \| .*wakeup [0-9.]+' "$T/ping.out")" = 2 ]
ok "text: the counts" grep -q '^10.99.0.2: 2 sent, 2 received, 0 lost (0%); the peer is on this kernel$' "$T/ping.out"
ok "text: no escape sequences in a file" test -z "$(tr -d '\n -~' <"$T/ping.out")"
ping -c 1 --color always --tcp 7701 fd99::2
ok "text: colour, and a refused port" grep -q $'\[fd99::2\]:7701: seq=1 refused rtt \e' "$T/ping.out"

# ---- no answer ------------------------------------------------------------------------------------
ip -n "$NS_B" route add blackhole 10.99.0.1/32
run "the answers get lost" 1 "sent=4 received=0 lost=4 errors=0 results=timeout" -c 4 -i 20ms --timeout 60ms 10.99.0.2
run "TCP, the answers get lost" 1 "sent=2 received=0 lost=2 errors=0 results=timeout" -c 2 -i 20ms --timeout 60ms --tcp 7700 10.99.0.2
ok "a timeout takes its time" python3 -c 'import json, sys
l = [json.loads(x) for x in open(sys.argv[1])]; sys.exit(l[0]["timeout_ns"] != 60_000_000)' "$T/ping.out"
ip -n "$NS_B" route del blackhole 10.99.0.1/32
run "no route" 1 "sent=2 lost=2 errors=2 results=error" -c 2 -i 5ms 10.55.0.1
ip -n "$NS_B" addr add 10.98.0.1/32 dev lo
ip -n "$NS_A" route add 10.98.0.0/24 via 10.99.0.2
run "behind a router" 0 "received=2" -c 2 -i 5ms 10.98.0.1
in_b sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv4/icmp_ratemask' # no limit
ip -n "$NS_B" route add unreachable 10.98.0.7/32
run "a router says no" 1 "sent=2 lost=2 errors=2 results=error" -c 2 -i 20ms 10.98.0.7
ok "and who it is" grep -q '"from":"10.99.0.2"' "$T/ping.out"
run "a router says no, TCP" 1 "sent=2 lost=2 errors=2 results=error" -c 2 -i 20ms --tcp 80 10.98.0.7

# the cable is pulled out and put back
start m nsenter --net="/run/netns/$NS_A" "$NETSTRATA" ping --json -i 10ms --timeout 50ms 10.99.0.2
wait_line m '"result":"reply"'
ip -n "$NS_B" link set vb down
wait_line m '"result":"timeout"' || wait_line m '"result":"error"'
ip -n "$NS_B" link set vb up
n=$(grep -c '"reply"' "$T/m.out") end=$((SECONDS + LIMIT))
while [ "$(grep -c '"reply"' "$T/m.out")" -le "$n" ] && [ $SECONDS -lt $end ]; do pause 0.05; done
ok "a link that goes down: SIGTERM, exit status 0" stop m TERM
tap_from "$TREE/tests/ping.py" "$T/m.out" "a link that goes down" reason=terminated
ok "and comes up: answers again" [ "$(grep -c '"reply"' "$T/m.out")" -gt "$n" ]

# ---- what cannot be ---------------------------------------------------------------------------------
fails 1 "'no-such-host.invalid':" -c 1 no-such-host.invalid
fails 1 "'10.99.0.2':" -6 -c 1 10.99.0.2
fails 1 "--source '10.1.2.3': Cannot assign requested address" --source 10.1.2.3 10.99.0.2
fails 1 "--source 'here':" --source here 10.99.0.2
fails 1 "--dev 'none0': No such device" --dev none0 10.99.0.2
fails 1 "--dev 'none0': No such device" --dev none0 --tcp 80 10.99.0.2
none=(setpriv --reuid 65534 --clear-groups --inh-caps=-all --bounding-set=-all)
cp "$NETSTRATA" "$T/netstrata" && chmod 755 "$T" "$T/netstrata"
for args in "" "--tcp 80"; do
	STATUS=0
	# shellcheck disable=SC2086
	in_a "${none[@]}" "$T/netstrata" ping -c 1 $args 10.99.0.2 >"$T/ping.out" 2>"$T/ping.err" || STATUS=$?
	is "without privilege ($args): exit status" "$STATUS" 3
	ok "without privilege ($args): names the capability" grep -qE 'missing CAP_(NET_RAW|PERFMON|BPF)' "$T/ping.err"
done
in_a "$NETSTRATA" ping -i 1ms 10.99.0.2 2>"$T/ping.err" | head -2 >/dev/null
is "the reader goes away: exit status" "${PIPESTATUS[0]}" 0
ok "the reader goes away: quiet" test ! -s "$T/ping.err"
STATUS=0
in_a "$NETSTRATA" ping -c 1 10.99.0.2 >/dev/full 2>"$T/ping.err" || STATUS=$?
is "disk full: exit status" "$STATUS" 1
ok "disk full: said once" [ "$(wc -l <"$T/ping.err")" = 1 ]
done_testing
