#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# After the socket: wakeup, runqueue and application of readers of all kinds, against CPU hogs of known
# length, --blame, and the kernel's own trace of the same wake-ups as a second witness.
#   lab/run --icount --kernel 6.1 --timeout 500 -- prove tests/vm/sched.t
# kernels: 5.10 7.x
# lab: --icount --timeout 1500
. "$(dirname "$0")/../lib.sh"
need root netns
have python3

port=7300
tracefs=/sys/kernel/tracing
instance=$tracefs/instances/netstrata-$$
last=$(($(nproc) - 1))
# The emulated guest is slower than any of our limits: what is not injected only has to be small.
SOME=200
[ -z "$IN_LAB" ] || SOME=2000

# case NAME CONDITION...: what the packets of $port must say
case_() {
	local name=$1
	shift
	wait_end c || fail "$name: client" "$(<"$T/c.err")"
	if alive r; then wait_end r || fail "$name: reader" "$(<"$T/r.err")"; fi
	ok "$name: trace ends well" stop trace
	diag "$name"
	tap_from "$TREE/tests/sched.py" "$T/trace.out" $port "$@"
	[ -z "${SAVE:-}" ] || cp "$T/trace.out" "$SAVE/sched-$port.out"
}
begin() { # [OPTION...]: trace what comes
	port=$((port + 1))
	measure trace trace --dir rx --stages sched,pre "$@" || fail "trace starts" "$(<"$T/trace.err")"
}
reader() { # MODE [CPU]
	start r nsenter --net="/run/netns/$NS_B" "$TREE/tests/readers.py" "$1" $port 40 "${@:2}"
	wait_line r "ready $port"
}
send() { client c $port 4 tcp --count 40 --every 3ms; }

# shellcheck disable=SC2317 # by trap
forget() { [ ! -d "$instance" ] || rmdir "$instance"; cleanup; }
trap forget EXIT

net_up || { fail "namespaces"; done_testing; }

for mode in block poll select epoll; do
	begin
	reader $mode
	send
	case_ "$mode" n:40 most:wakeup most:runqueue no:other_thread quiet:wakeup:$SOME
done

begin
reader epoll3
send
case_ "three threads on one epoll" n:40 most:runqueue quiet:wakeup:$SOME

begin
reader handoff
send
case_ "a thread other than the woken one reads" n:40 most:runqueue most:other_thread

begin
reader spin
send
case_ "a reader that never sleeps" n:40 most:not_woken none:runqueue

begin
server s $port tcp --delay 5ms --rt 10 --count 20
client c $port 4 tcp --count 20 --every 8ms
case_ "5 ms late by its own work" n:20 holds:application:5000 quiet:runqueue:$SOME most:runqueue
wait_end s

# The hog takes the reader's CPU for 20 ms of every 40; the sender runs above it.
hogged() { # NAME "READER OPTIONS" WHAT-OF-STAGES.PY CONDITION...
	local name=$1 options=$2 what=$3
	shift 3
	begin --blame
	start hog "$TRAFFIC" hog --cpu 0 --rt 50 --run 20ms --period 40ms --total 600s --timeout 900 --stamp "$T/burn"
	wait_line hog ready
	# shellcheck disable=SC2086
	server s $port tcp --cpu 0 --count 60 $options
	client c $port 4 tcp --cpu $last --rt 60 --count 60 --every 7ms
	wait_end c
	wait_end s
	stop hog TERM
	ok "$name: trace ends well" stop trace
	echo "port=$port proto=tcp n=60 $what quiet=application,wakeup,softirq_wait,napi name=$name" >"$T/cases"
	tap_from "$TREE/tests/stages.py" --check trace="$T/trace.out" cases="$T/cases"
	tap_from "$TREE/tests/sched.py" "$T/trace.out" $port "$@"
}
if [ "$last" = 0 ]; then
	skip "a hog on the reader's CPU" "needs two CPUs"
else
	# at nice 0 whatever else runs on that CPU gets its share first, so there is no exact length
	hogged "nice 0 behind SCHED_FIFO" "" "" blames:runqueue:traffic
	hogged "SCHED_FIFO 10 behind SCHED_FIFO 50" "--rt 10" "hog=$T/burn" blames:runqueue:traffic
fi

# The second witness: an instance of the kernel's tracing, of this reader alone.
if mkdir "$instance" 2>"$T/mkdir.err"; then
	echo mono >"$instance/trace_clock"
	begin
	reader block 0
	start hog "$TRAFFIC" hog --cpu 0 --rt 50 --run 2ms --period 8ms --total 600s --timeout 900
	wait_line hog ready
	echo "pid == ${PID[r]}" >"$instance/events/sched/sched_waking/filter"
	echo "next_pid == ${PID[r]}" >"$instance/events/sched/sched_switch/filter"
	echo 1 >"$instance/events/sched/sched_waking/enable"
	echo 1 >"$instance/events/sched/sched_switch/enable"
	pid=${PID[r]}
	send
	case_ "with a witness" n:40 most:runqueue
	stop hog TERM
	echo 0 >"$instance/events/enable"
	cat "$instance/trace" >"$T/events"
	rmdir "$instance"
	tap_from "$TREE/tests/sched.py" --witness "$T/trace.out" $port "$T/events" "$pid"
else
	skip "the kernel's own trace as a witness" "$(<"$T/mkdir.err")"
fi
done_testing
