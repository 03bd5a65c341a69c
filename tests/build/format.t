#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# How the sources look: clang-format, shellcheck, SPDX lines, file sizes.
. "$(dirname "$0")/../lib.sh"
cd "$TREE" || exit 1

mapfile -t sources < <(make -s --no-print-directory sources | tr ' ' '\n')
mapfile -t scripts < <(grep -rlE '^#!/bin/(ba)?sh|^# shellcheck shell' scripts .ci lab tests demo bench completion 2>/dev/null)

if command -v clang-format >/dev/null; then
	for f in "${sources[@]}"; do
		clang-format --dry-run -Werror "$f" >>"$T/format" 2>&1 || echo "$f" >>"$T/bad"
	done
	is "clang-format: make format changes nothing" "$(cat "$T/bad" 2>/dev/null)" ""
else
	skip "clang-format" "clang-format is not installed" lint
fi
if command -v shellcheck >/dev/null; then
	for f in "${scripts[@]}"; do
		[[ $f != lab/guest/* ]] || continue # for busybox, with words of its own
		# from lab/, so that its .shellcheckrc counts
		(cd "$(dirname "$f")" && shellcheck -x -S warning -f gcc "$(basename "$f")") >>"$T/shellcheck" 2>&1
	done
	is "shellcheck: no warning" "$(head -20 "$T/shellcheck")" ""
else
	skip "shellcheck" "shellcheck is not installed" lint
fi
is "every source names its licence" "$(grep -L 'SPDX-License-Identifier: GPL-2.0-only' "${sources[@]}" "${scripts[@]}")" ""
is "no source has more than 400 lines" "$(wc -l "${sources[@]}" "${scripts[@]}" | awk '$1 > 400 && $2 != "total"')" ""
is "the Makefile stays below 200 lines" "$(awk 'END { print NR < 200 }' Makefile)" 1
done_testing
