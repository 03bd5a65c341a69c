#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# netstrata softirq and irq: every interrupt against /proc/interrupts; signals, full disk, closed pipe, no
# privilege; nothing stays attached. What they measure is tested by tests/vm/softirq*.t and irq.t.
. "$(dirname "$0")/../lib.sh"
need root
have python3 setpriv

attached() { # how many programs of NAME's process are loaded
	local n=0 fd
	for fd in /proc/"${PID[$1]}"/fdinfo/*; do
		! grep -q '^link_type:' "$fd" 2>/dev/null || n=$((n + 1))
	done
	echo $n
}

# ---- interrupts, as the kernel counts them ------------------------------------------------------
cat /proc/interrupts >"$T/before"
start i "$NETSTRATA" irq --json --all
wait_line i softirq_start || fail "irq" "$(<"$T/i.err")"
cat /proc/interrupts >"$T/begun"
head -c 20M /dev/zero >"$T/disk" && sync -f "$T/disk" # a disk has interrupts, in most machines
cat /proc/interrupts >"$T/ended"
is "four programs are attached" "$(attached i)" 4
stop i || fail "irq ends" "status ${RC[i]}: $(<"$T/i.err")"
cat /proc/interrupts >"$T/after"
compare='
import json, sys
folder = sys.argv[1]
def counts(name):
    with open(folder + "/" + name, encoding="utf-8") as f:
        cpus = len(next(f).split())
        rows = (x.split() for x in f)
        return {int(x[0][:-1]): (sum(map(int, x[1 : cpus + 1])), x[-2]) for x in rows if x[0][:-1].isdigit()}
before, begun, ended, after = map(counts, ("before", "begun", "ended", "after"))
seen = {}
with open(folder + "/i.out", encoding="utf-8") as f:
    for x in map(json.loads, f):
        if x["type"] == "irq" and x.get("final") and x["irq"] is not None:
            seen[x["irq"]] = x["handler"]["n"]
bad, came = [], 0
for irq, (n, action) in after.items():
    most = n - before.get(irq, (0, ""))[0]
    least = ended.get(irq, (0, ""))[0] - begun.get(irq, (0, ""))[0]
    if action.endswith(","):  # several handlers share the line: each is called
        continue
    came += most > 0
    if not least <= seen.get(irq, 0) <= most:
        bad.append("interrupt %d: %d, the kernel counted %d to %d" % (irq, seen.get(irq, 0), least, most))
print("# %d lines, %d of them with interrupts" % (len(after), came))
print(("not " if bad else "") + "ok - each interrupt as often as the kernel counts")
for x in bad:
    print("# " + x)'
tap_from python3 -c "$compare" "$T"

# ---- ends of all kinds ---------------------------------------------------------------------------
for c in softirq irq; do
	for signal in INT TERM HUP; do
		start s "$NETSTRATA" $c --json
		wait_line s softirq_start
		ok "$c: $signal ends it" stop s $signal
		ok "$c: with its totals" grep -q '"softirq_end"' "$T/s.out"
	done
	STATUS=0
	"$NETSTRATA" $c --duration 100ms >/dev/full 2>"$T/err" || STATUS=$?
	is "$c: a full disk" "$STATUS $(wc -l <"$T/err")" "1 1"
	"$NETSTRATA" $c --interval 50ms --duration 10s 2>"$T/err" | head -1 >/dev/null
	is "$c: a reader that goes away" "${PIPESTATUS[0]} $(wc -l <"$T/err")" "0 0"
	STATUS=0
	setpriv --reuid 65534 --clear-groups --inh-caps=-all --bounding-set=-all \
		"$NETSTRATA" $c --duration 100ms >"$T/out" 2>"$T/err" || STATUS=$?
	is "$c: no privilege" "$STATUS $(wc -l <"$T/err")" "3 1"
	ok "$c: the capability is named" grep -q CAP_BPF "$T/err"
done
start s "$NETSTRATA" softirq --json --no-blame
wait_line s softirq_start
is "without blame only the four of softirqs are attached" "$(attached s)" 4
stop s
start s "$NETSTRATA" softirq --json
wait_line s softirq_start
is "with it seven" "$(attached s)" 7
stop s
start s "$NETSTRATA" softirq --json --interval 50ms --count 3
wait_end s
is "--count" "$(grep -c '"vec":"net_tx","cpu":null' "$T/s.out")" 4
ok "says why it ended" grep -q '"reason":"count"' "$T/s.out"
done_testing
