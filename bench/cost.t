#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Instructions per packet, sent and received, on kernel 6.1 against what is recorded in bench/cost.txt: more by
# 5 % fails until the record is changed in the same commit (bench/icount --record), and so does a record
# that has become far too high to hold anything. The budgets are tests of their own.
. "$(dirname "$0")/../tests/lib.sh"
BUDGET=2770
RX_BUDGET=1890
cd "$TREE" || exit 1
make -s O="${O:-build}" all "${O:-build}/bench/path_empty.bpf.o" >"$T/make.out" 2>&1 || { fail "build" "$(tail -5 "$T/make.out")"; done_testing; }
recorded=$(awk '$1 == "total" { print $2 }' bench/cost.txt)
bench/icount --quick >"$T/cost" 2>"$T/cost.err"
rc=$?
[ $rc != 77 ] || skip_all lab "no lab: $(tail -1 "$T/cost.err")"
total=$(awk '$1 == "total" { print $2 }' "$T/cost")
if [ $rc != 0 ] || [ -z "$total" ]; then
	fail "the yardstick runs" "status $rc" "$(tail -20 "$T/cost.err")"
	done_testing
fi
rx=$(awk '$1 == "rx" { print $2 }' "$T/cost")
diag "instructions per packet: $total, recorded $recorded, budget $BUDGET; received alone $rx, budget $RX_BUDGET"
ok "received alone within its budget of $RX_BUDGET" [ "$rx" -le $RX_BUDGET ]
ok "no more than 5 % above the record" [ $((total * 100)) -le $((recorded * 105)) ]
ok "no more than 10 % below it (else bench/icount --record)" [ $((total * 100)) -ge $((recorded * 90)) ]
# A missed budget is known, not a regression: TODO, so long as the record says so too.
if [ "$total" -le $BUDGET ]; then
	pass "within the budget of $BUDGET"
elif [ "$recorded" -gt $BUDGET ]; then
	TAP_N=$((TAP_N + 1))
	echo "not ok $TAP_N - within the budget of $BUDGET # TODO recorded as $recorded"
else
	fail "within the budget of $BUDGET" "$total"
fi
done_testing
