#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# RPS from one CPU to another (prestack.t in a guest has one CPU): by veth, and from a card whose interrupts are on the
# first one. The packet's way begins with the raise on the CPU that it was passed on to, and has no interrupt.
# kernels: 6.1 7.x
# lab: --cpus 2 --qemu "-netdev hubport,hubid=0,id=n0 -device virtio-net-pci,netdev=n0,mac=52:54:00:99:00:01 -netdev hubport,hubid=0,id=n1 -device virtio-net-pci,netdev=n1,mac=52:54:00:99:00:02" --timeout 900
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../cases.sh"
need vm

modprobe -a veth virtio_net 2>/dev/null
net_up || { fail "namespaces"; done_testing; }
SOME=50000 # us: the clock is not the lab's own, and the host has other work

passed_on() { # NAME DEV CPUS [CONDITION...]: 60 datagrams, sent on the first CPU
	ip netns exec "$NS_B" sh -c "echo $3 >/sys/class/net/$2/queues/rx-0/rps_cpus" || fail "$1: RPS"
	port=$((port + 1))
	server s $port udp --count 60 --cpu 1
	client c $port 4 udp --count 60 --every 3ms --cpu 0
	wait_end c || fail "$1: client" "$(<"$T/c.err")"
	wait_end s || fail "$1: server" "$(<"$T/s.err")"
	said "$1" n:60 all:napi none:irq all:no_irq quiet:softirq_wait:$SOME quiet:napi:$SOME "${@:4}"
}

begin --stages pre
passed_on "veth, no RPS" vb 0 on:0
passed_on "veth, to the other CPU" vb 2 on:1 most:softirq_wait

nic() { basename "$(dirname "$(grep -il "$1" /sys/class/net/*/address)")"; }
a=$(nic 52:54:00:99:00:01) b=$(nic 52:54:00:99:00:02)
device=$(basename "$(readlink -f "/sys/class/net/$b/device")")
irq=$(sed -nE "s/^ *([0-9]*):.* $device-input\.0$/\1/p" /proc/interrupts)
echo 1 >"/proc/irq/$irq/smp_affinity" || fail "the interrupt's CPU"
ip -n "$NS_A" link del va
ip link set "$a" netns "$NS_A" && ip link set "$b" netns "$NS_B" &&
	ip -n "$NS_A" addr add 10.99.0.1/24 dev "$a" && ip -n "$NS_B" addr add 10.99.0.2/24 dev "$b" &&
	ip -n "$NS_A" link set "$a" up && ip -n "$NS_B" link set "$b" up || fail "virtio-net"
passed_on "a card, to the other CPU" "$b" 2 on:1 most:softirq_wait
judge "RPS"
done_testing
