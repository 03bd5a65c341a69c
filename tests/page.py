#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The page of `netstrata serve` in a browser whose directory is DIR. TAP lines.

page.py person URL DIR TOKEN    what a person does there; the server asks for the token, and measures with --sample
page.py pictures URL DIR SHOTS  how it looks, on a desktop and on a phone: pictures into SHOTS
"""

import base64
import os
import sys
import zlib

sys.dont_write_bytecode = True
from browser import Page

WHAT, URL, DIR, MORE = sys.argv[1:5]
BACKGROUND = {"light": (251, 251, 249), "dark": (20, 24, 27)}  # page.css
SHOWN = "!document.querySelector('main').hidden"
STATE = "document.querySelector('#state').textContent"


def ok(good, what, *why):
    print("%sok - %s" % ("" if good else "not ", what), flush=True)
    for line in () if good else why:
        print("# %s" % (line,))


def first_pixel(png):
    """Its colour: in the first row, nothing stands before it that it could be told from."""
    data, at = b"", 8
    while at < len(png):
        size = int.from_bytes(png[at:at + 4], "big")
        data += png[at + 8:at + 8 + size] if png[at + 4:at + 8] == b"IDAT" else b""
        at += size + 12
    return tuple(zlib.decompress(data)[1:4])


def pictures(page):
    ok(page.until(SHOWN + " && document.querySelectorAll('canvas').length > 0"), "it is live")
    for name, width, height in (("desktop", 1280, 1600), ("phone", 390, 1800)):
        page.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=name == "phone")
        for theme, colour in BACKGROUND.items():
            page.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
            png = base64.b64decode(page.ask("Page.captureScreenshot", format="png")["data"])
            with open(os.path.join(MORE, "%s-%s.png" % (name, theme)), "wb") as f:
                f.write(png)
            ok(first_pixel(png) == colour, "%s, %s: its background" % (name, theme), first_pixel(png))
        wide = page.value("document.documentElement.scrollWidth - innerWidth")
        ok(wide <= 0, "%s: nothing stands out at the side" % name, wide)
    ok(not page.complaints, "no error in the console", *page.complaints)


def token(page):
    ok(page.until("!document.querySelector('#token').hidden") and not page.value(SHOWN), "it asks for the token, and shows nothing")
    page.click("#secret")
    page.type("0123456789abcdef")
    ok(page.until("rounds >= 2 && %s === 'locked'" % STATE) and not page.value(SHOWN), "a wrong one: it goes on asking")
    page.click("#secret")
    page.type(MORE)
    ok(page.until(SHOWN + " && document.querySelector('#token').hidden"), "the right one: here are the numbers")
    ok(MORE not in page.value("document.documentElement.outerHTML + location.href + document.querySelector('#secret').value"),
       "the token stands nowhere on the page")
    page.ask("Page.reload")
    ok(page.until(SHOWN + " && %s.startsWith('live')" % STATE), "loaded again, it has the token still")
    # what it complains about are the two answers without the right one
    ok(len(page.complaints) <= 2 and all("401" in c for c in page.complaints), "no error in the console", *page.complaints)


def ledger(page):
    ok(page.until("/left out: \\d+ sampled/.test(document.querySelector('#ledger').textContent)"), "what --sample leaves out is told")
    ok("sampled" not in page.value("[...document.querySelectorAll('#ledger .bad')].map(e => e.textContent).join()"),
       "but not as lost")
    told = page.value("""(() => {
        const line = (lost) => [{ type: "ledger", dir: "rx", taken: 9, lost }];
        const text = () => [...document.querySelectorAll("#ledger span")].map(e => (e.className ? "!" : "") + e.textContent).join("");
        showLedger(line({ sampled: 0, unread: 0, wake_unknown: 3 }));
        const detail = text();
        showLedger(line({ sampled: 5, unread: 2, wake_unknown: 3 }));
        return detail + "/" + text();
    })()""")
    ok(told == "received: 9 packets measured (in part: 3 wake_unknown); nothing lost. /"
       "received: 9 packets measured (in part: 3 wake_unknown), left out: 5 sampled, not measured: !2 unread. ",
       "nor is what is missing of packets that are measured", told)


def pause(page):
    page.click("#pause")
    ok(page.until(STATE + " === 'paused'") and page.value("document.querySelector('#pause').ariaPressed") == "true",
       "Pause")
    held = page.value("[history.length, document.querySelector('#stages').innerHTML, document.querySelector('#packets').innerHTML]")
    was = page.value("history[history.length - 1].mono_ns")
    ok(page.until("ask('snapshot').then(lines => lines[0].mono_ns > %d + 1.5e9)" % was), "while time goes on")
    ok(page.value("[history.length, document.querySelector('#stages').innerHTML, document.querySelector('#packets').innerHTML]") == held,
       "all stays as it was")
    page.click("#pause")
    ok(page.until(STATE + ".startsWith('live') && history.length > %d" % (held[0] + 2)), "Go on: with what was new meanwhile")


def ranking(page):
    for direction, by in (("tx", "n"), ("rx", "max")):
        page.choose("#dir", direction)
        page.choose("#by", by)
        # the rows, and those that the server has for these: of the same snapshot after a try or two
        ok(page.until("""ask("connections?n=20&dir=%s&by=%s").then(lines => {
            const want = lines.filter(l => l.type === "connection" && l.%s).map(l => l.%s.n + " " + duration(l.%s.max_ns));
            const rows = [...document.querySelectorAll("#connections tbody tr")].map(r => r.cells[2].textContent + " " + r.cells[5].textContent);
            return want.length > 1 && want.join() === rows.join();
        })""" % (direction, by, direction, direction, direction)), "connections of %s, by %s" % (direction, by))
        arrow = " → " if direction == "tx" else " ← "
        ok(page.value("[...document.querySelectorAll('#connections tbody tr')].every(r => r.cells[0].textContent.includes('%s'))" % arrow),
           "with their arrow")


def unfold(page):
    page.click("#pause")
    ok(page.until("document.querySelectorAll('#packets > li').length > 5"), "slow packets")
    first = "#packets > li:nth-child(2) > details"
    ok(page.value("document.querySelector('%s dl').checkVisibility()" % first) is False, "folded at first")
    page.click(first + " > summary")
    ok(page.until("document.querySelector('%s').open && document.querySelector('%s dl').checkVisibility()" % (first, first)), "a click unfolds one")
    names = page.value("[...document.querySelectorAll('%s dt')].map(e => e.textContent)" % first)
    ok({"process", "cause", "bytes", "cpu"} <= set(names) and len(names) > 6, "its stages, process and cause", names)
    ok(page.value("""ask("packets").then(lines => {
        const key = () => [...document.querySelectorAll("#packets details")].filter(d => d.open).map(d => d.dataset.key).join();
        showPackets(lines);
        document.querySelector("%s").open = true;
        const before = key();
        showPackets(lines);
        return before !== "" && key() === before;
    })""" % first), "it stays so when the list is made anew")
    page.click("#pause")


def together(page):
    """Answers of two snapshots are asked for once more."""
    asked = page.value("""(async () => {
        const real = ask, asked = [];
        let late = 0;
        ask = async path => { asked.push(path.split("?")[0]); return [{ mono_ns: path === "packets" && late ? late-- : 7 }]; };
        await together(["snapshot", "packets"]);
        late = 1;
        const answers = await together(["snapshot", "packets"]);
        ask = real;
        return asked.join(" ") + " " + answers.map(a => a[0].mono_ns).join(" ");
    })()""")
    ok(asked == "snapshot packets snapshot packets snapshot packets 7 7", "all of what is shown is of one snapshot", asked)


def main():
    page = Page(URL, DIR)
    try:
        if WHAT == "pictures":
            pictures(page)
            return
        for part in (token, ledger, pause, ranking, unfold, together):
            part(page)
        ok(len(page.complaints) <= 2, "nor later", *page.complaints)
    finally:
        page.close()


main()
