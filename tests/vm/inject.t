#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Delays of known size are injected; each must stand in the right stage and in no other. `stat` and
# `trace` measure the same traffic at the same time. Runs natively and in a guest of the lab:
#   lab/run --icount --kernel 6.1 --timeout 500 -- prove tests/vm/inject.t
# The deterministic clock keeps the load of the host out of the guest's (scripts/vm-test reads this):
# lab: --icount --timeout 1500
# HOOKS=fentry: which hooks netstrata may use. ONLY=reads: run one group only.
. "$(dirname "$0")/../lib.sh"
CHECK=stages.py OPTIONS=(--dir rx --stages "pre,path,sched") ONE_SESSION=$IN_LAB
. "$(dirname "$0")/../cases.sh"

late_readers() {
	group "a late reader" || return
	all "--delay 1ms --rt 10 --echo --count 60" "--echo --count 60" "n=60 holds=application:1 quiet=rest" "1 ms late"
	all "--delay 10ms --rt 10 --echo --count 30" "--echo --count 30" "n=30 holds=application:10 quiet=rest" "10 ms late"
	all "--delay 100ms --rt 10 --echo --count 8" "--echo --count 8" "n=8 holds=application:100 quiet=rest" "100 ms late"
	all "--echo --count 50" "--echo --count 50" "n=50 quiet=all" "prompt reader"
	group_end
}

reads() {
	local p f
	# Connections that exist before the start, with data that nobody has read yet.
	for p in tcp udp; do for f in 4 6; do
		server "old$p$f" $((6000 + f)) -$f $p --go --count 25
		client "oldc$p$f" $((6000 + f)) $f $p --go --ahead 5 --count 20 --every 2ms
		wait_line "oldc$p$f" ready
	done; done
	group "ways to read" || return
	for p in tcp udp; do for f in 4 6; do
		go "old$p$f"
		go "oldc$p$f"
		wait_end "oldc$p$f" || fail "client of the old connection" "$(<"$T/oldc$p$f.err")"
		wait_end "old$p$f" || fail "server of the old connection" "$(<"$T/old$p$f.err")"
		echo "port=$((6000 + f)) proto=$p n=20 bytes=2000 name=connected before the start ($p, IPv$f)" >>"$cases"
	done; done
	# Early, because the kernel frees a UDP socket some time after its close.
	all "--go --mode close-unread" "--count 10 --every 100us" "n=0" "closed unread"
	for f in 4 6; do
		flow tcp $f "--go --size 65536" "--count 64 --every 300us" "n=64 bytes=6400 spread=8" "64 segments by one recv"
		flow udp $f "--go --mode recvmmsg --burst 64 --count 64" "--count 64 --every 300us" \
			"n=64 bytes=6400 spread=8" "64 datagrams by one recvmmsg"
		flow tcp $f "--size 1000 --pieces 250 --delay 5ms --rt 10 --echo --count 20" "--size 1000 --count 20 --echo" \
			"n=20 bytes=20000 flag=partial holds=application:5" "one segment by several recv"
		flow udp $f "--size 5000 --echo --count 20" "--size 5000 --count 20 --echo" "n=20 bytes=100000 quiet=all" "in fragments"
		flow tcp $f "--mode splice --echo --count 20" "--count 20 --echo" "n=20 quiet=all" "splice"
		flow tcp $f "--size 65536" "--size 65536 --count 16" "bytes=1048576" "coalesced segments"
	done
	all "--mode peek --delay 5ms --rt 10 --echo --count 20" "--count 20 --echo" "n=20 holds=application:5 quiet=rest" "MSG_PEEK first"
	all "--go --count 64" "--count 64 --burst 64" "n=64 bytes=6400" "a burst of 64"
	# Tracepoints alone do not show that a UDP socket is closed: what it holds stays "pending", or is
	# found to be unmatched when the kernel gives its memory to another socket.
	if head -1 "$T/stat.out" | grep -qE '"(fentry|kprobe)'; then
		group_end lost=unread:40
	else
		group_end gone=40
	fi
}

hog() {
	local last=$(($(nproc) - 1)) p f
	group "a CPU hog" || return
	for p in tcp udp; do for f in 4 6; do
		start hog "$TRAFFIC" hog --cpu 0 --rt 50 --run 20ms --period 40ms --total 600s --timeout 900 --stamp "$T/burn$p$f"
		wait_line hog ready
		flow $p $f "--cpu 0 --rt 10 --count 120" "--cpu $last --rt 60 --count 120 --every 3ms" \
			"n=120 hog=$T/burn$p$f quiet=rest" "hog on the reader's CPU"
		stop hog TERM || fail "hog" "$(<"$T/hog.err")"
	done; done
	group_end
}

networks() {
	local f
	if ! netem delay 20ms; then
		no_qdisc netem "delay in the network" "reordering" "loss"
		return
	fi
	group "the network" || return
	all "--echo --count 20" "--echo --count 20" "n=20 quiet=all" "20 ms in the network"
	netem delay 20ms reorder 25%
	# A segment that overtakes those of the last 20 ms is held until they have arrived:
	# about 12 ms. (Overtake more of them, and TCP's own repair adds to that.)
	for f in 4 6; do
		flow tcp $f "" "--count 80 --every 8ms" "bytes=8000 hol=9:20 quiet=rest" "reordering"
		flow udp $f "--count 80" "--count 80 --every 8ms" "n=80 quiet=all" "reordering"
	done
	netem loss 5%
	for f in 4 6; do
		flow tcp $f "" "--count 200 --every 2ms" "bytes=20000 quiet=application" "loss"
	done
	netem off
	group_end
}

net_up || { fail "namespaces"; done_testing; }
for g in reads late_readers hog networks; do # reads first: it has connections from before the start
	if [ "${ONLY:-$g}" = "$g" ]; then $g; fi
done
[ -z "$ONE_SESSION" ] || groups_end
done_testing
