#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each fuzz target on the stored corpus, and then for $FUZZ_SECONDS (3) on what it makes of it.
# What it finds of new inputs is kept in $O/fuzz/corpus, what fails in $O/fuzz.
. "$(dirname "$0")/../lib.sh"
cd "$TREE" || exit 1
O=${O:-build}

found=
for target in "$O"/san/tests/fuzz/fuzz_*; do
	[ -x "$target" ] || continue
	name=${target##*/fuzz_} found=1
	mkdir -p "$O/fuzz/corpus/$name"
	if timeout -k 5 $((${FUZZ_SECONDS:-3} + 60)) "$target" -max_len=512 -max_total_time="${FUZZ_SECONDS:-3}" \
		-timeout=10 -print_final_stats=1 -artifact_prefix="$O/fuzz/$name-" \
		"$O/fuzz/corpus/$name" "tests/fuzz/corpus/$name" >"$T/$name.out" 2>"$T/$name.err"; then
		pass "fuzz $name, $(sed -n 's/^stat::number_of_executed_units: //p' "$T/$name.err") inputs"
	else
		fail "fuzz $name" "$(grep -vE '^#[0-9]+' "$T/$name.err" | tail -40)"
	fi
done
[ -n "$found" ] || skip_all fuzz "no fuzz target was built: make fuzz"
done_testing
