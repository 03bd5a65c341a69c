#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Instructions per packet, sent and received, from the stack on and with every stage, on kernel 6.1 against what is
# recorded in bench/cost.txt: more by 5 % fails until the record is changed in the same commit (bench/icount --record), and so does a record
# that has become far too high to hold anything. The budgets are tests of their own.
. "$(dirname "$0")/../tests/lib.sh"
BUDGET=2770
RX_BUDGET=1890
cd "$TREE" || exit 1
make -s O="${O:-build}" all "${O:-build}/bench/path_empty.bpf.o" >"$T/make.out" 2>&1 || { fail "build" "$(tail -5 "$T/make.out")"; done_testing; }
figure() { awk -v what="$2" '$1 == what { print $2 }' "$1"; } # FILE WHAT
recorded=$(figure bench/cost.txt total) recorded_all=$(figure bench/cost.txt all)
bench/icount --quick >"$T/cost" 2>"$T/cost.err"
rc=$?
[ $rc != 77 ] || skip_all lab "no lab: $(tail -1 "$T/cost.err")"
total=$(figure "$T/cost" total) all=$(figure "$T/cost" all)
if [ $rc != 0 ] || [ -z "$total" ]; then
	fail "the yardstick runs" "status $rc" "$(tail -20 "$T/cost.err")"
	done_testing
fi
rx=$(figure "$T/cost" rx)
diag "instructions per packet: $total, recorded $recorded, budget $BUDGET; received alone $rx, budget $RX_BUDGET; with every stage $all, recorded $recorded_all"
ok "received alone within its budget of $RX_BUDGET" [ "$rx" -le $RX_BUDGET ]
held() { # WHAT NOW RECORDED
	ok "$1: no more than 5 % above the record" [ $(($2 * 100)) -le $(($3 * 105)) ]
	ok "$1: no more than 10 % below it (else bench/icount --record)" [ $(($2 * 100)) -ge $(($3 * 90)) ]
}
held "from the stack on" "$total" "$recorded"
held "every stage" "$all" "$recorded_all"
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
