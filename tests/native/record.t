#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Recordings of real traffic: what report shows is what was measured; a recording survives the end of its
# writer, stays below its size, and bad places for it are refused.
. "$(dirname "$0")/../lib.sh"
need root netns
have python3
"$NETSTRATA" --version | grep -q 'optional libraries:.*sqlite3' || skip_all sqlite "built without sqlite3"

B=/run/netns/$NS_B
by_schema() { "$TREE/tests/cli/check-schema.py" <"$1" >/dev/null; }
# ends NAME STATUS TEXT: NAME has ended with STATUS and said TEXT.
ends() {
	wait_end "$1"
	[ "${RC[$1]}" = "$2" ] && grep -qE -- "$3" "$T/$1.err" && return
	diag "status ${RC[$1]}, want $2; stderr: $(head -3 "$T/$1.err")"
	return 1
}
integrity() { python3 -c 'import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("PRAGMA integrity_check").fetchone()[0])' "$1"; }
report() { "$NETSTRATA" report "$@" 2>"$T/report.err"; }
intervals() { report "$1" --json | sed -n 's/.*"type":"recording".*"intervals":\([0-9]*\),"packets".*/\1/p'; }

net_up || { fail "namespaces"; done_testing; }
server s 7700 -4 tcp --timeout 120
client c 7700 4 tcp --total 100s --every 1ms --timeout 120
server late 7701 -4 tcp --delay 3ms --timeout 120 # so that some packets are slow
client l 7701 4 tcp --total 100s --every 50ms --timeout 120

# ---- the same numbers ------------------------------------------------------------------------------
# The recording is of all that it was asked for: its own totals at the end are in the line `end`.
cat /proc/softirqs >"$T/irqs-before"
measure r record -o "$T/a" --interval 100ms --duration 4s --slower 1ms
cat /proc/softirqs >"$T/irqs-begun"
pause 2
half=$(date +%T)
cat /proc/softirqs >"$T/irqs-still"
wait_end r
cat /proc/softirqs >"$T/irqs-after"
is "record ends with 0" "${RC[r]}" 0
report "$T/a" --json --connections 50 >"$T/report"
tap_from python3 - "$T/r.out" "$T/report" <<'EOF'
import json, sys
record = [json.loads(l) for l in open(sys.argv[1])]
report = [json.loads(l) for l in open(sys.argv[2])]
def of(lines, kind): return [l for l in lines if l["type"] == kind]
def check(what, good, more=""):
    print(("ok - " if good else "not ok - ") + what)
    if not good and more: print("# " + str(more))
end, again = of(record, "end")[0], of(report, "end")[0]
check("report's account is that of record", end == again, (end, again))
start, r0 = of(record, "start")[0], of(report, "start")[0]
check("so is its first line: hooks, clock, options", start == r0)
total = {(l["dir"], l["proto"], l["stage"]): l for l in of(report, "stage")}
t = total["rx", "tcp", "total"]
check("its totals are what was taken: %d" % t["n"], t["n"] == end["taken"] > 1000)
parts = sum(l["sum_ns"] for k, l in total.items() if k[:2] == ("rx", "tcp") and k[2] in ("stack", "ip", "transport", "hol", "wakeup", "runqueue", "application"))
check("the stages add up to the total", parts == t["sum_ns"], (parts, t["sum_ns"]))
conns = of(report, "connection")
check("connections add up to it too", sum(c["rx"]["n"] for c in conns if "rx" in c) == t["n"])
check("their slowest packet is the slowest", max(c["rx"]["max_ns"] for c in conns if "rx" in c) == t["max_ns"])
r = of(report, "recording")[0]
check("40 intervals and the rest, fewer on a busy machine: %d" % r["intervals"], 10 <= r["intervals"] <= 41)
check("it ended by itself", r["all"]["end"] == "duration")
EOF
ok "report: by the schema" by_schema "$T/report"
# The kernel's own count, while all of it was measured and a little longer than it was. A run is counted by either
# side at another moment, so one of each CPU may be missing.
tap_from python3 - "$T" <<'EOF'
import json, sys
def check(what, good, *more):
    print(("ok - " if good else "not ok - ") + what)
    for line in [] if good else more: print("# %s" % (line,))
def net_rx(name):
    names, *rows = open(sys.argv[1] + "/irqs-" + name).read().splitlines()
    count = [r.split()[1:] for r in rows if r.split()[0] == "NET_RX:"][0]
    return {int(cpu[3:]): int(n) for cpu, n in zip(names.split(), count)}
before, begun, still, after = map(net_rx, ("before", "begun", "still", "after"))
lines = [json.loads(l) for l in open(sys.argv[1] + "/report")]
line = [l for l in lines if l["type"] == "cpus"][0]
cpus = {c["cpu"]: c for c in line["cpus"]}
runs = {cpu: cpus[cpu]["net_rx"]["runs"] for cpu in cpus}
check("runs of NET_RX on each CPU, %s, are what the kernel has counted" % list(runs.values()),
      runs.keys() == before.keys() and all(still[c] - begun[c] - 1 <= runs[c] <= after[c] - before[c] + 1 for c in runs),
      runs, before, begun, still, after)
check("no event was missed", line["program_misses"] == 0, line)
taken = [l for l in lines if l["type"] == "end"][0]["taken"]
packets = sum(c["packets"] for c in cpus.values())
check("packets that it polled, %d, have those among them that were taken, %d" % (packets, taken), packets >= taken)
check("a delay for nearly every run, its time too", all(0.9 * n <= cpus[c]["net_rx"]["delay"]["n"] <= n + 1 and
      cpus[c]["net_rx"]["delay"]["sum_ns"] >= cpus[c]["net_rx"]["delay"]["n"] for c, n in runs.items()), line)
EOF
report "$T/a" --json --interval 1s --packets >"$T/report"
ok "report by the second: by the schema" by_schema "$T/report"
tap_from python3 - "$T/report" <<'EOF'
import json, sys
lines = [json.loads(l) for l in open(sys.argv[1])]
stages = [l for l in lines if l["type"] == "stage" and l["stage"] == "total" and l["dir"] == "rx" and l["proto"] == "tcp"]
parts, final = [l for l in stages if "final" not in l], [l for l in stages if "final" in l][0]
def check(what, good): print(("ok - " if good else "not ok - ") + what)
check("intervals of 1 s: %d" % len(parts), 4 <= len(parts) <= 5)
check("add up to the total", sum(l["n"] for l in parts) == final["n"] and sum(l["sum_ns"] for l in parts) == final["sum_ns"])
cpus = [l for l in lines if l["type"] == "cpus"]
runs = [{c["cpu"]: c["net_rx"]["runs"] for c in l["cpus"]} for l in cpus]
check("so do the CPUs'", len(runs) == len(stages) and runs[-1] == {cpu: sum(r[cpu] for r in runs[:-1]) for cpu in runs[-1]})
slow = [l for l in lines if l["type"] == "packet"]
fast = [l for l in slow if "dropped" not in l["flags"] and l["total_ns"] < 1000000]
check("slow packets are slow: %d" % len(slow), slow and not fast)
if fast: print("#", fast[0])
EOF
first=$(report "$T/a" --from 1s --to 2s --json | sed -n 's/.*"type":"ledger","dir":"rx","seen":\([0-9]*\).*/\1/p')
all=$(report "$T/a" --json | sed -n 's/.*"type":"ledger","dir":"rx","seen":\([0-9]*\).*/\1/p')
ok "a second of four: $first of $all packets" [ "$first" -gt 0 ] && [ "$first" -lt $((all / 2)) ]
second=$(report "$T/a" --from "$half" --json | sed -n 's/.*"type":"ledger","dir":"rx","seen":\([0-9]*\).*/\1/p')
rest=$(report "$T/a" --to "$half" --json | sed -n 's/.*"type":"ledger","dir":"rx","seen":\([0-9]*\).*/\1/p')
ok "from a time of the day: $second, and up to it: $rest" [ "$second" -gt 0 -a "$rest" -gt 0 ]
ok "which are all, but for the interval that has it in it" [ $((second + rest)) -le $((all + all / 10)) -a $((second + rest)) -ge $((all - all / 10)) ]
report "$T/a" --from 1h >"$T/report"
is "a time that it does not have: status" "$?" 1
ok "and a message" grep -q 'no interval in that time' "$T/report.err"
ok "the CPUs are in the text" grep -q '^softirqs by CPU' <(report "$T/a")
measure r record -o "$T/n" --no-cpus --duration 100ms
wait_end r
report "$T/n" >"$T/report"
ok "--no-cpus: said" grep -q '^softirqs of each CPU: not recorded (--no-cpus' "$T/report"
ok "and they are not there" test "$(grep -c '^softirqs by CPU' "$T/report")" = 0

stop l
stop late

# ---- a writer that is killed ----------------------------------------------------------------------
measure r record -o "$T/k" --interval 20ms
pause 1.5
during=$(intervals "$T/k")
ok "a recording that goes on can be read: $during intervals" [ "${during:-0}" -ge 10 ]
ok "it says that it is not finished" grep -q 'not finished' <(report "$T/k")
kill -KILL "${PID[r]}"
wait_end r
n=$(intervals "$T/k")
ok "after kill -9 all is there: $n intervals" [ "${n:-0}" -ge "$during" ]
is "SQLite finds nothing wrong with it" "$(integrity "$T/k")" ok
bad=0
for _ in {1..8}; do # at any moment, in the middle of a transaction too
	measure r record -o "$T/k" --force --interval 5ms
	pause "0.$(printf %03d $((RANDOM % 300)))"
	kill -KILL "${PID[r]}"
	wait_end r
	[ "$(integrity "$T/k")" = ok ] && n=$(intervals "$T/k") || bad=$((bad + 1))
	[ -n "$n" ] || report "$T/k" | grep -q . || grep -q 'no interval' "$T/report.err" || bad=$((bad + 1))
done
is "killed 8 times at a random moment: readable each time" $bad 0

# For certain in the middle of one: pages are changed, and the journal that takes them back is there.
cp "$T/a" "$T/h"
chmod 644 "$T/h"
python3 - "$T/h" <<'EOF'
import os, signal, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
for sql in ("PRAGMA journal_mode = TRUNCATE", "PRAGMA cache_size = 1", "BEGIN", "UPDATE interval SET data = zeroblob(100000)"):
    db.execute(sql)
os.kill(os.getpid(), signal.SIGKILL)
EOF
ok "a journal is left" test -s "$T/h-journal"
if command -v setpriv >/dev/null; then
	chmod 755 "$T"
	cp "$NETSTRATA" "$T/netstrata"
	setpriv --reuid 65534 --regid 65534 --clear-groups "$T/netstrata" report "$T/h" >/dev/null 2>"$T/report.err"
	is "who may only read is told what to do: status" "$?" 1
	ok "and how" grep -q 'writer was killed in the middle' "$T/report.err"
fi
is "who may write reads what was there before" "$(intervals "$T/h")" "$(intervals "$T/a")"
ok "and the journal has done its work" test ! -s "$T/h-journal"

# ---- a reader that holds it, and no memory ---------------------------------------------------------
server h 7710 -4 tcp --timeout 120 # of its own: the other one may have ended on a busy machine
client i 7710 4 tcp --total 100s --every 1ms --timeout 120
measure r record -o "$T/held" --interval 250ms --json
start reader python3 -u -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)
db.execute("BEGIN")
db.execute("SELECT count(*) FROM interval").fetchall()
print("reads")
sys.stdin.readline()
db.execute("COMMIT")' "$T/held"
ok "somebody reads it" wait_line reader reads
was=$(cksum <"$T/held") # to read it as a database would wait for the writer, which waits for the reader
pause 7 # longer than anything waits for a lock
ok "record goes on meanwhile" alive r
is "and writes nothing" "$(cksum <"$T/held")" "$was"
ok "it says so, once" test "$(grep -c 'held locked' "$T/r.err")" = 1
go reader
wait_end reader
pause 2
stop r
is "it ends well" "${RC[r]}" 0
ok "nothing of it is lost" python3 - "$T/r.out" <(report "$T/held" --json) <<'EOF'
import json, sys
end, again = ([x for x in map(json.loads, open(name)) if x["type"] == "end"][0] for name in sys.argv[1:])
print("# %d taken, the report has %d" % (end["taken"], again["taken"]))
sys.exit(not (end == again and end["taken"] > 1000))
EOF
ok "one interval is as long as it took" python3 - <(report "$T/held" --json --interval 1ms) <<'EOF'
import json, sys
longest = max(x["interval_ns"] for x in map(json.loads, open(sys.argv[1])) if x["type"] == "stage" and "final" not in x)
print("# %.1f s" % (longest / 1e9))
sys.exit(longest < 6e9)
EOF
if command -v prlimit >/dev/null; then
	# each snapshot is memory of its own
	MALLOC_MMAP_THRESHOLD_=32768 measure r record -o "$T/oom" --interval 50ms
	until [ "$(intervals "$T/oom")" -ge 3 ]; do alive r || break; done
	prlimit --pid "${PID[r]}" --as=4096
	wait_end r
	is "out of memory: status" "${RC[r]}" 1
	ok "what was recorded stays" test "$(intervals "$T/oom")" -ge 3
fi

# ---- bounds ----------------------------------------------------------------------------------------
measure r record -o "$T/b" --interval 5ms --max-size 256K --slower 1us --packets 50 --duration 4s
largest=0
while alive r; do
	size=$(stat -c %s "$T/b" 2>/dev/null || echo 0)
	[ "$size" -le "$largest" ] || largest=$size
	pause 0.1
done
wait_end r
ok "--max-size 256K: never more than that ($largest bytes)" [ "$largest" -le 262144 ]
ok "and in use ($largest bytes)" [ "$largest" -ge 131072 ]
ok "report says how much gave way" grep -q 'gave way to --max-size' <(report "$T/b")
ok "the end is there" grep -q '; duration' <(report "$T/b")
stop i TERM
stop h TERM

measure r record -o "$T/m" --duration 10s
stop c TERM
client c 7700 4 tcp --total 100s --every 1ms --timeout 120 2>/dev/null
wait_end r
size=$(stat -c %s "$T/m")
ok "10 s by default: $size bytes, less than a sixth of 1 MiB" [ "$size" -lt $((1048576 / 6)) ]

# ---- bad places -------------------------------------------------------------------------------------
echo keep me >"$T/exists"
start r "$NETSTRATA" record -o "$T/exists" --duration 1s
ok "a file that exists is refused" ends r 1 'exists; --force'
is "and left as it is" "$(<"$T/exists")" "keep me"
start r "$NETSTRATA" record -o "$T/exists" --force --netns "$B" --duration 100ms
wait_end r
ok "--force replaces it" test "$(intervals "$T/exists")" -ge 1
start r "$NETSTRATA" record -o "$T" --force --duration 1s
ok "a directory is refused" ends r 1 'no regular file'
start r "$NETSTRATA" record -o "$T/none/x" --duration 1s
ok "no such directory" ends r 1 'none/x: No such file'
start r "$NETSTRATA" record -o /proc/netstrata --duration 1s
ok "a place where nothing can be created" ends r 1 '/proc/netstrata'
mkdir "$T/small" "$T/ro"
if mount -t tmpfs -o size=80k full "$T/small" 2>/dev/null; then
	trap 'umount "$T/small" "$T/ro" 2>/dev/null; cleanup' EXIT
	start r "$NETSTRATA" record --netns "$B" -o "$T/small/x" --interval 5ms --slower 1us --packets 100 --duration 60s
	ok "the disk is full: it says so" ends r 1 'no space left|No space left'
	n=$(intervals "$T/small/x")
	ok "and what was recorded is there: $n intervals" [ "${n:-0}" -ge 5 ]
	mount -t tmpfs -o size=1m ro "$T/ro" && cp "$T/a" "$T/ro/a" && mount -o remount,ro "$T/ro"
	start r "$NETSTRATA" record -o "$T/ro/x" --duration 1s
	ok "a read-only file system" ends r 1 'Read-only'
	is "a recording on one can be read" "$(intervals "$T/ro/a")" "$(intervals "$T/a")"
	umount "$T/small" "$T/ro"
else
	skip "full and read-only file systems" "cannot mount a tmpfs" root
fi
if command -v setpriv >/dev/null; then
	chmod 711 "$T"
	cp "$NETSTRATA" "$T/netstrata"
	chmod 755 "$T/netstrata"
	mkdir -m 777 "$T/free"
	start r setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=-all --inh-caps=-all \
		"$T/netstrata" record -o "$T/free/x" --duration 1s
	ok "without privilege: the capability is named" ends r 3 'CAP_(BPF|SYS_ADMIN|PERFMON)'
	ok "and no file is left" test ! -e "$T/free/x"
	cp "$T/a" "$T/free/a" && chmod 666 "$T/free/a"
	start r setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=-all --inh-caps=-all \
		"$T/netstrata" record -o "$T/free/a" --force --duration 1s
	ok "nor is one replaced, with --force" ends r 3 'CAP_(BPF|SYS_ADMIN|PERFMON)'
	ok "it is as it was" cmp -s "$T/a" "$T/free/a"
	chmod 644 "$T/a"
	n=$(setpriv --reuid 65534 --regid 65534 --clear-groups "$T/netstrata" report "$T/a" --json | grep -c '"type":"recording"')
	is "reading needs none" "$n" 1
fi


# ---- before and after -------------------------------------------------------------------------------
port=0
# A second recording of the same server, which now reads 2 ms late.
for x in before after; do
	late=()
	[ $x = before ] || late=(--delay 2ms)
	stop c TERM
	stop s TERM
	server s $((7700 + ++port)) -4 tcp "${late[@]}" --timeout 120
	client c $((7700 + port)) 4 tcp --total 100s --every 20ms --timeout 120
	measure r record -o "$T/$x" --interval 200ms --duration 6s --tcp
	wait_end r
done
"$NETSTRATA" diff "$T/before" "$T/after" --json >"$T/diff"
ok "diff: by the schema" by_schema "$T/diff"
tap_from python3 - "$T/diff" <<'EOF'
import json, sys
d = {(l["dir"], l["proto"], l["stage"], l["quantile"]): l for l in map(json.loads, open(sys.argv[1])) if l["type"] == "diff"}
def check(what, good, more=""):
    print(("ok - " if good else "not ok - ") + what)
    if not good: print("# %s" % (more,))
a = d["rx", "tcp", "application", 0.5]
check("a reader that is 2 ms late is found: application %+.0f %%" % (100 * a["change"]), a["verdict"] == "slower", a)
cpus = [l for l in map(json.loads, open(sys.argv[1])) if l["type"] == "diff_cpu"]
check("the CPUs are compared too", cpus and any(l["verdict"] in ("none", "slower", "faster") for l in cpus), cpus)
check("by about that: %d us" % ((a["after_ns"] - a["before_ns"]) / 1000), 1.5e6 < a["after_ns"] - a["before_ns"] < 4e6, a)
EOF
"$NETSTRATA" diff "$T/before" "$T/after" --threshold 50 >"$T/diff"
is "--threshold: status" "$?" 5
ok "the table says it too" grep -q ' slower' "$T/diff"
"$NETSTRATA" diff "$T/before" "$T/before" --threshold 1 >"$T/diff"
is "against itself: status" "$?" 0
ok "nothing is slower or faster" grep -q ' 0 slower, 0 faster' "$T/diff"
done_testing
