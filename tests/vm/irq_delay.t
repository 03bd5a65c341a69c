#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# An interrupt of another device comes between the raise of NET_RX and its softirq, and its handler takes 4 ms:
# that is `softirq_wait` of each packet and no other stage; trace --blame and netstrata softirq name the interrupt.
# kernels: 5.10 7.x
# lab: --icount --qemu "-netdev hubport,hubid=0,id=n0 -device virtio-net-pci,netdev=n0,mac=52:54:00:99:00:01 -netdev hubport,hubid=0,id=n1 -device virtio-net-pci,netdev=n1,mac=52:54:00:99:00:02 -netdev hubport,hubid=0,id=n2 -device virtio-net-pci,netdev=n2,mac=52:54:00:99:00:03" --timeout 900
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../cases.sh"
need vm
have python3

# Three cards on one cable. What the first one sends goes to the second; the neighbour takes in everything on that
# cable (promiscuous), so its interrupt comes at the very moment of the second one's, and is served after it if its
# vector is lower: after the handler that raises NET_RX, before the softirq, where interrupts are enabled first.
modprobe virtio_net 2>/dev/null
nic() { basename "$(dirname "$(grep -il "$1" /sys/class/net/*/address)")"; }
input() { # NIC: the name of its input queue's interrupt, and its number
	local device
	device=$(basename "$(readlink -f "/sys/class/net/$1/device")")
	sed -nE "s/^ *([0-9]*):.* ($device-input\.0)\$/\2 \1/p" /proc/interrupts
}
a=$(nic 52:54:00:99:00:01) neighbour=$(nic 52:54:00:99:00:02) b=$(nic 52:54:00:99:00:03)
read -r name irq < <(input "$neighbour")
read -r name_b irq_b < <(input "$b")
ip netns add "$NS_A" && ip netns add "$NS_B" && ip netns add "$NS_C" || fail "namespaces"
trap 'ip netns del "$NS_C"; cleanup' EXIT
place() { # NIC NETNS [ADDRESS]: nothing on the cable but what the test sends
	ip link set "$1" netns "$2" && ip netns exec "$2" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6' &&
		ip -n "$2" link set "$1" up ${3:+promisc on} || fail "$1 in its namespace"
}
place "$a" "$NS_A" && ip -n "$NS_A" addr add 10.99.0.1/24 dev "$a"
place "$b" "$NS_B" && ip -n "$NS_B" addr add 10.99.0.2/24 dev "$b"
place "$neighbour" "$NS_C" promiscuous

SOME=2000 # us, in an emulated guest: half of what is injected
messages() {
	port=$((port + 1))
	server s $port udp --count 40
	client c $port 4 udp --count 40 --every 10ms
	wait_end c || fail "client" "$(<"$T/c.err")"
	wait_end s || fail "server" "$(<"$T/s.err")"
}

begin --stages sched,pre --blame
start softirq "$NETSTRATA" softirq --json --slower 1ms
wait_line softirq '"type":"softirq_start"' || fail "softirq starts" "$(<"$T/softirq.err")"
messages
said "without a delay" n:40 most:irq quiet:irq:$SOME quiet:softirq_wait:$SOME quiet:napi:$SOME
delayed() { # NAME NUMBER: the handler of that interrupt takes 4 ms longer
	start delay "$TREE/tests/attach.py" "$TREE/build/tests/delay_irq.bpf.o" "$2"
	wait_line delay attached || fail "a delay in $1, number $2" "$(<"$T/delay.err")"
	messages
	stop delay TERM || fail "delay" "$(<"$T/delay.err")"
}
delayed "$name" "$irq"
said "4 ms in $name" n:40 most:irq holds:softirq_wait:4000 "blames:softirq_wait:$name" quiet:irq:$SOME quiet:napi:$SOME \
	quiet:transport:$SOME quiet:wakeup:$SOME quiet:runqueue:$SOME quiet:application:$SOME
ok "softirq ends well" stop softirq
# The same in its own interrupt, before the handler raises NET_RX: then it is no wait for the softirq.
delayed "$name_b" "$irq_b"
said "4 ms in its own interrupt, $name_b" n:40 most:irq holds:irq:4000 because:irq quiet:softirq_wait:$SOME quiet:napi:$SOME \
	quiet:transport:$SOME quiet:application:$SOME
judge "a neighbour's interrupt"
mine="next(d for d in delayers if (d.vec, d.kind, d.name) == ('net_rx', 'irq', '$name'))"
tap_from "$TREE/tests/softirq.py" "$T/softirq.out" \
	"softirq names it, too" "$mine.id == $irq" \
	"for that many delays (packets can come together)" "28 <= $mine.n <= 44" \
	"and as long ones" "3.95e6 <= $mine.sum_ns / $mine.n <= 4.4e6" \
	"nobody delayed more of them" "all(d.n <= $mine.n for d in delayers if d.vec == 'net_rx' and d.sum_ns >= 2e6 * d.n)"
done_testing
