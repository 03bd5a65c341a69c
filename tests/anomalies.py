#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""For tests/native/anomalies.t: a hundred connections whose reader becomes slow, and a look at what was told.

  anomalies.py read PORT N        reads from N connections 2 ms late, and from AT_ONCE others, in a process of their own,
                                  as soon as it is woken. SIGUSR1: the next phase, one of PHASES, of which it prints
                                  the name and the moment (CLOCK_MONOTONIC). Prints "read N" for each 10,000
  anomalies.py send HOST PORT N   sends on N connections and on AT_ONCE others, on each every 40 ms
  anomalies.py hog SECONDS        has the reader's CPU at a higher priority than both, 7 ms of every 10; prints as the phases
  anomalies.py found FILE PHASES  what `watch --json` said, and what reader and hog printed
"""
import heapq
import json
import os
import re
import select
import signal
import socket
import sys
import time

FAST, SLOW = 0.002, 0.010
PHASES = ["steady", "one slow", "steady", "all slow", "steady"]
EVERY = 0.040
AT_ONCE = 6  # what waits for a CPU is a reader that a packet wakes: those that are late have a timer wake them
INTERVAL = 1000000000
CPU = max(os.sched_getaffinity(0))  # of the reader


def say(*words):
    print(*words, flush=True)


def important(priority):  # what else runs here must not make it late
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))


def listen(port, count):
    listener = socket.create_server(("", port), backlog=count)
    say("ready", port)
    return [listener.accept() for _ in range(count)]


def read_at_once(connections):
    os.sched_setaffinity(0, [CPU])
    important(10)
    poll = select.epoll()
    by_fd = {c.fileno(): c for c in connections}
    for fd in by_fd:
        poll.register(fd, select.EPOLLIN)
    while all(by_fd[fd].recv(1 << 16) for fd, _ in poll.poll()):
        pass


def read(port, count):
    phase, n, waiting = [0], 0, []
    accepted = listen(port, count + AT_ONCE)
    connections, others = accepted[:count], accepted[count:]
    if not os.fork():
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        read_at_once([c for c, _ in others])
        os._exit(0)

    def following(_signum, _frame):
        phase[0] += 1
        say(PHASES[phase[0]], time.clock_gettime_ns(time.CLOCK_MONOTONIC))

    signal.signal(signal.SIGUSR1, following)
    say("first", connections[0][1][1])
    by_fd = {c.fileno(): c for c, _ in connections}
    first = connections[0][0].fileno()
    os.sched_setaffinity(0, [CPU])
    important(10)
    poll = select.epoll()
    for fd in by_fd:
        poll.register(fd, select.EPOLLIN | select.EPOLLONESHOT)
    while True:
        for fd, _ in poll.poll(max(0, waiting[0][0] - time.monotonic()) if waiting else None):
            now = PHASES[phase[0]]
            slow = now == "all slow" or (now == "one slow" and fd == first)
            heapq.heappush(waiting, (time.monotonic() + (SLOW if slow else FAST), fd))
        while waiting and waiting[0][0] <= time.monotonic():
            fd = heapq.heappop(waiting)[1]
            if not by_fd[fd].recv(1 << 16):
                return
            poll.modify(fd, select.EPOLLIN | select.EPOLLONESHOT)
            n += 1
            if not n % 10000:
                say("read", n)


def send(host, port, count):
    connections = [socket.create_connection((host, port)) for _ in range(count + AT_ONCE)]
    for c in connections:
        c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    important(10)
    due = time.monotonic()
    while True:
        for c in connections:
            due += EVERY / len(connections)
            if due > time.monotonic():
                time.sleep(max(0, due - time.monotonic()))
            c.send(b"x" * 100)


def hog(cpu, seconds):
    os.sched_setaffinity(0, [cpu])
    important(20)
    say("hog", time.clock_gettime_ns(time.CLOCK_MONOTONIC))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        burst = time.monotonic() + 0.007
        while time.monotonic() < burst:
            pass
        time.sleep(0.003)
    say("end", time.clock_gettime_ns(time.CLOCK_MONOTONIC))


def check(what, good, more=None):
    print(("ok - " if good else "not ok - ") + what)
    if not good and more is not None:
        print("# %s" % (more,))


def found(path, printed):
    with open(path, encoding="utf-8") as f:
        told = [l for l in map(json.loads, f) if l["type"] == "anomaly" and l["state"] == "active"]
    with open(printed, encoding="utf-8") as f:
        lines = f.read().splitlines()
    peer = int(next(l for l in lines if l.startswith("first")).split()[1])
    phases = [(m[1], int(m[2])) for m in (re.fullmatch(r"(\D+) (\d{10,})", l) for l in lines) if m]
    for a in told:
        print("# %d %s: %s; %s" % (a["raised_ns"], a["subject"], a["change"], a["why"]))
    began = phases[0][1]
    check("steady: one alarm at most", len([a for a in told if a["raised_ns"] < began]) <= 1)

    def in_time(what, phase, good):
        begin = dict(reversed(phases))[phase]
        end = next(m for p, m in phases if m > begin)
        these = [a for a in told if begin < a["raised_ns"] < end + INTERVAL]
        mine = [a for a in these if good(a)]
        check("%s: found" % what, mine, these)
        if mine:
            took = (mine[0]["raised_ns"] - begin) / INTERVAL
            check("%s: within 3 intervals: %.1f" % (what, took), took <= 3)
        return these

    these = in_time("one reader of a hundred, 5 times as slow", "one slow", lambda a:
                    a["scope"] == "connection" and a["dir"] == "rx" and a["connection"]["remote_port"] == peer
                    and a["stage"] == "application")
    check("and no other reader", not [a for a in these if a["scope"] == "connection" and a["dir"] == "rx"
                                      and a["connection"]["remote_port"] != peer], these)
    these = in_time("all readers", "all slow", lambda a:
                    a["scope"] == "service" and a["dir"] == "rx" and a["stage"] == "application")
    check("and not each of them", len([a for a in these if a["scope"] == "connection"]) <= 1, these)
    in_time("the stage", "all slow", lambda a:
            a["scope"] == "stage" and a["dir"] == "rx" and a["stage"] == "application")
    in_time("a CPU that another task has", "hog", lambda a:
            a["scope"] == "stage" and a["dir"] == "rx" and a["stage"] in ("runqueue", "wakeup"))


def main():
    what, args = sys.argv[1], sys.argv[2:]
    if what == "read":
        read(int(args[0]), int(args[1]))
    elif what == "send":
        send(args[0], int(args[1]), int(args[2]))
    elif what == "hog":
        hog(CPU, float(args[0]))
    else:
        found(*args)


main()
