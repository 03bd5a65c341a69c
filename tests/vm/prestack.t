#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Before the stack: irq, softirq_wait and napi of each packet, against delays of known size in what
# raises NET_RX and in the softirq; RPS, threaded NAPI, busy polling, and (in the lab) the interrupts of
# virtio-net. What cannot be seen must be said, and no number be wrong.
#   lab/run --icount --kernel 6.1 --timeout 500 -- prove tests/vm/prestack.t
# kernels: 6.1 7.x
# lab: --icount --qemu "-netdev hubport,hubid=0,id=n0 -device virtio-net-pci,netdev=n0,mac=52:54:00:99:00:01 -netdev hubport,hubid=0,id=n1 -device virtio-net-pci,netdev=n1,mac=52:54:00:99:00:02" --timeout 900
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../cases.sh"
have ethtool

SOME=200 # us: nothing that is injected is as short
[ -z "$IN_LAB" ] || SOME=5000
[ -z "$IN_LAB" ] || modprobe -a veth virtio_net 2>/dev/null
cp "$TRAFFIC" "$T/later" # by that name the delays know it

# messages PROTO [SENDER OPTION...]: 40 of them
messages() {
	port=$((port + 1))
	server s $port "$1" --count 40
	client c $port 4 "$1" --count 40 --every 3ms "${@:2}"
	wait_end c || fail "client" "$(<"$T/c.err")"
	wait_end s || fail "server" "$(<"$T/s.err")"
}

net_up || { fail "namespaces"; done_testing; }

# attached NAME: the programs of NAME in the order in which they were attached, on one line, each between two blanks
attached() {
	awk 'FNR == 1 { link = 0 } $1 == "link_id:" { link = $2 } $1 == "prog_id:" && link { print link, $2 }' "/proc/${PID[$1]}"/fdinfo/* |
		sort -n | while read -r _ id; do bpftool -j prog show id "$id" | sed 's/.*"name":"\([^"]*\)".*/ \1 /'; done | tr -d '\n'
}
# end_first NAME PROGRAM BEGIN: an end that were attached after its beginning could be missed, and the beginning be remembered
end_first() { [[ "$(attached "$1") " == *" $2 "*" $3 "* ]]; }

if command -v bpftool >/dev/null; then
	measure trace trace --dir rx --stages pre
	ok "the exit of handlers is attached before their entry" end_first trace ns_irq_end ns_irq
	ok "the exit of softirqs is attached before their entry" end_first trace ns_softirq_end ns_softirq
	stop trace
	start softirq "$NETSTRATA" softirq --json
	wait_line softirq '"type":"softirq_start"'
	ok "softirq: the exit of handlers is attached before their entry" end_first softirq ns_irq_exit ns_irq_entry
	ok "softirq: the exit of softirqs is attached before their entry" end_first softirq ns_softirq_exit ns_softirq_entry
	stop softirq
else
	skip "the order in which programs are attached" "no bpftool"
fi

# How often the kernel's own thread for softirqs ran: it may take over, and so many packets may say so.
ksoftirqd_ran() {
	local p
	for p in $(pgrep -x 'ksoftirqd/[0-9]+'); do cat "/proc/$p/status"; done | awk '/ctxt_switches/ { n += $2 } END { print n + 0 }'
}

# Stages that are left out are no points, and the total begins later.
begin --stages sched
messages tcp
said "--stages sched" n:40 none:napi none:softirq_wait none:stack all:application no:no_irq
judge "some stages"

begin --stages pre,sched
for proto in tcp udp; do
	ran=$(ksoftirqd_ran)
	messages $proto
	said "$proto over veth" n:40 all:softirq_wait all:napi none:irq all:no_irq \
		quiet:softirq_wait:$SOME quiet:napi:$SOME upto:ksoftirqd:$(($(ksoftirqd_ran) - ran))
done

# netstrata first: then its stamps come before the delays
start delay "$TREE/tests/attach.py" "$TREE/build/tests/delay.bpf.o"
if wait_line delay attached; then
	TRAFFIC=$T/later messages udp
	stop delay TERM || fail "delay" "$(<"$T/delay.err")"
	said "300 us until the softirq, 200 us in it" n:40 holds:softirq_wait:300 holds:napi:200
else
	fail "delays attach" "$(<"$T/delay.err")"
fi

# RPS: to another CPU, by a call between CPUs
if [ "$(nproc)" -gt 1 ] && ip netns exec "$NS_B" sh -c 'echo 2 >/sys/class/net/vb/queues/rx-0/rps_cpus'; then
	messages udp --cpu 0
	said "RPS" n:40 most:softirq_wait all:napi none:irq
	ip netns exec "$NS_B" sh -c 'echo 0 >/sys/class/net/vb/queues/rx-0/rps_cpus'
else
	skip "RPS" "needs two CPUs (rps.t has them in a guest)"
fi

# Threaded NAPI (5.12): veth polls by NAPI what GRO can do something with: a sender's without TSO
ip netns exec "$NS_A" ethtool -K va tso off gso off >/dev/null 2>&1
if ip netns exec "$NS_B" sh -c 'ethtool -K vb gro on && echo 1 >/sys/class/net/vb/threaded' 2>"$T/threaded.err"; then
	messages tcp # what is polled while this is switched on is not looked at
	messages tcp
	# on a CPU that has run no NET_RX since the start it is not known what came before, for a second
	said "threaded NAPI" n:40 most:threaded_napi none:irq none:softirq_wait none:napi all:transport
	judge "veth"
	# With both ends so, there is no NET_RX at all (unless others have it).
	in_a ethtool -K va gro on
	in_b ethtool -K vb tso off gso off >/dev/null 2>&1
	ip netns exec "$NS_A" sh -c 'echo 1 >/sys/class/net/va/threaded' || fail "the other end"
	begin --stages pre,sched
	messages tcp --every 100ms
	said "threaded NAPI and nothing else" n:40 most:threaded_napi none:napi all:transport
	ip netns exec "$NS_A" sh -c 'echo 0 >/sys/class/net/va/threaded; ethtool -K va gro off'
	ip netns exec "$NS_B" sh -c 'echo 0 >/sys/class/net/vb/threaded; ethtool -K vb gro off'
else
	skip "threaded NAPI" "not on this kernel: $(tail -1 "$T/threaded.err")"
fi
judge "threaded NAPI"

if [ -z "$IN_LAB" ]; then
	skip "virtio-net: interrupts, busy polling" "in the lab only"
	done_testing
fi

# ---- virtio-net: two of them, on one hub ---------------------------------------------------------
nic() { basename "$(dirname "$(grep -il "$1" /sys/class/net/*/address)")"; }
a=$(nic 52:54:00:99:00:01) b=$(nic 52:54:00:99:00:02)
ip -n "$NS_A" link del va
ip link set "$a" netns "$NS_A" && ip link set "$b" netns "$NS_B" &&
	ip -n "$NS_A" addr add 10.99.0.1/24 dev "$a" && ip -n "$NS_B" addr add 10.99.0.2/24 dev "$b" &&
	ip -n "$NS_A" link set "$a" up && ip -n "$NS_B" link set "$b" up || fail "virtio-net"
begin --stages pre,sched
messages udp
said "virtio-net" n:40 most:irq most:softirq_wait all:napi quiet:irq:$SOME
messages tcp
said "virtio-net, TCP" most:irq most:softirq_wait all:napi
# What is not asked for has passed a backlog all the same, and the memory of these is used again.
start flood nsenter --net="/run/netns/$NS_A" "$TRAFFIC" send -4 udp --unconnected --to 127.0.0.1 --port 9 --count 1000
wait_end flood || fail "flood" "$(<"$T/flood.err")"
pause 0.1
messages udp
said "virtio-net after a flood that is not asked for" n:40 under:softirq_wait:50000 most:irq
# RPS, be it to the same CPU: the interrupt that led to the softirq need not be the packet's.
ip netns exec "$NS_B" sh -c "echo 1 >/sys/class/net/$b/queues/rx-0/rps_cpus"
messages udp
said "virtio-net with RPS" n:40 none:irq all:no_irq all:napi
ip netns exec "$NS_B" sh -c "echo 0 >/sys/class/net/$b/queues/rx-0/rps_cpus"
# A guest of one CPU: the interrupt would always be first, so it is put off (5.8).
echo 100000 >/proc/sys/net/core/busy_read
ip netns exec "$NS_B" sh -c "cd /sys/class/net/$b; echo 1000 >napi_defer_hard_irqs; echo 50000000 >gro_flush_timeout"
messages udp
echo 0 >/proc/sys/net/core/busy_read
# What a reader polls for has no softirq before it, so no stage either; what an interrupt brought has.
said "busy polling" n:40 some:busy_poll without:busy_poll:irq,softirq_wait,napi,raise,softirq all:transport
judge "the rest"
done_testing
