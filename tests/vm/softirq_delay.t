#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A real-time hog on the softirq's CPU: netstrata softirq shows its length as the delay of NET_RX, and names
# it; trace --blame says so of the packets. With threaded interrupts the softirqs that an interrupt raises wait for
# ksoftirqd, which waits for the hog; RPS sends the packets from another CPU: one at a time, and then more at once than
# one run of NET_RX takes from a backlog (64).
#   lab/run --cpus 2 --append threadirqs --kernel 6.1 --timeout 300 -- prove tests/vm/softirq_delay.t
# kernels: 5.10 7.x
# lab: --cpus 2 --append threadirqs
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../cases.sh"
need vm

net_up || { fail "namespaces"; done_testing; }
ip netns exec "$NS_B" sh -c 'echo 1 >/sys/class/net/vb/queues/rx-0/rps_cpus' || fail "RPS"
server r 7000 udp --size 100 --cpu 1 || fail "a receiver"
server many 7001 udp --size 100 --cpu 1 || fail "another receiver"
counts() { cat /proc/softirqs >"$T/$1.softirqs" && cat /proc/net/softnet_stat >"$T/$1.softnet"; }

counts before
begin --stages pre --blame
start s "$NETSTRATA" softirq --json
wait_line s '"type":"softirq_start"'
start hog "$TRAFFIC" hog --cpu 0 --rt 50 --run 100ms --period 200ms --total 600s --timeout 900 --stamp "$T/burns"
wait_line hog ready
hog=${PID[hog]}
counts begun
client c 7000 4 udp --count 1000 --every 2ms --size 100 --cpu 1
wait_end c || fail "the sender" "$(<"$T/c.err")"
client c 7001 4 udp --count 3000 --burst 150 --every 130ms --size 100 --cpu 1
wait_end c || fail "the sender of many" "$(<"$T/c.err")"
counts ended
stop hog TERM
stop s
counts after

burn=$(awk '{ printf "%d\n", $2 - $1 }' "$T/burns" | sort -n | awk '{ d[NR] = $1 } END { print d[int((NR + 1) / 2)] }')
diag "the hog's median burn: $burn ns"
port=7000 said "packets behind the hog" some:ksoftirqd none:irq "blames:softirq_wait:traffic:$hog:$((burn / 1000)):0.5" \
	"because:softirq_blamed:softirq_wait:$((burn / 1000)):0.5"
# 20 bursts at as many instants of the hog's 200 ms: half of them wait, all of each for the same burn, and between two
# runs of NET_RX also for tasks that are ksoftirqd's equals.
port=7001 said "many at once" "mostly:softirq_wait:traffic:$hog:20000"
judge "packets behind the hog"
# A packet comes every 2 ms, so one comes soon after a burn of 100 ms has begun, and waits for the rest of it. An
# emulated CPU that the host does not run makes some burns longer, or lets two follow each other: most must be right.
long="took('net_rx', 0, 50e6, 1e12)"
tap_from "$TREE/tests/softirq.py" "$T/s.out" \
	"there are long delays" "$long >= 3" \
	"most of them as long as the hog's burn" "took('net_rx', 0, 0.8 * $burn, 1.25 * $burn) >= 0.5 * $long" \
	"the hog is named" "worst('net_rx').kind == 'task' and worst('net_rx').name == 'traffic' and worst('net_rx').id == $hog" \
	"with its burn at least" "worst('net_rx').max_ns > 0.8 * $burn" \
	"on its CPU" "worst('net_rx').cpu == 0" \
	"most of the delay is its" "worst('net_rx').sum_ns > 0.6 * rx.blamed_ns" \
	"the other CPU's NET_RX has little delay" "1 not in cpu['net_rx'] or cpu['net_rx'][1].delay.sum_ns < 0.3 * cpu['net_rx'][0].delay.sum_ns" \
	"the delays are divided among their causes" "abs(delayed('net_rx') - rx.blamed_ns) <= rx.blamed_ns / 100" \
	"in ksoftirqd (or, from 6.14 on, in ktimers)" "cpu['net_rx'][0].ksoftirqd > 0.3 * cpu['net_rx'][0].runs" \
	"from another CPU, as the kernel counts" "agrees(rx.backlog_rps, 'received_rps') and rx.backlog_rps > 10" \
	"to this one" "agrees(cpu['net_rx'][0].backlog_rps, 'received_rps', 0) and cpu['net_rx'][0].backlog_rps > 10" \
	"and not from it" "agrees(cpu['net_rx'][1].backlog_rps, 'received_rps', 1) and cpu['net_rx'][1].backlog_rps < 5"
done_testing
