#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# netstrata check: the verdict, the exit status, and that text and JSON agree with what stat does.
. "$(dirname "$0")/../lib.sh"
[ -x "$NETSTRATA" ] || { fail "build" "$NETSTRATA is not there: run make"; done_testing; }
cd "$TREE" || exit 1

# run ARGS...: $STATUS, $T/out, $T/err
run() { STATUS=0; "$@" >"$T/out" 2>"$T/err" </dev/null || STATUS=$?; }
schema() { # the line in $T/out; without python3-jsonschema only that it is JSON
	if python3 -c 'import jsonschema' 2>/dev/null; then
		ok "$1: JSON as the schema says" tests/cli/check-schema.py <"$T/out"
	else
		skip "$1: JSON as the schema says" "python3-jsonschema is not installed" lint
	fi
}
value() { python3 -c 'import json,sys; d = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$T/out" "$1"; }

if command -v setpriv >/dev/null && [ "$(id -u)" = 0 ]; then
	chmod 755 "$T" # for a user that may see nothing else of it
	nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps -all --bounding-set -all)
	cp "$NETSTRATA" "$T/netstrata"
	run "${nobody[@]}" "$T/netstrata" check
	is "without capabilities: exit status" "$STATUS" 3
	ok "without capabilities: names them" grep -q 'CAP_PERFMON, CAP_BPF' "$T/out"
	run "${nobody[@]}" "$T/netstrata" check --json
	is "without capabilities, JSON: exit status" "$STATUS" 3
	schema "without capabilities"
	is "without capabilities, JSON: names them" "$(value 'd["missing_capabilities"]')" "CAP_PERFMON, CAP_BPF"
else
	skip "without capabilities" "needs root and setpriv" root
fi
[ "$(id -u)" = 0 ] || { skip "the hooks of this kernel" "needs root" root; done_testing; }

for kind in auto tracepoint fentry kprobe; do
	run "$NETSTRATA" check --hooks $kind
	status=$STATUS
	case $status in
	0) want="can be measured" ;;
	4) want="cannot be measured: no hook for" ;;
	*) want="exit status 0 or 4" ;;
	esac
	ok "$kind: the last line is the verdict" grep -q "$want" <(tail -1 "$T/out")
	ok "$kind: fits 80 columns" awk 'length > 80 { exit 1 }' "$T/out"
	ok "$kind: says nothing on stderr" test ! -s "$T/err"
	run "$NETSTRATA" check --hooks $kind --json
	is "$kind: JSON has the same exit status" "$STATUS" $status
	schema "$kind"
	is "$kind: and says so" "$(value 'd["status"]')" $status
	if [ $kind != auto ]; then
		other=$([ $kind = kprobe ] && echo fentry || echo kprobe)
		ok "$kind: no hook is of kind $other" test -z "$(value '" ".join(p["hook"] for d_ in ("rx", "tx") for r in d[d_].values() for p in r["points"].values() if (p["hook"] or "").startswith("'$other'"))')"
	fi
	hooks=$(value 'sorted((d_, r, n, p["hook"]) for d_ in ("rx", "tx") for r, v in d[d_].items() if v["measured"] for n, p in v["points"].items() if n not in ("close", "drop", "closing", "blocked", "enqueue"))')
	run "$NETSTRATA" stat --stages all --json --duration 1ms --hooks $kind
	is "$kind: stat has the same exit status" "$STATUS" $status
	[ $status = 0 ] || continue
	sed -i 1q "$T/out"
	is "$kind: stat uses the hooks that check names" "$(value 'sorted((d_, r, n, h) for d_ in ("rx", "tx") for r, v in d["hooks"][d_].items() for n, h in v.items())')" "$hooks"
done
# The sockops timestamping callbacks: in the kernel's BTF or not, whatever the version says.
if command -v bpftool >/dev/null; then
	want=False
	bpftool btf dump file /sys/kernel/btf/vmlinux | grep -q "'BPF_SOCK_OPS_TSTAMP_SENDMSG_CB'" && want=True
	run "$NETSTRATA" check --json
	is "timestamping callbacks: as BTF says" "$(value 'd["sockops_tstamps"]')" $want
	words="there, not used"
	[ $want = True ] || words="not in this kernel"
	run "$NETSTRATA" check
	ok "timestamping callbacks: the text says it" grep -q "sockops .*tstamp callbacks $words" "$T/out"
else
	skip "timestamping callbacks" "bpftool is not installed" lint
fi
run "$NETSTRATA" check
"$NETSTRATA" check | head -1 >/dev/null
is "check | head -1: exit status" "${PIPESTATUS[0]}" 0
done_testing
