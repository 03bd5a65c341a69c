#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A real-time hog on the softirq's CPU: netstrata softirq shows its length as the delay of NET_RX, and names
# it. With threaded interrupts the softirqs that an interrupt raises wait for ksoftirqd, which waits for the hog;
# RPS sends the packets from another CPU.
#   lab/run --cpus 2 --append threadirqs --kernel 6.1 --timeout 300 -- prove tests/vm/softirq_delay.t
# kernels: 5.10 7.x
# lab: --cpus 2 --append threadirqs
. "$(dirname "$0")/../lib.sh"
need root netns vm
have python3

net_up || { fail "namespaces"; done_testing; }
ip netns exec "$NS_B" sh -c 'echo 1 >/sys/class/net/vb/queues/rx-0/rps_cpus' || fail "RPS"
server r 7000 udp --size 100 --cpu 1 || fail "a receiver"
counts() { cat /proc/softirqs >"$T/$1.softirqs" && cat /proc/net/softnet_stat >"$T/$1.softnet"; }

counts before
start s "$NETSTRATA" softirq --json
wait_line s '"type":"softirq_start"'
start hog "$TRAFFIC" hog --cpu 0 --rt 50 --run 100ms --period 200ms --total 600s --timeout 900 --stamp "$T/burns"
wait_line hog ready
hog=${PID[hog]}
counts begun
client c 7000 4 udp --count 1000 --every 2ms --size 100 --cpu 1
wait_end c || fail "the sender" "$(<"$T/c.err")"
counts ended
stop hog TERM
stop s
counts after

longest=$(awk '{ d = $2 - $1; if (d > m) m = d } END { printf "%d", m }' "$T/burns")
diag "the hog's longest burn: $longest ns"
# A packet comes every 2 ms, so one comes soon after a burn of 100 ms has begun, and waits for the rest of it. An
# emulated CPU that the host does not run makes a burn longer, and a packet late: the bounds are wide, their middle is not.
tap_from "$TREE/tests/softirq.py" "$T/s.out" \
	"the longest delay is a burn of the hog" "90e6 < rx.delay.max_ns < $longest + 20e6" \
	"the hog is named" "worst('net_rx').kind == 'task' and worst('net_rx').name == 'traffic' and worst('net_rx').id == $hog" \
	"with the length of its burn" "90e6 < worst('net_rx').max_ns < $longest + 1e6" \
	"on its CPU" "worst('net_rx').cpu == 0" \
	"most of the delay is its" "worst('net_rx').sum_ns > 0.6 * rx.blamed_ns" \
	"the other CPU's NET_RX has little delay" "1 not in cpu['net_rx'] or cpu['net_rx'][1].delay.sum_ns < 0.3 * cpu['net_rx'][0].delay.sum_ns" \
	"the delays are divided among their causes" "abs(delayed('net_rx') - rx.blamed_ns) <= rx.blamed_ns / 100" \
	"in ksoftirqd (or, from 6.14 on, in ktimers)" "cpu['net_rx'][0].ksoftirqd > 0.3 * cpu['net_rx'][0].runs" \
	"from another CPU, as the kernel counts" "agrees(rx.backlog_rps, 'received_rps') and rx.backlog_rps > 10"
done_testing
