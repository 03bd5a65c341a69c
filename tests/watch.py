#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""For tests/native/watch.t: readers that can be made slow, and a look at what watch said of them.

  watch.py read PORT           reads from each connection 2 ms late; SIGUSR1: from the first one 60 ms late,
                               SIGUSR2: as before. Prints "ready PORT", "accepted N PEER_PORT", "slow", "fast"
  watch.py found FILE PEER     the JSON lines of watch found the connection with that peer's port, and no other
  watch.py told FILE PEER      the lines of /api/v1/anomalies have it while it goes on
  watch.py steady FILE         they have no anomaly of a connection, service or `application`
"""
import json
import os
import select
import signal
import socket
import sys
import threading
import time

DELAY = {"first": 0.002, "others": 0.002}


def say(*words):
    print(*words, flush=True)


def serve(connection, which):
    while True:
        select.select([connection], [], [])
        time.sleep(DELAY[which])
        if not connection.recv(1 << 16):
            return


def read(port):
    def slower(signum, _):
        DELAY["first"] = 0.060 if signum == signal.SIGUSR1 else 0.002
        say("slow" if signum == signal.SIGUSR1 else "fast")

    # What else runs here must not make them late.
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    signal.signal(signal.SIGUSR1, slower)
    signal.signal(signal.SIGUSR2, slower)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("", port))
    listener.listen()
    say("ready", port)
    n = 0
    while True:
        connection, peer = listener.accept()
        n += 1
        threading.Thread(target=serve, args=(connection, "first" if n == 1 else "others"), daemon=True).start()
        say("accepted", n, peer[1])


def check(what, good, more=None):
    print(("ok - " if good else "not ok - ") + what)
    if not good and more is not None:
        print("# %s" % (more,))


def lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def found(path, peer):
    all_lines = lines(path)
    anomalies = [l for l in all_lines if l["type"] == "anomaly"]
    received = [a for a in anomalies if a["scope"] == "connection" and a["dir"] == "rx"]
    for a in anomalies:
        print("# %s %s: %s; %s" % (a["state"], a["subject"], a["change"], a["why"]))
    ours = [a for a in received if a["connection"]["remote_port"] == peer]
    begun = [a for a in ours if a["state"] == "active"]
    check("the slow reader is found", len(begun) >= 1)
    check("and no other connection", len(ours) == len(received), received)
    if not begun:
        return
    a = begun[0]
    check("more than five times as slow: %.1f" % a["factor"], a["factor"] >= 5)
    check("the stage", a["stage"] == "application", a["stage"])
    check("its process", a["connection"]["comm"].startswith("python"), a["connection"])
    check("an example packet", a["packet"] and a["packet"]["remote_port"] == peer and a["packet"]["total_ns"] > 5e6)
    check("and its cause", a["cause"] and a["cause"]["rule"] == "reader_busy", a["cause"])
    over = [a for a in ours if a["state"] == "over"]
    check("it is over", len(over) == len(begun) and over[0]["id"] == a["id"])
    if over:
        check("and was as it was before", over[-1]["latest_ns"] < 3 * a["usual_ns"], over[-1])
    end = [l for l in all_lines if l["type"] == "anomaly_counts"]
    check("the account at the end", end and end[0]["total"]["connection"] >= 1 and end[0]["untracked"] == 0, end)


def told(path, peer):
    all_lines = lines(path)
    ours = [a for a in all_lines if a["type"] == "anomaly" and a["scope"] == "connection" and a["dir"] == "rx"]
    check("serve: the slow reader is told", len(ours) == 1 and ours[0]["connection"]["remote_port"] == peer, ours)
    check("serve: with its cause", ours and ours[0]["cause"] and ours[0]["cause"]["stage"] == "application")
    check("serve: first when, last how many", all_lines[0]["type"] == "snapshot" and
          all_lines[-1]["type"] == "anomaly_counts" and all_lines[-1]["active"]["connection"] == 1)


def steady(path):
    anomalies = [l for l in lines(path) if l["type"] == "anomaly"]
    for a in anomalies:
        print("# %s %s: %s" % (a["state"], a["subject"], a["change"]))
    told = [a for a in anomalies if a["scope"] in ("connection", "service") or a["stage"] == "application"]
    check("steady traffic: no anomaly", not [a for a in told if a["dir"] == "rx"], told)


def main():
    if sys.argv[1] == "read":
        read(int(sys.argv[2]))
    elif sys.argv[1] == "found":
        found(sys.argv[2], int(sys.argv[3]))
    elif sys.argv[1] == "told":
        told(sys.argv[2], int(sys.argv[3]))
    else:
        steady(sys.argv[2])


main()
