# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Shared by the tests that run cases of traffic while `stat` and `trace` measure (sourced after lib.sh).
# They set CHECK, the program that holds the output against the cases (send.py), and OPTIONS, for both.
need root netns
have python3 tc ss

NS_C=nsC-$$
port=7200
cases=$T/cases
expect=()

# group NAME: measure both ends from here on; group_end [KEY=VALUE...] for $CHECK. With ONE_SESSION all groups
# share one: in a guest a start keeps the verifier busy for long. `groups_end` is its end.
group() {
	group=$1
	if [ -n "${ONE_SESSION:-}" ] && alive trace; then diag "$1"; return; fi
	: >"$cases"
	local ns from=$SECONDS options=("${OPTIONS[@]}" ${HOOKS:+--hooks "$HOOKS"})
	for ns in "$NS_A" "$NS_C"; do [ ! -e "/run/netns/$ns" ] || options+=(--netns "/run/netns/$ns"); done
	measure stat stat "${options[@]}" --connections 1000 || { fail "$1: stat starts" "$(<"$T/stat.err")"; return 1; }
	measure trace trace "${options[@]}" ${TRACE_OPTIONS:-} || { fail "$1: trace starts" "$(<"$T/trace.err")"; return 1; }
	diag "$1 (both measure after $((SECONDS - from)) s)"
}

group_end() {
	expect+=("$@")
	[ -n "${ONE_SESSION:-}" ] || groups_end
}

groups_end() {
	[ -n "${PID[trace]:-}" ] || return
	ok "$group: stat ends well" stop stat
	ok "$group: trace ends well" stop trace
	[ -s "$T/trace.err" ] && diag "trace: $(tail -2 "$T/trace.err")"
	tap_from "$TREE/tests/$CHECK" --check stat="$T/stat.out" trace="$T/trace.out" cases="$cases" "${expect[@]}"
	[ -z "${SAVE:-}" ] || cp "$T"/{stat,trace}.out "$cases" "$SAVE"
	expect=()
}

# For tests of single packets (sched.py): begin OPTION...: trace what comes; said NAME CONDITION...: what the
# packets of $port must say; judge NAME: whether all that was said since `begin` holds.
begin() {
	: >"$T/said"
	measure trace trace --dir rx "$@" || fail "trace starts" "$(<"$T/trace.err")"
}
said() {
	local name=$1
	shift
	echo "$port $* name=$name" >>"$T/said"
}
judge() {
	ok "$1: trace ends well" stop trace
	tap_from "$TREE/tests/sched.py" "$T/trace.out" "$T/said"
	[ -z "${SAVE:-}" ] || cp "$T/trace.out" "$SAVE/$port.out"
}

# flow PROTO FAMILY "SERVER OPTIONS" "CLIENT OPTIONS" "EXPECTATION" NAME: one case from start to end. In
# these, CALLS, READS, INFO and SS stand for files: the client's calls of send, the server's reads, what the client
# printed, and what ss says of its socket (with --park).
flow() {
	local reads options want
	port=$((port + 1))
	reads=${3//READS/--stamp $T/reads$port}
	options=${4//CALLS/--stamp $T/calls$port}
	want=${5//@CALLS/@$T/calls$port}
	want=${want//CALLS/calls=$T/calls$port}
	want=${want//READS/$T/reads$port}
	want=${want//INFO/$T/c$port.out}
	want=${want//SS/$T/ss$port}
	server s $port "-$2" "$1" $reads || { fail "$6: server"; return; }
	client c$port $port "$2" "$1" $options
	if [[ $4 == *--park* ]] && wait_line c$port parked; then
		in_a ss -Htin dst :$port >"$T/ss$port"
		go c$port
	fi
	wait_end c$port || fail "$6: client" "$(<"$T/c$port.err")"
	go s
	if [ "$1" = udp ] && ! [[ $3 == *--count* ]]; then kill -TERM "${PID[s]}"; fi
	wait_end s || fail "$6: server ends" "$(<"$T/s.err")"
	echo "port=$port proto=$1 $want name=$6 ($1, IPv$2)" >>"$cases"
}
all() { # flow's arguments without protocol and family
	local p f
	for p in tcp udp; do for f in 4 6; do flow $p $f "$@"; done; done
}
tcp() { # the same, TCP only
	local f
	for f in 4 6; do flow tcp $f "$@"; done
}

qdisc() { # ARGS...|off: the sender's device
	tc -n "$NS_A" qdisc del dev va root 2>/dev/null
	[ "$1" = off ] || tc -n "$NS_A" qdisc add dev va root "$@" 2>"$T/tc.err"
}
no_qdisc() { # KIND WHAT...: what cannot be tested without it
	local kind=$1 what
	shift
	[ -z "$IN_LAB" ] || fail "$kind" "$(<"$T/tc.err")"
	for what; do skip "$what" "no $kind on this kernel" vm; done
}
drain() { # until the sender's queue is empty
	until tc -n "$NS_A" -s qdisc show dev va root | grep -q 'backlog 0b'; do pause 0.01; done
}
dropped() { # how many the sender's queue has dropped
	tc -n "$NS_A" -s qdisc show dev va root | sed -n 's/.*dropped \([0-9]*\),.*/\1/p'
}
window() { # initcwnd of the routes to $NS_B
	ip -n "$NS_A" route replace 10.99.0.0/24 dev va src 10.99.0.1 initcwnd "$1" &&
		ip -n "$NS_A" -6 route replace fd99::2/128 dev va initcwnd "$1"
}
netns_of() { stat -Lc %i "/run/netns/$1"; }
index_of() { ip -n "$1" -o link show "$2" | cut -d: -f1; } # NETNS DEVICE

start_up() {
	net_up && ip netns add "$NS_C" || { fail "namespaces"; done_testing; }
	# A lost segment is sent again as it was, not merged with the next.
	in_a sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_retrans_collapse'
	trap 'ip netns del "$NS_C" 2>/dev/null; cleanup' EXIT
}
