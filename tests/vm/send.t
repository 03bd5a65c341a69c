#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Senders are held back in every way there is; each wait must stand in the right stage, with the right
# cause, and in no other. `stat` and `trace` measure the same traffic at the same time; tests/send.py
# holds their lines against each case. Runs natively and in a guest of the lab:
#   lab/run --icount --kernel 6.1 --timeout 900 -- prove tests/vm/send.t
# The deterministic clock keeps the load of the host out of the guest's (scripts/vm-test reads this):
# Two virtio-net devices on one hub; what is in a ring is sent every 20 ms, so that it fills up, and the kernel puts
# packets back.
# lab: --icount --qemu "-netdev hubport,hubid=0,id=n0 -device virtio-net-pci,netdev=n0,mac=52:54:00:99:00:01,tx=timer,x-txtimer=20000000 -netdev hubport,hubid=0,id=n1 -device virtio-net-pci,netdev=n1,mac=52:54:00:99:00:02" --timeout 1500
# HOOKS=fentry: which hooks netstrata may use. ONLY=sockets: run one group only.
[ -z "${NETSTRATA_IN_LAB:-}" ] || modprobe -a veth virtio_net 2>/dev/null
. "$(dirname "$0")/../lib.sh"
CHECK=send.py OPTIONS=() ONE_SESSION=$IN_LAB
. "$(dirname "$0")/../cases.sh"

sockets() {
	local hops p f
	hops=$(netns_of "$NS_B")/$(index_of "$NS_B" vb)
	# Connections that exist before the start.
	for p in tcp udp; do
		server old$p 7199 -4 $p --count 25
		client oldc$p 7199 4 $p --go --ahead 5 --count 20 --every 2ms
		wait_line oldc$p ready
	done
	group "held in the socket" || return
	for p in tcp udp; do
		go oldc$p
		wait_end oldc$p || fail "client of the old connection" "$(<"$T/oldc$p.err")"
		wait_end old$p || fail "server of the old connection" "$(<"$T/old$p.err")"
		echo "port=7199 proto=$p n=20 bytes=2000 quiet=all only=none name=connected before the start ($p)" >>"$cases"
	done
	all "--echo --count 50" "--echo --count 50 CALLS" \
		"n=50 bytes=5000 len=100 quiet=all only=none CALLS join=50 hops=$hops" "prompt sends"
	tcp "--echo --size 100 --pieces 100 --quickack off" "--write-write-read --size 100 --count 20 CALLS" \
		"n=40 len=50 pick=nagle held=15:20 hold=socket:36:49 cause=nagle:36:49 conn=nagle:packets only=nagle CALLS quiet=rest" \
		"Nagle's algorithm against delayed ACKs"
	tcp "--echo --size 100 --pieces 100" "--cork-hold 100ms --pieces 20 --count 5 --echo" \
		"n=5 len=100 hold=socket:100 cause=cork:100 conn=cork:packets only=cork quiet=rest" "TCP_CORK for 100 ms"
	tcp "--echo" "--cork-leave --echo --count 5" \
		"n=5 len=100 hold=socket:198:240 cause=cork:198:240 only=cork quiet=rest" "TCP_CORK left to its timer"
	tcp "--echo --size 100 --pieces 100" "--more --pieces 50 --gap 30ms --count 10 --echo" \
		"min=10 bytes=1000 hold=socket:30 cause=msg_more:30 conn=msg_more:packets only=msg_more quiet=rest" "MSG_MORE"
	for f in 4 6; do
		flow udp $f "--echo --count 5" "--cork-hold 20ms --pieces 20 --count 5 --echo" \
			"n=5 len=100 hold=socket:20 cause=cork:20 conn=cork:packets only=cork quiet=rest" "UDP_CORK"
		flow udp $f "--count 20" "--unconnected --count 20 --every 1ms CALLS" "n=20 bytes=2000 quiet=all CALLS" "unconnected"
		flow udp $f "--echo --count 5" "--cork-hold 20ms --count 5 --echo" \
			"n=5 len=100 hold=socket:20 cause=cork:20 conn=cork:packets only=cork quiet=rest" "UDP_CORK of a single call"
		flow udp $f "--echo --count 5" "--more --pieces 50 --gap 10ms --count 5 --echo" \
			"n=5 len=100 hold=socket:10 cause=cork:10 conn=cork:packets only=cork quiet=rest" "MSG_MORE"
	done
	# The first ten segments are not paced, and one that is sent late shortens the time to the next (by half at most).
	# Few of them: an emulated guest takes its time to send one, which is `other`.
	tcp "--size 65536" "--pacing 250000 --sndbuf 400000 --size 50000" \
		"bytes=50000 hold=socket:50:200@0.5 conn=pacing:95:215 whole=pacing only=pacing" "SO_MAX_PACING_RATE without fq"
	# Until the reader goes on; or, if its window update is late, until the next probe.
	tcp "--size 65536 --rcvbuf 20000 --stall 300ms" "--size 100000 --sndbuf 400000" \
		"bytes=100000 conn=rwnd+zero_window:280:1500,zero_window:100:1400,other:0:20 whole=rwnd+zero_window only=rwnd,zero_window" "a receiver that stops reading"
	# What waits is in the application, not in the socket: the reader stalls, and each call takes what there is room for.
	tcp "--size 65536 --rcvbuf 20000 --stall 300ms" "--nonblock poll --size 900000 --sndbuf 20000 CALLS" \
		"bytes=900000 CALLS refused=2:INFO only=rwnd,zero_window" "calls that do not wait, and poll"
	tcp "--size 65536 --rcvbuf 20000 --stall 300ms" "--nonblock spin --size 300000 --sndbuf 20000 CALLS" \
		"bytes=300000 CALLS refused=20:INFO only=rwnd,zero_window" "calls that do not wait, again and again"
	tcp "--size 65536 --rcvbuf 20000 --stall 350ms" "--nonblock spin --gap 100ms --size 100000 --sndbuf 20000 CALLS" \
		"bytes=100000 CALLS only=rwnd,zero_window" "calls that do not wait, and come back later"
	tcp "--size 65536" "--zerocopy --size 100000 --count 8" "bytes=800000 quiet=transport,ip,qdisc,driver" "MSG_ZEROCOPY"
	tcp "--size 65536" "--sendfile --size 100000 --count 8 --every 5ms" "bytes=800000 quiet=all" "sendfile"
	tcp "--size 65536" "--splice --size 60000 --count 8" "bytes=480000 quiet=all" "spliced from a pipe"
	tcp "--size 65536" "--size 1048576 --count 4" "bytes=4194304 quiet=transport,ip,qdisc,driver" "sends of 1 MiB"
	flow tcp 4 "" "--count 5 --abort" "n=5 bytes=500" "closed by RST"
	# What finds the first empty goes past it; all go into the second, and wait for nothing.
	empty() { # KIND "ROWS" NAME: the rows are those of both families
		local f
		qdisc "$1" || { no_qdisc "$1" "$3"; return; }
		for f in 4 6; do
			drain
			flow udp $f "--count 20" "--count 20 --every 2ms" "n=20 quiet=all $2" "$3"
		done
	}
	empty pfifo "rows=pfifo:0:40" "past an empty qdisc"
	empty prio "qdisc=prio rows=prio:40:0" "through an empty qdisc"
	qdisc off
	group_end
}

networks() {
	if ! qdisc netem delay 10ms limit 10000; then
		no_qdisc netem "delay in the qdisc" "congestion window" "receiver's window" "small send buffer" \
			"several sends in one segment" "more sends than are followed" "loss" "closed before the ACK"
		return
	fi
	group "the network" || return
	all "--echo --count 30" "--echo --count 30" "n=30 len=100 hold=qdisc:10 qdisc=netem quiet=rest only=none join=30" \
		"netem delay 10 ms"
	qdisc netem delay 20ms limit 10000
	# The first of each burst leaves at once, the other nine as one when its ACK is there.
	tcp "--quickack on" "--nodelay off --burst 10 --count 50 --every 150ms" \
		"n=10 bytes=5000 pick=nagle held=5:5 hold=socket:20 cause=nagle:20 only=nagle" "ten sends, two segments"
	tcp "--size 65536 --rcvbuf 20000" "--size 200000 --sndbuf 400000 --info" \
		"bytes=200000 conn=rwnd:100:1500,zero_window:0:10,other:0:20 only=rwnd,zero_window limits=INFO" "the receiver's window"
	ip -n "$NS_A" link set va gso_max_segs 1
	tcp "--size 65536" "--size 200000 --sndbuf 20000 --pacing 10000000" \
		"bytes=200000 conn=sndbuf:100:400,other:0:20 only=sndbuf,pacing" "a small send buffer"
	ip -n "$NS_A" link set va gso_max_segs 65535
	flow tcp 4 "" "--count 5 --abort" "n=5 bytes=500" "closed before the ACK"
	# Uncorked while the first is not acknowledged: then Nagle's algorithm holds it.
	tcp "--quickack on" "--nodelay off --cork-hold 2ms --count 2" \
		"n=2 len=100 pick=nagle held=1:1 hold=socket:20 cause=nagle:20 only=nagle,cork" "uncorked, and held by Nagle's algorithm"
	qdisc netem delay 50ms limit 10000
	window 10
	# 10, 20 and 39 segments, an RTT after each other; or a few left for the next.
	tcp "--size 65536" "--size 100000 --sndbuf 400000 --info" \
		"bytes=100000 conn=cwnd:97:165 only=cwnd hold=qdisc:50" "the congestion window"
	# The first send leaves at once. Of the others 16 are followed, which end in the second of two full
	# segments; the rest is sent by calls that found no room.
	window 1
	ip -n "$NS_A" link set va gso_max_segs 1
	tcp "--size 65536" "--burst 40 --count 40 --info" "n=3 bytes=4000 missed=1:INFO" "more sends than are followed"
	window 200
	qdisc netem loss 10% limit 10000
	tcp "" "--count 100 --every 20ms --info" "bytes=10000 missed=0:INFO retrans=INFO" "loss on the way out"
	# More segments are out than can be followed.
	tcp "--size 65536" "--size 100000 --sndbuf 400000 --info" "bytes=100000 missed=0:INFO retrans=INFO" "loss in a burst"
	ip -n "$NS_A" link set va gso_max_segs 65535
	qdisc off
	group_end lost=unacked:5
}

queues() {
	local p f
	# A small queue is one of 20 kB here, and the qdisc does not cut large segments into packets of its own.
	in_a sh -c 'echo 20000 >/proc/sys/net/ipv4/tcp_limit_output_bytes'
	ip -n "$NS_A" link set va gso_max_segs 1
	qdisc tbf rate 8mbit burst 3000 limit 1000000 || { no_qdisc tbf "slow qdisc"; return; }
	group "the queue" || return
	# A byte takes 1 us: the last of 30 datagrams waits for all but the bucket's 3000 bytes.
	for f in 4 6; do
		flow udp $f "--count 30 --size 2000 READS" "--size 1000 --burst 30 --count 30 CALLS" \
			"n=30 len=1000 drain=27@CALLS@READS backlog=yes hold=qdisc:15:29@1 qdisc=tbf quiet=socket,transport,ip,driver" "a slow qdisc"
		drain
		# The buffer has room for a few: of each half of it that drains, one call waits.
		flow udp $f "--count 40 --size 2000" "--size 1000 --burst 40 --count 40 --sndbuf 10000 CALLS" \
			"n=40 len=1000 pick=sndbuf held=4:20 hold=socket:2:8@0.5 cause=sndbuf:2:8@0.5 blocked=4@CALLS conn=sndbuf:packets only=sndbuf quiet=transport,ip,driver" \
			"a small send buffer"
		flow tcp $f "--size 65536" "--size 200000 --sndbuf 400000" \
			"min=10 hold=qdisc:1:20@0.5 qdisc=tbf pick=tsq conn=tsq:150:220 only=tsq" "a slow qdisc, and small queues behind it"
	done
	drain
	# The qdisc cuts large segments into packets of its own: the first of them is `driver`, the last `handed`.
	ip -n "$NS_A" link set va gso_max_segs 65535
	tcp "--size 65536" "--size 100000 --sndbuf 400000" "bytes=100000 qdisc=tbf hold=driver:20:60@0.9 quiet=transport,ip" "segments that the qdisc cuts"
	ip -n "$NS_A" link set va gso_max_segs 1
	# The bucket is empty after two pieces. The third waits in the queue, and the fourth for the third.
	qdisc tbf rate 100kbit burst 1600 limit 100000
	in_a sh -c 'echo 1 >/proc/sys/net/ipv4/tcp_autocorking'
	tcp "--echo --size 2800 --pieces 2800" "--size 2800 --pieces 700 --echo --count 3" \
		"min=6 bytes=8400 pick=autocork hold=socket:50:130@0.95 conn=autocork:50:300,other:0:10 only=autocork" "autocork"
	in_a sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_autocorking'
	drain
	# A dozen datagrams find room.
	for f in 4 6; do
		drain
		qdisc tbf rate 1mbit burst 2000 limit 12000
		flow udp $f "--size 2000" "--size 1000 --burst 50 --count 50" "n=50 len=1000 dropped=DROPPED@qdisc:QDISC_" "a full qdisc"
		sed -i "s/dropped=DROPPED/dropped=$(dropped)/" "$cases"
	done
	drain
	if qdisc fq_codel; then
		for f in 4 6; do
			flow udp $f "--count 64" "--burst 64 --count 64" "n=64 bytes=6400 bypassed=fq_codel quiet=all" "a burst that fq_codel hands on"
		done
	else
		no_qdisc fq_codel "fq_codel"
	fi
	if qdisc fq; then
		tcp "--size 65536" "--pacing 1000000 --sndbuf 400000 --size 200000" \
			"bytes=200000 qdisc=fq hold=qdisc:1:8@0.5 edt=1:8@0.5 conn=tsq:100:215 only=tsq,pacing" "SO_MAX_PACING_RATE with fq"
		tcp "--echo --size 1000" "--pacing 100000 --size 1000 --count 30 --echo" "n=30 qdisc=fq hold=qdisc:7:12@0.6 quiet=socket,transport,ip,driver" "paced by fq"
	else
		no_qdisc fq "pacing with fq"
	fi
	qdisc off
	many_queues
	lost_segments
	if [ -e /sys/bus/virtio/drivers/virtio_net ]; then full_ring; else skip "a full ring: requeues" "no virtio-net here" vm; fi
	group_end
}

# pair A B NET: device A of $NS_A and B of $NS_B, 10.NET.0.1 and .2, with nothing but the test's own packets.
pair() {
	local ns dev n=1
	for ns in "$NS_A" "$NS_B"; do
		dev=$1
		[ $n = 1 ] || dev=$2
		nsenter --net="/run/netns/$ns" sh -c "echo 1 >/proc/sys/net/ipv6/conf/$dev/disable_ipv6" &&
			ip -n "$ns" addr add 10.$3.0.$n/24 dev "$dev" && ip -n "$ns" link set dev "$dev" up || return
		n=2
	done
	ip -n "$NS_A" neigh replace 10.$3.0.2 dev "$1" nud permanent lladdr "$(mac_of "$NS_B" "$2")" &&
		ip -n "$NS_B" neigh replace 10.$3.0.1 dev "$2" nud permanent lladdr "$(mac_of "$NS_A" "$1")"
}
mac_of() { ip -n "$1" -o link show "$2" | sed 's/.*ether \([^ ]*\).*/\1/'; }
bursts() { # NET COUNT [N [OPTION...]]: clients in turn, N (20) datagrams at once from each, to $port
	local i
	for ((i = 0; i < $2; i++)); do
		start c nsenter --net="/run/netns/$NS_A" "$TRAFFIC" send --timeout $((LIMIT + 10)) udp \
			--to 10.$1.0.2 --port $port --size 1000 --burst ${3:-20} --count ${3:-20} ${4:-}
		wait_end c || fail "burst" "$(<"$T/c.err")"
	done
}
witness() { # DEVICE PROTO "EXPECTATION" NAME: what tc says of the device of $NS_A, and the case
	tc -n "$NS_A" -s -j qdisc show dev "$1" >"$T/tc$port"
	echo "port=$port proto=$2 tc=$T/tc$port@$(netns_of "$NS_A")/$(index_of "$NS_A" "$1") $3 name=$4" >>"$cases"
}

# A device with two queues, and a queueing discipline on each.
many_queues() {
	port=$((port + 1))
	ip -n "$NS_A" link add numtxqueues 2 name mqa type veth peer name mqb netns "$NS_B" && pair mqa mqb 97 &&
		tc -n "$NS_A" qdisc add dev mqa root handle 1: mq &&
		tc -n "$NS_A" qdisc add dev mqa parent 1:1 handle 11: tbf rate 8mbit burst 1600 limit 15000 &&
		tc -n "$NS_A" qdisc add dev mqa parent 1:2 handle 12: bfifo || { fail "a device with two queues"; return; }
	server s $port -4 udp
	bursts 97 16
	pause 0.1
	stop s TERM
	witness mqa udp "min=20 parts=tbf:3:30" "two queues"
}

# Segments that do not find room, some of them more than once.
lost_segments() {
	port=$((port + 1))
	ip -n "$NS_A" link add name qda type veth peer name qdb netns "$NS_B" && pair qda qdb 95 &&
		ip -n "$NS_A" link set dev qda gso_max_segs 1 &&
		tc -n "$NS_A" qdisc add dev qda root handle 5: tbf rate 1mbit burst 2000 limit 12000 ||
		{ fail "a device for losses"; return; }
	server s $port -4 tcp --size 65536
	start c nsenter --net="/run/netns/$NS_A" "$TRAFFIC" send --timeout $((LIMIT + 10)) tcp \
		--to 10.95.0.2 --port $port --size 60000 --sndbuf 400000
	wait_end c || fail "a client whose segments are dropped" "$(<"$T/c.err")"
	wait_end s
	witness qda tcp "bytes=60000 drops=yes" "segments into a full qdisc"
}

# The driver takes what the ring has room for. Only with BQL (virtio_net: since 6.11) are packets handed to it several at
# once, and those it has no room for put back. A packet at the end tells what was put back last.
full_ring() {
	local dev mac found=() n put_back=
	[[ $(uname -r) =~ ^(5|6\.[0-9]|6\.10)\. ]] || put_back=1
	port=$((port + 1))
	for mac in 52:54:00:99:00:01 52:54:00:99:00:02; do
		for dev in /sys/class/net/*; do
			[ "$(<"$dev/address")" != $mac ] || found+=("${dev##*/}")
		done
	done
	[ ${#found[@]} = 2 ] && ip link set "${found[0]}" down name ra netns "$NS_A" &&
		ip link set "${found[1]}" down name rb netns "$NS_B" && pair ra rb 96 &&
		tc -n "$NS_A" qdisc add dev ra root handle 7: bfifo limit 8000000 || { fail "two virtio-net devices"; return; }
	server s $port -4 udp --rcvbuf 4000000
	for ((n = 1; n <= 3; n++)); do
		bursts 96 1 1000
		pause 0.1
		tc -n "$NS_A" -s qdisc show dev ra | grep -q 'requeues 0' || break
	done
	bursts 96 1 2
	stop s TERM
	witness ra udp "min=1000${put_back:+ requeued=yes}" "a full ring"
}

# Through a bridge in a third namespace; there, segments are lost on their way.
bridge() {
	local hops d p f to
	ip -n "$NS_C" link add br0 type bridge &&
		ip -n "$NS_A" link add wa type veth peer name ca netns "$NS_C" &&
		ip -n "$NS_B" link add wb type veth peer name cb netns "$NS_C" &&
		ip -n "$NS_C" link set ca master br0 && ip -n "$NS_C" link set cb master br0 ||
		{ fail "a bridge"; return; }
	for d in br0 ca cb; do ip -n "$NS_C" link set $d up; done
	ip -n "$NS_A" addr add 10.98.0.1/24 dev wa && ip -n "$NS_B" addr add 10.98.0.2/24 dev wb &&
		ip -n "$NS_A" link set wa up && ip -n "$NS_B" link set wb up || { fail "a bridge"; return; }
	hops=$(netns_of "$NS_C")/$(index_of "$NS_C" ca),$(netns_of "$NS_B")/$(index_of "$NS_B" wb)
	until in_a "$TRAFFIC" send --to 10.98.0.2 --port 9 udp --count 1 2>/dev/null; do pause 0.1; done
	group "over a bridge" || return
	over() { # PROTO "SERVER" "CLIENT" "EXPECTATION" NAME
		port=$((port + 1))
		server s $port -4 "$1" $2 || { fail "$5: server"; return; }
		start c nsenter --net="/run/netns/$NS_A" "$TRAFFIC" send --timeout $((LIMIT + 10)) "$1" --to 10.98.0.2 --port $port $3
		wait_end c || fail "$5: client" "$(<"$T/c.err")"
		wait_end s || fail "$5: server ends" "$(<"$T/s.err")"
		cp "$T/c.out" "$T/c$port.out"
		echo "port=$port proto=$1 ${4//INFO/$T/c$port.out} name=$5 ($1)" >>"$cases"
	}
	for p in tcp udp; do
		over $p "--echo --count 30" "--echo --count 30" "n=30 quiet=all join=30 hops=$hops" "three namespaces"
	done
	# On the loopback device: sender and reader in one namespace.
	for p in tcp udp; do for f in 4 6; do
		port=$((port + 1))
		[ $f = 4 ] && to=127.0.0.1 || to=::1
		server s $port -$f $p --echo --count 30 || fail "lo: server"
		start c nsenter --net="/run/netns/$NS_B" "$TRAFFIC" send --timeout $((LIMIT + 10)) $p -$f --to $to --port $port --echo --count 30
		wait_end c || fail "lo: client" "$(<"$T/c.err")"
		wait_end s
		echo "port=$port proto=$p n=30 quiet=all join=30 hops=$(netns_of "$NS_B")/1 name=over lo ($p, IPv$f)" >>"$cases"
	done; done
	if tc -n "$NS_C" qdisc add dev cb root netem loss 10% limit 10000 2>"$T/tc.err"; then
		ip -n "$NS_A" link set wa gso_max_segs 1
		measure half trace ${HOOKS:+--hooks "$HOOKS"} --netns "/run/netns/$NS_A" --dir tx --sample 1/2 ||
			fail "half starts" "$(<"$T/half.err")"
		over tcp "" "--count 100 --every 20ms --info" "bytes=10000 missed=0:INFO retrans=INFO half=$T/half.out" "loss on the way"
		ok "half ends well" stop half
		# A router with room for 10 packets and a way of 30 ms loses what the window has grown beyond that. At 10 packets
		# a round trip 150000 bytes take ten of them; without a loss they take three.
		tc -n "$NS_C" qdisc change dev cb root netem delay 30ms limit 10
		over tcp "--size 65536" "--size 150000 --sndbuf 400000 --info" \
			"bytes=150000 missed=0:INFO retrans=INFO conn=cwnd:250:6000,other:0:20 only=cwnd whole=cwnd" "a window that losses keep small"
	else
		no_qdisc netem "loss on the way"
	fi
	group_end
}

start_up
for g in sockets networks queues bridge; do
	# A hosted kernel can keep BPF programs from running while a process of the host's is current. A softirq
	# that interrupts such a process then sends packets that no program sees: ftrace does, recursion_misses
	# stays 0, and all hooks miss the same packets. What a timer sends meets that once in some thousand
	# packets, and is left "pending", which this group forbids.
	if [ $g = queues ] && [ -z "${IN_LAB:-}${ONLY:-}" ]; then
		skip "queues" "exact counts need the lab (ONLY=queues runs them here)"
	elif [ "${ONLY:-$g}" = "$g" ]; then
		$g
	fi
done
[ -z "$ONE_SESSION" ] || groups_end
done_testing
