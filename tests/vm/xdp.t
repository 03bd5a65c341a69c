#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# --xdp: native and generic, beside another program, on veth and (in the lab) virtio-net; every packet
# passes; nothing is left behind, SIGKILL or not. The known delay between XDP and the stack is GRO's:
# gro_flush_timeout holds full segments that no PSH ends; and where functions can be traced, a slow
# program of somebody else's.
# kernels: 5.10 6.12
# lab: --qemu "-netdev hubport,hubid=0,id=n0 -device virtio-net-pci,netdev=n0,mac=52:54:00:99:00:01 -netdev hubport,hubid=0,id=n1 -device virtio-net-pci,netdev=n1,mac=52:54:00:99:00:02" --timeout 900
. "$(dirname "$0")/../lib.sh"
need root netns
have python3

port=7600
HOLD=3000000 # ns
[ -z "$IN_LAB" ] || modprobe -a veth 8021q 2>/dev/null
net_up || { fail "namespaces"; done_testing; }

attached() { ip -d -n "$NS_B" link show "$1" | grep -q "prog/xdp"; }
wait_detached() {
	local end=$((SECONDS + LIMIT))
	while attached "$1"; do [ $SECONDS -lt $end ] || return 1; pause 0.05; done
}

# trace_on DEV [OPTION...]: begin; traced NAME KEY=VALUE...: end, and look
trace_on() {
	local dev=$1
	shift
	start trace nsenter --net="/run/netns/$NS_B" "$NETSTRATA" trace --json --dir rx --stages pre,path --netns self --xdp "$dev" "$@"
	wait_line trace '"type":"start"' || { fail "trace --xdp $dev starts" "$(<"$T/trace.err")"; return 1; }
}
traced() {
	ok "$1: trace ends well" stop trace
	look "$@"
}
look() {
	local name=$1
	shift
	tap_from "$TREE/tests/xdp.py" "$T/trace.out" "name=$name" "port=$port" "$@"
	[ -z "${SAVE:-}" ] || cp "$T/trace.out" "$SAVE/xdp-$port.out"
}

# flow PROTO FAMILY "CLIENT OPTIONS" [SERVER OPTIONS]
flow() {
	local count=
	port=$((port + 1))
	[ "$1" = tcp ] || count=$(grep -o -e "--count [0-9]*" <<<"$3") # a reader of datagrams sees no end
	server s $port "-$2" "$1" $count ${4:-} || { fail "server"; return; }
	client c $port "$2" "$1" $3
	wait_end c || fail "client" "$(<"$T/c.err")"
	wait_end s || fail "server ends" "$(<"$T/s.err")"
}

native() { # [DEV [blind]]: blind to datagrams, whose data the driver leaves outside of the skb
	local p f read dev=${1:-vb} all=unmatched=0
	[ -z "${2:-}" ] || all=
	trace_on "$dev" || return
	for p in tcp udp; do for f in 4 6; do flow $p $f "--count 30 --every 1ms"; done; done
	ok "$dev: trace ends well" stop trace
	port=$((port - 4))
	for p in tcp udp; do for f in 4 6; do
		port=$((port + 1))
		if [ $p = tcp ]; then read=bytes=3000; else read="n=30${2:+ matched=none}"; fi # GRO merges no datagrams
		look "$dev, $p, IPv$f" $read mode=native $all
	done; done
	ok "nothing is left on $dev" wait_detached "$dev"
}

# Full segments without a PSH wait in GRO until the timer: between XDP and the stack.
held_by_gro() {
	local hold="/sys/class/net/vb/gro_flush_timeout"
	command -v ethtool >/dev/null || { skip "held by GRO" "no ethtool"; return; }
	in_b ethtool -K vb gro on >"$T/gro" 2>&1 || { fail "GRO" "$(<"$T/gro")"; return; }
	ip netns exec "$NS_B" sh -c "echo $HOLD >$hold" || { fail "gro_flush_timeout"; return; }
	trace_on vb || return
	port=$((port + 1))
	server s $port -4 tcp || return
	in_a python3 - $port <<-'PY' || fail "the sender" "$?"
		import socket, sys, time
		s = socket.create_connection(("10.99.0.2", int(sys.argv[1])))
		mss = s.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)
		for _ in range(20):
		    s.send(bytes(mss), socket.MSG_MORE)
		    time.sleep(0.012)
	PY
	wait_end s
	traced "held by GRO" n=20 min=$((HOLD * 9 / 10)) max=$((HOLD * 2)) slow=xdp quiet=$((HOLD / 4))
	ip netns exec "$NS_B" sh -c "echo 0 >$hold"
	in_b ethtool -K vb gro off
}

# Two datagrams that nothing tells apart, more than XDP_STALE_NS from each other: the stamp of one that --sample left
# out lies there when the next comes, and is not that one's.
stale() {
	trace_on vb --sample 1/2 || return
	port=$((port + 1))
	server s $port -6 udp || return
	in_a python3 - $port <<-'PY' || fail "the sender" "$?"
		import socket, sys, time
		s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
		for _ in range(14): # all left out: one run in 16,384
		    s.sendto(bytes(100), ("fd99::2", int(sys.argv[1])))
		    time.sleep(1.1)
	PY
	kill -TERM "${PID[s]}"
	wait_end s
	traced "stale stamps" most=500000000 unmatched=0
}

generic() { # on lo, which has no other
	local p
	trace_on lo || return
	for p in tcp udp; do
		port=$((port + 1))
		server s $port -4 $p || return
		start c nsenter --net="/run/netns/$NS_B" "$TRAFFIC" send -4 $p --to 127.0.0.1 --port $port --count 30 --every 1ms
		wait_end c
		[ $p = tcp ] || kill -TERM "${PID[s]}"
		wait_end s
	done
	ok "generic: trace ends well" stop trace
	look "generic, udp" n=30 mode=generic unmatched=0
	port=$((port - 1))
	look "generic, tcp" bytes=3000 mode=generic unmatched=0
	port=$((port + 1))
	ok "nothing is left on lo" wait_detached lo
}

without_tag() { # fragments have no ports: they pass, and are counted
	trace_on vb || return
	flow udp 4 "--count 5 --every 5ms --size 4000"
	in_a ping -q -c 3 -i 0.2 10.99.0.2 >"$T/ping" 2>&1
	ok "other protocols pass" grep -q " 3 received" "$T/ping"
	traced "fragments" n=5 matched=none
}

vlan() {
	local ns dev s
	for ns in "$NS_A va 1" "$NS_B vb 2"; do
		read -r ns dev s <<<"$ns"
		ip -n "$ns" link add link $dev name v5 type vlan id 5 2>"$T/vlan.err" &&
			ip -n "$ns" addr add 10.98.0.$s/24 dev v5 && ip -n "$ns" link set v5 up ||
			{ skip "VLAN" "$(<"$T/vlan.err")"; return; }
	done
	trace_on vb || return
	port=$((port + 1))
	server s $port -4 tcp || return
	start c nsenter --net="/run/netns/$NS_A" "$TRAFFIC" send -4 tcp --to 10.98.0.2 --port $port --count 20 --every 1ms
	wait_end c
	wait_end s
	traced "VLAN" bytes=2000 unmatched=0
}

killed() {
	trace_on vb || return
	ok "attached while it runs" attached vb
	kill -KILL "${PID[trace]}"
	wait_end trace
	ok "nothing is left after SIGKILL" wait_detached vb
	start none nsenter --net="/run/netns/$NS_B" "$NETSTRATA" stat --netns self --duration 100ms
	wait_line none "netstrata" && ! attached vb && pass "without --xdp nothing is attached" ||
		fail "without --xdp nothing is attached" "$(<"$T/none.err")"
	wait_end none
}

no_trampoline() { grep -q "this kernel lets no other stand beside it" "$T/trace.err"; }

# beside DEV NAME [KEY=VALUE...]: a program is there already
beside() {
	local dev=$1 name=$2 rc=0
	shift 2
	start trace nsenter --net="/run/netns/$NS_B" "$NETSTRATA" trace --json --dir rx --stages pre,path --netns self --xdp "$dev"
	if ! wait_line trace '"type":"start"' >"$T/wait"; then
		wait_end trace || rc=$?
		if no_trampoline; then
			is "beside $name: refused with status 4" $rc 4
			ok "beside $name: the program is named" grep -qE "'(a_slow_neighbour_of_ours|xdp[a-z_]*)' \(id [0-9]+\)" "$T/trace.err"
			[ -z "$IN_LAB" ] || [[ $NETSTRATA_IN_LAB == 5.10* && $name = *dispatcher* ]] ||
				fail "beside $name: here it should do" "$(<"$T/trace.err")"
		else
			fail "beside $name" "$(<"$T/trace.err")"
		fi
	else
		flow tcp 4 "--count 20 --every 2ms"
		traced "beside $name" bytes=2000 "$@"
	fi
	ok "beside $name: it is still there" attached "$dev"
}

generic_neighbour() { # DEV: generic XDP, after the stack: what our neighbour takes there is of the stages after it
	ip -n "$NS_B" link set "$1" xdpgeneric object "$TREE/build/tests/xdp_slow.bpf.o" section xdp 2>"$T/ip.err" ||
		{ fail "$1: another generic program" "$(<"$T/ip.err")"; return; }
	beside "$1" "another generic program on $1" mode=generic unmatched=0 later=300000
	ip -n "$NS_B" link set "$1" xdpgeneric off
}

another() {
	local obj=$TREE/build/tests/xdp_slow.bpf.o
	[ -f "$obj" ] || { fail "another program" "$obj is not there: run make"; return; }
	ip -n "$NS_B" link set vb xdpdrv object "$obj" section xdp 2>"$T/ip.err" ||
		{ fail "another program" "$(<"$T/ip.err")"; return; }
	beside vb "another program" mode=native min=300000 max=1500000 quiet=200000
	ip -n "$NS_B" link set vb xdpdrv off
	generic_neighbour vb
	command -v xdp-loader >/dev/null || { skip "libxdp's dispatcher" "no xdp-tools"; return; }
	in_b xdp-loader load -m native vb "$obj" >"$T/loader" 2>&1 || { fail "xdp-loader" "$(<"$T/loader")"; return; }
	beside vb "libxdp's dispatcher" mode=native min=300000
	in_b xdp-loader load -m native vb /usr/lib/*/bpf/xdpfilt_alw_all.o >"$T/loader" 2>&1 &&
		beside vb "libxdp's dispatcher with two programs" mode=native min=300000
	in_b xdp-loader unload vb --all >"$T/loader" 2>&1
}

wrong() {
	local rc=0
	in_b "$NETSTRATA" stat --xdp nosuchdev --duration 1ms >"$T/o" 2>&1 || rc=$?
	is "no such device: status 2" $rc 2
	ok "no such device: said so" grep -q "no device 'nosuchdev'" "$T/o"
}

# The guest's two network cards, joined by a cable.
virtio() {
	local c0 c1
	c0=$(grep -l 52:54:00:99:00:01 /sys/class/net/*/address | cut -d/ -f5)
	c1=$(grep -l 52:54:00:99:00:02 /sys/class/net/*/address | cut -d/ -f5)
	[ -n "$c0$IN_LAB" ] || return # elsewhere such cards are somebody's
	[ -n "$c0" ] && [ -n "$c1" ] || { skip "virtio-net" "this machine has not two of our cards" vm; return; }
	ip -n "$NS_A" link set va down
	ip -n "$NS_A" addr flush dev va; ip -n "$NS_B" addr flush dev vb
	ip link set "$c0" netns "$NS_A"
	ip link set "$c1" netns "$NS_B"
	ip -n "$NS_A" link set "$c0" up
	ip -n "$NS_B" link set "$c1" up
	ip -n "$NS_A" addr add 10.99.0.1/24 dev "$c0"; ip -n "$NS_A" addr add fd99::1/64 dev "$c0" nodad
	ip -n "$NS_B" addr add 10.99.0.2/24 dev "$c1"; ip -n "$NS_B" addr add fd99::2/64 dev "$c1" nodad
	trace_on "$c1" || return
	if grep -q "xdp/$c1 (generic)" "$T/trace.out"; then # 5.10 wants more queues for native XDP
		flow tcp 4 "--count 30 --every 2ms"
		traced "virtio-net, generic" n=30 mode=generic unmatched=0
	else
		stop trace
		if [[ $IN_LAB == 5.10* ]]; then native "$c1" blind; else native "$c1"; fi
	fi
	generic_neighbour "$c1"
}

for case in ${ONLY:-wrong native held_by_gro stale generic without_tag vlan killed another virtio}; do
	$case
done
done_testing
