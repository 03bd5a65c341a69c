#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every program loads by every ladder that this kernel has, and how much work the verifier had is
# recorded for each kernel in verifier.txt: it must not grow by more than a quarter unseen, and not beyond
# what keeps a start short. UPDATE=1 writes the record anew.
. "$(dirname "$0")/../lib.sh"
need root

RECORD=$TREE/tests/vm/verifier.txt
kernel=${NETSTRATA_IN_LAB:-native}
MOST=60000 # instructions followed: some 100 ms

figures() { # HOOKS [OPTION...]: "PROGRAM INSTRUCTIONS FOLLOWED" lines
	"$NETSTRATA" stat -v "${@:2}" --hooks "$1" --duration 10ms --netns self 2>"$T/$1.err" >/dev/null || return
	sed -n 's/^netstrata: \(ns_[^:]*\): \([0-9]*\) instructions, the verifier followed \([0-9]*\)$/\1 \2 \3/p' "$T/$1.err"
}

# The build that has the shape as a constant: for the usual stages, or all, where all points have a hook by functions;
# with tracepoints alone, where the send has one. None with --sample, nor where a program can run inside itself
# (shape.nests).
build_for() { # HOOKS STAGES
	local pre=
	[ "$2" != all ] || pre=_pre
	if [ "$2" = sampled ] || ! grep -q ' bpf_prog_inc_misses_counter$' /proc/kallsyms; then
		echo "any shape"
	elif [ "$1" = fentry ] || [ "$1" = kprobe ]; then
		echo "functions$pre"
	elif grep -q '__traceiter_tcp_sendmsg_locked$' /proc/kallsyms; then
		echo "tracepoints$pre"
	else
		echo "any shape"
	fi
}
declare -A options=([all]="--stages all" [usual]="" [sampled]="--stages all --sample 1/2")

case $kernel in
native) ladders="auto tracepoint" ;;
5.10 | 6.1) ladders="fentry kprobe" ;; # no tracepoint tells of a socket that is ready
*) ladders="fentry kprobe tracepoint" ;;
esac
for hooks in $ladders; do
	for stages in sampled all usual; do
		what="$hooks, $stages stages: programs load and attach"
		# shellcheck disable=SC2086
		if figures "$hooks" ${options[$stages]} >"$T/$hooks"; then
			ok "$what" [ -s "$T/$hooks" ]
			is "$hooks, $stages stages: which build" "$(sed -n 's/.*programs built for //p' "$T/$hooks.err")" "$(build_for "$hooks" $stages)"
		else
			fail "$what" "$(tail -3 "$T/$hooks.err")"
		fi
		cat "$T/$hooks" >>"$T/all"
	done
done
# with everything that adds code: each filter, events
if "$NETSTRATA" trace --tcp --udp -4 -6 --port 1 --local-port 1 --host 10.0.0.0/8 --host fd00::/8 --dev lo \
	--netns self --pid 1 --comm init --cgroup / --sample 1/2 --slower 1us --duration 10ms >/dev/null 2>"$T/err"; then
	pass "trace with every filter loads"
else
	fail "trace with every filter loads" "$(tail -3 "$T/err")"
fi

if [ "$kernel" = native ]; then # of which there is no record
	most=$(sort -k3 -n "$T/all" | tail -1)
	ok "no program over $MOST instructions followed ($most)" [ "${most##* }" -le $MOST ]
	done_testing
fi
sort -u "$T/all" | awk '{ if ($3 > f[$1]) { f[$1] = $3; i[$1] = $2 } } END { for (p in f) print p, i[p], f[p] }' |
	sort | sed "s/^/$kernel /" >"$T/now"
if [ -n "${UPDATE:-}" ]; then
	{ grep -v "^$kernel " "$RECORD" 2>/dev/null; cat "$T/now"; } | sort >"$T/new"
	cat "$T/new" >"$RECORD"
fi
while read -r k program insns followed; do
	was=$(awk -v k="$k" -v p="$program" '$1 == k && $2 == p { print $4 }' "$RECORD")
	diag "$program: $insns instructions, $followed followed (recorded: ${was:-none})"
	[ -n "$was" ] || { fail "$program is in the record"; continue; }
	ok "$program: not over 1.25 times the record" [ "$followed" -le $((was + was / 4)) ]
	[ "$followed" -le $MOST ] || fail "$program: no more than $MOST followed"
done <"$T/now"
done_testing
