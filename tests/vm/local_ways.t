#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Packets between two containers of one kernel, by each way that container networks take through the host: every one is a
# single line from its send to its read, with the devices that it came in by. Runs natively and in a guest of the lab:
#   lab/run --icount --kernel 6.1 --timeout 900 -- prove tests/vm/local_ways.t
# kernels: 5.10 6.12
# lab: --icount
. "$(dirname "$0")/../lib.sh"
CHECK=send.py OPTIONS=()
. "$(dirname "$0")/../cases.sh"

FIRST=770 # as in tc_redirect.bpf.c
containers() { # the host is $NS_C, by ca and cb
	ip -n "$NS_C" link add name ca index $FIRST type veth peer name wa netns "$NS_A" &&
		ip -n "$NS_C" link add name cb index $((FIRST + 1)) type veth peer name wb netns "$NS_B" || return
	for d in ca cb; do ip -n "$NS_C" link set $d up || return; done
	ip -n "$NS_A" addr add 10.98.0.1/24 dev wa && ip -n "$NS_A" link set wa up &&
		ip -n "$NS_B" addr add 10.98.0.2/24 dev wb && ip -n "$NS_B" link set wb up
}
mac_of() { ip -n "$1" -o link show "$2" | sed 's/.*ether \([^ ]*\).*/\1/'; }
know_each_other() { # MAC-FOR-A MAC-FOR-B
	ip -n "$NS_A" neigh replace 10.98.0.2 dev wa nud permanent lladdr "$1" &&
		ip -n "$NS_B" neigh replace 10.98.0.1 dev wb nud permanent lladdr "$2"
}
by() { # WAY [HOPS]: TCP and UDP from $NS_A to $NS_B
	local p hops=${2:-$host,$inside}
	for p in tcp udp; do
		port=$((port + 1))
		server s $port -4 $p --count 20 || { fail "$1: server"; return; }
		start c nsenter --net="/run/netns/$NS_A" "$TRAFFIC" send --timeout $((LIMIT + 10)) $p --to 10.98.0.2 --port $port \
			--count 20 --every 2ms
		wait_end c || fail "$1: client" "$(<"$T/c.err")"
		wait_end s || fail "$1: server ends" "$(<"$T/s.err")"
		echo "port=$port proto=$p n=20 bytes=2000 join=20 hops=$hops name=$1 ($p)" >>"$cases"
	done
}

start_up
containers || { fail "two containers and a host"; done_testing; }
host=$(netns_of "$NS_C")/$FIRST inside=$(netns_of "$NS_B")/$(index_of "$NS_B" wb)
group "between containers" || done_testing
know_each_other "$(mac_of "$NS_B" wb)" "$(mac_of "$NS_A" wa)" || fail "neighbours"
if ip -n "$NS_C" link add br0 type bridge 2>"$T/br.err"; then
	ip -n "$NS_C" link set br0 up && ip -n "$NS_C" link set ca master br0 && ip -n "$NS_C" link set cb master br0 || fail "a bridge"
	by "a bridge"
	ip -n "$NS_C" link del br0
else
	skip "a bridge" "$(<"$T/br.err")" vm
fi
via() { # SECTION [HOPS]: the tc program
	local d
	for d in ca cb; do
		tc -n "$NS_C" qdisc replace dev $d clsact && tc -n "$NS_C" filter add dev $d ingress bpf direct-action \
			object-file "$TREE/build/tests/tc_redirect.bpf.o" section $1 2>"$T/tc.err" ||
			{ fail "tc $1" "$(<"$T/tc.err")"; return; }
	done
	by "tc $1" ${2:-}
	for d in ca cb; do tc -n "$NS_C" filter del dev $d ingress; done
}
via redirect
# From here each knows the host only. redirect_peer needs that too: what is not addressed to the device that it comes in by
# stays a packet for another host, and IP drops it (5.10).
know_each_other "$(mac_of "$NS_C" ca)" "$(mac_of "$NS_C" cb)"
via peer "$host" # that enters the stack once only
nsenter --net="/run/netns/$NS_C" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward' &&
	ip -n "$NS_C" route add 10.98.0.1 dev ca && ip -n "$NS_C" route add 10.98.0.2 dev cb &&
	ip -n "$NS_C" neigh replace 10.98.0.1 dev ca nud permanent lladdr "$(mac_of "$NS_A" wa)" &&
	ip -n "$NS_C" neigh replace 10.98.0.2 dev cb nud permanent lladdr "$(mac_of "$NS_B" wb)" || fail "routes"
by "a router"
group_end
done_testing
