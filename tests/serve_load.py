#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Bad company for `netstrata serve`: serve_load.py URL PID [ATTACK...]. TAP lines for tap_from (tests/lib.sh).

Clients that are slow, never finish, come by the thousand or speak no HTTP. Meanwhile snapshots must be taken
as ever, no packet be lost, and memory stay bounded. READER: the process that reads datagrams all the time, the only
one in the network namespace that is measured. Without INTERVAL there are no snapshots to look at, only the attacks.
"""

import json
import os
import random
import re
import resource
import socket
import sys
import threading
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor

URL, PID = sys.argv[1], sys.argv[2]
INTERVAL = float(os.environ.get("INTERVAL", 0))  # s, of the server's snapshots
READER = os.environ.get("READER")
HOST = urllib.parse.urlsplit(URL)
DEADLINE, IDLE, ANSWERS, MEMORY = 30, 5, 32 << 20, 64 << 20  # server.h; what it may grow by


def ok(good, what, *why):
    print("%sok - %s" % ("" if good else "not ", what), flush=True)
    for line in () if good else why:
        print("# %s" % (line,))


def connect(rcvbuf=0):
    s = socket.socket()
    if rcvbuf:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    s.settimeout(60)
    s.connect((HOST.hostname, HOST.port))
    return s


def get(path, timeout=60):
    with urllib.request.urlopen(URL + path, timeout=timeout) as f:
        return f.read().decode()


def resident():
    with open("/proc/%s/statm" % PID, encoding="ascii") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def intervals(since):
    """The intervals that were taken after a moment, and that moment's successor."""
    lines = [json.loads(line) for line in get("api/v1/history?since=%d" % since).splitlines()]
    past = [line for line in lines if line["type"] == "history"]
    return [line["interval_ns"] for line in past], past[-1]["mono_ns"] if past else since


def scrapes_at_once():
    times, bad = [], []

    def scrape():
        start = time.monotonic()
        try:
            if "netstrata_build_info" not in get("metrics"):
                bad.append("short")
        except OSError as e:
            bad.append(str(e))
        times.append(time.monotonic() - start)

    threads = [threading.Thread(target=scrape) for _ in range(100)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    ok(not bad and len(times) == 100, "100 scrapes at once: the slowest took %.0f ms" % (max(times) * 1000), *bad[:3])


def ask(s, f):
    """The metrics, by a connection that is kept."""
    s.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
    length = 0
    while (line := f.readline().strip()):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return f.read(length)


def speed():
    """One connection, so that only the answer is timed; each interval's first scrape has to write the text."""
    s = connect()
    f = s.makefile("rb")
    times = []
    for _ in range(200):
        start = time.perf_counter()
        length = len(ask(s, f))
        times.append(time.perf_counter() - start)
        time.sleep(0.005)
    times.sort()
    print("# a scrape of %d bytes: median %.2f ms, p99 %.2f ms, slowest %.2f ms" %
          (length, times[100] * 1e3, times[197] * 1e3, times[-1] * 1e3))
    ok(times[100] < 0.010, "the median scrape takes less than 10 ms")
    return s, f


def first_of_interval(s, f):
    """Those that have to write the text, for there are new numbers: what a real Prometheus always meets."""
    times, taken = [], set()
    while len(times) < (25 if INTERVAL < 1 else 9):
        time.sleep(INTERVAL * 1.2)
        start = time.perf_counter()
        text = ask(s, f)
        times.append(time.perf_counter() - start)
        taken.add(re.search(rb"^netstrata_snapshot_time_seconds (.*)$", text, re.M)[1])
    ok(len(taken) == len(times), "each of %d scrapes is of a snapshot of its own" % len(times), len(taken))
    times.sort()
    print("# they take: median %.2f ms, slowest %.2f ms" % (times[len(times) // 2] * 1e3, times[-1] * 1e3))
    ok(times[len(times) // 2] < 0.010, "the median takes less than 10 ms")


def sockets():
    """What the server has open: a client that reads slowly learns late that it was cut off."""
    fds, n = "/proc/%s/fd" % PID, 0
    for fd in os.listdir(fds):
        try:
            n += os.readlink(os.path.join(fds, fd)).startswith("socket:")
        except FileNotFoundError:  # closed meanwhile
            pass
    return n


def drip(slow, late, gone, start):
    """A byte for each of them, so that none is idle."""
    for s in slow + late:
        try:
            if s in slow:
                s.recv(1)
            elif s not in gone:
                s.send(b"x")
        except BlockingIOError:
            pass
        except OSError:
            gone.setdefault(s, time.monotonic() - start)


def until_deadline():
    """Slow readers, and requests that never end."""
    before = sockets()
    slow = [connect(rcvbuf=1024) for _ in range(20)]
    for s in slow:
        s.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20)  # more than fits into buffers
    late = [connect() for _ in range(20)]
    for s in late:
        s.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    for s in slow + late:
        s.setblocking(False)
    start, gone = time.monotonic(), {}
    while time.monotonic() - start < DEADLINE + 15 and (len(gone) < len(late) or sockets() > before):
        drip(slow, late, gone, start)
        time.sleep(0.5)
    first = min(gone.values(), default=0)
    ok(len(gone) == len(late) and first > IDLE,
       "a request that never ends is cut off at the deadline (after %.0f s)" % first, len(gone))
    ok(sockets() <= before, "and a reader that is too slow too", "%d sockets, before %d" % (sockets(), before))
    for s in slow + late:
        s.close()


def thousand():
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    start, clients = time.monotonic(), []
    for _ in range(1000):
        s = socket.socket()
        s.setblocking(False)
        s.connect_ex((HOST.hostname, HOST.port))
        clients.append(s)
    held = sockets()
    while held < 500 and time.monotonic() - start < 4:  # it closes what is idle for 5 s
        time.sleep(0.02)
        held = max(held, sockets())
    try:
        get("healthz")
        took = time.monotonic() - start
    except OSError:
        took = None
    ok(took is not None, "1000 idle connections: another client is answered within %s" %
       (took and "%.1f s" % took))
    ok(held >= 500, "it holds %d of them, as many as it may" % held)
    for s in clients:
        s.close()


MALFORMED = [
    b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /metrics\r\n\r\n", b"GET " + b"/" * 100000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20000 + b"\r\n", b"\x16\x03\x01\x02\x00\x01\x00",
    b"GET /%zz%00%ff HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"POST /metrics HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + b"x" * 9000 + b"\r\n\r\n",
    b"GET /api/v1/history?since=" + b"9" * 5000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
]


def send_case(case):
    s = connect()
    try:
        s.sendall(case)
        s.shutdown(socket.SHUT_WR)
        s.settimeout(20)
        while s.recv(65536):
            pass
    except OSError:
        pass  # it hung up on us: its right
    s.close()


def own_answers():
    """Slow readers of answers that are theirs alone, and large."""
    before, clients = resident(), [connect(rcvbuf=1024) for _ in range(400)]
    for i, s in enumerate(clients):
        s.sendall(b"GET /api/v1/history?since=%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % (i + 1))
    status = [s.recv(12)[9:] for s in clients]
    grown = resident() - before
    print("# %d are answered, %d are told to try again; %.1f MiB" %
          (status.count(b"200"), status.count(b"503"), grown / 2**20))
    ok(status.count(b"503") > 0 and status.count(b"200") + status.count(b"503") == 400,
       "400 slow readers of the history: some have to wait", set(status))
    ok("netstrata_build_info" in get("metrics"), "a scrape does not")
    ok(grown < ANSWERS + (8 << 20), "what they hold is bounded")
    for s in clients:
        s.close()


def malformed():
    rnd = random.Random(7)
    whole = b"GET /api/v1/connections?n=5&dir=tx&by=max HTTP/1.1\r\nHost: localhost\r\nAccept: text/plain;q=0.5\r\n\r\n"
    cases = list(MALFORMED)
    for _ in range(300):
        broken = bytearray(whole)
        for _ in range(rnd.randrange(1, 8)):
            broken[rnd.randrange(len(broken))] = rnd.randrange(256)
        cases.append(bytes(broken))
    with ThreadPoolExecutor(32) as pool:  # some are requests that have not ended, and wait until they are idle
        list(pool.map(send_case, cases))
    ok(get("healthz") == "ok\n", "%d malformed requests later it still answers" % len(cases))


def datagrams():
    """Read in that namespace so far, as the kernel counts."""
    with open("/proc/%s/net/snmp" % READER, encoding="ascii") as f:
        return int([line.split()[1] for line in f if line.startswith("Udp:")][1])


def account():
    """(datagrams read before the snapshot, those in it, after it, {reason: packets lost})"""
    losses = json.loads(get("api/v1/capabilities").splitlines()[1])["losses"]
    before, now = datagrams(), time.time_ns()
    while True:
        lines = [json.loads(line) for line in get("api/v1/snapshot?span=run").splitlines()]
        if lines[0]["real_ns"] > now:
            break
        time.sleep(INTERVAL / 4)
    after = datagrams()
    n = next(x["n"] for x in lines if x["type"] == "stage" and (x["dir"], x["proto"], x["stage"]) == ("rx", "udp", "total"))
    lost = {x["dir"] + " " + why: n for x in lines if x["type"] == "ledger" for why, n in x["lost"].items()
            if losses[why] == "lost" or why == "event_ring_full"}
    return before, n, after, lost


def unharmed(attack, since):
    """All is measured, nothing is lost. Returns the account that the next one begins with."""
    now = account()
    grown = {why: n - since[3][why] for why, n in now[3].items() if n != since[3][why]}
    ok(now[0] - since[2] <= now[1] - since[1] <= now[2] - since[0],
       "%s: each of %d datagrams is measured" % (attack, now[1] - since[1]), since, now)
    ok(not grown, "%s: nothing is lost" % attack, grown)
    return now


def went_on(attack, mark):
    """Snapshots were taken since then. Returns when the latest was."""
    taken, mark = intervals(mark)
    while not taken:
        taken, mark = intervals(mark)
    ok(max(taken) < 10 * INTERVAL * 1e9, "%s: snapshots went on (%d, at most %.2f s apart)" %
       (attack, len(taken), max(taken) / 1e9))
    return mark


ATTACKS = [f for f in (scrapes_at_once, malformed, thousand, until_deadline, own_answers)
           if not sys.argv[3:] or f.__name__ in sys.argv[3:]]


def main():
    if not INTERVAL:
        for attack in ATTACKS:
            attack()
        return
    _, mark = intervals(0)
    first_of_interval(*speed())
    get("api/v1/history")
    memory = resident()
    since = account() if READER else None
    for attack in ATTACKS:
        attack()
        if READER:
            since = unharmed(attack.__name__, since)
        mark = went_on(attack.__name__, mark)
    grown = resident() - memory
    ok(grown < MEMORY, "memory grew by %.1f MiB" % (grown / 2**20))


main()
