#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Check the totals that `netstrata softirq --json` or `netstrata irq --json` printed.

usage: softirq.py FILE WHAT EXPRESSION [WHAT EXPRESSION]...

Prints a TAP line "ok - WHAT" for each. An expression is Python; its names are: rx and tx (the totals of
the vectors), cpu (lists of the lines of one CPU: cpu["net_rx"][0]), napi, delayers, irqs (lists), end, and
the functions worst(vec) (the first delayer of a vector) delayed(vec) (their sum), took(vec, cpu, low, high) (delays of
that length, by their buckets); and agrees(n, what[, cpu]): n is what
the kernel counted of NET_RX, NET_TX, processed, time_squeeze or received_rps (of one CPU). Its counts are in files beside
FILE, taken before netstrata measured (before.softirqs, before.softnet), then (begun), at the end of what is to be
seen (ended) and after netstrata had ended (after): n lies between ended - begun and after - before. quiet(): these are
the same, so that n must be exact. exactly(n, what): they are for `what`, and n is that. polled: what the kernel's trace of
napi_poll (the file polls, there too) says of the backlog of the only CPU: its polls, full ones, and these in a row.
"""

import json
import os
import re
import sys


class Line(dict):
    __getattr__ = dict.__getitem__

    @property
    def to_raise(self):  # "raise" is a word of Python's
        return self["raise"]


def read(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(text, object_hook=Line) for text in f]


def kernel_count(path, what, cpu=None):
    """Of all CPUs, or of one (of what /proc/net/softnet_stat has)."""
    if what.isupper():
        with open(path + ".softirqs", encoding="ascii") as f:
            return next(sum(map(int, x.split()[1:])) for x in f if x.split()[0] == what + ":")
    column = {"processed": 0, "time_squeeze": 2, "received_rps": 9}[what]
    with open(path + ".softnet", encoding="ascii") as f:
        return sum(int(x.split()[column], 16) for i, x in enumerate(f) if cpu in (None, i))


def bounds(folder, what, cpu=None):
    before, begun, ended, after = (
        kernel_count(os.path.join(folder, name), what, cpu) for name in ("before", "begun", "ended", "after")
    )
    return ended - begun, after - before


def agrees(folder, n, what, cpu=None, exact=False):
    least, most = bounds(folder, what, cpu)
    print("# %s%s: %d, the kernel counted %d to %d" % (what, "" if cpu is None else " of CPU %d" % cpu, n, least, most))
    return least <= n <= most and (not exact or least == most)


def polled(path):
    count = Line(polls=0, full_polls=0, full_in_row=0, longest=0)
    streak = 0
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as f:
        polls = re.findall(r"for device \(no_device\) work (\d+) budget (\d+)", f.read())
    for work, budget in polls:
        full = int(work) >= int(budget)
        count["polls"] += 1
        count["full_polls"] += full
        count["full_in_row"] += full and streak > 0
        streak = streak + 1 if full else 0
        count["longest"] = max(count["longest"], streak)
    print("# polls of the backlog, by the kernel's own trace: %s" % dict(count))
    return count


def names_of(lines, folder):
    final = [x for x in lines if x.get("final")]
    by_cpu = {"net_rx": {}, "net_tx": {}}
    total = {}
    for x in final:
        if x.type == "softirq" and x.cpu is None:
            total[x.vec] = x
        elif x.type == "softirq":
            by_cpu[x.vec][x.cpu] = x
    delayers = [x for x in final if x.type == "delayer"]
    return {
        "rx": total.get("net_rx"),
        "tx": total.get("net_tx"),
        "cpu": by_cpu,
        "napi": [x for x in final if x.type == "napi"],
        "irqs": [x for x in final if x.type == "irq"],
        "device": lambda dev: next(x for x in final if x.type == "irq_device" and x.dev == dev),
        "line": lambda irq: next(x for x in final if x.type == "irq" and x.irq == irq),
        "delayers": delayers,
        "end": lines[-1],
        "start": lines[0],
        "intervals": [x for x in lines if not x.get("final")],
        "worst": lambda vec: next((x for x in delayers if x.vec == vec), None),
        "agrees": lambda n, what, cpu=None: agrees(folder, n, what, cpu),
        "exactly": lambda n, what: agrees(folder, n, what, exact=True),
        "polled": polled(os.path.join(folder, "polls")),
        "quiet": lambda: all(a == b for a, b in (bounds(folder, x) for x in ("NET_RX", "NET_TX", "processed"))),
        "took": lambda vec, cpu, low, high: sum(n for le, n in by_cpu[vec][cpu].delay.buckets if low < le <= high),
        "delayed": lambda vec: sum(x.sum_ns for x in delayers if x.vec == vec),
    }


def main():
    names = names_of(read(sys.argv[1]), os.path.dirname(sys.argv[1]))
    bad = 0
    for what, expression in zip(sys.argv[2::2], sys.argv[3::2]):
        try:
            good = bool(eval(expression, dict(names)))  # the test's own text
            why = "" if good else expression
        except (KeyError, TypeError, IndexError, AttributeError) as e:
            good, why = False, "%s: %r" % (expression, e)
        print("%sok - %s" % ("" if good else "not ", what))
        if not good:
            bad += 1
            print("# " + why)
            for x in (names["rx"], names["tx"], *names["delayers"][:5], *names["irqs"][:5]):
                if x:
                    print("# " + json.dumps({k: v for k, v in x.items() if k != "final"})[:600])
    sys.exit(bad > 0)


main()
