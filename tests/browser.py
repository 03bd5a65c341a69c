# SPDX-License-Identifier: GPL-2.0-only
"""Headless Chromium, driven by its DevTools protocol over a pipe."""

import json
import os
import subprocess
import time

LIMIT = 30  # seconds that anything may take


class Page:
    """One page of a browser of its own; what the browser complains about is in .complaints"""

    def __init__(self, url, directory, size="1280,1600"):
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        # the browser reads commands from 3 and writes to 4
        self.browser = subprocess.Popen(
            ["bash", "-c", 'exec 3<&"$0" 4>&"$1" "${@:2}"', str(theirs_in), str(theirs_out), "chromium-headless-shell", "--no-sandbox",
             "--disable-gpu", "--hide-scrollbars", "--user-data-dir=" + directory, "--window-size=" + size,
             "--remote-debugging-pipe", "about:blank"],
            pass_fds=(theirs_in, theirs_out), stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        self.reader, self.writer = os.fdopen(ours_in, "rb"), os.fdopen(ours_out, "wb")
        self.buffer, self.number, self.session, self.complaints = b"", 0, None, []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.ask(domain + ".enable")
        self.ask("Page.navigate", url=url)

    def message(self):
        while b"\0" not in self.buffer:
            more = os.read(self.reader.fileno(), 1 << 20)
            if not more:
                raise RuntimeError("the browser has ended")
            self.buffer += more
        text, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(text)

    def ask(self, method, **params):
        self.number += 1
        command = {"id": self.number, "method": method, "params": params}
        if self.session:
            command["sessionId"] = self.session
        self.writer.write(json.dumps(command).encode() + b"\0")
        self.writer.flush()
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError("%s: %s" % (method, answer["error"]["message"]))
                return answer["result"]
            if answer.get("method") in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"):
                self.complaints.append(json.dumps(answer["params"])[:300])

    def value(self, script):
        """Of an expression; a promise is waited for."""
        answer = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError("%s: %s" % (script, answer["exceptionDetails"]["exception"].get("description")))
        return answer["result"].get("value")

    def until(self, script):
        """Until an expression is true; whether it has become so."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            try:
                if self.value(script):
                    return True
            except RuntimeError:
                pass  # the page is not there yet
            time.sleep(0.05)
        return False

    def click(self, selector):
        """With the mouse, in the middle of what is there."""
        x, y = self.value("""(() => { const e = document.querySelector(%s); e.scrollIntoView({ block: "center" });
            const r = e.getBoundingClientRect(); return [r.x + Math.min(r.width / 2, 20), r.y + r.height / 2]; })()""" % json.dumps(selector))
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def type(self, text):
        """Into what has the focus, and Enter."""
        self.ask("Input.insertText", text=text)
        for kind in ("keyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", text="\r", windowsVirtualKeyCode=13)

    def choose(self, selector, value):
        """One of a list's values."""
        self.value("""(() => { const e = document.querySelector(%s); e.value = %s; e.dispatchEvent(new Event("change", { bubbles: true })); })()""" %
                   (json.dumps(selector), json.dumps(value)))

    def close(self):
        self.writer.close()
        try:
            self.browser.wait(5)
        except subprocess.TimeoutExpired:
            self.browser.kill()
            self.browser.wait()
