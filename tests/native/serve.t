#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# netstrata serve among bad requests and bad company: it goes on, and so does the measuring. What it answers is
# tests/vm/serve.t's matter.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/serve.sh
. "$TREE/tests/serve.sh"
need root netns
have curl python3
need_serve

net_up || { fail "namespaces"; done_testing; }
B=/run/netns/$NS_B

counts() { cat /proc/softirqs >"$T/$1.softirqs" && cat /proc/net/softnet_stat >"$T/$1.softnet"; }
counts before
serve m --netns "$B" --interval 200ms --slower 1ms || { fail "serve starts" "$(<"$T/m.err")"; done_testing; }
server s 7600 -4 tcp --rt 10 --delay 3ms --timeout 300
client c 7600 4 tcp --rt 10 --total 200s --every 10ms --timeout 300
counts begun
pause 1
counts ended
snapshot_taken
get "api/v1/snapshot?span=run" >"$T/run"
counts after

# ---- softirqs ------------------------------------------------------------------------------------
"$TREE/tests/cli/check-schema.py" <"$T/run" >"$T/schema" 2>&1 || diag "$(tail -3 "$T/schema")"
tap_from python3 - "$T" <<'PY'
import json, sys

def counts(name):
    """{CPU: (runs of NET_RX, time_squeeze)}, as the kernel counts"""
    with open("%s/%s.softirqs" % (sys.argv[1], name), encoding="utf-8") as f:
        cpus = [int(x[3:]) for x in f.readline().split()]
        runs = next(line.split()[1:] for line in f if line.split()[0] == "NET_RX:")
    with open("%s/%s.softnet" % (sys.argv[1], name), encoding="utf-8") as f:
        rows = [[int(x, 16) for x in line.split()] for line in f]
    squeezed = {r[12] if len(r) > 12 else i: r[2] for i, r in enumerate(rows)}
    return {cpu: (int(n), squeezed.get(cpu, 0)) for cpu, n in zip(cpus, runs)}

before, begun, ended, after = map(counts, ("before", "begun", "ended", "after"))
with open(sys.argv[1] + "/run", encoding="utf-8") as f:
    line = next(x for x in map(json.loads, f) if x["type"] == "cpus")
seen = {c["cpu"]: (c["net_rx"]["runs"], c["squeezed"]) for c in line["cpus"]}
bad = ["CPU %d: %s, the kernel counted %s to %s" % (cpu, seen.get(cpu), ended[cpu], after[cpu]) for cpu in after
       if not all(ended[cpu][i] - begun[cpu][i] <= seen.get(cpu, (0, 0))[i] <= after[cpu][i] - before[cpu][i] for i in (0, 1))]
print("# %s" % seen)
print(("not " if bad else "") + "ok - runs and squeezes of NET_RX on each CPU, as the kernel counts them")
for x in bad:
    print("# " + x)
waited = [c["net_rx"]["delay"] for c in line["cpus"]]
print(("ok" if 50 <= sum(d["n"] for d in waited) and all(d["max_ns"] * d["n"] >= d["sum_ns"] for d in waited) else "not ok") +
      " - and how long it waited")
PY

# ---- requests ----------------------------------------------------------------------------------
is "no such page" "$(status_of nowhere)" 404
is "which tells what there is: / is the page" "$(get nowhere | grep -c 'There are: /metrics .* / ')" 1
for p in $(get nowhere | sed 's/.*: //'); do is "such as $p" "$(status_of "${p#/}")" 200; done
is "POST" "$(status_of metrics -d x=1)" 405
is "DELETE" "$(status_of metrics -X DELETE)" 405
is "HEAD" "$(get metrics -I | tr -d '\r' | sed -n 's/^Content-Type: //p')" "text/plain; version=0.0.4; charset=utf-8"
is "OpenMetrics by its type" "$(get metrics -I -H 'Accept: application/openmetrics-text' | tr -d '\r' |
	sed -n 's/^Content-Type: //p')" "application/openmetrics-text; version=1.0.0; charset=utf-8"
is "a name that points here" "$(status_of metrics -H 'Host: evil.example')" 403
is "another address of ours" "$(status_of metrics -H 'Host: 192.0.2.1:9')" 200
for args in n=0 n=101 n=x dir=both by=mean span=all since=-1; do
	is "?$args" "$(status_of "api/v1/connections?$args")" 400
done
is "an argument that is not known" "$(status_of "api/v1/snapshot?colour=red")" 200
ok "?n=1: one connection at most" test "$(get "api/v1/connections?n=1&span=run&by=n" | grep -c '"connection"')" = 1
ok "no answer may be kept, or be read as another type" grep -qi nosniff <(get "" -I)
for file in "" page.js details.js page.css; do
	ok "/$file refers to no other host" test -z "$(get "$file" | grep -E '(https?:)?//[a-z0-9]' | grep -v '^ *//')"
done

# ---- company -----------------------------------------------------------------------------------
serve hour --interval 1h --udp --local-port 9 # no interval comes by while clients take their time
start deadline python3 "$TREE/tests/serve_load.py" "${URL[hour]}" "${PID[hour]}" until_deadline
server u 7603 -4 udp --rt 10 --timeout 300
client v 7603 4 udp --rt 10 --total 280s --every 4ms --timeout 300
INTERVAL=0.2 READER=${PID[u]} tap_from python3 "$TREE/tests/serve_load.py" "${URL[m]}" "${PID[m]}"
stop m
is "Ctrl-C ends it with 0" "${RC[m]}" 0
stop u
wait_end deadline
tap_from cat "$T/deadline.out"
stop hour

# ---- 10,000 connections ---------------------------------------------------------------------------
N=10000
ulimit -n $((N + 256)) 2>/dev/null || N=$(($(ulimit -n) - 256))
in_b sh -c 'echo "1024 65535" >/proc/sys/net/ipv4/ip_local_port_range; echo 1 >/proc/sys/net/ipv4/tcp_tw_reuse'
serve m --netns "$B" --max-connections $((3 * N)) # fuller, idle rows would be given to others
start peers nsenter --net="$B" "$TREE/bench/connections.py" $N
if LIMIT=120 wait_line peers ready; then pass "$N connections"; else fail "$N connections"; fi
snapshot_taken
rows=$(get metrics | sed -n 's/^netstrata_connections //p')
ok "both ends of each have a row ($rows)" [ "$rows" -ge $((2 * N)) -a "$rows" -le $((2 * N + 10)) ] # one that just closed keeps its own
INTERVAL=1 tap_from python3 "$TREE/tests/serve_load.py" "${URL[m]}" "${PID[m]}" scrapes_at_once
go peers
wait_end peers
stop m

# ---- a user of its own, as contrib/systemd has it -------------------------------------------------
if command -v setpriv >/dev/null; then
	chmod 755 "$T" && cp "$NETSTRATA" "$T/netstrata" && chmod 755 "$T/netstrata"
	start m setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all,+bpf,+perfmon \
		--ambient-caps=-all,+bpf,+perfmon --bounding-set=-all,+bpf,+perfmon --no-new-privs \
		"$T/netstrata" serve --listen 127.0.0.1:0 --netns "$(stat -Lc %i "$B")"
	ok "CAP_BPF and CAP_PERFMON are enough" wait_line m "serving http"
	caps=$(sed -n 's/^CapEff:\t*//p' /proc/"${PID[m]}"/task/*/status | sort -u)
	is "of which only CAP_BPF is left, in all threads" "$caps" 0000008000000000
	stop m
else
	skip "a user of its own" "setpriv is not installed"
fi

# ---- no system call for a series ------------------------------------------------------------------
serve m --netns "$B" --interval 1h
get metrics >"$T/first"
get metrics >"$T/second"
ok "between two snapshots all scrapes are the same" cmp -s "$T/first" "$T/second"
stop m
serve m --netns "$B" --interval 1s
get metrics >"$T/first"
pause 1.5 # so that the next one is of a new snapshot: its text is not there yet
if command -v strace >/dev/null; then
	start calls strace -f -qq -o "$T/calls" -p "${PID[m]}"
	until grep -q '^TracerPid:.[1-9]' /proc/"${PID[m]}"/task/*/status; do alive calls || break; done
	get metrics >"$T/second"
	stop calls
	# those of the thread that answers, from the request to the answer; taking the numbers is another's
	awk '/"GET \/metrics / { tid = $1 } tid && $1 == tid && !/resumed/ { print } $1 == tid && /"HTTP\/1.1 200/ { exit }' \
		"$T/calls" >"$T/answer"
	n=$(grep -c . "$T/answer")
	ok "the text is written for this scrape" bash -c '! cmp -s "$0" "$1"' "$T/first" "$T/second"
	ok "a scrape of $(grep -vc '^#' "$T/second") series takes $n system calls" test "$n" -ge 2 -a "$n" -lt 40
	ok "none of them is bpf()" test "$(grep -c ' bpf(' "$T/answer")" = 0
	ok "the last of them answers" grep -q '"HTTP/1.1 200' <(tail -1 "$T/answer")
else
	skip "system calls of a scrape" "strace is not installed"
	get metrics >"$T/second"
fi
ok "the default series are less than 2000" test "$(grep -vc '^#' "$T/second")" -lt 2000
stop m TERM
is "SIGTERM ends it with 0" "${RC[m]}" 0
serve m --netns "$B" --no-cpus
is "--no-cpus" "$(get metrics | grep -c softirq_; get api/v1/snapshot | grep -c '"cpus"')" "0
0"
stop m

# ---- more slow packets in one interval than the ring holds ------------------------------------------
serve m --netns "$B" --dir rx --udp --interval 8s --slower 1us
server f 7602 -4 udp --timeout 60
client g 7602 4 udp --total 7s --every 500us --timeout 60
wait_end g
snapshot_taken
tap_from python3 - <(get "api/v1/snapshot?span=run") <<'PY'
import json, sys
ledger = next(x for x in map(json.loads, open(sys.argv[1], encoding="utf-8")) if x["type"] == "ledger")
taken, full = ledger["taken"], ledger["lost"]["event_ring_full"]
print("# %d packets, %d without room" % (taken, full))
print(("ok" if taken > 7000 and full < taken / 20 else "not ok") + " - all are taken from the ring as they come")
PY
stop m

# ---- elsewhere than on loopback ---------------------------------------------------------------------
refused() { # TEXT OPTION...
	local text=$1
	shift
	STATUS=0
	timeout 20 "$NETSTRATA" serve "$@" >"$T/out" 2>"$T/err" </dev/null || STATUS=$?
	if [ "$STATUS" = 2 ] && grep -qF -- "$text" "$T/err"; then pass "refused: $*"; else fail "refused: $*" "$STATUS" "$(<"$T/err")"; fi
}
refused "is not loopback" --listen 0.0.0.0:0
refused "is not loopback" --listen :0
refused "is not loopback" --listen "[fd99::1]:0"
refused "is not loopback" --listen :0 --token-file "$T/token"
refused "is not loopback" --listen :0 --tls-cert x --tls-key y
refused "need each other" --tls-cert x
for bad in 127.0.0.1 127.0.0.1:65536 127.0.0.1: "[::1" ::1:80 host:80 256.0.0.1:80 ""; do
	refused "write ADDRESS:PORT" --listen "$bad"
done

if command -v openssl >/dev/null; then
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test \
		-addext subjectAltName=IP:10.99.0.1 -keyout "$T/key" -out "$T/cert" 2>/dev/null
	openssl rand -hex 24 >"$T/token"
	chmod 600 "$T/key" "$T/token"
	start m nsenter --net="/run/netns/$NS_A" "$NETSTRATA" serve --netns "$B" --listen 10.99.0.1:7699 \
		--tls-cert "$T/cert" --tls-key "$T/key" --token-file "$T/token"
	wait_line m "serving https://10.99.0.1:7699/" || diag "$(<"$T/m.err")"
	far() { in_b curl -s --max-time 20 --cacert "$T/cert" -o "$T/far" -w '%{http_code}' "$@"; }
	is "TLS, no token" "$(far https://10.99.0.1:7699/metrics)" 401
	is "TLS, wrong token" "$(far -H 'Authorization: Bearer 0123456789abcdef' https://10.99.0.1:7699/metrics)" 401
	is "TLS and token" "$(far -H "Authorization: Bearer $(<"$T/token")" https://10.99.0.1:7699/metrics)" 200
	ok "the metrics are there" grep -q netstrata_build_info "$T/far"
	is "the page itself tells nothing and needs none" "$(far https://10.99.0.1:7699/)" 200
	is "no TLS" "$(far http://10.99.0.1:7699/metrics)" 000
	stop m
	chmod 644 "$T/token"
	STATUS=0
	"$NETSTRATA" serve --token-file "$T/token" 2>"$T/err" || STATUS=$?
	is "a token that everybody can read" "$STATUS $(grep -o 'everybody can read' "$T/err")" "1 everybody can read"
	echo short >"$T/token" && chmod 600 "$T/token"
	STATUS=0
	"$NETSTRATA" serve --token-file "$T/token" 2>"$T/err" || STATUS=$?
	is "a token that is too short" "$STATUS" 1
	STATUS=0
	"$NETSTRATA" serve --netns "$B" --listen 127.0.0.1:0 --tls-cert "$T/key" --tls-key "$T/cert" 2>"$T/err" >/dev/null || STATUS=$?
	is "a certificate that is none" "$STATUS $(grep -c 'certificate or key' "$T/err")" "1 1"
else
	skip "TLS and token" "openssl is not installed"
fi

serve m --netns "$B"
STATUS=0
port=${URL[m]##*:}
"$NETSTRATA" serve --netns "$B" --listen "127.0.0.1:${port%/}" >/dev/null 2>"$T/err" || STATUS=$?
is "a port that is taken" "$STATUS $(grep -c 'cannot listen on 127.0.0.1' "$T/err")" "1 1"
stop m
done_testing
