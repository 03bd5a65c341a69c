#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every kind of hook gives the same totals: one netstrata for each kind measures the same traffic
# at the same time; packets must be as many, and total times equal within 5 %.
# On the deterministic clock: a busy host would make the one kind of hook dearer than the other.
# lab: --icount
. "$(dirname "$0")/../lib.sh"
need vm root netns
have python3

kinds=()
net_up || { fail "namespaces"; done_testing; }
for kind in tracepoint fentry kprobe; do
	if measure $kind stat --dir rx --hooks $kind; then
		kinds+=("$kind")
	else
		# A kernel without this kind of hook says so (status 4); anything else is a failure.
		wait_end $kind
		if [ "${RC[$kind]}" = 4 ]; then
			skip "$kind" "$(tail -1 "$T/$kind.err")" "$kind"
		else
			fail "$kind starts" "status ${RC[$kind]}" "$(tail -3 "$T/$kind.err")"
		fi
	fi
done
[ ${#kinds[@]} -ge 2 ] || { fail "two kinds of hook on this kernel" "only ${kinds[*]}"; done_testing; }

port=7100
for p in tcp udp; do for f in 4 6; do
	port=$((port + 1))
	# Late by 5 ms, so that what the hooks themselves cost is small beside what they measure.
	server s $port -$f $p --delay 5ms --echo --count 60
	client c $port $f $p --echo --count 60
	wait_end c || fail "client" "$(<"$T/c.err")"
	wait_end s || fail "server" "$(<"$T/s.err")"
done; done
for kind in "${kinds[@]}"; do
	ok "$kind ends well" stop "$kind"
	tap_from "$TREE/tests/stages.py" --check stat="$T/$kind.out"
done
tap_from "$TREE/tests/stages.py" --same "${kinds[@]/#/$T/}"
done_testing
