#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Packets are made slow in every way that can be arranged; `trace` must give each the right cause, and
# `stat` must rank it. Runs natively and in a guest of the lab:
#   lab/run --icount --kernel 6.1 --timeout 900 -- prove tests/vm/causes.t
# The deterministic clock keeps the load of the host out of the guest's (scripts/vm-test reads this):
# kernels: natively only, for it takes long (but see causes_networks.t and causes_held.t); EVERY_KERNEL=1 runs it in guests
# lab: --icount --timeout 1800
# HOOKS=fentry: which hooks netstrata may use. ONLY="sockets readers": run these groups only.
. "$(dirname "$0")/../lib.sh"
CHECK=causes.py OPTIONS=()
. "$(dirname "$0")/../cases.sh"

ends() { # what group_end does, and the lines of both runs are as the schema says
	group_end
	if python3 -c 'import jsonschema' 2>/dev/null; then
		ok "$group: the schema has what stat prints" bash -c '"$0" >/dev/null' "$TREE/tests/cli/check-schema.py" <"$T/stat.out"
		ok "$group: and what trace prints" bash -c '"$0" >/dev/null' "$TREE/tests/cli/check-schema.py" <"$T/trace.out"
	else
		skip "$group: the schema" "no python3-jsonschema"
	fi
}
also() { # EXPECTATION NAME: one more of the flow before
	local port proto
	read -r port proto _ < <(tail -1 "$cases")
	echo "$port $proto $1 name=$2" >>"$cases"
}

cgroup_up() { [ -n "$IN_LAB" ] && mkdir "$T/cgroup" && mount -t cgroup2 none "$T/cgroup"; } # a tree of our own
cgroup_down() { umount "$T/cgroup" && rmdir "$T/cgroup"; }

sockets() {
	group "held in the socket" || return
	flow tcp 4 "--echo --size 100 --pieces 100 --quickack off" "--write-write-read --size 100 --count 20" \
		"dir=tx rule=nagle min=14 ns=36:49 text=Nagle_waited_for_an_ACK" "Nagle"
	also "dir=rx rule=sender min=5 ranked=0" "its receiver"
	flow tcp 4 "--echo --size 100 --pieces 100" "--cork-hold 50ms --pieces 20 --count 5 --echo" \
		"dir=tx rule=cork min=4 most=1 ns=48:60" "TCP_CORK"
	flow tcp 6 "--echo --size 100 --pieces 100" "--more --pieces 50 --gap 30ms --count 5 --echo" \
		"dir=tx rule=msg_more min=4 most=1 ns=28:40" "MSG_MORE"
	flow udp 4 "--echo --count 5" "--cork-hold 20ms --pieces 20 --count 5 --echo" \
		"dir=tx rule=udp_cork min=5 most=1 ns=19:30 needs=segment" "UDP_CORK"
	flow tcp 4 "--size 65536" "--pacing 1000000 --sndbuf 400000 --size 200000" \
		"dir=tx rule=pacing min=2 text=TCP_paced_it" "SO_MAX_PACING_RATE without fq"
	flow tcp 4 "--size 65536 --rcvbuf 20000 --stall 300ms" "--size 100000 --sndbuf 400000" \
		"dir=tx rule=rwnd,zero_window min=1 text=receiver" "a receiver that stops reading"
	ends
}

readers() {
	TRACE_OPTIONS=--blame group "readers" || return
	flow tcp 4 "--delay 10ms --rt 10 --echo --count 20" "--echo --count 20" \
		"dir=rx rule=reader_busy min=18 most=1 ns=9:13 text=traffic" "a late reader"
	flow udp 6 "--delay 3ms --rt 10 --echo --count 20" "--echo --count 20" \
		"dir=rx rule=reader_busy min=16 most=1 ns=2:5" "a late reader"
	# on one CPU, so that the reader has begun to wait for it before the second of two is sent
	flow tcp 4 "--cpu 0 --blind --delay 10ms --rt 10 --count 40" "--cpu 0 --count 40 --burst 2 --every 40ms" \
		"dir=rx rule=reader_away min=15 ns=8:14 text=did_not_wait_for_it" "a reader that waits for something else"
	flow tcp 6 "--size 250 --delay 5ms --rt 10 --count 40" "--size 1000 --count 10 --every 100ms" \
		"dir=rx rule=read_in_pieces min=8 ns=14:18 text=in_pieces" "a reader of small pieces"
	flow udp 4 "--rcvbuf 3000 --stall 200ms --size 400" "--size 200 --burst 50 --count 50" \
		"dir=rx rule=drop_rcvbuf,drop min=20 ranked=0 text=dropped_in" "a receive buffer that is full"
	start hog "$TRAFFIC" hog --cpu 0 --rt 50 --run 20ms --period 40ms --total 600s --timeout 900 --stamp "$T/burn"
	wait_line hog ready
	flow tcp 4 "--cpu 0 --rt 10 --count 120" "--cpu $(($(nproc) - 1)) --rt 60 --count 120 --every 3ms" \
		"dir=rx rule=runqueue_blamed,reader_away min=30 most=1" "a hog on the reader's CPU"
	also "dir=rx rule=runqueue_blamed min=3 ns=1:20 text=traffic/${PID[hog]}_held_the_reader's_CPU" "the first packet of each burn"
	stop hog TERM || fail "hog" "$(<"$T/hog.err")"
	ends
}

# What the reader does not do itself: a page that comes late while it holds its socket, and a quota of CPU time that another
# task of its cgroup has used up. The CPU is nobody's then.
held() {
	local cg=$T/cgroup rule
	TRACE_OPTIONS=--blame group "readers that are held" || return
	port=$((port + 1))
	start r nsenter --net="/run/netns/$NS_B" "$TREE/tests/readers.py" locked $port 40
	if wait_line r "ready $port"; then
		client c $port 4 tcp --count 40 --every 8ms
		wait_end c || fail "a locked socket: client" "$(<"$T/c.err")"
		wait_end r || fail "a locked socket: reader" "$(<"$T/r.err")"
		echo "port=$port proto=tcp dir=rx rule=sock_locked min=15 ns=2:16 text=its_socket_was_locked needs=ip name=a locked socket" >>"$cases"
	else
		wait_end r
		fail "a locked socket" "$(<"$T/r.err")"
	fi
	if cgroup_up && echo +cpu >"$cg/cgroup.subtree_control" && mkdir "$cg/quota" &&
		echo "2000 10000" >"$cg/quota/cpu.max"; then
		port=$((port + 1))
		start hog sh -c "echo 0 >$cg/quota/cgroup.procs && exec taskset -c 0 $TREE/tests/readers.py burn 0 0"
		wait_line hog ready || fail "a quota: hog" "$(<"$T/hog.err")"
		start r sh -c "echo 0 >$cg/quota/cgroup.procs && exec nsenter --net=/run/netns/$NS_B $TREE/tests/readers.py block $port 120 0"
		wait_line r "ready $port" || fail "a quota: reader" "$(<"$T/r.err")"
		client c $port 4 tcp --rt 60 --count 120 --every 7ms
		wait_end c || fail "a quota: client" "$(<"$T/c.err")"
		wait_end r || fail "a quota: reader" "$(<"$T/r.err")"
		stop hog TERM
		# since 6.18 a quota stops its reader only after the read
		rule="runqueue_idle text=and_its_CPU_idle"
		! grep -q ' throttle_cfs_rq_work$' /proc/kallsyms || rule="reader_away text=did_not_wait_for_it"
		echo "port=$port proto=tcp dir=rx rule=$rule min=4 ns=1:9 name=a quota" >>"$cases"
		rmdir "$cg/quota"
		cgroup_down
	else
		skip "a quota" "no cgroup of our own" vm
	fi
	ends
}

# What takes long after the call of send, and TCP does not wait for: memory that comes late while its bytes are copied, a
# header that somebody else writes to, a device that has the packet.
senders() {
	local cg=$T/cgroup last=$(($(nproc) - 1))
	group "senders" || return
	port=$((port + 1))
	server s $port -4 tcp || { fail "late memory: server"; return; }
	start c nsenter --net="/run/netns/$NS_A" "$TREE/tests/late_page.py" 10.99.0.2 $port 20
	wait_end c || fail "late memory: client" "$(<"$T/c.err")"
	wait_end s || fail "late memory: server ends" "$(<"$T/s.err")"
	echo "port=$port proto=tcp dir=tx rule=socket,socket_to_qdisc min=18 most=1 ns=19:25 text=copying needs=send name=late memory" >>"$cases"
	also "dir=tx rule=socket min=18 needs=segment" "late memory, told apart"
	tc -n "$NS_B" qdisc add dev vb clsact && tc -n "$NS_B" filter add dev vb ingress "${SLOW_TC[@]}" || fail "tc: ingress of the receiver"
	flow udp 4 "--cpu $last --rt 10 --count 20" "--cpu 0 --count 20 --every 10ms" \
		"dir=tx rule=completion min=15 most=1 ns=1.9:3 ranked=0 text=until_the_device_was_done needs=completed" "its skb is the receiver's, over veth"
	tc -n "$NS_B" qdisc del dev vb clsact
	if cgroup_up; then
		start header "$TREE/tests/attach.py" "$TREE/build/tests/slow_header.bpf.o" "$cg"
		wait_line header attached || fail "a slow header" "$(<"$T/header.err")"
		flow tcp 4 "--rt 10 --count 20" "--count 20 --every 10ms" \
			"dir=tx rule=tx_transport,socket_to_qdisc min=18 most=1 ns=1.9:3 needs=send" "a slow header"
		also "dir=tx rule=tx_transport min=18 text=while_the_header_was_written needs=segment,ip" "a slow header, told apart"
		stop header TERM || fail "header" "$(<"$T/header.err")"
		cgroup_down
	else
		skip "a slow header" "no cgroup of our own" vm
	fi
	ends
}

# Without the scheduler's hooks nobody is seen to be woken, or to run; without a hook at `ip` two stages are one.
unseen() {
	local OPTIONS=(--stages socket)
	group "few stages" || return
	flow tcp 4 "--delay 10ms --rt 10 --echo --count 20" "--echo --count 20" \
		"dir=rx rule=application min=18 most=1 ns=9:13 text=wake-up,_run_queue_or_own_work" "a late reader, unseen"
	tc -n "$NS_A" qdisc add dev va clsact && tc -n "$NS_A" filter add dev va egress "${SLOW_TC[@]}" || fail "tc: egress of the sender"
	flow tcp 4 "--rt 10 --count 20" "--count 20 --every 10ms" \
		"dir=tx rule=tx_stages,socket_to_qdisc min=18 most=1 ns=1.9:3 needs=send" "tc egress of the sender"
	also "dir=tx rule=tx_stages min=18 text=measured_as_one needs=segment" "tc egress of the sender, in one of two stages"
	tc -n "$NS_A" qdisc del dev va clsact
	ends
}

# By the name of `later` the sender is known to what delays it. What it sends over veth comes in on its own CPU.
late() { # WHAT-OF-DELAY.BPF.C PROTO "EXPECTATION" NAME
	[ -e "$T/later" ] || cp "$TRAFFIC" "$T/later"
	start delay "$TREE/tests/attach.py" "$TREE/build/tests/delay.bpf.o" "$1"
	wait_line delay attached || { fail "$4: a delay" "$(<"$T/delay.err")"; return; }
	TRAFFIC=$T/later flow "$2" 4 "--rt 10 --count 20" "--count 20 --every 10ms" "$3" "$4"
	stop delay TERM || fail "delay" "$(<"$T/delay.err")"
}

before() {
	local OPTIONS=(--stages all)
	group "before the stack" || return
	late 1 udp "dir=rx rule=softirq_wait,ksoftirqd min=15 most=1 ns=2.9:4 text=until_its_softirq_began" "NET_RX raised, and not served"
	also "dir=tx rule=driver min=15 ns=2.9:4 text=transmit_function" "its sender, in the driver until then"
	late 2 udp "dir=rx rule=napi min=15 most=1 ns=1.9:3 text=the_driver's_poll" "a softirq that takes long to poll"
	ends
}

# Where functions are hooked TCP's own input is not told from a locked socket.
within() {
	group "within the stack" || return
	late 3 tcp "dir=rx rule=transport,sock_locked min=15 most=1 ns=1.9:3" "TCP input"
	late 4 udp "dir=tx rule=qdisc_past min=15 most=1 ns=1.9:3 text=past_the_queueing_discipline" "past the queueing discipline"
	ends
}

# What a tc program does to every packet, at the receiver's device and at the sender's.
filters() {
	local last=$(($(nproc) - 1)) p
	through() { # NETNS DEVICE HOOK "EXPECTATION" "EXPECTATION WITH A HOOK AT IP" NAME
		tc -n "$1" filter add dev "$2" "$3" "${SLOW_TC[@]}" || { fail "tc: $3"; return; }
		for p in tcp udp; do # the softirq that is slow then is on the CPU of the sender
			flow $p 4 "--cpu $last --rt 10 --count 20" "--cpu 0 --count 20 --every 10ms" "$4 min=18 most=1 ns=1.9:3" "$6"
			also "$5 min=18 needs=ip" "$6, told apart"
		done
		tc -n "$1" filter del dev "$2" "$3"
	}
	tc -n "$NS_B" qdisc add dev vb clsact && tc -n "$NS_A" qdisc add dev va clsact || { fail "tc: clsact"; return; }
	group "tc programs" || return
	through "$NS_B" vb ingress "dir=rx rule=stack,stages" "dir=rx rule=stack text=tc_ingress" "tc ingress of the receiver"
	tc -n "$NS_A" filter add dev va ingress "${SLOW_TC[@]}" || fail "tc: ingress of the sender"
	flow tcp 4 "--cpu $last --rt 10 --quickack on --count 20" "--cpu 0 --count 20 --every 10ms" \
		"dir=tx rule=ack min=15 ns=1.9:3 ranked=0" "tc ingress of the sender, where its ACKs come in"
	tc -n "$NS_A" filter del dev va ingress
	through "$NS_A" va egress "dir=tx rule=tx_ip,socket_to_qdisc needs=send" "dir=tx rule=tx_ip text=tc_egress" "tc egress of the sender"
	ends
}

# 20,000 rules for each packet: 100 times through 200, none of which it matches.
rules() {
	[ -n "$IN_LAB" ] || { skip "a long ruleset" "it takes less than a millisecond outside of the lab" vm; return; }
	{
		printf 'add table inet t\nadd chain inet t long\n'
		printf 'add rule inet t long udp dport %d drop\n' $(seq 1 200)
		echo 'add chain inet t in { type filter hook input priority 0; }'
		printf 'add rule inet t in jump long\n%.0s' $(seq 1 100)
	} | in_b nft -f - 2>"$T/nft.err" ||
		{ skip "a long ruleset" "no nftables here: $(head -1 "$T/nft.err")" vm; return; }
	group "netfilter's rules" || return
	flow udp 4 "--count 20" "--count 20 --every 20ms" "dir=rx rule=ip min=15 most=1 ns=1:40 text=netfilter needs=ip" "a long ruleset"
	ends
	in_b nft delete table inet t
}

networks() {
	if ! qdisc netem delay 10ms limit 10000; then
		no_qdisc netem "a delay in the qdisc" "the congestion window" "a send buffer" "a send buffer (udp)" "head-of-line" "the network" "loss"
		return
	fi
	group "the network" || return
	flow tcp 4 "--echo --count 20" "--echo --count 20" \
		"dir=tx rule=$ALONE min=15 ns=9:12 text=in_the_qdisc_netem_of_va" "a delay in the qdisc"
	also "dir=rx rule=sender min=10 ranked=0 text=qdisc" "its receiver"
	flow udp 4 "--count 30" "--count 30 --burst 30" \
		"dir=tx rule=$BEHIND min=15 ns=9:14 text=netem_of_va" "a burst into it"
	window 10
	qdisc netem delay 50ms limit 10000
	flow tcp 4 "--size 65536" "--size 100000 --sndbuf 400000" \
		"dir=tx rule=cwnd min=2 text=congestion_window" "the congestion window"
	window 200
	qdisc netem delay 20ms limit 10000
	ip -n "$NS_A" link set va gso_max_segs 1
	flow tcp 4 "--size 65536" "--size 200000 --sndbuf 20000 --pacing 10000000" \
		"dir=tx rule=sndbuf min=2 text=send_buffer_full" "a small send buffer"
	ip -n "$NS_A" link set va gso_max_segs 65535
	qdisc netem delay 20ms reorder 25%
	flow tcp 4 "" "--count 80 --every 8ms" "dir=rx rule=hol min=5 ns=5:20 text=head-of-line" "overtaking segments"
	qdisc off
	# The ACK is late, nothing else.
	tc -n "$NS_B" qdisc add dev vb root netem delay 15ms limit 10000
	flow tcp 4 "--quickack on --count 20" "--count 20 --every 40ms" \
		"dir=tx rule=network min=15 most=1 ns=14:20 ranked=0" "a network of 15 ms"
	tc -n "$NS_B" qdisc del dev vb root
	ends
}

queues() {
	in_a sh -c 'echo 20000 >/proc/sys/net/ipv4/tcp_limit_output_bytes'
	ip -n "$NS_A" link set va gso_max_segs 1
	qdisc tbf rate 8mbit burst 3000 limit 1000000 || { no_qdisc tbf "a slow qdisc" "a blocked sender" "small queues" "a full qdisc" "autocork"; return; }
	group "the queue" || return
	flow udp 4 "--count 30 --size 2000" "--size 1000 --burst 30 --count 30" \
		"dir=tx rule=$BEHIND min=20 ns=5:30 text=tbf_of_va" "a slow qdisc"
	drain
	# Who is blocked gets half of the buffer at once: some wait in the socket, the others in the queue.
	flow udp 4 "--count 30 --size 2000" "--size 1000 --burst 30 --count 30 --sndbuf 4000" \
		"dir=tx rule=udp_sndbuf min=5 text=send_buffer_full needs=segment" "a sender that is blocked"
	drain
	flow tcp 4 "--size 65536" "--size 200000 --sndbuf 400000" \
		"dir=tx rule=tsq min=5 text=small_queues" "small queues behind it"
	drain
	qdisc tbf rate 100kbit burst 1600 limit 100000
	in_a sh -c 'echo 1 >/proc/sys/net/ipv4/tcp_autocorking'
	# the small piece waits for the large one to leave, and not long behind it
	flow tcp 4 "--echo --size 1500 --pieces 1500" "--size 1500 --pieces 1400 --echo --count 3" \
		"dir=tx rule=autocork min=1 text=autocorking needs=completed" "autocork"
	in_a sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_autocorking'
	drain
	qdisc tbf rate 1mbit burst 2000 limit 12000
	flow udp 4 "--size 2000" "--size 1000 --burst 50 --count 50" \
		"dir=tx rule=drop_qdisc,drop min=5 ranked=0 text=dropped_in_qdisc" "a full qdisc"
	drain
	if qdisc fq; then
		# Of two the second departs 10 ms after the first: half of 21, for TCP has credit from before. It comes up to 2 ms later
		# itself. The ACKs come at once.
		flow tcp 4 "--size 1000 --quickack on" "--pacing 50000 --size 1000 --count 60 --burst 2 --every 40ms" \
			"dir=tx rule=qdisc_paced min=15 most=1 ns=7:11 text=fq_of_va:_held_until_its_departure_time" "paced by fq"
	else
		no_qdisc fq "paced by fq"
	fi
	qdisc off
	ends
}

# Through a bridge in a third namespace: its queue delays, and it loses segments.
bridge() {
	ip -n "$NS_C" link add br0 type bridge &&
		ip -n "$NS_A" link add wa type veth peer name ca netns "$NS_C" &&
		ip -n "$NS_B" link add wb type veth peer name cb netns "$NS_C" &&
		ip -n "$NS_C" link set ca master br0 && ip -n "$NS_C" link set cb master br0 ||
		{ fail "a bridge"; return; }
	for d in br0 ca cb; do ip -n "$NS_C" link set $d up; done
	ip -n "$NS_A" addr add 10.98.0.1/24 dev wa && ip -n "$NS_B" addr add 10.98.0.2/24 dev wb &&
		ip -n "$NS_A" link set wa up && ip -n "$NS_B" link set wb up || { fail "a bridge"; return; }
	until in_a "$TRAFFIC" send --to 10.98.0.2 --port 9 udp --count 1 2>/dev/null; do pause 0.1; done
	if ! tc -n "$NS_C" qdisc add dev cb root netem delay 10ms limit 10000 2>"$T/tc.err"; then
		no_qdisc netem "a slow bridge" "loss on a bridge"
		ip netns del "$NS_C"
		return
	fi
	group "over a bridge" || return
	over() { # PROTO "SERVER" "CLIENT" "EXPECTATION" NAME
		port=$((port + 1))
		server s $port -4 "$1" $2 || { fail "$5: server"; return; }
		start c nsenter --net="/run/netns/$NS_A" "$TRAFFIC" send --timeout $((LIMIT + 10)) "$1" --to 10.98.0.2 --port $port $3
		wait_end c || fail "$5: client" "$(<"$T/c.err")"
		wait_end s || fail "$5: server ends" "$(<"$T/s.err")"
		echo "port=$port proto=$1 $4 name=$5 ($1)" >>"$cases"
	}
	over udp "--count 20" "--count 20 --every 5ms" "dir=rx rule=way min=15 most=1 ns=9:13 ranked=0" "a slow bridge"
	tc -n "$NS_C" qdisc replace dev cb root netem loss 20% limit 10000
	over tcp "" "--count 60 --every 20ms" "dir=tx rule=resent min=2 ranked=0 text=probably_lost" "loss on a bridge"
	ends
	ip netns del "$NS_C"
}

SLOW_TC=(bpf direct-action object-file "$TREE/build/tests/tc_slow.bpf.o" section tc)
# Since 5.14 a packet's record has the backlog that it found.
ALONE=qdisc_alone BEHIND=qdisc_backlog
if ! grep -q '__traceiter_qdisc_enqueue$' /proc/kallsyms; then ALONE=qdisc BEHIND=qdisc; fi
start_up
for g in sockets readers held senders unseen before within filters rules networks queues bridge; do
	[[ " ${ONLY:-$g} " != *" $g "* ]] || $g
done
done_testing
