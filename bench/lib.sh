# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Shared by the benchmarks (sourced): the tests' processes and namespaces, figures, verdicts.
# A line of a report is "| what | target | result | verdict |"; a missed target is no failure of the program.
# shellcheck source=../tests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tests/lib.sh"

O=${O:-$TREE/build}
EMPTY=${EMPTY:-$O/bench/path_empty.bpf.o} # the same programs without their work
# shellcheck disable=SC2034 # for the scripts that source this
PORT=5001

die() { echo "${0##*/}: $*" >&2; exit 1; }

built() { # what these measurements need
	[ -x "$NETSTRATA" ] || die "$NETSTRATA is not there: run make"
	[ -s "$EMPTY" ] || die "$EMPTY is not there: run make $EMPTY"
}
# Of a guest, between two runs of one ping-pong: three segments that nobody reads, so that the next run's lie elsewhere in
# the kernel's slabs. With one object more than a slab holds each packet would take a new slab and give one back, as long
# as nothing else changes: 270 instructions that are none of netstrata's.
HELD=0
hold() {
	HELD=$((HELD + 1))
	start hold$HELD nsenter --net="/run/netns/$NS_A" python3 -c '
import socket, time
s, pairs = socket.create_server(("127.0.0.1", 0)), []
for _ in range(3):
    pairs.append((socket.create_connection(s.getsockname()), s.accept()[0]))
    pairs[-1][0].send(bytes(14))
print("held", flush=True)
time.sleep(1e6)'
	wait_line hold$HELD held || exit 1
}

natively() {
	[ "$(id -u)" = 0 ] || die "needs root"
	built
	make -sq -C "$TREE" O="${O#"$TREE"/}" "${EMPTY#"$TREE"/}" || die "$EMPTY is older than its source: run make ${EMPTY#"$TREE"/}"
	local p
	for p; do command -v "$p" >/dev/null || die "$p is not installed"; done
	net_up || die "no network namespaces"
}

# row WHAT TARGET RESULT GOOD: one line of the table; GOOD is an awk condition. TARGET none: only told.
row() {
	local verdict=met
	[ "$2" != none ] || verdict=
	awk "BEGIN { exit !($4) }" || verdict="**missed**"
	echo "| $1 | $2 | $3 | $verdict |"
}

# spread: median, lowest and highest of the numbers on stdin
spread() {
	sort -g | awk '{ v[NR] = $1 } END {
		if (!NR) exit 1
		print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2, v[1], v[NR] }'
}

# quartiles: median, and the middle half's bounds, of the numbers on stdin
quartiles() {
	sort -g | awk 'function at(q,  x, i) { x = 1 + (NR - 1) * q; i = int(x); return v[i] + (x - i) * (v[i + (i < NR)] - v[i]) }
		{ v[NR] = $1 } END { if (!NR) exit 1; print at(0.5), at(0.25), at(0.75) }'
}

# ratio_row WHAT TARGET RESULT LOW HIGH LIMIT: LOW and HIGH of the middle half; when LIMIT (an awk
# condition's right side) lies between them the rounds do not say.
ratio_row() {
	local verdict
	verdict=$(awk "BEGIN { a = ($4 $6); b = ($5 $6); print a && b ? \"met\" : a || b ? \"not decided by these rounds\" : \"**missed**\" }")
	echo "| $1 | $2 | $3 | $verdict |"
}

# What netstrata is to trace: only the namespaces of this run.
both_ends() { printf '%s\n' --netns "/run/netns/$NS_A" --netns "/run/netns/$NS_B"; }

# programs STATE PID: the programs that this netstrata has loaded, with the kernel's count and time of each.
programs() {
	local ids
	ids=$(grep -hs '^prog_id' /proc/"$2"/fdinfo/* | awk '{ printf " %s ", $2 }')
	bpftool prog show | awk -v state="$1" -v ids="$ids" '
		/^[0-9]+:/ { mine = index(ids, " " ($1 + 0) " ") }
		mine && / name / { name = ns = runs = ""
			for (i = 1; i < NF; i++) {
				if ($i == "name") name = $(i + 1)
				if ($i == "run_time_ns") ns = $(i + 1)
				if ($i == "run_cnt") runs = $(i + 1)
			}
			if (runs) print "prog", state, name, runs, ns
		}'
}
