#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# After the socket: wakeup, runqueue and application of readers of all kinds, against CPU hogs of known
# length, --blame, and the kernel's own trace of the same wake-ups as a second witness.
#   lab/run --icount --kernel 6.1 --timeout 500 -- prove tests/vm/sched.t
# kernels: 5.10 7.x
# lab: --icount --timeout 1500
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../cases.sh"

tracefs=/sys/kernel/tracing
instance=$tracefs/instances/netstrata-$$
last=$(($(nproc) - 1))
# The emulated guest is slower than any of our limits: what is not injected only has to be small.
SOME=200
[ -z "$IN_LAB" ] || SOME=2000

reader() { # MODE [CPU]
	port=$((port + 1))
	start r nsenter --net="/run/netns/$NS_B" "$TREE/tests/readers.py" "$1" $port 40 "${@:2}"
	wait_line r "ready $port"
}
send() { # NAME CONDITION...
	client c $port 4 tcp --count 40 --every "${EVERY:-3ms}"
	wait_end c || fail "$1: client" "$(<"$T/c.err")"
	wait_end r || fail "$1: reader" "$(<"$T/r.err")"
	said "$@"
}


# What readers by io_uring must be said to be. A worker of the kernel's that reads is not the thread that was woken (in
# 5.10 it is: it sleeps in recv, and is none of the process; in 6.1 no worker reads, but who submitted, when its poll is done). The thread of SQPOLL looks by itself, and sleeps only when idle for long.
uring() { # MODE
	local want=(most:wakeup most:runqueue no:other_thread "quiet:wakeup:$SOME")
	case $1-$(uname -r) in
	async-5.10.*) want=(either:runqueue:not_woken) ;;
	async-6.1.*) ;;
	async-*) want=(either:other_thread:not_woken) ;;
	sqpoll-*) want=(either:runqueue:not_woken no:other_thread) ;;
	esac
	port=$((port + 1))
	start r nsenter --net="/run/netns/$NS_B" "$TREE/build/tests/uring" "$1" $port 40
	if ! wait_line r "ready $port"; then
		wait_end r
		if [ "${RC[r]}" = 77 ]; then skip "io_uring, $1" "$(<"$T/r.err")"; else fail "io_uring, $1" "$(<"$T/r.err")"; fi
		return
	fi
	send "io_uring, $1" n:40 "${want[@]}"
}

# shellcheck disable=SC2317 # by trap
forget() { [ ! -d "$instance" ] || rmdir "$instance"; cleanup; }
trap forget EXIT

net_up || { fail "namespaces"; done_testing; }

begin --stages sched,pre
for mode in block poll select epoll; do
	reader $mode
	send "$mode" n:40 most:wakeup most:runqueue no:other_thread quiet:wakeup:$SOME
done
reader epoll3
send "three threads on one epoll" n:40 most:runqueue quiet:wakeup:$SOME
reader handoff
send "a thread other than the woken one reads" n:40 most:runqueue most:other_thread
reader crowd
EVERY=50ms send "behind 10,000 others that are told first" n:40 most:wakeup most:runqueue over:wakeup:200 quiet:application:$SOME \
	${IN_LAB:+because:wakeup:wakeup:1000000} # natively it takes about a millisecond, and faster ones have no cause
reader spin
send "a reader that never sleeps" n:40 most:not_woken none:runqueue
for mode in recv defer async sqpoll; do uring $mode; done
flow tcp 4 "--delay 5ms --rt 10 --count 20" "--count 20 --every 8ms"
said "5 ms late by its own work" n:20 upto:preempted:5 holds:application:5000 quiet:runqueue:$SOME most:runqueue

# Its own work takes 5 ms of CPU time, and a hog takes its CPU for 2 ms of every 5.
reader work 0
EVERY=20ms send "work before it reads" n:40 most:runqueue upto:preempted:20
start hog "$TRAFFIC" hog --cpu 0 --rt 50 --run 2ms --period 5ms --total 600s --timeout 900
wait_line hog ready
reader work 0
EVERY=20ms send "preempted in its work" n:40 most:runqueue most:preempted because:reader_preempted:application:1000000
stop hog TERM

# The second witness: an instance of the kernel's tracing, of this reader alone.
witness=
if mkdir "$instance" 2>"$T/mkdir.err"; then
	echo mono >"$instance/trace_clock"
	reader block 0
	start hog "$TRAFFIC" hog --cpu 0 --rt 50 --run 2ms --period 8ms --total 600s --timeout 900
	wait_line hog ready
	echo "pid == ${PID[r]}" >"$instance/events/sched/sched_waking/filter"
	echo "next_pid == ${PID[r]}" >"$instance/events/sched/sched_switch/filter"
	echo 1 >"$instance/events/sched/sched_waking/enable"
	echo 1 >"$instance/events/sched/sched_switch/enable"
	witness="$port $T/events ${PID[r]}"
	send "with a witness" n:40 most:runqueue
	stop hog TERM
	echo 0 >"$instance/events/enable"
	cat "$instance/trace" >"$T/events"
	rmdir "$instance"
fi
judge "readers"
if [ -n "$witness" ]; then
	read -r p events pid <<<"$witness"
	tap_from "$TREE/tests/sched.py" --witness "$T/trace.out" "$p" "$events" "$pid"
else
	skip "the kernel's own trace as a witness" "$(<"$T/mkdir.err")"
fi

# The hog takes the reader's CPU for 40 ms of every 80; the sender runs above it.
hogged() { # NAME "READER OPTIONS" WHAT-OF-STAGES.PY CONDITION...
	start hog "$TRAFFIC" hog --cpu 0 --rt 50 --run 40ms --period 80ms --total 600s --timeout 900 --stamp "$T/burn$port"
	wait_line hog ready
	local hog=${PID[hog]}
	flow tcp 4 "--cpu 0 --count 60 $2" "--cpu $last --rt 60 --count 60 --every 7ms"
	stop hog TERM
	echo "port=$port proto=tcp n=60 $3 quiet=application,wakeup,softirq_wait,napi name=$1" >>"$T/hogs"
	local conditions=("${@:4}")
	said "$1" "${conditions[@]/HOG/$hog}"
}
begin --stages sched,pre --blame
: >"$T/hogs"
# At nice 0 whatever else runs on that CPU gets its share first, so there is no exact length; of the shortest wait of each
# burn, one in six, that can be more than a tenth.
hogged "nice 0 behind SCHED_FIFO" "" "" blames:runqueue:traffic:HOG
hogged "SCHED_FIFO 10 behind SCHED_FIFO 50" "--rt 10" "hog=$T/burn$port" blames:runqueue:traffic
judge "hogs"
tap_from "$TREE/tests/stages.py" --check trace="$T/trace.out" cases="$T/hogs"
done_testing
