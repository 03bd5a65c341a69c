#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# netstrata irq against /proc/interrupts, with two network cards of the guest on one cable: one here, one in
# another network namespace. Its interrupt is moved from one CPU to the other meanwhile.
# kernels: 5.10 7.x
# lab: --cpus 2 --qemu '-netdev hubport,hubid=0,id=n0 -device virtio-net-pci,netdev=n0 -netdev hubport,hubid=0,id=n1 -device virtio-net-pci,netdev=n1'
. "$(dirname "$0")/../lib.sh"
need root netns vm
have python3 ping ethtool

ip netns add "$NS_B"
modprobe virtio_net
ip link set eth1 netns "$NS_B" || fail "two network cards" "$(ip -br link)"
ip addr add 10.98.0.1/24 dev eth0 && ip link set eth0 up
ip -n "$NS_B" addr add 10.98.0.2/24 dev eth1 && ip -n "$NS_B" link set eth1 up
ping -c 2 -i 0.2 10.98.0.2 >/dev/null || fail "the cable"

fits() { "$TREE/tests/cli/check-schema.py" <"$1" >/dev/null; }

# the input queue of eth0: its interrupt and the kernel's count of it
device=$(basename "$(readlink -f /sys/class/net/eth0/device)")
read -r irq name < <(sed -nE "s/^ *([0-9]*):.* ($device(-input\.0)?)\$/\1 \2/p" /proc/interrupts) # without MSI-X there is one for all
count() { awk -v irq="$irq:" '$1 == irq { n = 0; for (i = 2; $i ~ /^[0-9]+$/; i++) n += $i; print n }' /proc/interrupts; }
diag "eth0 is $device, its input queue has interrupt $irq, $name"

move() { echo "$1" >"/proc/irq/$irq/smp_affinity_list" && affinity=$1; }
pings() {
	ping -c 100 -i 0.01 10.98.0.2 >"$T/ping" || fail "ping" "$(tail -2 "$T/ping")"
}
count_on() { awk -v irq="$irq:" -v cpu="$1" '$1 == irq { print $(cpu + 2) }' /proc/interrupts; }
move 0
pings # an interrupt moves when the next one comes
cpu0=$(count_on 0) cpu1=$(count_on 1)
before=$(count)
start s "$NETSTRATA" irq --json
wait_line s '"type":"softirq_start"'
begun=$(count)
pings
move 1
pings
pings
ended=$(count)
stop s
after=$(count)
cpu0=$(($(count_on 0) - cpu0)) cpu1=$(($(count_on 1) - cpu1))
on() { echo "next((c.n for c in $mine.cpus if c.cpu == $1), 0)"; }
told() { ethtool -c eth0 2>/dev/null | sed -n "s/^$1: \([0-9]*\).*/\1/p"; }
rx_usecs=$(told rx-usecs) tx_frames=$(told tx-frames)
diag "on CPU 0 and 1 by the kernel: $cpu0, $cpu1; coalescing by ethtool: rx ${rx_usecs:-not told} us, tx ${tx_frames:-not told} frames"
mine="line($irq)"
tap_from "$TREE/tests/softirq.py" "$T/s.out" \
	"as often as the kernel counts ($((ended - begun)) to $((after - before)))" "$((ended - begun)) <= $mine.handler.n <= $((after - before))" \
	"most answers have one of their own (under load some share it)" "$mine.handler.n >= 150" \
	"on its first CPU as often as the kernel counts" "0 < $(on 0) <= $cpu0" \
	"on the one that it moved to, too" "50 <= $(on 1) <= $cpu1" \
	"nowhere else" "$(on 0) + $(on 1) == $mine.handler.n" \
	"by its name and device" "$mine.name == '$name' and $mine.dev == 'eth0'" \
	"the parts of the CPUs add up" "sum(c.n for c in $mine.cpus) == $mine.handler.n and sum(c.sum_ns for c in $mine.cpus) == $mine.handler.sum_ns" \
	"what it raised is what its CPUs say" "sum(c.raised for c in $mine.cpus) == $mine.to_raise.n" \
	"one of the two cards raises NET_RX each time (from 6.4 on not while it runs)" "sum(x.to_raise.n for x in irqs) >= 150" \
	"NET_RX follows, once for those that come together" "all(x.entry.n <= x.to_raise.n for x in irqs) and sum(x.entry.n for x in irqs) >= 150" \
	"the raise is in the handler" "$mine.to_raise.max_ns <= $mine.handler.max_ns" \
	"where it may be" "$mine.affinity == '$(<"/proc/irq/$irq/smp_affinity_list")'" \
	"where it is" "$mine.effective_affinity == '$(<"/proc/irq/$irq/effective_affinity_list")'" \
	"which has moved" "$mine.affinity == $mine.effective_affinity == '$affinity'" \
	"coalescing as ethtool has it, where it has" "$mine.coalescing.rx_usecs == ${rx_usecs:-0} and $mine.coalescing.tx_frames == ${tx_frames:-0}" \
	"its lines together" "sum(x.handler.n for x in irqs if x.dev == 'eth0') == device('eth0').handler.n and $irq in device('eth0').irqs" \
	"on each CPU" "sum(c.n for c in device('eth0').cpus) == device('eth0').handler.n" \
	"with the same coalescing" "device('eth0').coalescing == $mine.coalescing" \
	"the other card raises NET_RX too, but its device is not of this namespace" \
	"any(x.dev is None and x.name.startswith('virtio') and x.to_raise.n >= 90 for x in irqs)" \
	"what is not the network's is left out" "all(x.dev or x.to_raise.n for x in irqs)"
ok "JSON as the schema says" fits "$T/s.out"
"$NETSTRATA" irq --duration 200ms >"$T/text"
ok "as text" grep -q "^irq $irq $name of eth0" "$T/text"
done_testing
