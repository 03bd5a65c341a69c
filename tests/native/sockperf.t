#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Against sockperf: what it reports as one-way latency is the time from send() to the end of recv().
# netstrata accounts for the receive half, so it must stay below it; the rest is the sender's half.
. "$(dirname "$0")/../lib.sh"
need root netns
have python3 sockperf

net_up || { fail "namespaces"; done_testing; }
for p in tcp udp; do
	opt=()
	[ $p = udp ] || opt=(--tcp)
	start server nsenter --net="/run/netns/$NS_B" sockperf server -i 10.99.0.2 -p 7300 "${opt[@]}"
	wait_port server 7300 || { fail "sockperf server" "$(<"$T/server.err")"; break; }
	measure stat stat --local-port 7300 || { fail "stat starts" "$(<"$T/stat.err")"; break; }
	start client nsenter --net="/run/netns/$NS_A" sockperf ping-pong -i 10.99.0.2 -p 7300 "${opt[@]}" -m 64 -t 3
	ok "sockperf $p" wait_end client
	ok "stat ends well" stop stat
	stop server
	# "Latency is 12.345 usec"; newer ones: "avg-latency=12.345"
	one_way=$(sed -nE 's/.*(avg-latency=|Latency is )([0-9.]+).*/\2/p' "$T/client.out" | head -1)
	n=$("$TREE/tests/stages.py" "$T/stat.out" $p total n)
	sum=$("$TREE/tests/stages.py" "$T/stat.out" $p total sum_ns)
	diag "sockperf $p: one-way ${one_way:-?} us; netstrata: $n packets, $sum ns in all"
	if [ -z "$one_way" ] || [[ $n != [1-9]* ]]; then fail "both measured"; continue; fi
	read -r mine rest <<<"$(awk -v o="$one_way" -v n="$n" -v s="$sum" 'BEGIN { m = s / n / 1000; printf "%.2f %.2f", m, o - m }')"
	diag "$p: netstrata accounts for $mine us of it, $rest us remain (send, transmit half, sockperf)"
	ok "$p: the receive half is a part of the one-way latency" awk -v r="$rest" -v m="$mine" 'BEGIN { exit !(r > 0 && m > 0.5) }'
	ok "$p: and not a vanishing one" awk -v m="$mine" -v o="$one_way" 'BEGIN { exit !(m > 0.05 * o) }'
done
done_testing
