#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What lies between the socket and the queueing discipline: packets that netfilter drops there, those that wait for
# their neighbour's address, and those that wait in vain. The witnesses are nft's counters. Runs natively, where there are
# hooks for it, and in a guest of the lab.
# lab: --icount --timeout 900
[ -z "${NETSTRATA_IN_LAB:-}" ] || modprobe -a veth nf_tables nft_counter 2>/dev/null
. "$(dirname "$0")/../lib.sh"
CHECK=send.py OPTIONS=()
. "$(dirname "$0")/../cases.sh"
have nft

segment_has_hook() { ! grep -q '"tx":{"tcp":{"send":[^,]*,"segment":null' "$T/stat.out"; }
drop_rule() { # PROTO PORT
	in_a nft -f - <<-EOF
		table inet t {
			chain out {
				type filter hook output priority 0
				$1 dport $2 counter drop
			}
		}
	EOF
}
told() { in_a nft list chain inet t out | sed -n 's/.*counter packets \([0-9]*\) .*/\1/p'; }
at_least() { # N: until the rule has dropped as many
	local end=$((SECONDS + LIMIT))
	until [ "$(told)" -ge "$1" ]; do
		[ $SECONDS -lt $end ] || { diag "no $1 packets are dropped"; return 1; }
		pause 0.01
	done
}
until_says() { # TEXT COMMAND...
	local end=$((SECONDS + LIMIT)) text=$1
	shift
	until "$@" | grep -q "$text"; do
		[ $SECONDS -lt $end ] || { diag "not '$text': $*"; return 1; }
		pause 0.01
	done
}

# netfilter drops datagrams, and segments until they have been sent often enough.
dropped_by_rule() {
	local f
	for f in 4 6; do
		port=$((port + 1))
		drop_rule udp $port || { fail "a rule of nft"; return; }
		client c $port $f udp --count 10
		wait_end c || fail "a sender whose datagrams are dropped" "$(<"$T/c.err")"
		udp=$((udp + $(told)))
		in_a nft delete table inet t
		echo "port=$port proto=udp n=10 len=100 dropped=10@ip:NETFILTER_DROP name=dropped by netfilter (udp, IPv$f)" >>"$cases"
	done
	for f in 4 6; do
		port=$((port + 1))
		server s $port "-$f" tcp --count 6
		client c $port $f tcp --go --ahead 1 --count 5 --every 20ms
		wait_line c ready || fail "a sender that is connected"
		drop_rule tcp $port || { fail "a rule of nft"; return; }
		go c
		at_least 8 || fail "segments are dropped"
		tcp=$((tcp + $(told)))
		in_a nft delete table inet t
		wait_end c || fail "a sender whose segments are dropped" "$(<"$T/c.err")"
		wait_end s
		echo "port=$port proto=tcp bytes=600 some=1@ip:NETFILTER_DROP copies=ip:TCP name=dropped by netfilter (tcp, IPv$f)" >>"$cases"
	done
}

# A neighbour that does not answer, until its address is told.
neighbour() {
	local knob=/proc/sys/net/ipv4/neigh/va mac
	mac=$(ip -n "$NS_B" -o link show vb | sed 's/.*ether \([^ ]*\).*/\1/')
	in_b sh -c 'echo 8 >/proc/sys/net/ipv4/conf/vb/arp_ignore; echo 8 >/proc/sys/net/ipv4/conf/all/arp_ignore'
	in_a sh -c "echo 1000 >$knob/mcast_solicit"
	port=$((port + 1))
	ip -n "$NS_A" neigh del 10.99.0.2 dev va
	client c $port 4 udp --burst 5 --count 5
	wait_end c || fail "a sender without a neighbour" "$(<"$T/c.err")"
	pause 0.02
	ip -n "$NS_A" neigh replace 10.99.0.2 dev va lladdr "$mac" nud reachable
	echo "port=$port proto=udp n=5 len=100 hold=ip:20:5000 name=a neighbour that answers late (udp)" >>"$cases"

	port=$((port + 1))
	server s $port -4 tcp --count 6
	client c $port 4 tcp --go --ahead 1 --count 5 --burst 5 --stamp "$T/calls$port" --info
	wait_line c ready || fail "a sender that is connected"
	until_says 'bytes_acked:101 ' in_a ss -Htin dst :$port || fail "what was sent before is acknowledged"
	ip -n "$NS_A" neigh del 10.99.0.2 dev va
	go c
	until_says 'unacked:5' in_a ss -Htin dst :$port || fail "five segments wait"
	ip -n "$NS_A" neigh replace 10.99.0.2 dev va lladdr "$mac" nud reachable
	wait_end c || fail "a sender without a neighbour" "$(<"$T/c.err")"
	wait_end s
	# The first came before, and the last can be told from the others. Those are seen, and unmatched.
	echo "port=$port proto=tcp n=2 len=100 calls=$T/calls$port name=a neighbour that answers late (tcp)" >>"$cases"

	in_a sh -c "echo 2 >$knob/mcast_solicit; echo 20 >$knob/retrans_time_ms"
	port=$((port + 1))
	start c nsenter --net="/run/netns/$NS_A" "$TRAFFIC" send -4 udp --to 10.99.0.77 --port $port --burst 5 --count 5
	wait_end c || fail "a sender without a neighbour" "$(<"$T/c.err")"
	until_says FAILED ip -n "$NS_A" neigh show to 10.99.0.77 || fail "the neighbour is given up"
	udp=$((udp + 5))
	echo "port=$port proto=udp n=5 len=100 dropped=5@ip:NEIGH_ copies=ip:UDP name=no neighbour (udp)" >>"$cases"
}

start_up
udp=0 tcp=0
group "between socket and queue"
if segment_has_hook; then
	device=$(netns_of "$NS_A")/$(index_of "$NS_A" va)
	dropped_by_rule
	neighbour
	sed -i "s,copies=ip:TCP,copies=ip:$tcp@$device,;s,copies=ip:UDP,copies=ip:$udp@$device," "$cases"
	group_end lost=unmatched:4
else
	skip "between socket and queue" "no hook shows packets there" fentry
	stop stat && stop trace
fi
done_testing
