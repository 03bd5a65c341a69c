#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# ss as a second witness: what it says of the sending socket (TCP's own round-trip time, retransmissions,
# and how long the receiver's window and the send buffer limited it) against netstrata's connection line.
#   lab/run --icount --kernel 6.1 --timeout 500 -- prove tests/vm/limits.t
# kernels: 5.10 6.1 7.x
# lab: --icount --timeout 1500
. "$(dirname "$0")/../lib.sh"
CHECK=send.py OPTIONS=()
. "$(dirname "$0")/../cases.sh"

start_up
group "ss and netstrata" || done_testing
tcp "--echo --count 100" "--echo --count 100 --park" "n=100 quiet=all srtt=SS limits=SS retrans=SS" "prompt"
if ! qdisc netem delay 20ms limit 10000; then
	no_qdisc netem "20 ms away" "the receiver's window" "the congestion window" "the send buffer" "loss"
	group_end
	done_testing
fi
tcp "--echo --count 60" "--echo --count 60 --park" "n=60 srtt=SS rtt=SS limits=SS retrans=SS" "20 ms away"
tcp "--size 65536 --rcvbuf 20000" "--size 200000 --sndbuf 400000 --park" \
	"bytes=200000 srtt=SS limits=SS least=rwnd:100 retrans=SS" "the receiver's window"
tcp "--size 65536 --rcvbuf 20000 --delay 30ms" "--size 200000 --sndbuf 400000 --park" \
	"bytes=200000 srtt=SS limits=SS least=rwnd:100 retrans=SS" "the window of a slow reader"
# TCP keeps no time for the congestion window. 10 segments, 20, and 39.
qdisc netem delay 50ms limit 10000
window 10
tcp "--size 65536" "--size 100000 --sndbuf 400000 --park" "bytes=100000 srtt=SS limits=SS least=cwnd:90 retrans=SS" "the congestion window"
window 200
qdisc netem delay 100ms limit 10000
ip -n "$NS_A" link set va gso_max_segs 1
# A sender that is blocked while nothing is left to send: TCP counts only that.
tcp "--size 65536" "--size 300000 --sndbuf 20000 --pacing 50000000 --park" \
	"bytes=300000 srtt=SS limits=SS least=sndbuf:100 retrans=SS" "the send buffer"
# Every tenth packet that arrives is dropped.
qdisc netem delay 5ms limit 10000
if tc -n "$NS_B" qdisc add dev vb ingress 2>"$T/tc.err" &&
	tc -n "$NS_B" filter add dev vb parent ffff: matchall action pass random determ drop 10 2>"$T/tc.err"; then
	tcp "" "--count 100 --every 20ms --park" "bytes=10000 missed=0:SS srtt=SS retrans=SS" "loss"
else
	fail "a filter that drops" "$(<"$T/tc.err")"
fi
group_end
done_testing
