#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# --hw: a device's own receive stamps. No device of a test has them, so they are put into packets as a driver would
# (tests/hwstamp.py), by clocks of the system that CLOCK_MONOTONIC is known by: NETSTRATA_HW_CLOCK stands for the
# device's. What is shown must be right to the error that is stated; without such a device it is said so.
# kernels: 5.10 6.12 6.12g
# lab: --icount --qemu "-netdev hubport,hubid=0,id=n0 -device e1000e,netdev=n0,mac=52:54:00:99:00:01"
. "$(dirname "$0")/../lib.sh"
need root netns
have python3
[ -z "$IN_LAB" ] || modprobe veth 2>/dev/null
net_up || { fail "namespaces"; done_testing; }
ip -n "$NS_B" addr add 10.97.0.1/24 dev lo
nsenter --net="/run/netns/$NS_B" sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_timestamps'
port=7800
AGES=20000,300000,none,far,ahead,5000000
ERROR=20000 # ns, at most; an idle machine states about 100

injects() { # before 5.16 nothing does
	in_b python3 "$TREE/tests/hwstamp.py" send tai proto=udp port=9 count=1 ages=1 >"$T/inject" 2>&1
}

# stamped CLOCK PROTO
stamped() {
	port=$((port + 1))
	start trace nsenter --net="/run/netns/$NS_B" env NETSTRATA_HW_CLOCK="$1" "$NETSTRATA" trace --json --dir rx --netns self --hw lo
	wait_line trace '"type":"start"' || { fail "$2, $1: trace --hw starts" "$(<"$T/trace.err")"; return; }
	server s $port -4 "$2" || { fail "$2, $1: server"; return; }
	in_b python3 "$TREE/tests/hwstamp.py" send "$1" proto="$2" port=$port count=42 every=0.05 ages=$AGES >"$T/sent" 2>"$T/send.err" ||
		fail "$2, $1: sent" "$(<"$T/send.err")"
	stop s TERM
	ok "$2, $1: trace ends well" stop trace
	tap_from python3 "$TREE/tests/hwstamp.py" look "$T/trace.out" "$T/sent" name="$2, $1" proto="$2" port=$port error=$ERROR
}

# stat: the same numbers as a histogram, in text and JSON, with the error and the state of the clock
counted() {
	local out
	port=$((port + 1))
	for out in "" --json; do
		start stat nsenter --net="/run/netns/$NS_B" env NETSTRATA_HW_CLOCK=tai "$NETSTRATA" stat $out --dir rx --netns self --hw lo
		wait_line stat "$([ -n "$out" ] && echo '"type":"start"' || echo 'receive stamps')" || { fail "stat --hw starts" "$(<"$T/stat.err")"; return; }
		server s $port -4 udp || return
		in_b python3 "$TREE/tests/hwstamp.py" send tai proto=udp port=$port count=30 ages=100000,none >"$T/sent" 2>&1
		stop s TERM
		ok "stat $out ends well" stop stat
		mv "$T/stat.out" "$T/stat$out"
	done
	ok "stat: a row with its error" grep -qE "^from the device's own stamp to .stack., \+-[0-9.]+ns:" "$T/stat"
	ok "stat: 15 of them" grep -qE "^ +hw_to_stack +15 " "$T/stat"
	ok "stat: the clock" grep -qE "^lo: its clock is clock tai \(between\), (slow|fast)er by [0-9]+ ppb; stamps are right to" "$T/stat"
	ok "stat: those without a stamp are counted" grep -qE "^ +15 .* the device gave it no stamp" "$T/stat"
	if python3 -c 'import jsonschema' 2>/dev/null; then
		ok "stat --json: as the schema says" bash -c '"$0" >/dev/null' "$TREE/tests/cli/check-schema.py" <"$T/stat--json"
	else
		skip "stat --json: as the schema says" "python3-jsonschema is not installed"
	fi
	ok "stat --json: none is earlier than it was stamped" python3 - "$T/stat--json" <<-'PY'
		import json, sys
		o = [json.loads(l) for l in open(sys.argv[1])]
		s = next(l for l in o if l["type"] == "stage" and l["stage"] == "hw_to_stack" and l["proto"] == "udp")
		h = next(l for l in o if l["type"] == "hw")
		assert s["n"] == 15 and s["sum_ns"] >= 15 * (100000 - s["error_ns"]) and 0 < s["error_ns"] == h["error_ns"], (s, h)
		assert h["known"] and h["dev"] == "lo" and not h["steps"], h
	PY
}

refused() {
	local rc=0
	in_b "$NETSTRATA" stat --hw vb --duration 1ms >"$T/o" 2>&1 || rc=$?
	is "a device without stamps: status 4" $rc 4
	ok "a device without stamps: said so" grep -q "^netstrata: --hw vb: no hardware receive stamps: the device offers none$" "$T/o"
	rc=0
	in_b "$NETSTRATA" stat --hw vb --hw-enable --duration 1ms >"$T/o" 2>&1 || rc=$?
	is "nor does --hw-enable help: status 4" $rc 4
	rc=0
	in_b "$NETSTRATA" stat --hw nosuchdev --duration 1ms >"$T/o" 2>&1 || rc=$?
	is "no such device: status 2" $rc 2
	in_b "$NETSTRATA" stat --xdp vb --duration 1ms >"$T/o" 2>&1
	ok "--xdp: said at the start" grep -q "^vb: no hardware receive stamps: the device offers none$" "$T/o"
	in_b "$NETSTRATA" check >"$T/o" 2>&1
	ok "check: says it of each device" grep -qE "^  vb +none: the device offers none$" "$T/o"
}

# All programs, with what --hw adds to them.
loads() {
	local hooks
	for hooks in auto tracepoint fentry kprobe; do
		in_b "$NETSTRATA" stat --hooks $hooks --duration 1ms >"$T/o" 2>&1 ||
			{ skip "--hooks $hooks loads with --hw" "not on this kernel"; continue; }
		if in_b env NETSTRATA_HW_CLOCK=tai "$NETSTRATA" trace --hooks $hooks --hw lo --netns self --duration 10ms --json >"$T/o" 2>"$T/err"; then
			pass "--hooks $hooks loads with --hw"
		else
			fail "--hooks $hooks loads with --hw" "$(tail -3 "$T/err")"
		fi
	done
}

# through_xdp [OBJECT]: the program that asks the driver; with an object that stamps by CLOCK_TAI itself, the stamp is there
through_xdp() {
	local p f count name=${1:+stamped} want=missing
	[ -z "${1:-}" ] || want=there
	name="XDP, ${name:-veth tells none}"
	start trace nsenter --net="/run/netns/$NS_B" env NETSTRATA_HW_CLOCK=tai ${1:+NETSTRATA_XDP_HW_OBJECT="$1"} \
		"$NETSTRATA" trace -v --json --dir rx --netns self --xdp vb
	wait_line trace '"type":"start"' || { fail "$name: trace --xdp starts" "$(<"$T/trace.err")"; return; }
	if ! grep -q "xdp/vb (native with the device's stamps)" "$T/trace.err"; then
		stop trace
		if [[ $IN_LAB = 5.10* || $IN_LAB = 6.1 ]]; then skip "$name" "this kernel asks no driver (6.3 does)"; else fail "$name: asks the driver" "$(<"$T/trace.err")"; fi
		return
	fi
	pass "$name: asks the driver"
	for p in tcp udp; do for f in 4 6; do
		port=$((port + 1))
		count=()
		[ $p = tcp ] || count=(--count 30) # a reader of datagrams sees no end
		server s $port -$f $p "${count[@]}" || { fail "$name: server"; continue; }
		client c $port $f $p --count 30 --every 5ms
		wait_end c
		wait_end s
	done; done
	ok "$name: trace ends well" stop trace
	ok "$name: as it should be" python3 - "$T/trace.out" $want 2>"$T/look.err" <<-'PY'
		import json, sys
		o = [json.loads(l) for l in open(sys.argv[1])]
		got = [p for p in o if p["type"] == "packet" and p["len"] and p["local_port"] >= 7800 and "drop" not in p]
		lost = o[-1]["lost"]
		assert len(got) >= 90 and all("xdp" in p["points"] for p in got), len(got)
		if sys.argv[2] == "missing":
		    assert all(p["hw"] is None for p in got) and lost["hw_missing"] >= len(got), lost
		else:
		    assert not lost["hw_missing"] and not lost["hw_unusable"], lost
		    # the same moment by two clocks, one read right after the other, unless the machine was stopped between
		    off = sorted(p["hw"]["t_ns"] - p["points"]["xdp"] for p in got)
		    assert off[0] >= -max(p["hw"]["error_ns"] for p in got) and off[len(off) // 2] <= 20000, off
		    print("# stamped", off[0], "to", off[-1], "ns after xdp, median", off[len(off) // 2])
	PY
}

# An emulated e1000e has a clock, and can be told to stamp all packets (though it never does): its setting, and its clock.
filter() { in_b python3 "$TREE/tests/hwstamp.py" filter "$1" ; }
card() {
	local dev=
	[ -z "$IN_LAB" ] || modprobe e1000e 2>/dev/null
	dev=$(grep -l 52:54:00:99:00:01 /sys/class/net/*/address | cut -d/ -f5)
	if [ -z "$dev" ] || [ -z "$(ls /dev/ptp* 2>/dev/null)" ]; then skip "a card with a clock" "no e1000e here"; return; fi
	ip link set "$dev" netns "$NS_B"
	ip -n "$NS_B" link set "$dev" up
	is "e1000e: stamps none" "$(filter "$dev")" 0
	in_b "$NETSTRATA" check >"$T/o" 2>&1
	ok "e1000e: check says how to have them" grep -qE "^  $dev +none: switched off \(--hw-enable switches them on\)$" "$T/o"
	in_b "$NETSTRATA" stat --hw "$dev" --duration 1ms >"$T/o" 2>&1
	is "e1000e: switched off: status 4" $? 4
	start stat nsenter --net="/run/netns/$NS_B" "$NETSTRATA" stat -v --json --hw "$dev" --hw-enable
	wait_line stat '"type":"start"' || { fail "e1000e: stat starts" "$(<"$T/stat.err")"; return; }
	is "e1000e: stamps all while it runs" "$(filter "$dev")" 1
	pause 4
	ok "e1000e: stat ends well" stop stat
	is "e1000e: and none again after it" "$(filter "$dev")" 0
	# QEMU's runs 2.5 times too fast: nothing may be converted by it
	ok "e1000e: its clock was read, and refused" python3 - "$T/stat.out" <<-'PY'
		import json, sys
		h = next(l for l in map(json.loads, open(sys.argv[1])) if l["type"] == "hw")
		assert not h["known"] and h["clock"].startswith("/dev/ptp") and h["method"] == "extended" and not h["error_ns"], h
	PY
	start stat nsenter --net="/run/netns/$NS_B" "$NETSTRATA" stat --json --hw "$dev" --hw-enable
	wait_line stat '"type":"start"'
	in_b python3 "$TREE/tests/hwstamp.py" filter "$dev" 12 >"$T/o" 2>&1
	stop stat
	is "e1000e: what another program has set is left" "$(filter "$dev")" "$(<"$T/o")"
}

refused
loads
card
through_xdp
through_xdp "$TREE/build/tests/xdp_hw_clock.bpf.o"
if injects; then
	for clock in tai raw; do for proto in udp tcp; do stamped $clock $proto; done; done
	counted
elif [[ $IN_LAB == 5.10* ]]; then
	skip "stamps" "this kernel takes no stamp with a test packet (5.16 does)"
else
	fail "stamps" "$(<"$T/inject")"
fi
done_testing
