#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The page of netstrata serve in headless Chromium, at the size of a desktop and of a phone. SHOTS=DIR keeps the
# pictures, for a person to look at.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/serve.sh
. "$TREE/tests/serve.sh"
need root netns
have curl python3
need_serve
command -v chromium-headless-shell >/dev/null || skip_all page "no browser (Debian: chromium-headless-shell)"
SHOTS=${SHOTS:-$T}

# browse SIZE ARGS...: the page after four seconds of it; what the browser complains about is in $T/browser.err
browse() { browse_url "${URL[m]}" "$@"; }
browse_url() {
	timeout -k 5 60 chromium-headless-shell --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$T/browser" \
		--enable-logging=stderr --window-size="$2" --virtual-time-budget=4000 --timeout=20000 \
		"${@:3}" "$1" 2>"$T/browser.err"
}
# stands_out FILE: by how many pixels the page is wider than a phone
stands_out() {
	{
		sed 's/<meta http-equiv="Content-Security-Policy"[^>]*>//' "$1"
		echo '<script>document.title = "stands out " + (document.documentElement.scrollWidth - innerWidth) + " of " + innerWidth</script>'
	} >"$T/phone.html"
	browse_url "file://$T/phone.html" 390,1800 --dump-dom | sed -n 's/.*<title>stands out \(.*\)<\/title>.*/\1/p'
}

net_up || { fail "namespaces"; done_testing; }
serve m --netns "/run/netns/$NS_A" --netns "/run/netns/$NS_B" --interval 500ms --slower 1ms || {
	fail "serve starts" "$(<"$T/m.err")"
	done_testing
}
server s 7670 -4 tcp --delay 2ms --timeout 180
client c 7670 4 tcp --total 120s --every 10ms --timeout 180
server u 7671 -6 udp --timeout 180
client v 7671 6 udp --total 120s --every 2ms --timeout 180
snapshot_taken
snapshot_taken

browse 1280,1600 --dump-dom >"$T/page.html"
ok "no error in the console" test "$(grep -c 'CONSOLE' "$T/browser.err")" = 0
grep CONSOLE "$T/browser.err" | head -3
get api/v1/snapshot >"$T/snapshot"
tap_from python3 - "$T/page.html" "$T/snapshot" <<'PY'
import json, re, sys
page = open(sys.argv[1], encoding="utf-8").read()
lines = [json.loads(line) for line in open(sys.argv[2], encoding="utf-8")]
text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "\n", page))

def ok(good, what):
    print("%sok - %s" % ("" if good else "not ", what))

for what, there in (("received TCP", "TCP received"), ("received UDP", "UDP received"), ("sent TCP", "TCP sent"),
                    ("sent UDP", "UDP sent"), ("the ledger", "packets measured"), ("it is live", "live, every")):
    ok(there in text, what)
names = {"+".join(line["covers"]) if len(line["covers"]) > 1 else line["stage"] for line in lines
         if line["type"] == "stage" and line["n"]}
shown = set(re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<tr[^>]*><td>(.*?)</td>", page))
ok(names <= shown, "each stage has its row: %s" % sorted(names - shown))
ok(re.search(r"tcp 10\.99\.0\.2:7670 ← 10\.99\.0\.1:\d+", text), "the connection")
ok(page.count("<details") >= 10, "slow packets, %d" % page.count("<details"))
ok("read it only then" in text or "had not read it yet" in text, "with their cause")
ok("[object" not in page, "all of it as text")
ok("<canvas" in page, "the distribution over time")
online = next((line["cpus"] for line in lines if line["type"] == "cpus"), [])
rows = re.search(r'<table id="cpus".*?<tbody>(.*?)</tbody>', page, re.S).group(1)
cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", rows)]
ok(online and [c[0] for c in cells] == [str(c["cpu"]) for c in online], "a row of each CPU: %s" % [c[0] for c in cells])
ok(any(re.fullmatch(r"[\d.]+(ns|us|ms|s)", c[3]) for c in cells) and all("class=\"track\"" in c[9] for c in cells),
   "how long NET_RX waited there: %s" % [c[3] for c in cells])
ok(not re.search(r"(?:src|href)=\"(?!page\.|details\.js\"|metrics|api/|data:,)", page), "nothing from elsewhere")
PY
tap_from python3 "$TREE/tests/page.py" pictures "${URL[m]}" "$T/pictures" "$SHOTS"

# ---- what a person does there -------------------------------------------------------------------------
echo 0123456789abcdef-the-right-one >"$T/secret" && chmod 600 "$T/secret"
serve k --netns "/run/netns/$NS_A" --netns "/run/netns/$NS_B" --interval 500ms --sample 1/2 --token-file "$T/secret"
tap_from python3 "$TREE/tests/page.py" person "${URL[k]}" "$T/person" "$(<"$T/secret")"
stop k

# Text of others is text: a process with a name that would be markup.
cp "$TRAFFIC" "$T/<b>x&amp;"
start e nsenter --net="/run/netns/$NS_B" "$T/<b>x&amp;" recv -4 tcp --port 7672 --timeout 60
wait_line e "ready 7672"
client f 7672 4 tcp --total 40s --every 5ms --timeout 60
snapshot_taken
snapshot_taken
browse 1280,1600 --dump-dom >"$T/page.html"
ok "a process cannot write into the page" grep -q '&lt;b&gt;x&amp;amp;' "$T/page.html"

stop m
is "Ctrl-C ends it with 0" "${RC[m]}" 0

# ---- the page that a recording becomes ----------------------------------------------------------------
if "$NETSTRATA" --version | grep -q 'optional libraries:.*sqlite3'; then
	measure r record --netns "/run/netns/$NS_B" -o "$T/recording" --interval 250ms --duration 3s
	wait_end r
	"$NETSTRATA" report "$T/recording" --html "$T/report.html" >"$T/out" 2>&1
	is "report --html" "$? $(<"$T/out")" "0 "
	browse_url "file://$T/report.html" 1280,1600 --dump-dom >"$T/page.html"
	ok "its page has nothing that the browser complains about" test "$(grep -c CONSOLE "$T/browser.err")" = 0
	ok "the stages" grep -q '>application<' "$T/page.html"
	ok "plots: $(grep -o '<svg' "$T/page.html" | wc -l)" [ "$(grep -o '<svg' "$T/page.html" | wc -l)" -ge 3 ]
	ok "no scripts, and nothing from elsewhere" test "$(grep -cE '<script|<link|<img|<iframe|@import|url\(' "$T/page.html")" = 0
	is "report, a phone: nothing stands out at the side" "$(stands_out "$T/report.html")" "0 of 390"
	for shot in desktop:1280,1600 phone:390,1800; do
		browse_url "file://$T/report.html" "${shot#*:}" --screenshot="$SHOTS/report-${shot%%:*}.png" >/dev/null
		ok "report, ${shot%%:*}: a picture" test -s "$SHOTS/report-${shot%%:*}.png"
	done
else
	skip "report --html" "built without sqlite3"
fi
done_testing
