#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# netstrata softirq against the kernel's own counts: /proc/softirqs and /proc/net/softnet_stat; what a
# budget of 1 does; that more load is more delay, and whose; threaded NAPI; interrupts of virtio-net.
#   lab/run --icount --kernel 6.1 --timeout 300 -- prove tests/vm/softirq.t
# kernels: 5.10 7.x
# lab: --icount
. "$(dirname "$0")/../lib.sh"
need root netns
have python3 tc ethtool

counts() { cat /proc/softirqs >"$T/$1.softirqs" && cat /proc/net/softnet_stat >"$T/$1.softnet"; }

# observe COMMAND...: netstrata softirq while it runs, and the kernel's counts around both
observe() {
	counts before
	start s "$NETSTRATA" softirq --json "${OPTIONS[@]}"
	wait_line s '"type":"softirq_start"' || return
	counts begun
	"$@" || diag "failed: $*"
	counts ended
	stop s || diag "status ${RC[s]}: $(<"$T/s.err")"
	counts after
}
fits() { "$TREE/tests/cli/check-schema.py" <"$1" >/dev/null; }
OPTIONS=()
check() { tap_from "$TREE/tests/softirq.py" "$T/s.out" "$@"; }

flood() { # N DATAGRAMS, B at once every 10 ms
	client c 7000 4 udp --count "$1" --burst "$2" --every 10ms --size 100
	wait_end c
}

net_up || { fail "namespaces"; done_testing; }
# nothing on this cable but the test's own: no neighbour that is asked for again, no IPv6
for ns in "$NS_A" "$NS_B"; do
	nsenter --net="/run/netns/$ns" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6'
done
mac() { ip -n "$1" -br link show "$2" | awk '{ print $3 }'; }
ip -n "$NS_A" neigh replace 10.99.0.2 lladdr "$(mac "$NS_B" vb)" dev va nud permanent
ip -n "$NS_B" neigh replace 10.99.0.1 lladdr "$(mac "$NS_A" va)" dev vb nud permanent
server r 7000 udp --size 100 || fail "a receiver"

# ---- as the kernel counts -------------------------------------------------------------------------
for round in 1 2 3; do
	observe flood 600 6
	! "$TREE/tests/softirq.py" "$T/s.out" quiet "quiet()" >"$T/quiet" || break
done
[ -z "$IN_LAB" ] || check "nothing else ran, so counts must be exact (round $round)" "quiet()"
agree() { # WHAT: what the kernel counts too
	check "$1: runs of NET_RX as the kernel counts" "agrees(rx.runs, 'NET_RX')" \
		"$1: runs of NET_TX" "agrees(tx.runs, 'NET_TX')" \
		"$1: packets" "agrees(rx.packets + rx.threaded_packets + rx.busy_packets, 'processed')" \
		"$1: squeezes" "agrees(rx.squeezed_budget + rx.squeezed_time, 'time_squeeze')"
}
agree flood
check "the parts of NET_RX add up" "sum(c.runs for c in cpu['net_rx'].values()) == rx.runs" \
	"each run has a delay, or had no raise of its own" "abs(rx.delay.n + rx.unraised - rx.runs) <= 0" \
	"each run has a length" "abs(rx.run.n - rx.runs) <= 1 and rx.run_packets.n == rx.run.n" \
	"packets of runs are those of polls" "rx.run_packets.sum == rx.packets == rx.poll_packets.sum - rx.threaded_packets" \
	"600 datagrams at least" "rx.packets >= 600" \
	"bursts have all of them" "rx.burst_packets.sum == rx.packets and rx.burst.n <= rx.runs" \
	"the backlog's NAPI instance" "any(n.dev is None and n.packets >= 600 for n in napi)" \
	"raised at least as often as served" "rx.raises >= rx.delay.n" \
	"ends as asked" "end.reason == 'interrupted' and end.program_misses == 0"
ok "JSON as the schema says" fits "$T/s.out"

# ---- intervals add up ---------------------------------------------------------------------------------
OPTIONS=(--interval 200ms --no-blame)
observe flood 300 6
check "intervals and total" "sum(x.runs for x in intervals if x.type == 'softirq' and x.cpu is None and x.vec == 'net_rx') <= rx.runs" \
	"several of them" "len([x for x in intervals if x.type == 'softirq' and x.cpu is None]) >= 4" \
	"without blame nobody is named" "not delayers"
OPTIONS=()

# ---- threaded NAPI (5.12) --------------------------------------------------------------------------
# veth uses its NAPI instance for what GRO can do something with: packets of a sender without TSO
ip netns exec "$NS_A" ethtool -K va tso off gso off >/dev/null 2>&1
if ip netns exec "$NS_B" sh -c 'ethtool -K vb gro on && echo 1 >/sys/class/net/vb/threaded' 2>"$T/threaded.err"; then
	observe flood 300 6
	check "threaded NAPI is seen as such" "rx.threaded_packets >= 300 and rx.threaded_polls > 0" \
		"its packets are none of a run" "rx.run_packets.sum == rx.packets" \
		"by the name of its device" "any(n.dev == 'vb' and n.packets >= 300 for n in napi)"
	agree threaded
	ip netns exec "$NS_B" sh -c 'echo 0 >/sys/class/net/vb/threaded; ethtool -K vb gro off'
else
	skip "threaded NAPI" "not on this kernel: $(tail -1 "$T/threaded.err")"
fi

if [ -z "$IN_LAB" ]; then
	skip "a budget of 1, a queue that holds packets back" "changes the host's settings, needs netem"
	done_testing
fi

# ---- a budget of 1 -------------------------------------------------------------------------------------
budget=$(</proc/sys/net/core/netdev_budget)
echo 1 >/proc/sys/net/core/netdev_budget
echo 1000000 >/proc/sys/net/core/netdev_budget_usecs
netem delay 5ms
observe flood 2000 100
agree "budget of 1"
check "all squeezes are the budget's" "exactly(rx.squeezed_budget, 'time_squeeze')" \
	"the flood was squeezed" "rx.squeezed_budget >= 20 and rx.squeezed_time == 0" \
	"the budget is shown" "start.netdev_budget == 1 and start.netdev_budget_usecs == 1000000"
echo "$budget" >/proc/sys/net/core/netdev_budget

# ---- no time -------------------------------------------------------------------------------------------
# Six datagrams at once, of which each takes 2 ms: longer than the least time that the kernel takes, which is 1 us, so the
# next tick, or (7.x) two ticks. A CPU that was idle has no tick while it runs a softirq, so it is kept busy.
slots() { netem slot 10ms 10ms || fail "netem" "$(<"$T/tc.err")"; }
filter=(filter add dev vb ingress bpf direct-action object-file "$TREE/build/tests/tc_slow.bpf.o" section tc)
usecs=1
if ! echo $usecs 2>"$T/usecs.err" >/proc/sys/net/core/netdev_budget_usecs; then
	diag "$(<"$T/usecs.err")"
	usecs=8000
	echo $usecs >/proc/sys/net/core/netdev_budget_usecs
fi
slots
if ! tc -n "$NS_B" qdisc add dev vb clsact || ! tc -n "$NS_B" "${filter[@]}"; then fail "a slow filter"; fi
start spin nice -n 19 sh -c 'while :; do :; done'
at_once() { client c 7000 4 udp --count "$1" --burst "$2" --every 40ms --size 100 && wait_end c; } # a slot for each burst
observe at_once 120 6
stop spin TERM
tc -n "$NS_B" qdisc del dev vb clsact
agree "no time"
check "all squeezes are time's" "exactly(rx.squeezed_time, 'time_squeeze')" \
	"each burst was squeezed" "rx.squeezed_time == 20" \
	"none by its budget" "rx.squeezed_budget == 0" \
	"the time is shown" "start.netdev_budget_usecs == $usecs"
echo 8000 >/proc/sys/net/core/netdev_budget_usecs

# ---- full polls ----------------------------------------------------------------------------------------
# 50 at once, and a poll takes 8: six full ones in a row, and one with the rest. The backlog's poll sets its own weight: the
# next one has it. NET_TX has a weight of its own, and sends all.
echo 8 >/proc/sys/net/core/dev_weight
echo 16 >/proc/sys/net/core/dev_weight_tx_bias
instance=/sys/kernel/tracing/instances/netstrata
mountpoint -q /sys/kernel/tracing || mount -t tracefs none /sys/kernel/tracing
at_once 16 8
mkdir "$instance" && echo 1 >"$instance/events/napi/napi_poll/enable" || fail "the kernel's trace"
observe at_once 500 50
echo 0 >"$instance/events/enable"
cat "$instance/trace" >"$T/polls"
rmdir "$instance"
backlog="next(n for n in napi if n.dev is None)"
check "polls that took their weight, as the kernel's trace has them" "rx.full_polls == $backlog.full_polls == polled.full_polls" \
	"six of each burst" "rx.full_polls == 60" \
	"in a row" "rx.full_in_row == polled.full_in_row" \
	"five of these after another one" "rx.full_in_row == 50" \
	"the longest row" "$backlog.longest == polled.longest == 6" \
	"all polls" "rx.backlog_polls == $backlog.polls == polled.polls" \
	"no run was squeezed by its budget" "rx.squeezed_budget == 0" \
	"the weight is shown" "start.dev_weight == 8"
rm "$T/polls"
echo 64 >/proc/sys/net/core/dev_weight
echo 1 >/proc/sys/net/core/dev_weight_tx_bias

# ---- more load is more delay, and by whom -----------------------------------------------------------------
# netem lets go of all that it has every 10 ms: NET_TX sends all of it, NET_RX is raised by its first packet and waits.
OPTIONS=(--slower 1us)
slots
for load in 2 10 50; do
	observe flood $((load * 40)) $load
	cp "$T/s.out" "$T/load.$load"
	check "load of $load: the delays are divided among their causes" \
		"abs(delayed('net_rx') - rx.blamed_ns) <= rx.blamed_ns / 100 and rx.blamed_ns > 0"
done
cp "$T/load.50" "$T/s.out"
# it sends in the sender's system call, softirqs being off, or in NET_TX; whoever the timer interrupts has a part, too
check "most of the delay is that of tasks and of NET_TX" \
	"sum(d.sum_ns for d in delayers if d.vec == 'net_rx' and (d.kind == 'task' or (d.kind, d.name) == ('softirq', 'net_tx'))) > 0.9 * rx.blamed_ns" \
	"some of it the sender's" "sum(d.n for d in delayers if d.vec == 'net_rx' and (d.kind, d.name) == ('task', 'traffic')) >= 10" \
	"some of it NET_TX's" "any(d.kind == 'softirq' and d.name == 'net_tx' and d.sum_ns > 0.1 * rx.blamed_ns for d in delayers if d.vec == 'net_rx')" \
	"long polls" "rx.poll_packets.max >= 40"
delay() { python3 -c 'import json, sys
print(next(x["delay"]["p50_ns"] or 0 for x in map(json.loads, open(sys.argv[1])) if x.get("final") and x["type"] == "softirq" and x["cpu"] is None and x["vec"] == "net_rx"))' "$T/load.$1"; }
few=$(delay 2) some=$(delay 10) many=$(delay 50)
diag "median delay of NET_RX with 2, 10 and 50 datagrams at once: $few, $some, $many ns"
ok "10 at once delay it more than 2" [ "$some" -gt $((few * 2)) ]
ok "50 at once delay it more than 10" [ "$many" -gt $((some * 2)) ]
done_testing
