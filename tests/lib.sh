# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Shared by the tests and the demo (sourced): TAP lines, processes of our own, two namespaces.
#
#   . "$(dirname "$0")/../lib.sh"
#   need root netns        # else skips the file with the reason, or fails it under REQUIRE=...
#   net_up                 # $NS_A and $NS_B, joined by veth: 10.99.0.1/2, fd99::1/2
#   start NAME COMMAND...  # in the background: $T/NAME.out, $T/NAME.err; `go NAME` writes a line to it
#   ok "what" command...   # one TAP line
#   done_testing           # the plan; the exit status
#
# All that a test starts is ended, by pid, on every way out; a wait has a limit.

TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
NETSTRATA=${NETSTRATA:-$TREE/build/netstrata}
TRAFFIC=${TRAFFIC:-$TREE/build/tests/traffic}
IN_LAB=${NETSTRATA_IN_LAB:-}
PATH=$PATH:/usr/sbin:/sbin
T=$(mktemp -d "${TMPDIR:-/tmp}/netstrata-test.XXXXXX")
NS_A=nsA-$$ NS_B=nsB-$$
declare -A PID=() GO=() RC=()
TAP_N=0 TAP_BAD=0
LIMIT=20 # seconds for anything to get ready or to end
# In the lab's deterministic mode the guest's clock leaps ahead while it waits for the host's files, and
# no wait is cut short by that; what bounds a guest is lab/run --timeout, in real time.
[ -z "$IN_LAB" ] || LIMIT=600

# ---- TAP -----------------------------------------------------------------------------------

diag() { printf '# %s\n' "$@"; }
pass() { TAP_N=$((TAP_N + 1)); echo "ok $TAP_N - $1"; }
fail() { TAP_N=$((TAP_N + 1)); TAP_BAD=$((TAP_BAD + 1)); echo "not ok $TAP_N - $1"; shift; [ $# = 0 ] || diag "$@"; }
is() { if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "got '$2', want '$3'"; fi; }
ok() { local what=$1; shift; if "$@"; then pass "$what"; else fail "$what" "failed: $*"; fi; }

# skip WHAT REASON [NEED]: a skip that REQUIRE=NEED,... turns into a failure.
skip() {
	if [[ ,${REQUIRE:-}, == *,${3:-none},* ]]; then fail "$1" "required, but: $2"; return; fi
	TAP_N=$((TAP_N + 1))
	echo "ok $TAP_N - $1 # SKIP $2"
}

# tap_from COMMAND...: its lines "ok - x", "not ok - x" and "# ..." are numbered and counted here. A
# command that fails without saying what, or checks nothing, is a failure itself.
tap_from() {
	local line rc=0 n=$TAP_N bad=$TAP_BAD
	"$@" >"$T/tap" 2>&1 || rc=$?
	while IFS= read -r line; do
		case $line in
		"ok - "*) pass "${line#ok - }" ;;
		"not ok - "*) fail "${line#not ok - }" ;;
		*) echo "# ${line#\# }" ;;
		esac
	done <"$T/tap"
	if [ $TAP_N = "$n" ] || { [ $rc != 0 ] && [ $TAP_BAD = "$bad" ]; }; then
		fail "the check runs to its end" "status $rc: $*"
	fi
}

done_testing() {
	echo "1..$TAP_N"
	[ $TAP_BAD = 0 ] || diag "$TAP_BAD of $TAP_N failed"
	[ $TAP_BAD = 0 ] && [ $TAP_N -gt 0 ]
	exit
}

skip_all() { # NEED REASON
	if [[ ,${REQUIRE:-}, == *,$1,* ]]; then fail "$1" "required, but: $2"; done_testing; fi
	echo "1..0 # SKIP $2"
	exit 0
}

need() {
	local what
	for what; do
		case $what in
		root) [ "$(id -u)" = 0 ] || skip_all root "needs root" ;;
		netns)
			have ip nsenter
			ip netns add "$NS_A" 2>"$T/netns.err" || skip_all netns "no network namespaces: $(<"$T/netns.err")"
			ip netns del "$NS_A"
			;;
		vm) [ -n "$IN_LAB" ] || skip_all vm "runs in a guest of the lab" ;;
		esac
	done
	[ -x "$NETSTRATA" ] || { fail "build" "$NETSTRATA is not there: run make"; done_testing; }
	[ -x "$TRAFFIC" ] || { fail "build" "$TRAFFIC is not there: run make"; done_testing; }
}

have() { # PROGRAM...: or skip the file
	local p
	for p; do command -v "$p" >/dev/null || skip_all netns "$p is not installed"; done
}

# ---- time and processes ----------------------------------------------------------------------

exec {NEVER}<> <(:) # a pipe with nothing in it: a pause that needs no process
pause() { read -r -t "$1" -u "$NEVER" _ || :; }

# start NAME COMMAND...: stdin is a pipe of its own, so that COMMAND neither reads ours nor sees its end.
start() {
	local name=$1 fd
	shift
	rm -f "$T/$name.in"
	mkfifo "$T/$name.in"
	exec {fd}<>"$T/$name.in"
	: >"$T/$name.out" # now, not when the child gets to run: nobody may take old lines for new ones
	: >"$T/$name.err"
	# A shell without job control has SIGINT ignored in its background processes.
	env --default-signal=INT,QUIT "$@" <"$T/$name.in" >"$T/$name.out" 2>"$T/$name.err" {fd}>&- {NEVER}>&- &
	PID[$name]=$!
	GO[$name]=$fd
	unset "RC[$name]"
}
go() { echo >&"${GO[$1]}"; }
alive() { [ -n "${PID[$1]:-}" ] && kill -0 "${PID[$1]}" 2>/dev/null && ! grep -q '^State:.Z' "/proc/${PID[$1]}/status" 2>/dev/null; }

# wait_line NAME TEXT: until NAME has printed a line with TEXT; fails when NAME ends or time runs out.
wait_line() {
	local end=$((SECONDS + LIMIT)) gone=
	until grep -qF -- "$2" "$T/$1.out" "$T/$1.err" 2>/dev/null; do
		if [ -n "$gone" ] || [ $SECONDS -ge $end ]; then
			diag "$1 did not print '$2':" "$(tail -3 "$T/$1.err")"
			return 1
		fi
		alive "$1" || gone=1
		pause 0.01
	done
}

# wait_port NAME PORT: until a socket in NAME's network namespace listens on (or is bound to) PORT.
wait_port() {
	local end=$((SECONDS + LIMIT)) hex
	printf -v hex ':%04X 0*:0000 0[A7] ' "$2"
	until cat /proc/"${PID[$1]}"/net/{tcp,udp}{,6} 2>/dev/null | grep -q "$hex"; do
		if ! alive "$1" || [ $SECONDS -ge $end ]; then
			diag "$1 does not listen on port $2:" "$(tail -3 "$T/$1.err")"
			return 1
		fi
		pause 0.01
	done
}

# wait_end NAME: its exit status is in RC[NAME]; killed when time runs out (status 137).
wait_end() {
	local end=$((SECONDS + LIMIT)) fd=${GO[$1]:-}
	[ -n "${PID[$1]:-}" ] || return
	while alive "$1" && [ $SECONDS -lt $end ]; do pause 0.01; done
	if alive "$1"; then diag "$1 does not end"; kill -KILL "${PID[$1]}"; fi
	RC[$1]=0
	wait "${PID[$1]}" || RC[$1]=$?
	exec {fd}>&-
	unset "PID[$1]"
	return "${RC[$1]}"
}
stop() { # NAME [SIGNAL]: signal it and wait; true when it exits with 0
	[ -n "${PID[$1]:-}" ] || return 1
	kill -"${2:-INT}" "${PID[$1]}" 2>/dev/null
	wait_end "$1"
}

cleanup() {
	local p
	trap '' INT TERM HUP
	for p in "${PID[@]}"; do kill -TERM "$p" 2>/dev/null; done
	for p in "${!PID[@]}"; do LIMIT=3 wait_end "$p" >/dev/null 2>&1; done
	net_down
	[ -n "${KEEP:-}" ] || rm -rf "$T"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# ---- two namespaces ----------------------------------------------------------------------------

in_a() { nsenter --net="/run/netns/$NS_A" "$@"; }
in_b() { nsenter --net="/run/netns/$NS_B" "$@"; }

net_up() {
	local s="" ns dev
	{
		ip netns add "$NS_A" && ip netns add "$NS_B" &&
			ip -n "$NS_A" link add va type veth peer name vb netns "$NS_B"
	} || return 1
	for ns in "$NS_A" "$NS_B"; do
		if [ "$ns" = "$NS_A" ]; then s=1 dev=va; else s=2 dev=vb; fi
		# One message is one segment: no corking, no growing window first, no restart after idle.
		nsenter --net="/run/netns/$ns" sh -c 'cd /proc/sys/net/ipv4; echo 0 >tcp_autocorking; echo 0 >tcp_slow_start_after_idle' 2>/dev/null
		ip -n "$ns" link set lo up &&
			ip -n "$ns" addr add 10.99.0.$s/24 dev $dev &&
			ip -n "$ns" addr add fd99::$s/64 dev $dev nodad &&
			ip -n "$ns" link set $dev up || return 1
	done
	ip -n "$NS_A" route replace 10.99.0.0/24 dev va src 10.99.0.1 initcwnd 200 &&
		ip -n "$NS_A" -6 route replace fd99::2/128 dev va initcwnd 200
}

net_down() {
	local ns
	for ns in "$NS_A" "$NS_B"; do
		if [ -e "/run/netns/$ns" ]; then ip netns del "$ns"; fi
	done
}

# netem ARGS... / netem off: on the sender's device, towards $NS_B.
netem() {
	tc -n "$NS_A" qdisc del dev va root 2>/dev/null
	[ "$1" = off ] || tc -n "$NS_A" qdisc add dev va root netem limit 10000 "$@" 2>"$T/tc.err"
}

# ---- measuring -------------------------------------------------------------------------------

# measure NAME stat|trace [OPTION...]: netstrata on $NS_B, JSON to $T/NAME.out; returns when it measures.
measure() {
	local name=$1 sub=$2
	shift 2
	start "$name" "$NETSTRATA" "$sub" --json --netns "/run/netns/$NS_B" "$@"
	wait_line "$name" '"type":"start"'
}

# server NAME PORT ARGS... / client NAME PORT FAMILY ARGS...: the test peer, ready / running.
server() {
	local name=$1 port=$2
	shift 2
	start "$name" nsenter --net="/run/netns/$NS_B" "$TRAFFIC" recv --timeout $((LIMIT + 10)) --port "$port" "$@"
	wait_line "$name" "ready $port"
}
client() {
	local name=$1 port=$2 to=10.99.0.2
	[ "$3" = 4 ] || to=fd99::2
	start "$name" nsenter --net="/run/netns/$NS_A" "$TRAFFIC" send --timeout $((LIMIT + 10)) "-$3" --to $to --port "$port" "${@:4}"
}
