#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# netstrata watch on real traffic: of four readers one becomes slow and is found, with its stage, cause and a
# packet; steady traffic has no anomaly; --exec runs what it is told, and no more; a recording says the same, and
# so does netstrata serve. SHOTS=DIR keeps the picture of its page on a phone.
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/serve.sh
. "$TREE/tests/serve.sh"
need root netns
have python3
SHOTS=${SHOTS:-$T}

by_schema() { "$TREE/tests/cli/check-schema.py" <"$1" >/dev/null; }
# until_line FILE TEXT: as wait_line, for any file.
until_line() {
	local end=$((SECONDS + LIMIT))
	until grep -qE -- "$2" "$1" 2>/dev/null; do
		[ $SECONDS -lt $end ] || { diag "no '$2' in $1"; return 1; }
		pause 0.05
	done
}

net_up || { fail "namespaces"; done_testing; }
start readers nsenter --net="/run/netns/$NS_B" "$TREE/tests/watch.py" read 7800
wait_line readers "ready 7800" || { fail "the readers"; done_testing; }
for i in 1 2 3 4; do
	client c$i 7800 4 tcp --size 100 --total 100s --every 5ms --timeout 120
	wait_line readers "accepted $i "
done
peer=$(sed -n 's/^accepted 1 //p' "$T/readers.out")

recorded=
# ---- a reader becomes slow -------------------------------------------------------------------------
# shellcheck disable=SC2016 # for the shell of --exec
measure w watch --interval 250ms --tcp --port 7800 --exec '
	echo "$NETSTRATA_EVENT $NETSTRATA_SCOPE $NETSTRATA_DIR $NETSTRATA_STAGE $NETSTRATA_REMOTE $NETSTRATA_COMM" >>'"$T"'/exec
	echo said by the command'
wait_line w '"warmup":16' || fail "the warm-up is told"
if "$NETSTRATA" --version | grep -q 'optional libraries:.*sqlite3'; then
	measure r record -o "$T/rec" --interval 250ms --tcp --port 7800 --slower 1ms
fi
pause 6
kill -USR1 "${PID[readers]}"
wait_line w '"state":"active","scope":"connection","against":"past","dir":"rx"' || fail "found while it goes on"
pause 1
kill -USR2 "${PID[readers]}"
wait_line w '"state":"over","scope":"connection"' || fail "and its end"
pause 0.5
ok "watch ends with 0" stop w INT
[ -z "${PID[r]:-}" ] || recorded=1
[ -z "$recorded" ] || stop r INT || fail "record" "$(<"$T/r.err")"
ok "its lines: by the schema" by_schema "$T/w.out"
tap_from "$TREE/tests/watch.py" found "$T/w.out" "$peer"
ok "--exec: begin" until_line "$T/exec" "^begin connection rx application 10.99.0.1:$peer python"
ok "--exec: end" until_line "$T/exec" "^end connection rx application 10.99.0.1:$peer"
ok "--exec: what it prints is no data of ours" grep -q 'said by the command' "$T/w.err"

# ---- the same from a recording -----------------------------------------------------------------------
if [ -n "$recorded" ]; then
	"$NETSTRATA" watch --json --replay "$T/rec" >"$T/replay" 2>"$T/replay.err"
	is "--replay: status" $? 0
	ok "--replay: by the schema" by_schema "$T/replay"
	tap_from "$TREE/tests/watch.py" found "$T/replay" "$peer"
	"$NETSTRATA" watch --replay "$T/rec" >"$T/replay" 2>&1
	is "--replay: as text" $? 0
	ok "--replay: the line" grep -qE "slow connection tcp 10.99.0.2:7800<-10.99.0.1:$peer python.*most in application.*\| .*python" "$T/replay"
	ok "--replay: the warm-up" grep -qE 'learning what is usual: .* 16 intervals of [0-9.]+m?s' "$T/replay"
else
	skip "--replay" "built without sqlite3" sqlite
fi

# ---- steady traffic ------------------------------------------------------------------------------------
measure w watch --interval 250ms --tcp --port 7800 --duration 12s --exec "echo ran >>$T/ran"
wait_end w
is "watch ends by itself" "${RC[w]}" 0
tap_from "$TREE/tests/watch.py" steady "$T/w.out"

# ---- commands that hang, and netstrata serve -----------------------------------------------------------------
with_serve=
if command -v curl >/dev/null && "$NETSTRATA" --version | grep -q '^optional libraries:.* libmicrohttpd'; then
	serve m --interval 250ms --slower 1ms --netns "/run/netns/$NS_B" --tcp --port 7800 && with_serve=1
fi
start text "$NETSTRATA" watch --interval 250ms --tcp --port 7800 --exec "echo started >>$T/hangs; exec sleep 600"
wait_line text 'learning what is usual' || fail "text: the warm-up is told"
pause 6
kill -USR1 "${PID[readers]}"
wait_line text "slow connection" || fail "text: the line"
if [ -n "$with_serve" ]; then
	tell() { get api/v1/anomalies >"$T/told" && grep -q '"state":"active","scope":"connection"' "$T/told"; }
	end=$((SECONDS + LIMIT))
	until tell || [ $SECONDS -ge $end ]; do pause 0.1; done
	ok "serve: /api/v1/anomalies, by the schema" by_schema "$T/told"
	tap_from "$TREE/tests/watch.py" told "$T/told" "$peer"
	ok "serve: /metrics" grep -q '^netstrata_anomalies_active{scope="connection"} [1-9]' <(get metrics)
	if command -v chromium-headless-shell >/dev/null; then
		browse() {
			timeout -k 5 60 chromium-headless-shell --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$T/browser" \
				--enable-logging=stderr --window-size=390,1800 --virtual-time-budget=4000 --timeout=20000 "$@" "${URL[m]}" 2>"$T/browser.err"
		}
		browse --dump-dom >"$T/page.html"
		ok "serve: the page has it" grep -q "connection tcp 10.99.0.2:7800&lt;-10.99.0.1:$peer python" "$T/page.html"
		ok "serve: no error in the console" test "$(grep -c CONSOLE "$T/browser.err")" = 0
		grep CONSOLE "$T/browser.err" | head -3
		browse --screenshot="$SHOTS/anomalies-phone.png" >/dev/null
		ok "serve: a picture" test -s "$SHOTS/anomalies-phone.png"
	else
		skip "serve: the page" "no browser (Debian: chromium-headless-shell)" page
	fi
	stop m || fail "serve ends" "$(<"$T/m.err")"
else
	skip "serve" "built without libmicrohttpd, or no curl" serve
fi
ok "text: it names the reader" grep -qE "#[0-9]+ slow connection tcp 10.99.0.2:7800<-10.99.0.1:$peer python" "$T/text.out"
kill -USR2 "${PID[readers]}"
wait_line text "as before" || fail "text: measuring goes on while commands hang"
until_line "$T/hangs" started
hung=$(pgrep -f '^sleep 600$' -P "${PID[text]}")
ok "a hanging command is left alone, and is one of ours" [ -n "$hung" ]
ok "and does not keep watch from ending" stop text INT
ok "the account at the end" grep -qE '^[0-9]+ anomalies in [0-9]+ intervals' "$T/text.out"
for p in $hung; do kill "$p"; done

# ---- a queueing discipline ----------------------------------------------------------------------------------
tbf() { tc -n "$NS_A" qdisc "$1" dev va root tbf rate "$2" burst 2000 latency 100ms 2>"$T/tc.err"; }
for c in c1 c2 c3 c4; do stop $c TERM; done
if tbf add 1mbit; then
	server s 7801 -4 udp --timeout 60
	client u 7801 4 udp --size 100 --total 50s --every 4ms --timeout 60
	start q "$NETSTRATA" watch --json --interval 250ms --netns "/run/netns/$NS_A" --udp --port 7801
	wait_line q '"warmup":16'
	pause 7
	tbf change 100kbit
	ok "a slow queueing discipline" wait_line q '"state":"active","scope":"qdisc","against":"past","dir":"tx"'
	tbf change 1mbit
	ok "and its end" wait_line q '"state":"over","scope":"qdisc"'
	stop q INT
	ok "by the schema" by_schema "$T/q.out"
	ok "its name, and a packet that waited in it" grep -qE '"scope":"qdisc".*"dev":"va",.*"kind":"tbf",.*"why":"[^"]* in the qdisc tbf of va' "$T/q.out"
else
	skip "a queueing discipline" "no tbf in this kernel: $(<"$T/tc.err")" netns
fi

# ---- ends -----------------------------------------------------------------------------------------------
start pipe bash -c "'$NETSTRATA' watch --interval 100ms --netns '/run/netns/$NS_B' | head -1"
ok "a reader that goes away is no failure" wait_end pipe
is "nor is it a message" "$(grep -v '^netstrata: note' "$T/pipe.err")" ""
done_testing
