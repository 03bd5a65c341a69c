#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# netstrata ping with delays of known size: in the queue of our own device, at the peer, and on the way;
# with each kind of hook. Late and double replies.
#   lab/run --icount --kernel 6.1 --timeout 300 -- prove tests/vm/ping.t
# kernels: 5.10 7.x
# lab: --icount
. "$(dirname "$0")/../lib.sh"
need root netns vm
have python3 tc

# run NAME EXPECTATION OPTION...: one run from $NS_A, and what must hold for it
run() {
	local name=$1 want=$2
	shift 2
	in_a "$NETSTRATA" ping --json "$@" >"$T/ping.out" 2>"$T/ping.err" || diag "status $?: $(<"$T/ping.err")"
	# shellcheck disable=SC2086
	tap_from "$TREE/tests/ping.py" "$T/ping.out" "$name" $want
}
delay() { # DEVICE NAMESPACE [ARGS...]: netem there; without arguments none
	tc -n "$2" qdisc del dev "$1" root 2>/dev/null
	[ $# = 2 ] || tc -n "$2" qdisc add dev "$1" root netem limit 1000 "${@:3}"
}

net_up || { fail "namespaces"; done_testing; }
all="-c 8 -i 50ms"
for to in 10.99.0.2 fd99::2; do # the neighbours' addresses are known from here on
	in_a "$NETSTRATA" ping -c 3 -i 100ms $to >/dev/null 2>&1
done

# ---- hooks --------------------------------------------------------------------------------------
for hooks in fentry kprobe; do
	for to in 10.99.0.2 fd99::2; do
		# shellcheck disable=SC2086
		run "$hooks, $to" "sent=8 received=8 peer=1 whole=1 merged=none quiet=rest" $all --hooks $hooks $to
		# shellcheck disable=SC2086
		run "$hooks, $to, TCP" "sent=8 received=8 refused=8 peer=1 whole=1 merged=none quiet=rest" $all --hooks $hooks --tcp 9 $to
	done
done
# the wake-up by a tracepoint is there from 6.3 on
merged=stack+ip
case $IN_LAB in 5.10* | 6.1 | 6.1g) merged=stack+ip+wakeup ;; esac
# shellcheck disable=SC2086
{
	run "tracepoints" "received=8 peer=1 whole=1 merged=$merged quiet=rest" $all --hooks tracepoint 10.99.0.2
	run "tracepoints, TCP" "received=8 peer=1 whole=1 merged=stack+ip quiet=rest" $all --hooks tracepoint --tcp 9 fd99::2
}

# ---- where a delay stands -------------------------------------------------------------------------
listen="import socket, sys
s = socket.create_server(('::', 7700), family=socket.AF_INET6, dualstack_ipv6=True, backlog=100)
print('ready', flush=True)
sys.stdin.readline()"
start s nsenter --net="/run/netns/$NS_B" python3 -c "$listen"
wait_line s ready || fail "a listening port"
delay va "$NS_A" delay 20ms || diag "$(<"$T/tc.err")"
# shellcheck disable=SC2086
for to in 10.99.0.2 fd99::2; do
	run "20 ms in our own queue, $to" "received=8 peer=1 holds=qdisc:20 quiet=rest" $all $to
	run "20 ms in our own queue, 3000 bytes, $to" "received=8 holds=qdisc:20" $all --size 3000 $to
done
# shellcheck disable=SC2086
run "20 ms in our own queue, TCP" "received=8 refused=0 peer=1 holds=qdisc:20 quiet=rest" $all --tcp 7700 10.99.0.2
delay va "$NS_A"
delay vb "$NS_B" delay 20ms
# shellcheck disable=SC2086
for to in 10.99.0.2 fd99::2; do
	run "20 ms at the peer, $to" "received=8 peer=1 holds=peer:20 quiet=rest" $all $to
	run "20 ms at the peer, TCP, $to" "received=8 refused=8 peer=1 holds=peer:20 quiet=rest" $all --tcp 9 $to
done

# ---- ping(8) as a witness -----------------------------------------------------------------------
witness() { # ADDRESS: the medians of 50 round trips are the same, within 10 %
	in_a ping -n -c 50 -i 0.05 "$1" >"$T/ping8.out" || { fail "ping(8), $1" "$(tail -3 "$T/ping8.out")"; return; }
	in_a "$NETSTRATA" ping --json -c 50 -i 50ms "$1" >"$T/ping.out" || diag "status $?"
	tap_from python3 - "$T" "$1" <<'END'
import json
import re
import sys
with open(sys.argv[1] + "/ping8.out") as f:
    theirs = sorted(float(v) for v in re.findall(r" time=([0-9.]+) ms", f.read()))
with open(sys.argv[1] + "/ping.out") as f:
    ours = sorted(p["rtt_ns"] / 1e6 for p in map(json.loads, f) if p.get("result") == "reply")
a, b = (v[len(v) // 2] if len(v) == 50 else None for v in (ours, theirs))
good = a and b and abs(a - b) <= 0.1 * b
print(f"{'ok' if good else 'not ok'} - {sys.argv[2]}: the median is that of ping(8): {a} and {b} ms, n {len(ours)} and {len(theirs)}")
END
}
if command -v ping >/dev/null; then
	for to in 10.99.0.2 fd99::2; do witness $to; done # 20 ms at the peer, still
else
	skip "ping(8) as a witness" "it is not installed"
fi

# ---- late and double replies ----------------------------------------------------------------------
run "replies after the timeout" "received=0 lost=5 late=4+ results=timeout,late" -c 5 -i 15ms --timeout 10ms 10.99.0.2
delay vb "$NS_B" delay 10ms duplicate 100%
# that of the last one may come after the end
run "double replies" "received=6 lost=0 duplicates=5+ results=reply,duplicate" -c 6 -i 50ms 10.99.0.2
delay vb "$NS_B"
# only SYNs are to be lost, not the question for an address that the kernel has not heard of for a while
mac=$(in_b cat /sys/class/net/vb/address)
ip -n "$NS_A" neigh replace 10.99.0.2 lladdr "$mac" dev va nud permanent
delay vb "$NS_B" loss 100%
run "a SYN sent again after a second" "received=0 lost=1 results=timeout" -c 1 --timeout 1500ms --tcp 7700 10.99.0.2
start again nsenter --net="/run/netns/$NS_A" "$NETSTRATA" ping --json -c 1 --timeout 60s --tcp 7700 10.99.0.2
if wait_line again ping_start; then
	pause 0.5 # in which the first SYN gets lost
	delay vb "$NS_B"
	wait_end again || diag "$(<"$T/again.err")"
	tap_from "$TREE/tests/ping.py" "$T/again.out" "the second SYN is answered" received=1 lost=0
	ok "and said" grep -qE '"syns_again":[1-9],' "$T/again.out"
else
	fail "the second SYN is answered"
fi

# ---- a router on the way, here too ------------------------------------------------------------------
NS_C=nsC-$$
if ip netns add "$NS_C"; then
	{
		ip -n "$NS_C" link set lo up
		ip -n "$NS_C" link add vc type veth peer name vd netns "$NS_B"
		ip -n "$NS_C" addr add 10.98.0.2/24 dev vc && ip -n "$NS_C" link set vc up
		ip -n "$NS_B" addr add 10.98.0.1/24 dev vd && ip -n "$NS_B" link set vd up
		ip -n "$NS_C" route add default via 10.98.0.1 && ip -n "$NS_A" route add 10.98.0.0/24 via 10.99.0.2
		in_b sysctl -qw net.ipv4.ip_forward=1
	} || diag "no router"
	in_a "$NETSTRATA" ping -c 3 -i 100ms 10.98.0.2 >/dev/null 2>&1
	delay vd "$NS_B" delay 20ms
	# shellcheck disable=SC2086
	{
		run "20 ms at a router" "received=8 peer=1 forwarded=1 holds=network:20 quiet=rest" $all 10.98.0.2
		run "20 ms at a router, TCP" "received=8 refused=8 peer=1 forwarded=1 holds=network:20 quiet=rest" $all --tcp 9 10.98.0.2
	}
	ip netns del "$NS_C"
fi
done_testing
